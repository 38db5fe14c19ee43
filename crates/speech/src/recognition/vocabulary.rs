//! From tokens to words, and from words to tokens.

use tokenizers::Tokenizer;

use super::RecognitionError;

/// The tokens of a model.
#[derive(Debug)]
pub(super) struct Vocabulary {
    tokenizer: Tokenizer,
}

impl Vocabulary {
    /// Reads `tokenizer.json`.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, RecognitionError> {
        let tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| RecognitionError::Model {
            file: "tokenizer.json",
            problem: error.to_string(),
        })?;
        Ok(Self { tokenizer })
    }

    /// The token of a piece of text that is one.
    pub(super) fn token(&self, text: &str) -> Option<u32> {
        match self.encode(text)[..] {
            [token] => Some(token),
            _ => None,
        }
    }

    /// The tokens of a text.
    pub(super) fn encode(&self, text: &str) -> Vec<u32> {
        // A text that it cannot take apart has no tokens: there is none in byte-level coding.
        self.tokenizer.encode(text, false).map(|it| it.get_ids().to_vec()).unwrap_or_default()
    }

    /// The words of a text, with the blanks and signs that belong to them, and the mean natural
    /// logarithm of each one's tokens.
    pub(super) fn words(&self, tokens: &[u32], log_probabilities: &[f32]) -> Vec<(String, f32)> {
        let mut words: Vec<(String, f32)> = Vec::new();
        let (mut start, mut sum) = (0, 0.0);
        for (place, &log_probability) in log_probabilities.iter().enumerate().take(tokens.len()) {
            sum += log_probability;
            let so_far = self.decode(&tokens[start..=place]);
            let next = tokens.get(place + 1).map(|&token| self.decode(&[token]));
            // A character may be spread over tokens: only whole ones make a word. The next one
            // begins with a blank, or in a script that has none.
            let whole = !so_far.ends_with('\u{FFFD}');
            let new = next.is_none_or(|next| next.starts_with(' ') || is_wide(&so_far));
            if whole && new {
                words.push((so_far, sum / (place + 1 - start) as f32));
                (start, sum) = (place + 1, 0.0);
            }
        }
        words
    }

    fn decode(&self, tokens: &[u32]) -> String {
        // Tokens that it does not know are left out.
        self.tokenizer.decode(tokens, true).unwrap_or_default()
    }
}

/// Whether a text ends in a script that is written without blanks.
fn is_wide(text: &str) -> bool {
    text.chars().next_back().is_some_and(|c| matches!(c, '\u{3000}'..='\u{9FFF}'))
}
