//! Speech from text: the voice "hibari" (English, United States), ported from Python.
//!
//! # Layout
//! - `normalise`: what is written otherwise than it is said: money, dates, times, digits.
//! - `pronounce`: from words to phonemes: dictionaries, parts of speech, unknown words.
//! - `acoustic`, `vocoder`: from phonemes to a spectrum, and from that to samples.
//! - [`Voice`]: all of it; [`Phrase`]: what is rendered at a time.
//! - [`prompt`]: prompts made of fixed, variable and recorded parts, spliced without a click.
//! - [`cache`]: what was rendered before, in memory and in files.
//! - [`worker`]: the voice behind a pool. [`saying`]: a text said phrase by phrase through it.
//!
//! # Invariants
//! - The same text gives the same samples: the noise has a fixed seed.
//! - No text is an error: what cannot be read is not said.
//!
//! # Source and licence
//! hibari 0.2.1, copyright 2026 Maureese Williams, Apache-2.0: `tts.py`, `dsp.py` and `g2p/` are
//! ported here, with rules added. From its notice: the acoustic model was distilled from
//! Kokoro-82M (hexgrad, Apache-2.0), whose vocabulary of phonemes it uses; dictionaries and rules
//! of pronunciation are those of misaki (hexgrad, Apache-2.0); the tokenizer follows the rules and
//! holds the special cases of spaCy (`ExplosionAI` GmbH, MIT), on whose tags the tagger was
//! trained.

mod acoustic;
pub mod cache;
mod normalise;
pub(crate) mod numbers;
mod pattern;
mod phrases;
pub mod prompt;
mod pronounce;
pub mod saying;
mod sentences;
mod sound;
#[cfg(test)]
mod testing;
mod vocoder;
mod voice;
pub mod worker;

use std::io::Read;

use outcall_inference::runtime::RuntimeError;
use outcall_inference::store::{ModelStore, StoreError};
use serde::de::DeserializeOwned;

pub use phrases::Phrase;
pub use voice::Voice;

/// The model's name in the store.
pub const MODEL: &str = "hibari";
/// Samples a second of what is said.
pub const RATE_HZ: u32 = 8_000;

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum SynthesisError {
    /// The store does not hold the voice, or not as its manifest says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The voice's networks cannot be loaded.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A table of the voice is not one.
    #[error("voice {MODEL}, {file}: {problem}: fetch it anew with `cargo xtask models`")]
    Table {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A network failed.
    #[error("voice {MODEL}: {0}")]
    Network(#[from] ort::Error),
    /// A recorded part of a prompt cannot be read.
    #[error("recorded prompt {path}: {problem}")]
    Recording {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// Reads a table of the voice.
fn json<T: DeserializeOwned>(store: &ModelStore, file: &str) -> Result<T, SynthesisError> {
    parse(file, &store.model(MODEL)?.read(file)?)
}

/// Reads a compressed table of the voice.
fn json_gz<T: DeserializeOwned>(store: &ModelStore, file: &str) -> Result<T, SynthesisError> {
    let packed = store.model(MODEL)?.read(file)?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).map_err(|error| {
        SynthesisError::Table { file: file.to_owned(), problem: error.to_string() }
    })?;
    parse(file, &bytes)
}

fn parse<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T, SynthesisError> {
    serde_json::from_slice(bytes).map_err(|error| SynthesisError::Table {
        file: file.to_owned(),
        problem: error.to_string(),
    })
}
