//! Recognition: from the sound of a reply to words, with a confidence for each.
//!
//! The models are Whisper's, converted to ONNX: an encoder that takes 16 kHz sound and gives keys
//! and values for the decoder's cross-attention, and a decoder that gives a token at a time
//! (Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022).

mod decoder;
mod digits;
mod encoder;
mod guard;
mod resample;
mod settings;
mod terms;
mod trie;
mod vocabulary;
mod when;
mod worker;
mod yes_no;

use std::io;
use std::sync::Arc;

use outcall_inference::runtime::{Runtime, RuntimeError};
use outcall_inference::store::{ModelStore, StoreError};
use serde::{Deserialize, Serialize};

pub use resample::to_16_khz;
pub use terms::{TERM_BYTES_MAX, TERMS_BYTES_MAX, TERMS_MAX, Terms, TermsError};
pub use worker::{RecognitionRequest, RecognitionWorker};
pub use yes_no::YesNo;

use decoder::{Decoder, Decoding};
use encoder::{Encoder, Heard, Silence};
pub(crate) use settings::WhisperSettings;
use vocabulary::Vocabulary;

/// The English model's name in the store.
pub const ENGLISH: &str = "whisper-tiny.en";
/// The multilingual model's name in the store.
pub const MULTILINGUAL: &str = "whisper-base";

/// Samples a second of what is recognised.
pub const RATE_HZ: usize = 16_000;
/// The longest stretch that is recognised at once, in seconds; what is before it is left out.
pub const LENGTH_MAX_S: usize = 28;

/// What follows a sound as a rule.
const QUICK: Silence = Silence { after_s: 2.0, least_s: 0.0, until_s: 30 };
/// What follows it when that went wrong.
const CAREFUL: Silence = Silence { after_s: 1.0, least_s: 8.0, until_s: 0 };

/// Why nothing could be recognised.
#[derive(Debug, thiserror::Error)]
pub enum RecognitionError {
    /// The model cannot be loaded.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A file of the model is missing or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The model did not run.
    #[error("recognition: {0}")]
    Run(#[from] ort::Error),
    /// A file of the model says something unexpected.
    #[error("recognition, {file}: {problem}; fetch the model anew with `cargo xtask models`")]
    Model {
        /// The file.
        file: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The model has no such language.
    #[error("recognition: the model has no language '{0}'")]
    Language(String),
    /// The system refused a thread.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What is expected to be said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Anything.
    #[default]
    Free,
    /// A number, digit by digit: nothing else is understood.
    Digits {
        /// How many, when it is known.
        count: Option<u32>,
    },
    /// A day, a time, or both. Other speech is understood as in `Free`.
    When,
    /// An answer to a question that asks for yes or no. Other speech is understood as in `Free`.
    YesNo,
}

/// What was recognised.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The text, as it would be written.
    pub text: String,
    /// Its words, in order.
    pub words: Vec<Word>,
    /// Mean natural logarithm of the tokens' probabilities: near 0 when sure.
    pub mean_log_probability: f32,
    /// The guard against loops fired: the text was cut.
    pub looped: bool,
    /// In the mode for yes and no: what the answer says, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<YesNo>,
}

impl Transcript {
    /// How sure recognition is of the whole, 0 to 1.
    pub fn confidence(&self) -> f32 {
        if self.words.is_empty() { 0.0 } else { self.mean_log_probability.exp() }
    }
}

/// A word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// As it would be written, punctuation included.
    pub text: String,
    /// Geometric mean of its tokens' probabilities, 0 to 1.
    pub confidence: f32,
}

/// A recogniser, for one thread.
#[derive(Debug)]
pub struct Recogniser {
    settings: WhisperSettings,
    vocabulary: Vocabulary,
    encoder: Encoder,
    decoder: Decoder,
    prefix: Vec<u32>,
    /// The terms that were asked for last, and what they make of the prefix.
    terms: Option<(Arc<Terms>, Vec<u32>)>,
    /// The answers of the grammar, once they were asked for.
    answers: Option<yes_no::Answers>,
    /// Yes and no are known in English only.
    is_english: bool,
}

impl Recogniser {
    /// Loads a model; `language` is a code such as `en`, and of no effect for a model of one
    /// language.
    ///
    /// # Errors
    /// When the model is missing, changed or unusable, or does not have the language.
    pub fn load(
        runtime: &Runtime,
        store: &ModelStore,
        model: &str,
        language: &str,
    ) -> Result<Self, RecognitionError> {
        let files = store.model(model)?;
        let settings = WhisperSettings::parse(&files.read("config.json")?)?;
        let vocabulary = Vocabulary::parse(&files.read("tokenizer.json")?)?;
        let prefix = settings.prefix(language)?;
        let encoder = Encoder::new(runtime.session(store, model, "encoder.onnx")?, &settings);
        let decoder = Decoder::new(runtime.session(store, model, "decoder.onnx")?, &settings);
        let is_english = !settings.multilingual || language == "en";
        let (terms, answers) = (None, None);
        Ok(Self { settings, vocabulary, encoder, decoder, prefix, terms, answers, is_english })
    }

