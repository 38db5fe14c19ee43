//! A wish that is understood everywhere and is not certain: it is asked about before it counts.
//!
//! "No, leave it for now" may be a wish to be called no more, and may be none. Taken for one, a
//! contact is lost for good; taken for none, somebody is called against their will. So it is asked
//! for a yes or a no. Until there is a clear answer, a wish to be called no more stands: silence,
//! the end of the call and words that mean nothing leave it as it is.

use outcall_understanding::reading::Guess;
use outcall_understanding::slots::Value;

use super::Phase;
use super::enter::Step;
use super::weighing::SURELY_MEANT;
use crate::scenario::{Act, HUNG_UP};
use crate::understander::Heard;

impl Step<'_> {
    /// A wish that is understood everywhere: it is asked about, or it counts.
    pub(super) fn wished(&mut self, guess: &Guess) {
        if !self.scenario.is_doubtful(guess) {
            return self.digress(&guess.intent);
        }
        // Nobody is asked for an hour.
        if !self.visit() {
            return match self.scenario.opts_out(&guess.intent) {
                Some(_) => self.digress(&guess.intent),
                None => self.exhausted(),
            };
        }
        self.state.doubting = Some(guess.intent.clone());
        self.state.phase = Phase::Listening;
        self.again();
    }

    /// Asks whether a wish was meant.
    pub(super) fn say_doubt(&mut self) {
        let scenario = self.scenario;
        let doubting = self.state.doubting.as_ref();
        if let Some(global) = doubting.and_then(|name| scenario.globals.get(name)) {
            self.say(&global.confirm);
        }
    }

    /// The answer to whether a wish was meant.
    pub(super) fn settle(&mut self, name: &str, heard: &Heard) {
        self.phase_of_node();
        let first = self.global(heard, true).filter(|guess| guess.intent != name);
        if let Some(first) = first {
            return self.wished(&first);
        }
        let said = heard.found.iter().find_map(|found| {
            let Value::YesNo(yes) = found.value else { return None };
            Some(yes)
        });
        let meant = self.likely(heard).filter(|guess| self.leads_anywhere(&guess.intent));
        let meant: Vec<Guess> = meant.cloned().collect();
        let again = meant.iter().find(|guess| guess.intent == name);
        let other = meant.iter().find(|guess| guess.intent != name);
        match (said, again, other) {
            (Some(true), ..) | (None, Some(_), _) => self.digress(name),
            (Some(false), again, other) => self.denied(again, other),
            (None, None, Some(other)) if self.state.phase == Phase::Speaking => self.wished(other),
            (None, None, None) if !self.is_value_said(heard) => self.still_doubtful(name),
            (None, None, _) => self.answer_question(heard),
        }
    }

    /// A no, and what was said beside it.
    fn denied(&mut self, again: Option<&Guess>, other: Option<&Guess>) {
        let again = again.filter(|guess| !self.scenario.is_doubtful(guess));
        // "No, that is not what I meant" is much like "that is not me", and denies the doubt alone.
        let other = other.filter(|guess| guess.confidence >= SURELY_MEANT);
        match (again, other) {
            // "No, stop calling": said twice, and in plain words now.
            (Some(again), _) => self.digress(&again.intent),
            // "No, I want to move it."
            (None, Some(other)) if self.is_exit(&other.intent) => self.leave(&other.intent),
            (None, Some(other)) => self.wished(other),
            (None, None) => self.not_meant(),
        }
    }

    /// What was understood was not said: that is no better than to understand nothing.
    fn not_meant(&mut self) {
        let node = self.scenario.nodes.get(&self.state.node);
        let most = node.map_or(0, |node| node.policy.no_match);
        let listens = self.state.phase == Phase::Listening;
        if listens && self.miss() > most {
            return self.leave("no_match");
        }
        self.resume();
    }

    /// Nothing was understood: it is asked once more.
    fn still_doubtful(&mut self, name: &str) {
        let scenario = self.scenario;
        let Some(node) = scenario.nodes.get(&self.state.node) else { return self.exhausted() };
        if self.miss() > 1 {
            return self.undecided(name);
        }
        self.state.doubting = Some(name.to_owned());
        self.state.phase = Phase::Listening;
        self.retry(&node.policy.say_no_match);
    }

    /// There was no clear answer: a wish to be called no more stands, others are dropped.
    fn undecided(&mut self, name: &str) {
        match self.scenario.opts_out(name) {
            Some(_) => self.digress(name),
            None => self.resume(),
        }
    }

    /// Nothing was said for long.
    pub(super) fn silence(&mut self) {
        match self.state.doubting.take() {
            Some(name) => self.undecided(&name),
            None => self.no_input(),
        }
    }

    /// The callee hung up.
    pub(super) fn hung_up(&mut self) {
        let doubting = self.state.doubting.take();
        let outcome = doubting.as_ref().and_then(|name| self.scenario.opts_out(name));
        self.end(outcome.unwrap_or(HUNG_UP));
    }

    fn is_exit(&self, intent: &str) -> bool {
        let node = self.scenario.nodes.get(&self.state.node);
        node.is_some_and(|node| node.exits.contains_key(intent))
    }

    fn leads_anywhere(&self, intent: &str) -> bool {
        self.is_exit(intent) || self.scenario.globals.contains_key(intent)
    }

    fn is_value_said(&self, heard: &Heard) -> bool {
        let node = self.scenario.nodes.get(&self.state.node);
        let slot = node.and_then(|node| node.slot());
        slot.is_some_and(|slot| self.found(slot, heard).is_some())
    }

    /// Goes on where the doubt came up: with the question, or with the prompt that it broke off.
    fn resume(&mut self) {
        self.phase_of_node();
        self.again();
    }

    /// What the node waits for, where no doubt is asked about.
    fn phase_of_node(&mut self) {
        let node = self.scenario.nodes.get(&self.state.node);
        let speaks = node.is_some_and(|node| matches!(node.act, Act::Say));
        self.state.phase = if speaks { Phase::Speaking } else { Phase::Listening };
    }
}
