//! Understanding without models: the nearest example says what is meant. It knows no synonyms; for
//! calls there are trained intents.

use std::collections::BTreeMap;

use outcall_understanding::reading::{Guess, Reading};
use outcall_understanding::slots::Language;

use crate::scenario::Scenario;
use crate::similarity::Pieces;
use crate::understander::{Asked, Heard, Understander};

/// Likeness from which on an example counts at all, and at which it is as good as certain.
const LIKE: (f32, f32) = (0.3, 0.85);

/// The nearest example of each intent.
#[derive(Clone, Debug)]
pub struct NearestExample {
    intents: BTreeMap<(Language, String), Sentences>,
    currency: String,
}

#[derive(Clone, Debug, Default)]
struct Sentences {
    examples: Vec<Pieces>,
    not: Vec<Pieces>,
}

impl NearestExample {
    /// The examples of a scenario; `currency` (ISO 4217) is meant when only a number is said.
    pub fn new(scenario: &Scenario, currency: &str) -> Self {
        let mut intents: BTreeMap<_, Sentences> = BTreeMap::new();
        for (name, intent) in &scenario.intents {
            for (language, sentences) in &intent.examples {
                let entry = intents.entry((*language, name.clone())).or_default();
                entry.examples = sentences.iter().map(|text| Pieces::of(text)).collect();
            }
            for (language, sentences) in &intent.not {
                let entry = intents.entry((*language, name.clone())).or_default();
                entry.not = sentences.iter().map(|text| Pieces::of(text)).collect();
            }
        }
        Self { intents, currency: currency.to_owned() }
    }

    fn guess(&self, pieces: &Pieces, language: Language, intent: &str) -> Option<Guess> {
        let sentences = self.intents.get(&(language, intent.to_owned()))?;
        let nearest = |all: &[Pieces]| {
            all.iter().map(|example| example.alike(pieces)).fold(0.0_f32, f32::max)
        };
        let (like, unlike) = (nearest(&sentences.examples), nearest(&sentences.not));
        if unlike > like {
            return None;
        }
        let confidence = ((like - LIKE.0) / (LIKE.1 - LIKE.0)).clamp(0.0, 0.99);
        (confidence > 0.0).then(|| Guess { intent: intent.to_owned(), confidence })
    }
}

impl Understander for NearestExample {
    fn understand(&self, text: &str, asked: &Asked<'_>) -> Heard {
        let pieces = Pieces::of(text);
        let mut intents: Vec<Guess> = asked
            .intents
            .iter()
            .filter_map(|intent| self.guess(&pieces, asked.language, intent))
            .collect();
        intents.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let best = intents.first().map_or(0.0, |guess| guess.confidence);
        let found = asked.values(text, &self.currency);
        let out_of_scope = (0.5 - best).max(0.0);
        Heard { reading: Reading { text: text.to_owned(), intents, out_of_scope }, found }
    }
}
