//! Made cases: what a robot may hear after a call is answered.
//!
//! **These are composed, not recorded calls.** The voices are those of prompts and spoken digits
//! (one professional speaker for most, a handful of others), cut to the length of a greeting; the
//! words are from a table of scripts, except where a script names a prompt and its own words.
//! Pauses, beeps, levels and noise are drawn by chance; of people, half say a word or two. Figures
//! over them compare one version of the rules with another; they do not tell how the rules do on a
//! carrier's calls.
//!
//! Cases are split by the file that a voice comes from, digits by their speaker, and scripts by
//! their place in the table: [`Half::Tune`] is for choosing thresholds, [`Half::Test`] for reports.
//! A prompt that a script names is used in that script's half, whatever its own.

mod build;
mod corpus;
mod mixing;
mod scripts;
#[cfg(test)]
mod tests;

use super::Class;
use crate::tones::Tone;

pub use self::build::{beeps, compose};
pub use self::corpus::{Clip, Corpus, CorpusError};

/// Which half of the sources a case is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Half {
    /// For choosing thresholds.
    Tune,
    /// For reports.
    Test,
}

/// How many cases of each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// People.
    pub people: usize,
    /// Voicemails.
    pub voicemails: usize,
    /// Menus.
    pub ivrs: usize,
    /// Call screening.
    pub screenings: usize,
    /// The network.
    pub announcements: usize,
    /// Nobody speaks.
    pub silences: usize,
    /// Fax machines.
    pub faxes: usize,
}

impl Default for Mix {
    fn default() -> Self {
        Self {
            people: 300,
            voicemails: 150,
            ivrs: 50,
            screenings: 50,
            announcements: 50,
            silences: 25,
            faxes: 25,
        }
    }
}

/// What a recogniser says of a sentence, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// When it arrives, ms: 600 ms after the sentence's end.
    pub at_ms: u64,
    /// The words, one in ten of them wrong.
    pub text: String,
}

/// One made call, from its answer on.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is made of, for a person to read.
    pub name: String,
    /// Who answered.
    pub truth: Class,
    /// The sound: 8 kHz, one channel.
    pub audio: Vec<i16>,
    /// What a recogniser would say of it, by time.
    pub transcripts: Vec<Transcript>,
    /// When speech, or else sound, begins, ms; none if nothing does.
    pub start_ms: Option<u64>,
    /// The beep in it, if any.
    pub beep: Option<Tone>,
    /// Noise against speech, dB; none if there is no noise.
    pub snr_db: Option<f32>,
}
