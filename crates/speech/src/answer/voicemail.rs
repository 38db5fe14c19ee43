//! When to leave the message.
//!
//! After the beep; or, when none comes, after some seconds of silence that follow a long greeting.
//! If the beep comes after all while the message is being said, the message starts again: what was
//! said before the beep was not recorded.

use serde::{Deserialize, Serialize};

use super::timeline::FRAME_MS;
use crate::tones::{Tone, ToneKind};

/// When to speak and when to give up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// From the beep's end to the message, ms.
    pub after_beep_ms: u64,
    /// Silence after the greeting that stands for a beep, ms. Greetings pause for up to 2 s before
    /// their beep, hence more.
    pub silence_ms: u64,
    /// Speech that makes a greeting, ms: a silence after less is a person who waits.
    pub greeting_min_ms: u64,
    /// The longest wait, from the decision that it is a voicemail on, ms.
    pub wait_max_ms: u64,
    /// How often a message is started again for a beep that comes late.
    pub restarts_max: u32,
    /// A beep later than this after the message's start is another's, ms.
    pub late_beep_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            after_beep_ms: 300,
            silence_ms: 3_000,
            greeting_min_ms: 2_500,
            wait_max_ms: 60_000,
            restarts_max: 1,
            late_beep_ms: 10_000,
        }
    }
}

/// Why the message starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The beep was heard.
    Beep,
    /// No beep came, and it has been silent for long enough.
    Silence,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    /// Say the message, at this time or as soon as may be after it; from its start, if it is being
    /// said already.
    Leave {
        /// When, ms.
        at_ms: u64,
        /// Why.
        reason: Reason,
    },
    /// Hang up: the greeting has no end.
    GiveUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    /// The message started at `since_ms`.
    Leaving {
        since_ms: u64,
        restarts: u32,
    },
    GivenUp,
}

/// Waits for the moment to leave one message.
#[derive(Clone, Debug)]
pub struct Moment {
    settings: Settings,
    state: State,
    since_ms: u64,
    /// Speech heard, ms.
    speech_ms: u64,
    last_speech_ms: u64,
}

impl Moment {
    /// Waits from `at_ms` on: the decision that it is a voicemail. `speech_ms` of its greeting have
    /// been heard before.
    pub fn new(settings: Settings, at_ms: u64, speech_ms: u64) -> Self {
        let state = State::Waiting;
        Self { settings, state, since_ms: at_ms, speech_ms, last_speech_ms: at_ms }
    }

    /// Takes the frame of 32 ms that begins at `at_ms`, and whether it is speech.
    pub fn frame(&mut self, at_ms: u64, is_speech: bool) -> Option<Step> {
        if self.state != State::Waiting {
            return None;
        }
        let end_ms = at_ms.saturating_add(FRAME_MS);
        if is_speech {
            self.speech_ms = self.speech_ms.saturating_add(FRAME_MS);
            self.last_speech_ms = end_ms;
        }
        let silent_ms = end_ms.saturating_sub(self.last_speech_ms);
        let has_greeted = self.speech_ms >= self.settings.greeting_min_ms;
        if has_greeted && silent_ms >= self.settings.silence_ms {
            return Some(self.leave(end_ms, 0, Reason::Silence));
        }
        if end_ms.saturating_sub(self.since_ms) >= self.settings.wait_max_ms {
            self.state = State::GivenUp;
            return Some(Step::GiveUp);
        }
        None
    }

    /// Takes a tone.
    pub fn tone(&mut self, tone: &Tone) -> Option<Step> {
        if tone.kind != ToneKind::Beep {
            return None;
        }
        let at_ms = tone.end_ms.saturating_add(self.settings.after_beep_ms);
        match self.state {
            State::Waiting => Some(self.leave(at_ms, 0, Reason::Beep)),
            State::Leaving { since_ms, restarts }
                if restarts < self.settings.restarts_max
                    && tone.end_ms > since_ms
                    && tone.end_ms - since_ms <= self.settings.late_beep_ms =>
            {
                Some(self.leave(at_ms, restarts + 1, Reason::Beep))
            }
            State::Leaving { .. } | State::GivenUp => None,
        }
    }

