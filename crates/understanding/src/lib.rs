//! What a callee meant: which intents an utterance holds, and the values said in it.
//!
//! - `reading`: what one utterance was understood to say, as the dialogue receives it.
//! - `intents`: intent sets from a handful of examples: training, models, and what a model makes of
//!   an utterance.
//! - `slots`: numbers, digits, money, dates, times, choices and consent read out of a text by pure
//!   rules, relative to an instant and a zone.
//!
//! Invariants: reading slots is pure; no text, however long or odd, makes it panic; a confidence is
//! a probability, and the same in every module.

pub mod intents;
pub mod reading;
pub mod slots;
