//! What an intent set is made of: names, examples, and what is expressly not meant.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Intents of a set at most.
pub const INTENTS_MAX: usize = 1_000;
/// Examples and negatives of a set at most, all intents together.
pub const EXAMPLES_MAX: usize = 200_000;
/// Bytes of an example at most.
pub const TEXT_MAX: usize = 2_000;

/// One intent, by examples.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntentData {
    /// Its name, as scenarios call it.
    pub name: String,
    /// What it means in a few words: it counts as an example. Without it the name is read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Utterances that mean it.
    pub examples: Vec<String>,
    /// Utterances that are expressly not it, though they look like it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub negatives: Vec<String>,
}

impl IntentData {
    /// The words of the title or, without one, of the name: `card_arrival` is "card arrival".
    pub fn words(&self) -> String {
        let source = if self.title.is_empty() { &self.name } else { &self.title };
        let parts = source.split(['_', '-', '/', ' ', '?', '.']);
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase()
    }
}

/// The intents that are told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntentSet {
    /// The intents.
    pub intents: Vec<IntentData>,
}

/// Why a set cannot be trained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// One intent cannot be told from others.
    #[error("{count} intents: at least 2 are needed to tell them apart")]
    TooFew {
        /// How many there are.
        count: usize,
    },
    /// More than can be trained.
    #[error("{count} {what}: at most {most} can be trained, split the set")]
    TooMany {
        /// How many there are.
        count: usize,
        /// Of what.
        what: &'static str,
        /// How many may be.
        most: usize,
    },
    /// A name is missing or used twice.
    #[error("intent '{name}' is empty or there twice: give each intent a name of its own")]
    Name {
        /// The name.
        name: String,
    },
    /// Nothing to learn from.
    #[error("intent '{name}' has no examples: write 3 to 10 utterances that mean it")]
    NoExamples {
        /// The intent's name.
        name: String,
    },
    /// A text that nobody says.
    #[error("intent '{name}', example {place}: {bytes} bytes, write 1 to {TEXT_MAX}")]
    Text {
        /// The intent's name.
        name: String,
        /// Which example, from 1.
        place: usize,
        /// How long it is.
        bytes: usize,
    },
    /// An example and a negative of one intent.
    #[error("intent '{name}': '{text}' is an example and a negative: keep it in one list")]
    Both {
        /// The intent's name.
        name: String,
        /// The text.
        text: String,
    },
}

impl IntentSet {
    /// A set of examples with their intents' names, in the order of the names.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut by_name: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (text, name) in pairs {
            by_name.entry(name).or_default().push(text.to_owned());
        }
        let intent = |(name, examples): (&str, _)| IntentData {
            name: name.to_owned(),
            examples,
            ..IntentData::default()
        };
        Self { intents: by_name.into_iter().map(intent).collect() }
    }

    /// Whether it can be trained.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), DataError> {
        let most = |what, count, most| {
            if count > most { Err(DataError::TooMany { count, what, most }) } else { Ok(()) }
        };
        if self.intents.len() < 2 {
            return Err(DataError::TooFew { count: self.intents.len() });
        }
        most("intents", self.intents.len(), INTENTS_MAX)?;
        let texts = |intent: &IntentData| intent.examples.len() + intent.negatives.len();
        most("examples", self.intents.iter().map(texts).sum(), EXAMPLES_MAX)?;
        let mut names = BTreeSet::new();
        for intent in &self.intents {
            let name = intent.name.clone();
            if name.trim().is_empty() || name.len() > TEXT_MAX || !names.insert(&intent.name) {
                return Err(DataError::Name { name });
            }
            check_texts(intent)?;
        }
        Ok(())
    }

    /// The hash of the set, for a model that comes from it.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |mark: u8, text: &str| {
            hash.update([mark]);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        for intent in &self.intents {
            add(0, &intent.name);
            add(1, &intent.title);
            intent.examples.iter().for_each(|text| add(2, text));
            intent.negatives.iter().for_each(|text| add(3, text));
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn check_texts(intent: &IntentData) -> Result<(), DataError> {
    let name = || intent.name.clone();
    if intent.examples.is_empty() {
        return Err(DataError::NoExamples { name: name() });
    }
    for (place, text) in intent.examples.iter().chain(&intent.negatives).enumerate() {
        let bytes = text.trim().len();
        if bytes == 0 || bytes > TEXT_MAX {
            return Err(DataError::Text { name: name(), place: place + 1, bytes });
        }
    }
    match intent.negatives.iter().find(|text| intent.examples.contains(text)) {
        Some(text) => Err(DataError::Both { name: name(), text: text.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> IntentSet {
        IntentSet::from_pairs([("yes please", "agree"), ("no thanks", "refuse"), ("sure", "agree")])
    }

    #[test]
    fn a_set_names_what_is_wrong_with_it() {
        assert_eq!(set().check(), Ok(()));
        let mut empty = set();
        empty.intents[1].examples.clear();
        let text = empty.check().unwrap_err().to_string();
        assert!(text.contains("'refuse' has no examples"), "{text}");
        let mut both = set();
        both.intents[0].negatives.push("sure".to_owned());
        assert!(matches!(both.check(), Err(DataError::Both { .. })));
        let mut twice = set();
        twice.intents[0].name = "refuse".to_owned();
        assert!(matches!(twice.check(), Err(DataError::Name { .. })));
        let mut blank = set();
        blank.intents[0].examples.push("  ".to_owned());
        let text = blank.check().unwrap_err().to_string();
        assert!(text.contains("example 3: 0 bytes"), "{text}");
    }

    #[test]
    fn a_hash_changes_with_each_text_and_with_what_it_is() {
        let (one, mut other) = (set(), set());
        assert_eq!(one.sha256(), other.sha256());
        let moved = other.intents[0].examples.pop().unwrap();
        other.intents[0].negatives.push(moved);
        assert_ne!(one.sha256(), other.sha256());
    }

    #[test]
    fn a_name_is_read_as_words() {
        let mut intent = IntentData { name: "Card_arrival?".to_owned(), ..IntentData::default() };
        assert_eq!(intent.words(), "card arrival");
        intent.title = "Where is my card".to_owned();
        assert_eq!(intent.words(), "where is my card");
    }
}
