//! A dictionary: words and their phonemes.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::{Context, parent};

/// What a dictionary holds for a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::synthesis::pronounce) enum Entry {
    /// One reading.
    One(Box<str>),
    /// A reading for each part of speech. One that is absent is spelled.
    ByTag(HashMap<Box<str>, Option<Box<str>>>),
}

impl Entry {
    /// The reading for a tag alone.
    pub(super) fn by_tag(&self, tag: &str) -> Option<&str> {
        match self {
            Self::One(reading) => Some(reading),
            Self::ByTag(readings) => readings.get(tag).and_then(|reading| reading.as_deref()),
        }
    }

    pub(super) fn default_reading(&self) -> Option<&str> {
        self.by_tag("DEFAULT")
    }

    /// The reading for a part of speech, or for its class, or before a pause.
    pub(super) fn reading(&self, tag: Option<&str>, context: Option<Context>) -> Option<&str> {
        let readings = match self {
            Self::One(reading) => return Some(reading),
            Self::ByTag(readings) => readings,
        };
        let ends = context.is_some_and(|context| context.vowel.is_none());
        let tag = match tag.unwrap_or_default() {
            _ if ends && readings.contains_key("None") => "None",
            tag if readings.contains_key(tag) => tag,
            tag => parent(tag),
        };
        readings.get(tag).or_else(|| readings.get("DEFAULT"))?.as_deref()
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Readings;
        impl<'de> Visitor<'de> for Readings {
            type Value = Entry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("phonemes, or phonemes by part of speech")
            }
            fn visit_str<E: Error>(self, reading: &str) -> Result<Entry, E> {
                Ok(Entry::One(reading.into()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
                let mut readings = HashMap::new();
                while let Some((tag, reading)) = map.next_entry()? {
                    readings.insert(tag, reading);
                }
                Ok(Entry::ByTag(readings))
            }
        }
        deserializer.deserialize_any(Readings)
    }
}

/// A dictionary. A word in lower case is also found with its first letter as a capital, and the
/// other way round, unless that form has an entry of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(in crate::synthesis::pronounce) struct Dictionary(HashMap<Box<str>, Entry>);

impl Dictionary {
    /// What is held for a word.
    pub(super) fn get(&self, word: &str) -> Option<&Entry> {
        if let Some(entry) = self.0.get(word) {
            return Some(entry);
        }
        word.char_indices().nth(1)?;
        let lower = word.to_lowercase();
        let capital = capitalised(&lower);
        if word == lower && word != capital {
            self.0.get(capital.as_str())
        } else if word == capital && word != lower {
            self.0.get(lower.as_str())
        } else {
            None
        }
    }

    /// The word has an entry exactly so.
    pub(super) fn holds(&self, word: &str) -> bool {
        self.0.contains_key(word)
    }
}

fn capitalised(lower: &str) -> String {
    let mut letters = lower.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary() -> Dictionary {
        let text = r#"{"Polish": "pˈOlɪʃ", "polish": "pˈɑlɪʃ", "John": "ʤˈɑn", "bow": {
            "DEFAULT": "bˈW", "NOUN": "bˈO", "None": null}}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_word_is_found_with_and_without_its_capital() {
        let dictionary = dictionary();
        let reading = |word| dictionary.get(word).and_then(Entry::default_reading);
        assert_eq!(reading("john"), Some("ʤˈɑn"));
        assert_eq!(reading("polish"), Some("pˈɑlɪʃ"));
        assert_eq!(reading("Polish"), Some("pˈOlɪʃ"));
        assert_eq!(reading("JOHN"), None);
        assert_eq!(reading("Bow"), Some("bˈW"));
    }

    #[test]
    fn a_reading_is_picked_by_part_of_speech_and_before_a_pause() {
        let dictionary = dictionary();
        let bow = dictionary.get("bow").unwrap();
        let inside = Some(Context { vowel: Some(true), is_to_next: false });
        assert_eq!(bow.reading(Some("NNS"), inside), Some("bˈO"));
        assert_eq!(bow.reading(Some("VB"), inside), Some("bˈW"));
        assert_eq!(bow.reading(Some("VB"), Some(Context::default())), None);
        assert_eq!(bow.reading(None, None), Some("bˈW"));
    }
}