    fn leave(&mut self, at_ms: u64, restarts: u32, reason: Reason) -> Step {
        self.state = State::Leaving { since_ms: at_ms, restarts };
        Step::Leave { at_ms, reason }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn beep(start_ms: u64) -> Tone {
        let kind = ToneKind::Beep;
        Tone { kind, start_ms, end_ms: start_ms + 400, frequency_hz: 1_000.0, level_dbfs: -20.0 }
    }

    /// The first step in so many frames from `from_ms` on, and when the frames end.
    fn wait(moment: &mut Moment, from_ms: u64, frames: u64, is_speech: bool) -> Option<Step> {
        (0..frames).find_map(|frame| moment.frame(from_ms + frame * FRAME_MS, is_speech))
    }

    #[test]
    fn the_message_is_left_right_after_the_beep() {
        let mut moment = Moment::new(Settings::default(), 0, 0);
        assert_eq!(wait(&mut moment, 0, 100, true), None);
        let step = moment.tone(&beep(3_300));
        assert_eq!(step, Some(Step::Leave { at_ms: 4_000, reason: Reason::Beep }));
        assert_eq!(wait(&mut moment, 4_000, 1_000, false), None);
    }

    #[test]
    fn without_a_beep_it_is_left_after_a_silence() {
        let mut moment = Moment::new(Settings::default(), 0, 0);
        assert_eq!(wait(&mut moment, 0, 100, true), None);
        let step = wait(&mut moment, 3_200, 200, false);
        assert_eq!(step, Some(Step::Leave { at_ms: 6_208, reason: Reason::Silence }));
    }

    #[test]
    fn a_silence_after_a_short_greeting_stands_for_no_beep() {
        let mut moment = Moment::new(Settings::default(), 0, 0);
        assert_eq!(wait(&mut moment, 0, 20, true), None);
        assert_eq!(wait(&mut moment, 640, 300, false), None);
    }

    #[test]
    fn a_late_beep_starts_the_message_again_but_only_once() {
        let mut moment = Moment::new(Settings::default(), 0, 5_000);
        assert!(wait(&mut moment, 0, 100, false).is_some());
        assert!(matches!(moment.tone(&beep(5_000)), Some(Step::Leave { at_ms: 5_700, .. })));
        assert_eq!(moment.tone(&beep(7_000)), None);
    }

    #[test]
    fn a_beep_long_after_the_start_is_not_the_one_to_wait_for() {
        let mut moment = Moment::new(Settings::default(), 0, 5_000);
        assert!(moment.tone(&beep(1_000)).is_some());
        assert_eq!(moment.tone(&beep(30_000)), None);
    }

    #[test]
    fn an_endless_greeting_is_given_up() {
        let mut moment = Moment::new(Settings::default(), 0, 0);
        assert_eq!(wait(&mut moment, 0, 2_000, true), Some(Step::GiveUp));
        assert_eq!(moment.tone(&beep(70_000)), None);
    }

    proptest! {
        #[test]
        fn whatever_comes_there_is_one_start_and_at_most_one_more(
            events in prop::collection::vec((any::<bool>(), any::<bool>(), 0u64..3_000), 0..300),
        ) {
            let mut moment = Moment::new(Settings::default(), 0, 0);
            let mut at_ms = 0;
            let mut steps = 0;
            for (is_tone, is_speech, later_ms) in events {
                at_ms += later_ms;
                let step = match is_tone {
                    true => moment.tone(&beep(at_ms)),
                    false => moment.frame(at_ms, is_speech),
                };
                steps += u32::from(step.is_some());
            }
            prop_assert!(steps <= 2);
        }
    }
}
