//! Who answered: a machine is left a message, passed through, or hung up on.

use outcall_campaign::UnixMillis;
use outcall_campaign::attempt::ConversationEnd;
use outcall_dialogue::engine::{Event, Phase, State, step};
use outcall_speech::answer::voicemail::Step;
use outcall_speech::answer::{Class, Evidence};

use super::{Act, After, Talk, started};
use crate::hearing::Heard;

/// How long a machine may take until it lets us through, in ms.
const MENU_MAX_MS: i64 = 90_000;

/// Who is on the line, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Who {
    /// Somebody: that is what is taken for granted.
    #[default]
    Person,
    /// A voicemail greets.
    Greeting,
    /// The message is left from this instant on.
    Beeped(UnixMillis),
    /// The message is being left.
    Leaving,
    /// A menu or a screening service talks, and has until this instant.
    Menu(UnixMillis),
}

impl Who {
    pub(super) fn is_machine(self) -> bool {
        self != Self::Person
    }

    pub(super) fn due(self) -> Option<UnixMillis> {
        match self {
            Self::Beeped(at) | Self::Menu(at) => Some(at),
            Self::Person | Self::Greeting | Self::Leaving => None,
        }
    }
}

impl Talk {
    /// What was heard of whoever answered.
    pub(super) fn of_a_machine(&mut self, heard: Heard, now: UnixMillis, acts: &mut Vec<Act>) {
        match heard {
            Heard::Answered(decision) => {
                let class = decision.class;
                // Somebody who has answered a question is no machine because they talk much.
                let is_long_speech =
                    |evidence: &Evidence| matches!(evidence, Evidence::LongSpeech { .. });
                let is_talkative = self.converses
                    && !decision.evidence.is_empty()
                    && decision.evidence.iter().all(is_long_speech);
                if !is_talkative {
                    self.record.line.decided(decision);
                    self.answered_by(class, now, acts);
                }
            }
            Heard::Voicemail { step, in_ms } => self.voicemail(step, in_ms, now, acts),
            Heard::Menu(press) => {
                self.record.line.pressed.push_str(&press.digits);
                acts.push(Act::Press(press.digits));
            }
            Heard::Beep
            | Heard::SpeechStarted { .. }
            | Heard::Interrupted(_)
            | Heard::Partial { .. }
            | Heard::Paused { .. }
            | Heard::Noise
            | Heard::Said(_) => {}
        }
    }

    fn answered_by(&mut self, class: Class, now: UnixMillis, acts: &mut Vec<Act>) {
        match class {
            Class::Human if matches!(self.who, Who::Menu(_)) => {
                self.who = Who::Person;
                self.start(now, acts);
            }
            Class::Silence | Class::Human => {}
            // What has settled the call, or is left already, is left to its end.
            _ if self.settled.is_some() => {}
            Class::Voicemail if matches!(self.who, Who::Beeped(_) | Who::Leaving) => {}
            Class::Voicemail => {
                self.who = Who::Greeting;
                self.fall_silent(now, acts);
                if !self.scenario.leaves_messages() {
                    self.end(ConversationEnd::Machine, acts);
                }
            }
            Class::Ivr | Class::Screening => {
                if !matches!(self.who, Who::Menu(_)) {
                    self.who = Who::Menu(now + MENU_MAX_MS);
                }
                self.fall_silent(now, acts);
            }
            Class::Announcement | Class::Fax => {
                self.who = Who::Greeting;
                self.fall_silent(now, acts);
                self.end(ConversationEnd::Machine, acts);
            }
        }
    }

    fn voicemail(&mut self, step: Step, in_ms: u64, now: UnixMillis, acts: &mut Vec<Act>) {
        match (step, self.who) {
            (Step::Leave { .. }, Who::Greeting | Who::Beeped(_) | Who::Leaving) => {
                self.fall_silent(now, acts);
                self.who = Who::Beeped(now + i64::try_from(in_ms).unwrap_or(0));
            }
            (Step::GiveUp, Who::Greeting) => self.end(ConversationEnd::Machine, acts),
            (_, _) => {}
        }
    }

    /// A machine's time has come.
    pub(super) fn pass_time_of_machine(&mut self, now: UnixMillis, acts: &mut Vec<Act>) {
        match self.who {
            Who::Beeped(at) if at <= now => {
                self.who = Who::Leaving;
                self.record.line.message_ms = Some(0);
                if self.state.phase == Phase::Ended {
                    // A later beep: the message begins anew.
                    let started = started(&self.scenario, &self.callee, self.seed);
                    (self.state, _) = step(&self.scenario, &State::new(&self.scenario), &started);
                    self.record.events.push(started);
                }
                self.happens(Event::Voicemail, now, acts);
            }
            Who::Menu(until) if until <= now => self.end(ConversationEnd::Machine, acts),
            Who::Person | Who::Greeting | Who::Beeped(_) | Who::Leaving | Who::Menu(_) => {}
        }
    }

    /// A screening service has asked who calls: it is told what people are told first, once.
    pub(super) fn machine_paused(&mut self, now: UnixMillis, acts: &mut Vec<Act>) {
        let asked = matches!(self.who, Who::Menu(_))
            && self.record.line.answered_by == Some(Class::Screening);
        if asked && self.speaking.is_none() && !self.introduced {
            self.introduced = true;
            let texts = Self::first_prompts(&self.scenario, &self.callee, self.seed);
            if let Some(text) = texts.into_iter().next() {
                self.say_beside(text, now, acts);
            }
        }
    }

    /// Nothing more is said to whoever that is.
    pub(super) fn fall_silent(&mut self, now: UnixMillis, acts: &mut Vec<Act>) {
        self.queue.clear();
        self.said.clear();
        (self.asked, self.replying, self.request_due) = (None, None, None);
        self.after = After::Nothing;
        self.cut(false, now, acts);
    }
}
