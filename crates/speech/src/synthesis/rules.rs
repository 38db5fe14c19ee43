//! From a text to the sentences that are said, in words: what a voice does before it pronounces.

use super::normalise::{Normaliser, Tables, Vocabulary};
use super::sentences::Splitter;
use super::{SynthesisError, parse};

/// The file of the tables.
pub(super) const TABLES: &str = "normalize.json";

/// The rules, with the tables of a voice.
#[derive(Debug)]
pub(crate) struct Rules {
    normaliser: Normaliser,
    pub(super) splitter: Splitter,
}

impl Rules {
    /// # Errors
    /// When the tables are none.
    pub(crate) fn new(tables: &[u8]) -> Result<Self, SynthesisError> {
        let tables: Tables = parse(TABLES, tables)?;
        let splitter = Splitter::new(tables.titles.keys().cloned().collect());
        Ok(Self { normaliser: Normaliser::new(tables)?, splitter })
    }

    /// The sentences of a text. `words` are those of the dictionaries.
    pub(super) fn sentences(&self, text: &str, words: &dyn Vocabulary) -> Vec<String> {
        let text = self.normaliser.prepared(text, words);
        let sentences = self.splitter.sentences(&text).into_iter();
        sentences.map(|sentence| self.normaliser.sentence(sentence)).collect()
    }

    /// As [`Rules::sentences`], with words of lower case in place of a dictionary.
    pub(crate) fn sentences_by(&self, text: &str, words: &'static [&'static str]) -> Vec<String> {
        self.sentences(text, &Words(words))
    }
}

/// A short list of words.
struct Words(&'static [&'static str]);

impl Vocabulary for Words {
    fn knows(&self, word: &str) -> bool {
        self.0.contains(&word.to_lowercase().as_str())
    }

    fn holds(&self, word: &str) -> bool {
        self.0.contains(&word)
    }
}
