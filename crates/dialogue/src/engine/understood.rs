//! A value that was understood: read back and repaired, completed when it was said in part, taken.

use outcall_understanding::slots::{Found, Value};

use super::enter::Step;
use super::{Confirming, Part, Phase};
use crate::scenario::{Node, Prompt};
use crate::understander::Heard;
use crate::values::{Missing, missing};

impl Step<'_> {
    /// A value was understood: it is read back when its slot wants that, else taken. Of a part of
    /// it the rest is asked for.
    pub(super) fn understood(&mut self, node: &Node, slot: &str, found: &Found) {
        if self.scenario.kind(slot).is_some_and(|kind| missing(&found.value, kind).is_some()) {
            return self.understood_in_part(node, slot, found.value.clone());
        }
        let read_back = self.scenario.slots.get(slot).is_some_and(|rule| {
            let unsure = found.confidence < rule.confirm_below || rule.confirm_below >= 1.0;
            !rule.confirm.is_empty() && unsure
        });
        match read_back {
            true => self.read_back(slot, found.value.clone()),
            false => self.take(node, slot, found.value.clone()),
        }
    }

    /// A part was understood. Whoever says a second one leads the call no further for sure: that
    /// counts as a miss.
    fn understood_in_part(&mut self, node: &Node, slot: &str, value: Value) {
        if self.state.part.is_some() && self.miss() > node.policy.no_match {
            return self.leave("no_match");
        }
        self.state.part = Some(Part { slot: slot.to_owned(), value });
        self.ask_for_rest();
        self.state.phase = Phase::Listening;
        self.listen();
    }

    /// Asks for what a part lacks. The prompt may speak of the part, by the name of its slot.
    pub(super) fn ask_for_rest(&mut self) {
        let scenario = self.scenario;
        let Some(Part { slot, value }) = self.state.part.clone() else { return };
        let Some(rule) = scenario.slots.get(&slot) else { return };
        match missing(&value, &rule.kind) {
            Some(Missing::Day) => self.say_with(&rule.say_missing_day, &slot, value),
            Some(Missing::Time) => self.say_with(&rule.say_missing_time, &slot, value),
            None => {}
        }
    }

    /// Asks whether a value is the right one.
    pub(super) fn say_confirming(&mut self) {
        let scenario = self.scenario;
        let Some(Confirming { slot, value }) = self.state.confirming.clone() else { return };
        if let Some(rule) = scenario.slots.get(&slot) {
            self.say_with(&rule.confirm, &slot, value);
        }
    }

    /// Says a prompt that speaks of a value. The slot does not hold it yet: nobody has agreed to
    /// it.
    fn say_with(&mut self, prompt: &Prompt, slot: &str, value: Value) {
        let before = self.state.values.insert(slot.to_owned(), value);
        self.say(prompt);
        match before {
            Some(before) => self.state.values.insert(slot.to_owned(), before),
            None => self.state.values.remove(slot),
        };
    }

    fn read_back(&mut self, slot: &str, value: Value) {
        self.state.part = None;
        self.state.confirming = Some(Confirming { slot: slot.to_owned(), value });
        self.say_confirming();
        self.state.phase = Phase::Listening;
        self.listen();
    }

    /// The answer to a read-back: another value repairs it ("no, Tuesday", "yes, but at four"), yes
    /// takes it, no asks again.
    pub(super) fn confirm(&mut self, node: &Node, confirming: Confirming, heard: &Heard) {
        let Confirming { slot, value } = confirming;
        let repaired = self.found(&slot, heard);
        let is_yes_no = matches!(value, Value::YesNo(_));
        let said = heard.found.iter().find_map(|found| {
            let Value::YesNo(yes) = found.value else { return None };
            Some(yes)
        });
        match (repaired, said) {
            (Some(found), _) if !is_yes_no && found.value != value && !is_free(&found.value) => {
                if self.miss() > node.policy.no_match {
                    return self.leave("no_match");
                }
                let kind = self.scenario.kind(&slot);
                if kind.is_some_and(|kind| missing(&found.value, kind).is_some()) {
                    self.state.values.remove(&slot);
                    return self.understood_in_part(node, &slot, found.value);
                }
                self.read_back(&slot, found.value);
            }
            (_, Some(true)) => self.take(node, &slot, value),
            (_, Some(false)) => {
                self.state.values.remove(&slot);
                self.no_match();
            }
            (Some(found), None) if found.value == value && !is_free(&value) => {
                self.take(node, &slot, value);
            }
            (_, None) => {
                self.state.confirming = Some(Confirming { slot, value });
                match self.global(heard, false) {
                    Some(global) => self.wished(&global),
                    None => self.no_match(),
                }
            }
        }
    }

    fn take(&mut self, node: &Node, slot: &str, value: Value) {
        let exit = match &value {
            Value::YesNo(true) => "yes",
            Value::YesNo(false) => "no",
            Value::OneOf(name) => name.as_str(),
            Value::Number(_)
            | Value::Digits(_)
            | Value::Money { .. }
            | Value::Date(_)
            | Value::Time(_)
            | Value::DateTime(_)
            | Value::Between { .. }
            | Value::Text(_) => "next",
        };
        let exit = if node.exits.contains_key(exit) { exit.to_owned() } else { "next".to_owned() };
        self.state.values.insert(slot.to_owned(), value);
        self.state.confirming = None;
        self.leave(&exit);
    }
}

/// Whether a value is only words as they were said.
pub(super) fn is_free(value: &Value) -> bool {
    matches!(value, Value::Text(_))
}
