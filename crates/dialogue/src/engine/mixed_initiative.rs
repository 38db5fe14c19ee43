//! A value that another question was to ask for, said before that question: "Monday at three would
//! be better", where the question was whether they come on Thursday.
//!
//! Mixed initiative, as the designers of spoken dialogues call it (VoiceXML 2.0, section 2.1.5). A
//! node takes such values for the exits that name their slots.

use outcall_understanding::slots::Found;

use super::enter::Step;
use crate::scenario::Node;
use crate::understander::{Heard, SURE};
use crate::values::{is_known, missing};

/// The confidence from which on an intent of the node outweighs a value for another question.
const OUTWEIGHS: f32 = 0.65;

impl Step<'_> {
    /// The slot of another question, and the value of it that was said. What the call knows already
    /// is no news: "yes, Thursday at three is fine" moves nothing.
    pub(super) fn said_for_another(&self, node: &Node, heard: &Heard) -> Option<(String, Found)> {
        let slots = self.scenario.other_slots(node);
        let said = slots.filter_map(|slot| Some((slot, self.found(slot, heard)?)));
        let mut news = said.filter(|(slot, found)| {
            let kind = self.scenario.kind(slot);
            let is_whole = kind.is_some_and(|kind| missing(&found.value, kind).is_none());
            is_whole && found.confidence >= SURE && !is_known(&found.value, &self.state.values)
        });
        let (slot, found) = news.next()?;
        let to = node.exits.get(slot);
        let mut meant = self.likely(heard);
        let is_meant_otherwise = meant.any(|guess| match node.exits.get(&guess.intent) {
            Some(own) => Some(own) != to && guess.confidence >= OUTWEIGHS,
            None => {
                let is_global = self.scenario.globals.contains_key(&guess.intent);
                is_global && !self.scenario.is_doubtful(guess)
            }
        });
        (!is_meant_otherwise).then(|| (slot.to_owned(), found))
    }

    /// Goes to the node that asks for a slot, with the answer.
    pub(super) fn answer_another(&mut self, node: &Node, slot: &str, found: &Found) {
        let Some(name) = node.exits.get(slot) else { return };
        let scenario = self.scenario;
        let Some(asking) = scenario.nodes.get(name) else { return self.exhausted() };
        if !self.arrive(name, asking) {
            return self.exhausted();
        }
        // What is asked here is known, and was not before.
        self.state.values.remove(slot);
        self.understood(asking, slot, found);
    }
}
