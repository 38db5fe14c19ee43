//! An utterance at a node that listens: intents, values, and what is understood everywhere.

use outcall_understanding::reading::Guess;
use outcall_understanding::slots::{Found, Value};

use super::Phase;
use super::enter::Step;
use crate::document::GlobalAct;
use crate::scenario::{Act, Prompt};
use crate::understander::Heard;
use crate::values::{fits, missing};

/// By how much more one that is understood everywhere must be likely than one that the node asks
/// for.
const CLOSE: f32 = 0.05;

/// How many of the last intents are kept.
const RECENT: usize = 4;

impl Step<'_> {
    /// What is understood everywhere and was likeliest meant; with `first`, only what wins over
    /// everything.
    pub(super) fn global(&self, heard: &Heard, first: bool) -> Option<Guess> {
        let mut globals = self.likely(heard).filter(|guess| {
            let global = self.scenario.globals.get(&guess.intent);
            global.is_some_and(|global| global.first || !first)
        });
        globals.next().cloned()
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
        if let Some(doubt) = self.state.doubting.take() {
            return self.settle(&doubt, heard);
        }
        if let Some(global) = self.global(heard, true) {
            return self.wished(&global);
        }
        self.answer_question(heard);
    }

    /// An utterance that holds nothing that wins over everything.
    pub(super) fn answer_question(&mut self, heard: &Heard) {
        let scenario = self.scenario;
        let Some(node) = scenario.nodes.get(&self.state.node) else { return self.exhausted() };
        let Act::Listen { slot } = &node.act else { return };
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
            (_, _, Some(guess)) => self.wished(&guess),
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

    /// Answers what is understood everywhere, and returns to the node.
    pub(super) fn digress(&mut self, name: &str) {
        let scenario = self.scenario;
        let Some(global) = scenario.globals.get(name) else { return };
        self.state.doubting = None;
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
    pub(super) fn again(&mut self) {
        let scenario = self.scenario;
        let Some(node) = scenario.nodes.get(&self.state.node) else { return self.exhausted() };
        match (&self.state.confirming, &self.state.part) {
            _ if self.state.doubting.is_some() => self.say_doubt(),
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

    pub(super) fn retry(&mut self, before: &Prompt) {
        self.say(before);
        self.again();
    }
}
