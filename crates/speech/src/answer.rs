//! Who answered: a person, a voicemail, an IVR, call screening, the network, a fax, or nobody.
//!
//! It is decided *beside* the greeting, never before it: the robot starts to talk at once, and the
//! decision may come while it talks. Three witnesses are heard as they speak: the timeline of
//! speech (a voice activity detector's probabilities), the words (partial transcripts), and the
//! tones of the line ([`crate::tones`]). A decision may be revised upwards, from a person to a
//! machine that has proved to be one, and the revision is told.
//!
//! To take a person for a machine costs a conversation and, where the robot hangs up, an abandoned
//! call; to take a machine for a person costs a few seconds. So the timeline alone needs a long
//! speech to say "machine", and single words say it only together.
//!
//! # Layout
//! - [`Classifier`]: the witnesses to a [`Decision`]. `timeline`: frames to speech and pauses.
//! - [`phrases`]: which phrases were heard; `rules`: the table of them. `words`: text to words, and
//!   how alike two words are.
//! - [`voicemail`]: when to leave the message. [`ivr`]: which keys to press. [`network`]: what the
//!   network says of a number.
//! - [`composed`]: made cases. [`evaluation`]: figures over cases.
//!
//! # Invariants
//! - Pure: time comes in by parameter, and the same input gives the same decisions.
//! - No input panics; memory is bounded.
//! - A class is never revised to one of a lower [`Class::rank`].

mod classifier;
pub mod composed;
pub mod evaluation;
pub mod ivr;
pub mod network;
pub mod phrases;
mod rules;
#[cfg(test)]
mod tests;
mod timeline;
pub mod voicemail;
mod words;

use serde::{Deserialize, Serialize};

use crate::tones::Tone;

pub use self::classifier::{Classifier, Settings};

/// The level of a frame against a full-scale sine, dBFS.
pub fn level_dbfs(frame: &[i16]) -> f32 {
    let power = frame.iter().map(|sample| f32::from(*sample).powi(2)).sum::<f32>();
    let mean = power / frame.len().max(1) as f32 / (32_768.0 * 32_768.0);
    10.0 * (2.0 * mean).max(1e-10).log10()
}

/// Who or what answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Nobody speaks.
    Silence,
    /// A person.
    Human,
    /// A greeting after which a message can be left.
    Voicemail,
    /// A menu or a queue of an organisation.
    Ivr,
    /// A service that asks who calls and why before it puts the call through.
    Screening,
    /// The network speaks or sounds: no such number, not reachable, busy.
    Announcement,
    /// A fax machine or a modem.
    Fax,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 7] = [
        Self::Silence,
        Self::Human,
        Self::Voicemail,
        Self::Ivr,
        Self::Screening,
        Self::Announcement,
        Self::Fax,
    ];

    /// How far a decision has come: a revision never goes to a lower rank.
    pub fn rank(self) -> u8 {
        match self {
            Self::Silence => 0,
            Self::Human => 1,
            Self::Voicemail | Self::Ivr | Self::Screening | Self::Announcement => 2,
            Self::Fax => 3,
        }
    }

    /// Whether nobody is there to talk to.
    pub fn is_machine(self) -> bool {
        self.rank() >= 2
    }
}

/// One thing that speaks for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Evidence {
    /// A short greeting and a pause, as of one who waits for an answer.
    ShortGreeting {
        /// Speech before the pause, ms.
        speech_ms: u64,
        /// The pause so far, ms.
        pause_ms: u64,
    },
    /// Speech that goes on and on.
    LongSpeech {
        /// From its start, without a pause that waits for an answer, ms.
        speech_ms: u64,
    },
    /// No speech since the call was answered.
    NoSpeech {
        /// For so long, ms.
        waited_ms: u64,
    },
    /// A phrase of the table.
    Phrase {
        /// The phrase as the table has it.
        phrase: String,
        /// The class that it speaks for.
        class: Class,
        /// Its weight, log-odds.
        weight: f32,
        /// When it was heard, ms.
        at_ms: u64,
    },
    /// A tone.
    Tone {
        /// The tone.
        tone: Tone,
    },
}

/// Who answered, as far as is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Who answered.
    pub class: Class,
    /// How sure that is, 0 to 1; by the weights of the rules, not by a count of real calls.
    pub confidence: f32,
    /// When it was decided, ms.
    pub at_ms: u64,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
    /// The decision that this one takes back, if any.
    pub revises: Option<Class>,
}
