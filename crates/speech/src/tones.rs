//! The tones of a telephone line, found in 8 kHz audio as it comes in.
//!
//! A [`ToneDetector`] looks at 32 ms of sound every 10 ms, finds stretches of one or two steady
//! tones, and tells what they are: a voicemail's beep, special information tones (SIT), busy,
//! reorder, ringback, the tones of a fax. Keypad tones (DTMF), music and speech are told apart and
//! not reported.
//!
//! # Layout
//! - [`ToneDetector`], [`Tone`], [`ToneKind`]: what a caller needs.
//! - `spectrum`: 32 ms of sound to its shape: quiet, one tone, two tones, or something else.
//! - `segments`: shapes to stretches of one pitch, with their length, level and steadiness.
//! - `judge`: stretches to tones, by their pitch, length and neighbours.
//! - `cadence`: the rhythms of busy, reorder and ringback (ITU-T E.180, Supplement 2).
//! - [`synthesis`]: the same tones made, for tests and benchmarks.
//!
//! # Invariants
//! - Memory is bounded, however long a call is and whatever it carries.
//! - The same samples give the same tones, however they are cut into calls of
//!   [`ToneDetector::push`].

mod cadence;
mod judge;
mod segments;
mod spectrum;
pub mod synthesis;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::judge::Judge;
use self::segments::Segmenter;
use self::spectrum::{HOP, Spectrum, WINDOW};

/// Samples of a millisecond at 8 kHz.
const SAMPLES_PER_MS: u64 = 8;

/// What a tone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToneKind {
    /// One tone of 400 to 2,100 Hz and 150 ms to 1.5 s, alone: as a voicemail gives before it
    /// records. Shorter ones, down to 70 ms, are told at most pitches: what a voice must not be
    /// taken for has to be the purer the shorter it is. A first pulse of a fax's CNG looks the same
    /// until it is repeated.
    Beep,
    /// Three rising tones before an announcement of the network (ITU-T E.180/Q.35).
    Sit,
    /// The called line is busy: 480 + 620 Hz, 0.5 s on and off (North America); 425 Hz and its
    /// relatives elsewhere (ITU-T E.180, Supplement 2).
    Busy,
    /// The network is busy (reorder, congestion): as busy, but faster, mostly 0.25 s on and off.
    Reorder,
    /// The far phone rings: not an answer.
    Ringback,
    /// A fax machine that calls: 1,100 Hz, 0.5 s on and 3 s off (ITU-T T.30).
    FaxCalling,
    /// A fax machine or a modem that answers: 2,100 Hz for more than 1.6 s (ITU-T T.30, V.25).
    FaxAnswering,
}

/// One tone that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tone {
    /// What it is.
    pub kind: ToneKind,
    /// When it began, in milliseconds on the detector's clock. For a rhythm: its first pulse.
    pub start_ms: u64,
    /// When it ended, or when it was told apart if it goes on.
    pub end_ms: u64,
    /// Its pitch in Hz; of two tones or of three, the lowest.
    pub frequency_hz: f32,
    /// Its level in dB below a full-scale sine (0 dBFS).
    pub level_dbfs: f32,
}

/// Finds tones in one direction of one call.
pub struct ToneDetector {
    spectrum: Spectrum,
    segmenter: Segmenter,
    judge: Judge,
    /// The last [`WINDOW`] samples, oldest first; fewer at the start.
    held: Vec<f32>,
    /// Samples taken so far.
    taken: u64,
    start_ms: u64,
}

impl ToneDetector {
    /// A detector whose first sample is at `start_ms`.
    pub fn new(start_ms: u64) -> Self {
        Self {
            spectrum: Spectrum::new(),
            segmenter: Segmenter::default(),
            judge: Judge::default(),
            held: Vec::with_capacity(WINDOW + HOP),
            taken: 0,
            start_ms,
        }
    }

    /// Takes the next samples, 8 kHz and one channel, and tells the tones that they complete.
    ///
    /// A beep is told some 100 ms after its end: before that it may be the first of three rising
    /// tones, or part of a melody. Near 425 Hz it takes 0.7 s, for it may be a busy tone.
    pub fn push(&mut self, samples: &[i16]) -> Vec<Tone> {
        let mut tones = Vec::new();
        for sample in samples {
            self.held.push(f32::from(*sample) / 32_768.0);
            self.taken += 1;
            if self.held.len() == WINDOW {
                self.look(&mut tones);
                self.held.drain(..HOP);
            }
        }
        tones
    }

    fn look(&mut self, tones: &mut Vec<Tone>) {
        let look = self.spectrum.look(&self.held);
        let middle = self.taken.saturating_sub(WINDOW as u64 / 2);
        let at_ms = self.start_ms.saturating_add(middle / SAMPLES_PER_MS);
        let news = self.segmenter.step(at_ms, look);
        self.judge.step(at_ms, &news, tones);
    }
}

impl std::fmt::Debug for ToneDetector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ToneDetector").field("taken", &self.taken).finish_non_exhaustive()
    }
}
