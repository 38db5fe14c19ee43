//! Values said in an utterance: what is asked for, in which context, and what was found.
//!
//! - `value`: the values themselves.

mod value;

use std::ops::Range;

use jiff::civil;
use serde::{Deserialize, Serialize};
pub use value::{Choice, Kind, Value};

/// The language an utterance is in.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Mandarin, in simplified characters.
    Zh,
}

/// What a relative value is relative to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// The language of the utterance.
    pub language: Language,
    /// The wall-clock time where the callee is: "tomorrow at five" is counted from here.
    pub now: civil::DateTime,
    /// ISO 4217 code of the currency meant when only a number is said.
    pub currency: String,
}

/// One value found in an utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The value.
    pub value: Value,
    /// Where in the text it stands, in bytes.
    pub span: Range<usize>,
    /// The probability that this value is what was meant, 0 to 1. Below 1 for what could be read in
    /// two ways ("at five": in the morning or in the afternoon).
    pub confidence: f32,
}
