//! What the callee would have said, if it was all.
//!
//! At a pause nobody knows yet whether more comes. The words so far are understood beside the
//! silence: when they are an answer, a shorter silence ends the turn, and what they mean is known
//! by then.

use outcall_campaign::UnixMillis;
use outcall_dialogue::Heard as Understood;
use outcall_dialogue::engine::{Event, Phase, asked, step};
use outcall_speech::turn::is_filler;
use outcall_understanding::reading::Reading;
use outcall_understanding::slots::Kind;

use super::{Act, Talk};

/// The confidence from which on nothing more is waited for.
const SURE: f32 = 0.6;

/// What was said until a pause.
#[derive(Debug)]
pub(super) struct Considering {
    trial: u32,
    text: String,
    /// Where the call is: its events so far.
    place: usize,
    /// What it means, once that is known.
    reading: Option<Reading>,
}

impl Talk {
    /// The callee pauses after these words.
    pub(super) fn paused(
        &mut self,
        trial: u32,
        text: String,
        now: UnixMillis,
        acts: &mut Vec<Act>,
    ) {
        let is_waited_for = self.speaking.is_none()
            && self.queue.is_empty()
            && self.asked.is_none()
            && self.state.phase == Phase::Listening
            && !self.who.is_machine();
        if !is_waited_for || is_filler(&text) {
            return;
        }
        acts.push(Act::Consider(self.question(text.clone(), now)));
        let place = self.record.events.len();
        self.considering = Some(Considering { trial, text, place, reading: None });
    }

    /// What the words of the last pause would mean.
    pub(in crate::dialogue) fn would_mean(
        &mut self,
        reading: Reading,
        now: UnixMillis,
    ) -> Vec<Act> {
        let place = self.record.events.len();
        let is_here = |it: &Considering| it.place == place;
        let Some(trial) = self.considering.as_ref().filter(|it| is_here(it)).map(|it| it.trial)
        else {
            return Vec::new();
        };
        let answers = self.is_answer(&reading, now);
        if let Some(considering) = &mut self.considering {
            considering.reading = Some(reading);
        }
        if answers { vec![Act::IsAnswer(trial)] } else { Vec::new() }
    }

    /// What was found out about these words at the present place, when they were considered.
    pub(super) fn considered(&mut self, text: &str) -> Option<Reading> {
        let considering = self.considering.take()?;
        let fits = considering.text == text && considering.place == self.record.events.len();
        considering.reading.filter(|_| fits)
    }

    /// Whether the flow would go on by that, for sure.
    fn is_answer(&self, reading: &Reading, now: UnixMillis) -> bool {
        let asked = asked(&self.scenario, &self.state, self.callee.clock(now));
        // These may go on, whatever is in them so far.
        let is_open =
            |kind: &&Kind| matches!(kind, Kind::Digits { .. } | Kind::Address | Kind::Text);
        if asked.kinds.iter().any(is_open) {
            return false;
        }
        let found = asked.values(&reading.text, self.callee.currency());
        let is_sure = found.iter().any(|found| found.confidence >= SURE)
            || reading.intents.first().is_some_and(|guess| guess.confidence >= SURE);
        let event = Event::Heard(Understood { reading: reading.clone(), found });
        let (next, _) = step(&self.scenario, &self.state, &event);
        is_sure && next.misses == self.state.misses && next.part.is_none()
    }
}
