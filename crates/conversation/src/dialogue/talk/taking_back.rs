//! A reply to half of what the callee had to say is taken back.
//!
//! The ear hears speech that begins at once after a turn together with that turn, as one. When the
//! whole means something else than its first half did, the call goes back to where it was before
//! and the whole is answered; when it means the same, the robot says what it was about to say. What
//! cannot be undone is not: a request to another system, a transfer, a wish for no more calls.

use outcall_campaign::UnixMillis;
use outcall_campaign::attempt::ConversationEnd;
use outcall_dialogue::Heard as Understood;
use outcall_dialogue::engine::{Event, Phase, State, asked, step};
use outcall_understanding::reading::Reading;

use super::hearing::Said;
use super::{Act, After, Talk};
use crate::dialogue::record::Turn;

/// Where the call was before an utterance.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) state: State,
    after: After,
    events: usize,
    messages: usize,
    /// Where the utterance is written down.
    turn: Option<usize>,
    /// What was made of it.
    event: Event,
}

impl Talk {
    /// Where the call is, before what is about to happen.
    pub(super) fn before(&self, turn: Option<usize>, event: Event) -> Before {
        Before {
            state: self.state.clone(),
            after: self.after,
            events: self.record.events.len(),
            messages: self.record.messages.len(),
            turn,
            event,
        }
    }

    /// Whether the reply to the last utterance can be undone.
    pub(super) fn can_take_back(&self) -> bool {
        let Some(before) = &self.before else { return false };
        let since = self.record.events.get(before.events..).unwrap_or_default();
        let is_undone = |event: &Event| match event {
            Event::Heard(_)
            | Event::PromptFinished
            | Event::Interrupted { .. }
            | Event::Chosen { .. } => true,
            Event::Started { .. }
            | Event::Silence
            | Event::Digit(_)
            | Event::Api(_)
            | Event::Timer
            | Event::Transfer { .. }
            | Event::Voicemail
            | Event::HungUp => false,
        };
        !self.who.is_machine()
            && self.settled != Some(ConversationEnd::OptedOut)
            && since.iter().all(is_undone)
    }

    /// What the whole of an utterance means, whose first half was answered already.
    pub(super) fn understood_anew(
        &mut self,
        said: &Said,
        mut reading: Reading,
        now: UnixMillis,
        acts: &mut Vec<Act>,
    ) {
        let Some(before) = self.before.take() else { return };
        let asked = asked(&self.scenario, &before.state, self.callee.clock(now));
        reading.intents.retain(|guess| asked.intents.contains(&guess.intent.as_str()));
        let found = asked.values(&reading.text, self.callee.currency());
        let heard = Understood { reading, found };
        let turn =
            Turn { node: before.state.node.clone(), ..self.turn_of(&said.utterance, &heard) };
        let event = Event::Heard(heard);
        let (anew, _) = step(&self.scenario, &before.state, &event);
        let (first, _) = step(&self.scenario, &before.state, &before.event);
        // What was understood is not given up for what is not.
        let is_miss = anew.misses > before.state.misses;
        if is_miss || anew == first {
            self.record.said(Turn { aside: true, ..turn });
            self.before = Some(before);
            acts.push(Act::Expect(self.expectation.clone()));
            return self.say_again(now, acts);
        }
        if let Some(answered) = before.turn.and_then(|place| self.record.turns.get_mut(place)) {
            answered.taken_back = true;
        }
        let turn = self.record.said(turn);
        self.go_back(&before, now, acts);
        self.before = Some(Before { turn, event: event.clone(), ..before });
        self.reply(said, event, now, acts);
    }

    fn go_back(&mut self, before: &Before, now: UnixMillis, acts: &mut Vec<Act>) {
        self.queue.clear();
        self.cut(true, now, acts);
        self.present.clear();
        self.was_cut = false;
        (self.node_from, self.question_from, self.goes_on_ms) = (None, None, 0);
        self.considering = None;
        self.state = before.state.clone();
        self.after = before.after;
        self.quiet_since = now;
        self.record.events.truncate(before.events);
        self.record.messages.truncate(before.messages);
        (self.record.outcome, self.record.task) = (None, None);
        if self.settled.take().is_some() {
            // Until it is settled anew.
            acts.push(Act::Settled(ConversationEnd::Incomplete));
        }
        debug_assert!(self.state.phase != Phase::Ended, "nothing is answered after the end");
    }
}
