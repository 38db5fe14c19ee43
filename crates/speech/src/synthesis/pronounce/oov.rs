//! Words that no dictionary holds: a network reads their letters.

use std::collections::HashMap;

use ndarray::Array2;
use ort::session::Session;
use ort::value::TensorRef;
use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;
use serde::Deserialize;

use crate::synthesis::SynthesisError;

const FILE: &str = "oov.onnx";
const ALPHABETS: &str = "oov.json";
/// Words whose reading is kept: names come again within a call.
const KEPT_MAX: usize = 1024;

#[derive(Debug, Deserialize)]
struct Alphabets {
    #[serde(rename = "in")]
    letters: Vec<char>,
    #[serde(rename = "out")]
    phonemes: Vec<char>,
    /// Letters of a word that are read at most.
    maxlen: usize,
}

/// Reads unknown words.
#[derive(Debug)]
pub(super) struct UnknownWords {
    session: Session,
    letters: HashMap<char, i64>,
    phonemes: Vec<char>,
    letters_max: usize,
    kept: HashMap<String, String>,
}

impl UnknownWords {
    pub(super) fn load(runtime: &Runtime, store: &ModelStore) -> Result<Self, SynthesisError> {
        let alphabets: Alphabets = crate::synthesis::json(store, ALPHABETS)?;
        let session = runtime.session(store, crate::synthesis::MODEL, FILE)?;
        // Zero is the blank.
        let letters = alphabets.letters.into_iter().zip(1..).collect();
        Ok(Self {
            session,
            letters,
            phonemes: alphabets.phonemes,
            letters_max: alphabets.maxlen,
            kept: HashMap::new(),
        })
    }

    /// The phonemes of a word; none when it holds no letter that the network knows.
    pub(super) fn read(&mut self, word: &str) -> Result<Option<String>, SynthesisError> {
        if let Some(phonemes) = self.kept.get(word) {
            return Ok(Some(phonemes.clone()));
        }
        let known = word.chars().filter_map(|letter| self.letters.get(&letter).copied());
        let ids: Vec<i64> = known.take(self.letters_max).collect();
        if ids.is_empty() {
            return Ok(None);
        }
        let phonemes = self.run(&ids)?;
        if self.kept.len() >= KEPT_MAX {
            self.kept.clear();
        }
        self.kept.insert(word.to_owned(), phonemes.clone());
        Ok(Some(phonemes))
    }

    /// Repeated signs count once, blanks part them.
    fn run(&mut self, ids: &[i64]) -> Result<String, SynthesisError> {
        let input = Array2::from_shape_fn((1, ids.len()), |(_, at)| ids[at]);
        let input = TensorRef::from_array_view(&input)?;
        let outputs = self.session.run(ort::inputs!["chars" => input])?;
        let (_, signs) = outputs[0].try_extract_tensor::<i64>()?;
        let (mut phonemes, mut last) = (String::new(), 0);
        for &sign in signs {
            if sign != last && sign != 0 {
                let at = usize::try_from(sign - 1).unwrap_or(usize::MAX);
                phonemes.extend(self.phonemes.get(at));
            }
            last = sign;
        }
        Ok(phonemes)
    }
}