    /// Recognises a stretch of sound: 8 kHz, linear 16 bits.
    ///
    /// # Errors
    /// When the model does not run.
    pub fn recognise(
        &mut self,
        samples: &[i16],
        mode: &Mode,
    ) -> Result<Transcript, RecognitionError> {
        self.recognise_with(samples, mode, None)
    }

    /// The same, with terms that may be said; they are of effect where anything or a yes or no may
    /// be.
    ///
    /// # Errors
    /// When the model does not run.
    pub fn recognise_with(
        &mut self,
        samples: &[i16],
        mode: &Mode,
        terms: Option<&Arc<Terms>>,
    ) -> Result<Transcript, RecognitionError> {
        let first = samples.len().saturating_sub(LENGTH_MAX_S * RATE_HZ / 2);
        let sound = to_16_khz(&samples[first..]);
        match mode {
            Mode::Free => match terms {
                Some(terms) => self.free_with(&sound, terms),
                None => self.free(&sound),
            },
            Mode::Digits { count } => digits::recognise(self, &samples[first..], &sound, *count),
            Mode::YesNo if self.is_english => {
                if let Some(terms) = terms {
                    self.know(terms);
                }
                yes_no::recognise(self, &sound, terms.is_some())
            }
            Mode::When if self.is_english => when::recognise(self, &sound),
            Mode::YesNo | Mode::When => self.free(&sound),
        }
    }

    /// Loops are rare with the silence that lies ready; when one comes, silence that is encoded
    /// takes longer and may do better.
    fn free(&mut self, sound: &[f32]) -> Result<Transcript, RecognitionError> {
        let quick = self.decode(sound, QUICK)?;
        if !quick.looped {
            return Ok(self.transcript(&quick));
        }
        let careful = self.decode(sound, CAREFUL)?;
        let better = quick.mean_log_probability() <= careful.mean_log_probability();
        Ok(self.transcript(if better { &careful } else { &quick }))
    }

    /// Makes the prefix of these terms.
    fn know(&mut self, terms: &Arc<Terms>) {
        if self.terms.as_ref().is_none_or(|(known, _)| !Arc::ptr_eq(known, terms)) {
            let mut prefix = vec![self.settings.previous];
            prefix.extend(terms.tokens(|text| self.vocabulary.encode(text)));
            prefix.extend(&self.prefix);
            self.terms = Some((Arc::clone(terms), prefix));
        }
    }

    /// With the terms as what was said before. When that goes wrong they are forgotten.
    fn free_with(
        &mut self,
        sound: &[f32],
        terms: &Arc<Terms>,
    ) -> Result<Transcript, RecognitionError> {
        self.know(terms);
        let Some((_, prefix)) = &self.terms else { return self.free(sound) };
        let heard = self.encoder.run(sound, QUICK)?;
        let tokens_max = guard::tokens_max(sound.len() as f32 / RATE_HZ as f32);
        let decoding = self.decoder.run(&heard, prefix, tokens_max, &self.settings)?;
        if decoding.looped { self.free(sound) } else { Ok(self.transcript(&decoding)) }
    }

    fn decode(&mut self, sound: &[f32], silence: Silence) -> Result<Decoding, RecognitionError> {
        let heard = self.encoder.run(sound, silence)?;
        self.decode_heard(&heard, sound, false)
    }

    /// `known`: with the terms that were made known before.
    fn decode_heard(
        &mut self,
        heard: &Heard,
        sound: &[f32],
        known: bool,
    ) -> Result<Decoding, RecognitionError> {
        let terms = self.terms.as_ref().filter(|_| known);
        let prefix = terms.map_or(&self.prefix, |(_, prefix)| prefix);
        let tokens_max = guard::tokens_max(sound.len() as f32 / RATE_HZ as f32);
        self.decoder.run(heard, prefix, tokens_max, &self.settings)
    }

    fn transcript(&self, decoding: &Decoding) -> Transcript {
        let words = self.vocabulary.words(&decoding.tokens, &decoding.log_probabilities);
        let text: String = words.iter().map(|(text, _)| text.as_str()).collect();
        let words = words
            .into_iter()
            .map(|(text, log_probability)| Word {
                text: text.trim().to_owned(),
                confidence: log_probability.exp(),
            })
            .filter(|word| !word.text.is_empty())
            .collect();
        Transcript {
            text: text.trim().to_owned(),
            words,
            mean_log_probability: decoding.mean_log_probability(),
            looped: decoding.looped,
            answer: None,
        }
    }
}
