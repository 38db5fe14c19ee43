//! The robot's prompts, one after the other.

use outcall_campaign::UnixMillis;
use outcall_dialogue::document::policy::Interruption;
use outcall_dialogue::engine::Event;
use outcall_media::playback::PlaybackId;
use outcall_speech::turn::{InterruptionPolicy, InterruptionSettings};

use super::hearing::GOES_ON_MS;
use super::machine::Who;
use super::{Act, After, Say, Talk};
use crate::dialogue::record::{Latency, Speaker, Turn};

/// What is being said.
#[derive(Debug)]
pub(super) struct Speaking {
    say: Say,
    /// Its name, once it plays.
    name: Option<PlaybackId>,
    /// When its first sound was given to the line.
    sounds: Option<UnixMillis>,
    /// Where it is written down.
    turn: Option<usize>,
}

/// How a prompt lets itself be interrupted.
pub(super) fn interruption(policy: Interruption) -> Option<InterruptionSettings> {
    let policy = match policy {
        Interruption::Never => return None,
        Interruption::OnSpeech => InterruptionPolicy::OnSpeech,
        Interruption::OnMeaning => InterruptionPolicy::OnMeaning,
    };
    Some(InterruptionSettings { policy, ..InterruptionSettings::default() })
}

impl Talk {
    /// Whether the robot says something that may be interrupted.
    pub(super) fn can_be_interrupted(&self) -> bool {
        let speaking = self.speaking.as_ref();
        speaking.is_some_and(|speaking| speaking.say.interruption.is_some())
    }

    /// What was to be said plays under this name.
    pub(in crate::dialogue) fn plays(&mut self, name: PlaybackId) {
        if let Some(speaking) = &mut self.speaking {
            speaking.name = Some(name);
        }
    }

    /// The first of its sound was given to the line.
    pub(in crate::dialogue) fn sounds(&mut self, name: PlaybackId, now: UnixMillis) {
        let at_ms = self.since(now);
        let Some(speaking) = &mut self.speaking else { return };
        if speaking.name != Some(name) || speaking.sounds.is_some() {
            return;
        }
        speaking.sounds = Some(now);
        self.node_from = self.node_from.or(Some(now));
        if self.queue.is_empty() {
            (self.question_from, self.goes_on_ms) = (Some(now), GOES_ON_MS);
        }
        let Some(turn) = speaking.turn.and_then(|place| self.record.turns.get_mut(place)) else {
            return;
        };
        turn.from_ms = at_ms;
        turn.latency = self.replying.take().map(|replying| {
            let between = |from: UnixMillis, to: UnixMillis| to.since(from).max(0).unsigned_abs();
            Latency {
                end_of_turn: between(replying.ended, replying.asked),
                recognition: between(replying.asked, replying.decided),
                delivery: between(replying.decided, replying.told),
                understanding: between(replying.told, replying.understood),
                decision: between(replying.understood, replying.answered),
                synthesis: between(replying.answered, now),
                total: between(replying.ended, now),
            }
        });
    }

    /// A prompt has ended by itself, or because it could not be said.
    pub(in crate::dialogue) fn finished(&mut self, name: PlaybackId, now: UnixMillis) -> Vec<Act> {
        let mut acts = Vec::new();
        let plays = self.speaking.as_ref().is_some_and(|it| it.name == Some(name));
        if plays && let Some(speaking) = self.speaking.take() {
            self.close(&speaking, false, now);
            self.quiet_since = now;
            if self.who == Who::Leaving {
                let from = speaking.sounds.unwrap_or(now);
                let said_ms = now.since(from).max(0).unsigned_abs();
                *self.record.line.message_ms.get_or_insert_default() += said_ms;
            }
            self.go_on(now, &mut acts);
        }
        acts
    }

    /// Says the present question once more, when it was interrupted by what is no answer to it.
    pub(super) fn say_again(&mut self, now: UnixMillis, acts: &mut Vec<Act>) {
        let is_silent = self.speaking.is_none() && self.queue.is_empty();
        if is_silent && self.was_cut && matches!(self.after, After::Silence(_)) {
            self.was_cut = false;
            self.queue.extend(self.present.iter().cloned());
            (self.node_from, self.question_from) = (None, None);
            self.go_on(now, acts);
        }
    }

    /// Something new is to be said: what is being said makes way, unless it has to be heard. At the
    /// end of a call nothing has to.
    pub(super) fn make_way(&mut self, ends: bool, now: UnixMillis, acts: &mut Vec<Act>) {
        self.queue.retain(|say| !ends && say.interruption.is_none());
        let makes_way = ends || self.can_be_interrupted();
        if makes_way && self.speaking.is_some() {
            self.cut(false, now, acts);
        }
    }

    /// Ends what is being said.
    pub(super) fn cut(&mut self, interrupted: bool, now: UnixMillis, acts: &mut Vec<Act>) {
        if let Some(speaking) = self.speaking.take() {
            self.close(&speaking, interrupted, now);
            acts.push(Act::Stop);
        }
    }

    /// Says something that is of no scenario's flow.
    pub(super) fn say_beside(&mut self, text: String, now: UnixMillis, acts: &mut Vec<Act>) {
        self.queue.push_back(Say { text, slower: false, interruption: None });
        self.go_on(now, acts);
    }

    fn close(&mut self, speaking: &Speaking, interrupted: bool, now: UnixMillis) {
        let at_ms = self.since(now);
        if let Some(turn) = speaking.turn.and_then(|place| self.record.turns.get_mut(place)) {
            turn.to_ms = Some(at_ms.max(turn.from_ms));
            turn.interrupted = interrupted;
        }
    }

    /// Says what is next, or does what comes after all was said.
    pub(super) fn go_on(&mut self, now: UnixMillis, acts: &mut Vec<Act>) {
        if self.speaking.is_some() || self.over {
            return;
        }
        if let Some(say) = self.queue.pop_front() {
            let turn = Turn {
                who: Speaker::Robot,
                text: say.text.clone(),
                from_ms: self.since(now),
                to_ms: None,
                node: self.state.node.clone(),
                interrupted: false,
                confidence: None,
                intents: Vec::new(),
                aside: false,
                taken_back: false,
                latency: None,
            };
            let turn = self.record.said(turn);
            acts.push(Act::Say(say.clone()));
            self.speaking = Some(Speaking { say, name: None, sounds: None, turn });
            return;
        }
        match self.after {
            After::Finished => {
                self.after = After::Nothing;
                self.happens(Event::PromptFinished, now, acts);
            }
            After::Transfer => {
                // No trunk hands calls over yet; the scenario says what is done then.
                self.after = After::Nothing;
                self.happens(Event::Transfer { answered: false }, now, acts);
            }
            After::Nothing | After::Silence(_) | After::End(_) => {}
        }
    }
}
