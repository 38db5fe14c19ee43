//! Bits of sentences that mean nothing by themselves: "The", "of a". Recognition leaves them of a
//! voice that trails off; letters and sounds alone would find the intent whose examples hold them.

use super::sound;

/// Articles, prepositions and conjunctions of English. None of them answers a question.
const BETWEEN: &[&str] = &[
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "if", "in", "into", "of", "on", "or",
    "so", "than", "the", "to", "with",
];

/// Whether a text has words, and they only join others.
pub(super) fn is_fragment(text: &str) -> bool {
    let words = sound::words(text);
    !words.is_empty() && words.iter().all(|word| BETWEEN.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_joins_other_words_is_a_fragment() {
        for text in ["The", "of a", "and, to the...", "But."] {
            assert!(is_fragment(text), "{text}");
        }
        for text in ["", "no", "the other", "that", "in the morning", "取消"] {
            assert!(!is_fragment(text), "{text}");
        }
    }
}
