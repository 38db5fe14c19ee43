//! What one utterance was understood to say.

use serde::{Deserialize, Serialize};

/// One intent that an utterance may hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    /// The intent's name in the scenario or its library.
    pub intent: String,
    /// The calibrated probability that the utterance holds it, 0 to 1.
    pub confidence: f32,
}

/// What one utterance was understood to say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The words, as recognised or typed.
    pub text: String,
    /// The intents that it may hold, the likeliest first. Several may be true at once.
    pub intents: Vec<Guess>,
    /// The probability that none of the intents is meant, 0 to 1.
    pub out_of_scope: f32,
}
