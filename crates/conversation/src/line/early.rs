//! What is heard on a call before it is answered: the network's announcements and tones.
//!
//! Pure. Nobody talks there; it is written down, and what the network says of the number is told
//! to the carrier, whose last word on such a call would otherwise be "no answer".

use outcall_campaign::attempt::EndCause;
use outcall_speech::answer::Evidence;
use outcall_speech::answer::network::NetworkSays;
use serde::Serialize;

use crate::hearing::{Heard, Utterance};

/// Utterances that are kept: an announcement repeats itself until the ring limit.
const SAID_MAX: usize = 8;

/// What was heard before the answer. Stored with the attempt.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct EarlyRecord {
    /// What the network says of the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_says: Option<NetworkSays>,
    /// The words that were understood. Times are ms since the sound began.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Utterance>,
    /// The words of an announcement that had not ended when the call did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub so_far: Option<String>,
}

impl EarlyRecord {
    /// Takes what was heard, and tells whether there is anything new to be written down.
    pub(crate) fn heard(&mut self, heard: Heard) -> bool {
        match heard {
            Heard::Partial { text, .. } => {
                self.read(&text);
                self.so_far = Some(text);
                true
            }
            Heard::Said(utterance) => {
                self.so_far = None;
                self.read(utterance.text.as_deref().unwrap_or_default());
                if self.said.len() < SAID_MAX {
                    self.said.push(utterance);
                }
                true
            }
            Heard::Answered(decision) => {
                let tone = |evidence: &Evidence| match evidence {
                    Evidence::Tone { tone } => NetworkSays::of_tone(tone.kind),
                    Evidence::ShortGreeting { .. }
                    | Evidence::LongSpeech { .. }
                    | Evidence::NoSpeech { .. }
                    | Evidence::Phrase { .. } => None,
                };
                let says = decision.evidence.iter().find_map(tone);
                let is_new = says.is_some() && self.network_says.is_none();
                self.network_says = self.network_says.or(says);
                is_new
            }
            Heard::SpeechStarted { .. }
            | Heard::Paused { .. }
            | Heard::Interrupted(_)
            | Heard::Noise
            | Heard::Beep
            | Heard::Voicemail { .. }
            | Heard::Menu(_) => false,
        }
    }

    /// Words outweigh a tone, and what is understood of more of them what was before.
    fn read(&mut self, text: &str) {
        self.network_says = NetworkSays::of_text(text).or(self.network_says);
    }

    /// What the call will end as, when nobody answers it.
    pub(crate) fn cause(&self) -> Option<EndCause> {
        self.network_says.map(|says| match says {
            NetworkSays::NoSuchNumber => EndCause::OutOfService,
            NetworkSays::Busy => EndCause::Busy,
            NetworkSays::NotReachable => EndCause::NoAnswer,
            // After a response above 100 nothing proves any more that no phone rang.
            NetworkSays::Congestion => EndCause::Failed,
        })
    }
}

#[cfg(test)]
mod tests {
    use outcall_speech::answer::{Class, Decision};
    use outcall_speech::tones::{Tone, ToneKind};
    use outcall_speech::turn::EndReason;

    use super::*;

    fn partial(text: &str) -> Heard {
        Heard::Partial { from_ms: 0, to_ms: 900, text: text.to_owned(), confidence: 0.9 }
    }

    fn said(text: &str) -> Heard {
        Heard::Said(Utterance {
            from_ms: 0,
            to_ms: 3_000,
            asked_ms: 800,
            decided_ms: 3_800,
            text: Some(text.to_owned()),
            confidence: 0.9,
            reason: EndReason::GaveUp,
            goes_on: false,
        })
    }

    fn tone(kind: ToneKind) -> Heard {
        let tone =
            Tone { kind, start_ms: 0, end_ms: 2_000, frequency_hz: 425.0, level_dbfs: -10.0 };
        Heard::Answered(Decision {
            class: Class::Announcement,
            confidence: 0.9,
            at_ms: 2_000,
            evidence: vec![Evidence::Tone { tone }],
            revises: None,
        })
    }

    #[test]
    fn an_announcement_is_understood_before_it_ends() {
        let mut record = EarlyRecord::default();
        assert!(record.heard(partial("The number you have")));
        assert_eq!(record.cause(), None);
        assert!(record.heard(partial("The number you have dialed is not in service.")));
        assert_eq!(record.cause(), Some(EndCause::OutOfService));
        assert!(record.so_far.is_some());
        assert!(record.heard(said("The number you have dialed is not in service.")));
        assert_eq!((record.said.len(), &record.so_far), (1, &None));
    }

    #[test]
    fn a_busy_tone_speaks_unless_words_do() {
        let mut record = EarlyRecord::default();
        assert!(!record.heard(tone(ToneKind::Sit)));
        assert!(record.heard(tone(ToneKind::Busy)));
        assert_eq!(record.cause(), Some(EndCause::Busy));
        record.heard(said("The mobile you are calling is switched off."));
        assert_eq!(record.cause(), Some(EndCause::NoAnswer));
        record.heard(tone(ToneKind::Reorder));
        assert_eq!(record.network_says, Some(NetworkSays::NotReachable));
    }

    #[test]
    fn ringing_and_music_say_nothing() {
        let mut record = EarlyRecord::default();
        for heard in [tone(ToneKind::Ringback), Heard::Noise, said("Thank you."), Heard::Beep] {
            record.heard(heard);
        }
        assert_eq!(record.cause(), None);
    }

    #[test]
    fn an_announcement_without_end_fills_no_disk() {
        let mut record = EarlyRecord::default();
        for _ in 0..100 {
            record.heard(said("Please hold."));
        }
        assert_eq!(record.said.len(), SAID_MAX);
    }
}
