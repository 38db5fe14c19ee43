//! Speech: hearing, understanding where words begin and end, and speaking.
//!
//! # Layout
//! - [`vad`]: the probability of speech, many streams in one pass.
//! - [`answer`]: who answered, decided beside the greeting. [`tones`]: beeps, SIT, busy, fax.
//! - `fuzz`: any bytes as what is read here, any text as what is to be said.
//! - [`evaluation`]: word errors, and telephone conditions made from clean recordings.
//! - [`recognition`]: from the sound of a reply to words with confidences.
//! - [`synthesis`]: from text to sound, prompts that are spliced, and their cache.
//! - [`timeline`]: where somebody speaks in a recording.
//! - [`turn`]: when the callee has finished, and whether they interrupt.
//!
//! # Invariants
//! - Rules are pure: frames and readings in, actions out; time is the audio's.
//! - Models are reached through `outcall-inference` only; without them nothing here runs, and the
//!   error says what is missing.

pub mod answer;
mod chance;
pub mod evaluation;
mod fuzz;
pub mod recognition;
pub mod synthesis;
pub mod timeline;
pub mod tones;
pub mod turn;
pub mod vad;

pub use fuzz::{list_any_prompts, normalise_any, read_any_recognition_settings, read_any_table};
