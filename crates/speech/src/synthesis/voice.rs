//! The voice: text in, samples for the telephone out.

use std::sync::Arc;

use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;
use outcall_media::wav::to_8_khz;

use super::acoustic::Acoustic;
use super::phrases::{self, Phrase};
use super::pronounce::{self, Pronouncer, Spoken};
use super::rules::{self, Rules};
use super::sound;
use super::vocoder::{self, Noise, Vocoder};
use super::{MODEL, SynthesisError};

/// The noise of each phrase begins here, so that a phrase sounds the same each time.
const SEED: u64 = 0x0DA7_A0F1_CE00_0001;
/// Silence that a phrase begins with, at most.
const BEFORE_MS: u32 = 20;
/// Silence that is left of what the model puts after a phrase; its pause is added.
const AFTER_MS: u32 = 30;
/// A phrase that was cut out of silence fades in and out for this long.
const FADE_MS: u32 = 5;

/// A voice. It belongs to one thread; [`Voice::sharing`] makes another with the same dictionaries.
#[derive(Debug)]
pub struct Voice {
    rules: Arc<Rules>,
    pronouncer: Pronouncer,
    acoustic: Acoustic,
    vocoder: Vocoder,
    version: String,
}

impl Voice {
    /// Loads the voice.
    ///
    /// # Errors
    /// When a file of it is missing, changed, or not what it should be.
    pub fn load(runtime: &Runtime, store: &ModelStore) -> Result<Self, SynthesisError> {
        let rules = Rules::new(&store.model(MODEL)?.read(rules::TABLES)?)?;
        Ok(Self {
            rules: Arc::new(rules),
            pronouncer: Pronouncer::load(runtime, store)?,
            acoustic: Acoustic::load(runtime, store)?,
            vocoder: Vocoder::new(),
            version: store.model(MODEL)?.entry().version.clone(),
        })
    }

    /// Another voice for another thread, which shares the dictionaries: 7.9 MB of network each.
    ///
    /// # Errors
    /// As [`Voice::load`].
    pub fn sharing(&self, runtime: &Runtime, store: &ModelStore) -> Result<Self, SynthesisError> {
        Ok(Self {
            rules: Arc::clone(&self.rules),
            pronouncer: self.pronouncer.sharing(runtime, store)?,
            acoustic: Acoustic::load(runtime, store)?,
            vocoder: Vocoder::new(),
            version: self.version.clone(),
        })
    }

    /// The voice's name and version: what was rendered by another sounds otherwise.
    pub fn identity(&self) -> String {
        format!("{MODEL} {}", self.version)
    }

    /// A text as it is said, in words: equal texts sound the same.
    pub fn normalised(&self, text: &str) -> String {
        self.rules.sentences(text, &self.pronouncer).join("\n")
    }

    /// Says a text: a sentence at a time, as the original does, without the 0.3 s of silence that
    /// the model begins each sentence with. 8 kHz.
    ///
    /// # Errors
    /// When a network fails.
    pub fn speak(&mut self, text: &str) -> Result<Vec<i16>, SynthesisError> {
        let mut out: Vec<i16> = Vec::new();
        for phonemes in self.phonemes(text)? {
            if !out.is_empty() {
                out.resize(out.len() + sound::samples_of(phrases::SENTENCE_PAUSE_MS), 0);
            }
            out.extend(self.say_trimmed(&phonemes)?);
        }
        Ok(out)
    }

    /// The phonemes of each sentence of a text, in the model's alphabet.
    ///
    /// # Errors
    /// When a network fails.
    pub fn phonemes(&mut self, text: &str) -> Result<Vec<String>, SynthesisError> {
        let mut out = Vec::new();
        for words in self.words(text)? {
            out.extend(self.rules.splitter.chunks(&pronounce::joined(&words)));
        }
        Ok(out)
    }

    /// The phrases of a text, in their order. The first is short, so that it is soon ready; each
    /// is read as it is within its sentence.
    ///
    /// # Errors
    /// When a network fails.
    pub fn phrases(&mut self, text: &str) -> Result<Vec<Phrase>, SynthesisError> {
        let sentences = self.words(text)?;
        Ok(phrases::cut(&sentences))
    }

    /// Says a phrase, and the pause after it. 8 kHz.
    ///
    /// # Errors
    /// When a network fails.
    pub fn render(&mut self, phrase: &Phrase) -> Result<Vec<i16>, SynthesisError> {
        let mut out = self.say_trimmed(phrase.phonemes())?;
        out.resize(out.len() + sound::samples_of(phrase.pause_ms()), 0);
        Ok(out)
    }

    fn words(&mut self, text: &str) -> Result<Vec<Vec<Spoken>>, SynthesisError> {
        let sentences = self.rules.sentences(text, &self.pronouncer);
        let read = |sentence: &String| self.pronouncer.read(sentence);
        let mut words = sentences.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        words.retain(|words| !pronounce::joined(words).is_empty());
        Ok(words)
    }

    fn say_trimmed(&mut self, phonemes: &str) -> Result<Vec<i16>, SynthesisError> {
        let said = self.say(phonemes)?;
        let mut out = sound::trimmed(&said, BEFORE_MS, AFTER_MS).to_vec();
        sound::fade_ends(&mut out, sound::samples_of(FADE_MS));
        Ok(out)
    }

    /// One run of the networks.
    fn say(&mut self, phonemes: &str) -> Result<Vec<i16>, SynthesisError> {
        let samples = self.samples(phonemes, vocoder::BINS_OF_TELEPHONE)?;
        Ok(for_telephone(&samples))
    }

    /// The samples of phonemes at 24 kHz, one being full scale, up to 12 kHz.
    ///
    /// # Errors
    /// When a network fails.
    pub fn samples_24_khz(&mut self, phonemes: &str) -> Result<Vec<f32>, SynthesisError> {
        self.samples(phonemes, vocoder::BINS)
    }

    fn samples(&mut self, phonemes: &str, bins: usize) -> Result<Vec<f32>, SynthesisError> {
        let Some(spectrum) = self.acoustic.spectrum(phonemes)? else { return Ok(Vec::new()) };
        Ok(self.vocoder.samples(&spectrum, bins, &mut Noise::new(SEED)))
    }
}

/// From 24 kHz to 8.
fn for_telephone(samples: &[f32]) -> Vec<i16> {
    let whole = |sample: &f32| (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16;
    let samples: Vec<i16> = samples.iter().map(whole).collect();
    to_8_khz(&samples, vocoder::RATE_HZ)
}

#[cfg(test)]
mod tests;
