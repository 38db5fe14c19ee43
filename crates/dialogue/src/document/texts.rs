//! Texts by language, with variants.

use std::collections::BTreeMap;

use outcall_understanding::slots::Language;
use serde::Serialize;

/// Texts by language. One written without a language is in the scenario's first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Texts(BTreeMap<String, Vec<String>>);

/// The name of a language in files.
pub fn code(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Zh => "zh",
    }
}

impl Texts {
    pub(super) fn unmarked(variants: Vec<String>) -> Self {
        Self(BTreeMap::from([(String::new(), variants)]))
    }

    pub(super) fn put(&mut self, language: String, variants: Vec<String>) {
        self.0.insert(language, variants);
    }

    /// Whether nothing was written at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The variants in a language; `first` is the language of texts without one.
    pub fn of(&self, language: Language, first: Language) -> &[String] {
        let marked = self.0.get(code(language));
        let unmarked = (language == first).then(|| self.0.get("")).flatten();
        marked.or(unmarked).map_or(&[], Vec::as_slice)
    }

    /// The languages written, as they are written; the empty one is the scenario's first.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
