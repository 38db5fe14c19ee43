//! Understanding by trained intents: one model for each language of a scenario, out of the examples
//! in it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use outcall_understanding::intents::encoder::Encode;
use outcall_understanding::intents::training::TrainError;
use outcall_understanding::intents::{IntentData, IntentModel, IntentSet, Options, train};
use outcall_understanding::reading::Reading;
use outcall_understanding::slots::Language;

use crate::scenario::Scenario;
use crate::understander::{Asked, Heard, Understander};

/// A model that was trained on a scenario, and the encoder that it needs.
struct Intents {
    model: IntentModel,
    encoder: Option<Mutex<Box<dyn Encode + Send>>>,
}

/// Trained intents of a scenario.
pub struct Trained {
    languages: BTreeMap<Language, Intents>,
    currency: String,
}

impl std::fmt::Debug for Trained {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trained").field("currency", &self.currency).finish_non_exhaustive()
    }
}

/// The intents of a scenario in a language, as a set to be trained. The examples of the whole
/// scenario stand beside each other, those of its libraries among them.
pub fn intent_set(scenario: &Scenario, language: Language) -> IntentSet {
    let of = |name: &String, examples: &[String], not: &[String]| IntentData {
        name: name.clone(),
        title: String::new(),
        examples: examples.to_vec(),
        negatives: not.to_vec(),
    };
    let intents = scenario.intents.iter().filter_map(|(name, intent)| {
        let examples = intent.examples.get(&language).filter(|examples| !examples.is_empty())?;
        let not = intent.not.get(&language).map_or(&[][..], Vec::as_slice);
        Some(of(name, examples, not))
    });
    IntentSet { intents: intents.collect() }
}

impl Trained {
    /// Trains on the examples of a scenario. `encoder` gives an encoder for a language, where its
    /// model is at hand; without one letters and sounds decide. `currency` (ISO 4217) is meant when
    /// only a number is said.
    ///
    /// # Errors
    /// When the intents of a language cannot be trained.
    pub fn train(
        scenario: &Scenario,
        currency: &str,
        mut encoder: impl FnMut(Language) -> Option<Box<dyn Encode + Send>>,
    ) -> Result<Self, TrainError> {
        let mut languages = BTreeMap::new();
        for &language in &scenario.languages {
            let set = intent_set(scenario, language);
            if set.intents.len() < 2 {
                // Nothing to be told apart.
                continue;
            }
            let mut encoder = encoder(language);
            let own = encoder.as_mut().map(|encoder| -> &mut dyn Encode { encoder.as_mut() });
            let model = train(&set, own, &Options::default())?;
            languages.insert(language, Intents { model, encoder: encoder.map(Mutex::new) });
        }
        Ok(Self { languages, currency: currency.to_owned() })
    }

    /// The trained models, by language.
    pub fn models(&self) -> impl Iterator<Item = (Language, &IntentModel)> {
        self.languages.iter().map(|(language, intents)| (*language, &intents.model))
    }
}

impl Intents {
    fn read(&self, text: &str, expected: &[String]) -> Reading {
        let plan = self.model.plan(&[(text, 1.0)]);
        let vectors = self.encoder.as_ref().and_then(|encoder| {
            let mut encoder = encoder.lock().unwrap_or_else(PoisonError::into_inner);
            let texts: Vec<&str> = plan.texts().collect();
            // Letters and sounds go on alone.
            encoder.encode(&texts).ok()
        });
        self.model.read(&plan, vectors.as_ref(), expected)
    }
}

impl Understander for Trained {
    fn understand(&self, text: &str, asked: &Asked<'_>) -> Heard {
        let expected: Vec<String> = asked.intents.iter().map(|&name| name.to_owned()).collect();
        let mut reading = match self.languages.get(&asked.language) {
            Some(intents) => intents.read(text, &expected),
            None => Reading { text: text.to_owned(), ..Reading::default() },
        };
        reading.intents.retain(|guess| expected.contains(&guess.intent));
        let found = asked.values(text, &self.currency);
        Heard { reading, found }
    }
}
