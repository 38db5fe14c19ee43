//! Who says what a text means. The engine is only told; so a call can be replayed without models.

use jiff::civil;
use outcall_understanding::reading::Reading;
use outcall_understanding::slots::{Found, Kind, Language};
use serde::{Deserialize, Serialize};

/// What an utterance may mean at the node that the call is at.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked<'a> {
    /// The language spoken.
    pub language: Language,
    /// The wall-clock time where the callee is.
    pub now: civil::DateTime,
    /// The intents understood here, those of the node first.
    pub intents: Vec<&'a str>,
    /// The kinds of values asked for: that of the slot, and yes or no while one is read back.
    pub kinds: Vec<&'a Kind>,
}

/// What was understood of an utterance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// The words and the intents that they may hold.
    pub reading: Reading,
    /// The values said in them.
    pub found: Vec<Found>,
}

/// Understands texts.
pub trait Understander {
    /// What a text means where the call is.
    fn understand(&self, text: &str, asked: &Asked<'_>) -> Heard;
}
