//! Speech: hearing, understanding where words begin and end, and speaking.
//!
//! # Layout
//! - [`vad`]: the probability of speech, many streams in one pass.
//! - [`evaluation`]: word errors, and telephone conditions made from clean recordings.
//! - [`recognition`]: from the sound of a reply to words with confidences.
//! - [`turn`]: when the callee has finished, and whether they interrupt.
//!
//! # Invariants
//! - Rules are pure: frames and readings in, actions out; time is the audio's.
//! - Models are reached through `outcall-inference` only; without them nothing here runs, and the
//!   error says what is missing.

pub mod evaluation;
pub mod recognition;
pub mod turn;
pub mod vad;
