//! What is told now and then: sums since the start.

use serde::Serialize;

/// Sums since the start. Samples are of 8 kHz.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Reading {
    /// Audio of callees that was heard.
    pub(crate) heard_samples: u64,
    /// How much of it is speech and tones of the recordings, and not line noise.
    pub(crate) sounding_samples: u64,
    /// What robots have said.
    pub(crate) said_samples: u64,
    /// Calls that have ended.
    pub(crate) calls: u64,
    /// Turns that have ended.
    pub(crate) turns: u64,
    /// Those of them whose words were read in time.
    pub(crate) understood: u64,
    /// Decisions on who answered.
    pub(crate) decisions: u64,
    /// Robots that stopped for words.
    pub(crate) interruptions: u64,
    /// Frames of 32 ms that were judged.
    pub(crate) frames: u64,
    /// Stretches that were recognised.
    pub(crate) recognised: u64,
    /// Those that were taken back before.
    pub(crate) abandoned: u64,
    /// Those for which there was no room or no time.
    pub(crate) late: u64,
    /// Those that failed.
    pub(crate) failures: u64,
    /// Events that nobody took.
    pub(crate) dropped: u64,
    /// Texts that could not be said.
    pub(crate) unsaid: u64,
}
