//! An utterance at a node that listens: intents, values, and what is understood everywhere.

use outcall_understanding::reading::Guess;
use outcall_understanding::slots::{Found, Value};

use super::Phase;
use super::enter::Step;
use super::understood::is_free;
use crate::document::GlobalAct;
use crate::scenario::{Act, Node, Prompt};
use crate::understander::Heard;
use crate::values::{fits, missing};

/// The confidence from which on an intent of the node outweighs a yes or no beside it.
const MEANT: f32 = 0.55;

/// By how much more one that is understood everywhere must be likely than one that the node asks
/// for.
const CLOSE: f32 = 0.05;

/// The confidence from which on an intent outweighs even the shortest no: "not interested".
const SURELY_MEANT: f32 = 0.8;

/// How many of the last intents are kept.
const RECENT: usize = 4;

/// Whether somebody says no more than yes or no: two words at most, four characters of Chinese.
fn is_bare(text: &str) -> bool {
    let wide = text.chars().filter(|&c| c > '\u{2E80}').count();
    text.split_whitespace().count() <= 2 && wide <= 4
}

impl Step<'_> {
    /// What is understood everywhere and was likeliest meant; with `first`, only what wins over
    /// everything.
    pub(super) fn global(&self, heard: &Heard, first: bool) -> Option<String> {
        let mut globals = self.likely(heard).filter(|guess| {
            let global = self.scenario.globals.get(&guess.intent);
            global.is_some_and(|global| global.first || !first)
        });
        globals.next().map(|guess| guess.intent.clone())
    }

    /// The intents that count, the likeliest first.
    pub(super) fn likely<'b>(&'b self, heard: &'b Heard) -> impl Iterator<Item = &'b Guess> {
        let node = self.scenario.nodes.get(&self.state.node);
        let meant = move |guess: &&Guess| match node {
            Some(node) => self.scenario.is_meant_at(node, guess, &heard.reading),
            None => self.scenario.is_meant(guess, &heard.reading),
        };
        heard.reading.intents.iter().filter(meant)
    }

    /// An utterance while the node listens.
    pub(super) fn answer(&mut self, heard: &Heard) {
        let scenario = self.scenario;
        let Some(node) = scenario.nodes.get(&self.state.node) else { return self.exhausted() };
        let Act::Listen { slot } = &node.act else { return };
        if let Some(global) = self.global(heard, true) {
            return self.digress(&global);
        }
        if let Some(confirming) = self.state.confirming.take() {
            return self.confirm(node, confirming, heard);
        }
        if let Some((slot, found)) = self.said_for_another(node, heard) {
            return self.answer_another(node, &slot, &found);
        }
        let own = self.likely(heard).find(|guess| node.exits.contains_key(&guess.intent)).cloned();
        let everywhere =
            self.likely(heard).find(|guess| scenario.globals.contains_key(&guess.intent)).cloned();
        let intent = match (own, everywhere) {
            (Some(own), Some(other)) if other.confidence > own.confidence + CLOSE => Some(other),
            (own, other) => own.or(other),
        };
        let found = slot.as_deref().and_then(|slot| self.found(slot, heard));
        if let (Some(found), Some(intent)) = (&found, &intent)
            && self.is_torn(node, found, intent, &heard.reading.text)
        {
            return self.no_match();
        }
        match (slot, found, intent) {
            (Some(slot), Some(found), intent)
                if self.is_value(&found, intent.as_ref(), &heard.reading.text) =>
            {
                self.understood(node, slot, &found);
            }
            (_, _, Some(guess)) if node.exits.contains_key(&guess.intent) => {
                self.remember(&guess.intent);
                self.leave(&guess.intent);
            }
            (_, _, Some(guess)) => self.digress(&guess.intent),
            (_, _, None) => self.no_match(),
        }
    }

    /// The likeliest value of a slot's kind, or part of one.
    pub(super) fn found(&self, slot: &str, heard: &Heard) -> Option<Found> {
        let kind = self.scenario.kind(slot)?;
        let is_part = |value: &Value| missing(value, kind).is_some();
        let fitting =
            heard.found.iter().filter(|found| fits(&found.value, kind) || is_part(&found.value));
        fitting.max_by(|a, b| a.confidence.total_cmp(&b.confidence)).cloned()
    }

    /// Whether a yes would end the call in one way and what else was said in another: "yes, I won't
    /// need it" that was heard as "yes, I will".
    fn is_torn(&self, node: &Node, found: &Found, intent: &Guess, text: &str) -> bool {
        let end = |exit: &str| self.scenario.farewell(node.exits.get(exit)?);
        let (of_yes, of_intent) = (end("yes"), end(&intent.intent));
        let is_other = of_yes.is_some() && of_intent.is_some() && of_yes != of_intent;
        found.value == Value::YesNo(true) && is_other && !is_bare(text)
    }

    /// Whether an utterance is the value rather than the intent that was also found. Words that are
    /// kept as they were said always fit; there an intent comes first.
    fn is_value(&self, found: &Found, intent: Option<&Guess>, text: &str) -> bool {
        let Some(intent) = intent else { return true };
        let scenario = self.scenario;
        // "No, wrong number": the no is a part of the wish.
        let says_no = matches!(found.value, Value::YesNo(false))
            && scenario.globals.get(&intent.intent).is_some_and(|global| global.says_no);
        // "Yes, but can we move it?": where the node has an exit for what is meant, a yes or no
        // beside it says less, unless it is all that was said. Before a call ends on a yes, what
        // may have been meant is asked.
        let is_yes = found.value == Value::YesNo(true);
        let (answers, opposite) = if is_yes { ("yes", "no") } else { ("no", "yes") };
        let is_own = scenario.nodes.get(&self.state.node).is_some_and(|node| {
            let (to, answered) = (node.exits.get(&intent.intent), node.exits.get(answers));
            let ends = |to: Option<&String>| to.is_some_and(|to| scenario.farewell(to).is_some());
            let asks_first = ends(answered) && !ends(to);
            let least = match asks_first {
                // "No, I won't be coming": that they come is most likely a mistake.
                _ if ends(to) && to == node.exits.get(opposite) => SURELY_MEANT,
                true => scenario.limits.confidence,
                false => MEANT,
            };
            // Where both lead to the same, the answer is also written down.
            to.is_some() && to != answered && intent.confidence >= least
        });
        let is_bare = is_bare(text) && intent.confidence < SURELY_MEANT;
        let says_less = matches!(found.value, Value::YesNo(_)) && (is_own || says_no) && !is_bare;
        !is_free(&found.value) && !says_less && found.confidence >= intent.confidence
    }

    /// Answers what is understood everywhere, and returns to the node.
    pub(super) fn digress(&mut self, name: &str) {
        let scenario = self.scenario;
        let Some(global) = scenario.globals.get(name) else { return };
        self.remember(name);
        if let Some(to) = &global.to {
            self.say(&global.say);
            return self.enter(to.clone());
        }
        // A digression counts as a visit: nobody asks "who is this?" for an hour.
        if !self.visit() {
            return self.exhausted();
        }
        if global.act == Some(GlobalAct::Slower) {
            self.state.slower = true;
        }
        self.say(&global.say);
        self.again();
    }

    /// The last question again: the node's, the read-back, or that for the rest of a value.
    fn again(&mut self) {
        let scenario = self.scenario;
        let Some(node) = scenario.nodes.get(&self.state.node) else { return self.exhausted() };
        match (&self.state.confirming, &self.state.part) {
            (Some(_), _) => self.say_confirming(),
            (None, Some(_)) => self.ask_for_rest(),
            (None, None) => self.say(&node.say),
        }
        self.state.interrupted = false;
        if self.state.phase == Phase::Listening {
            self.listen();
        }
    }

    fn remember(&mut self, intent: &str) {
        if self.state.recent.len() >= RECENT {
            self.state.recent.remove(0);
        }
        self.state.recent.push(intent.to_owned());
    }

    pub(super) fn miss(&mut self) -> u8 {
        self.state.misses = self.state.misses.saturating_add(1);
        self.state.no_match = self.state.no_match.saturating_add(1);
        self.state.no_match
    }

    pub(super) fn no_match(&mut self) {
        let scenario = self.scenario;
        let Some(node) = scenario.nodes.get(&self.state.node) else { return self.exhausted() };
        match self.miss() > node.policy.no_match {
            true => self.leave("no_match"),
            false => self.retry(&node.policy.say_no_match),
        }
    }

    pub(super) fn no_input(&mut self) {
        let scenario = self.scenario;
        let Some(node) = scenario.nodes.get(&self.state.node) else { return self.exhausted() };
        self.state.misses = self.state.misses.saturating_add(1);
        self.state.no_input = self.state.no_input.saturating_add(1);
        match self.state.no_input > node.policy.no_input {
            true => self.leave("no_input"),
            false => self.retry(&node.policy.say_no_input),
        }
    }

    fn retry(&mut self, before: &Prompt) {
        self.say(before);
        self.again();
    }
}
