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
mod rules;
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
pub(crate) use rules::Rules;
pub use voice::Voice;

/// The model's name in the store.
pub const MODEL: &str = "hibari";
/// Samples a second of what is said.
pub const RATE_HZ: u32 = 8_000;

/// Bytes of a table at most, unpacked: ten times the largest.
const TABLE_MAX: u64 = 64 << 20;

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
    parse(file, &unpacked(file, &store.model(MODEL)?.read(file)?)?)
}

/// What is in a compressed table.
fn unpacked(file: &str, packed: &[u8]) -> Result<Vec<u8>, SynthesisError> {
    let wrong = |problem: String| SynthesisError::Table { file: file.to_owned(), problem };
    let mut bytes = Vec::new();
    let mut unpacker = flate2::read::GzDecoder::new(packed).take(TABLE_MAX + 1);
    unpacker.read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    if bytes.len() as u64 > TABLE_MAX {
        return Err(wrong(format!("it holds more than {TABLE_MAX} bytes")));
    }
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T, SynthesisError> {
    serde_json::from_slice(bytes).map_err(|error| SynthesisError::Table {
        file: file.to_owned(),
        problem: error.to_string(),
    })
}

/// Reads any bytes as each of the tables, plain or compressed, and uses what is one; for fuzzing.
pub(crate) fn read_table(bytes: &[u8]) {
    pronounce::read_table(bytes);
    if let Ok(rules) = Rules::new(bytes) {
        rules.sentences_by("Dr. Ann has 3 km to go, on King Henry IV St. vs. 5%!", &[]);
    }
    if let Ok(inner) = unpacked("table", bytes) {
        pronounce::read_table(&inner);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_packed_table_is_no_larger_than_a_table_is() {
        let packed = |size: u64| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            let zeros = vec![b' '; 1 << 20];
            let mut left = size;
            while left > 0 {
                let count = left.min(zeros.len() as u64);
                packer.write_all(&zeros[..count as usize]).unwrap();
                left -= count;
            }
            packer.finish().unwrap()
        };
        assert_eq!(unpacked("t", &packed(1_000)).unwrap().len(), 1_000);
        let bomb = packed(TABLE_MAX + 1);
        assert!(bomb.len() < 1 << 20, "a thousandth of what is in it");
        let text = unpacked("t.json.gz", &bomb).unwrap_err().to_string();
        assert!(text.contains("t.json.gz: it holds more than"), "{text}");
    }
}
