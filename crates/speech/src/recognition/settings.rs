//! What a Whisper model says of itself: `config.json`, written by the converter.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Deserialize;

use super::RecognitionError;

/// A model's sizes and special tokens.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct WhisperSettings {
    pub(super) decoder_layers: usize,
    pub(super) heads: usize,
    pub(super) head_size: usize,
    /// Tokens that the model knows.
    pub(super) vocabulary: usize,
    /// Tokens that a text may have, the prefix included.
    pub(super) max_tokens: usize,
    pub(super) multilingual: bool,
    /// Begins what was said before.
    pub(super) previous: u32,
    /// Ends a text; all tokens above it are special.
    pub(super) end: u32,
    /// What a text begins with, when there is one language.
    prefix: Vec<u32>,
    /// The token of each language.
    #[serde(default)]
    languages: BTreeMap<String, u32>,
    /// Tokens that are never chosen.
    pub(super) suppress: Vec<u32>,
    /// Tokens that are not chosen first.
    pub(super) suppress_first: Vec<u32>,
}

impl WhisperSettings {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, RecognitionError> {
        let wrong = |problem| RecognitionError::Model { file: "config.json", problem };
        let settings: Self =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if let Some(token) = settings.unknown_token() {
            let most = settings.vocabulary;
            return Err(wrong(format!("token {token} in a vocabulary of {most}")));
        }
        for (name, size, bounds) in settings.sizes() {
            if !bounds.contains(&size) {
                let (least, most) = (bounds.start(), bounds.end());
                return Err(wrong(format!("{name} is {size}: {least} to {most} are possible")));
            }
        }
        Ok(settings)
    }

    /// What a model can have; the largest Whisper has 32 layers and 20 heads of 64.
    fn sizes(&self) -> [(&'static str, usize, RangeInclusive<usize>); 6] {
        [
            ("decoder_layers", self.decoder_layers, 1..=64),
            ("heads", self.heads, 1..=64),
            ("head_size", self.head_size, 1..=256),
            ("vocabulary", self.vocabulary, 1..=1 << 20),
            ("max_tokens", self.max_tokens, 64..=4_096),
            // With what is put before it, it leaves room for a text.
            ("the length of prefix", self.prefix.len(), 1..=8),
        ]
    }

    fn unknown_token(&self) -> Option<u32> {
        let special = self.suppress.iter().chain(&self.suppress_first).chain(&self.prefix);
        let mut all =
            special.chain(self.languages.values()).chain([&self.end, &self.previous]).copied();
        all.find(|&token| token as usize >= self.vocabulary)
    }

    /// What a recogniser relies on; for fuzzing.
    pub(crate) fn check(&self) {
        assert_eq!(self.unknown_token(), None);
        let languages: Vec<&str> = self.languages.keys().map(String::as_str).collect();
        for language in languages.into_iter().chain(["", "en"]) {
            if let Ok(prefix) = self.prefix(language) {
                assert!(!prefix.is_empty() && prefix.len() < self.max_tokens, "{language}");
            }
        }
        assert!(self.sizes().iter().all(|(_, size, bounds)| bounds.contains(size)));
    }

    /// What a text in a language begins with.
    pub(super) fn prefix(&self, language: &str) -> Result<Vec<u32>, RecognitionError> {
        if !self.multilingual {
            return Ok(self.prefix.clone());
        }
        let wanted = self.languages.get(language);
        let wanted = *wanted.ok_or_else(|| RecognitionError::Language(language.to_owned()))?;
        let of_language = |token: &u32| self.languages.values().any(|known| known == token);
        let replace = |token: &u32| if of_language(token) { wanted } else { *token };
        Ok(self.prefix.iter().map(replace).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(end: u32) -> String {
        format!(
            r#"{{"decoder_layers": 6, "heads": 8, "head_size": 64, "vocabulary": 51865,
            "max_tokens": 448, "multilingual": true, "end": {end}, "previous": 50361,
            "prefix": [50258, 50259, 50359, 50363], "languages": {{"en": 50259, "zh": 50260}},
            "suppress": [1, 2], "suppress_first": [220, 50257]}}"#
        )
    }

    #[test]
    fn the_prefix_names_the_language() {
        let settings = WhisperSettings::parse(settings(50_257).as_bytes()).unwrap();
        assert_eq!(settings.prefix("zh").unwrap(), [50_258, 50_260, 50_359, 50_363]);
        assert_eq!(settings.prefix("en").unwrap(), [50_258, 50_259, 50_359, 50_363]);
        let text = settings.prefix("xx").unwrap_err().to_string();
        assert!(text.contains("'xx'"), "{text}");
    }

    #[test]
    fn a_token_that_the_model_does_not_have_is_refused() {
        let text = WhisperSettings::parse(settings(60_000).as_bytes()).unwrap_err().to_string();
        assert!(text.contains("token 60000") && text.contains("config.json"), "{text}");
    }

    #[test]
    fn a_size_that_no_model_has_is_refused_before_anything_is_made_of_it() {
        let whole = settings(50_257);
        for (from, to, problem) in [
            ("\"heads\": 8", "\"heads\": 0", "heads is 0"),
            ("\"decoder_layers\": 6", "\"decoder_layers\": 999999999", "decoder_layers is 9999"),
            ("\"max_tokens\": 448", "\"max_tokens\": 63", "max_tokens is 63: 64 to 4096"),
            ("[50258, 50259, 50359, 50363]", "[]", "prefix is 0"),
            ("[50258, 50259, 50359, 50363]", "[1, 1, 1, 1, 1, 1, 1, 1, 1]", "prefix is 9"),
        ] {
            let text = WhisperSettings::parse(whole.replace(from, to).as_bytes()).unwrap_err();
            assert!(text.to_string().contains(problem), "{text}");
        }
    }
}
