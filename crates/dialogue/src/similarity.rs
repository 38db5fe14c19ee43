//! How alike two sentences are, by the words and the pieces of words that they share.

use std::collections::BTreeMap;

/// A sentence as counts of its pieces: words, and runs of three letters (two of Chinese
/// characters). Rare, long pieces weigh no more than others: there is no corpus to weigh by.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    counts: BTreeMap<String, f32>,
    length: f32,
}

/// Words that say little about what is meant.
const COMMON: [&str; 24] = [
    "a", "an", "the", "i", "i'm", "im", "is", "it", "to", "of", "you", "me", "my", "that", "this",
    "and", "please", "well", "um", "uh", "so", "just", "be", "for",
];

impl Pieces {
    pub(crate) fn of(sentence: &str) -> Self {
        let mut counts: BTreeMap<String, f32> = BTreeMap::new();
        for word in normal(sentence).split(' ').filter(|word| !word.is_empty()) {
            let weight = if COMMON.contains(&word) { 0.3 } else { 1.0 };
            // Chinese is written without blanks: a "word" is the whole sentence.
            if word.is_ascii() {
                *counts.entry(format!("w{word}")).or_default() += weight;
            }
            let letters: Vec<char> = if word.is_ascii() {
                format!("<{word}>").chars().collect()
            } else {
                word.chars().collect()
            };
            let run = if word.is_ascii() { 3 } else { 2 };
            let share = weight / (letters.len().max(run) as f32 - run as f32 + 1.0).sqrt();
            for piece in letters.windows(run) {
                let piece: String = piece.iter().collect();
                *counts.entry(format!("g{piece}")).or_default() += share;
            }
            if !word.is_ascii() {
                for letter in letters {
                    *counts.entry(format!("c{letter}")).or_default() += share;
                }
            }
        }
        let length = counts.values().map(|count| count * count).sum::<f32>().sqrt();
        Self { counts, length }
    }

    /// The cosine of two sentences, 0 to 1.
    pub(crate) fn alike(&self, other: &Self) -> f32 {
        if self.length == 0.0 || other.length == 0.0 {
            return 0.0;
        }
        let shared: f32 = self
            .counts
            .iter()
            .filter_map(|(piece, count)| Some(count * other.counts.get(piece)?))
            .sum();
        (shared / (self.length * other.length)).clamp(0.0, 1.0)
    }
}

/// Lower case, without marks; words apart by one space.
pub(crate) fn normal(sentence: &str) -> String {
    let mut text = String::with_capacity(sentence.len());
    for letter in sentence.chars().flat_map(char::to_lowercase) {
        match letter {
            '\'' | '’' => text.push('\''),
            _ if letter.is_alphanumeric() => text.push(letter),
            _ if text.ends_with(' ') => {}
            _ => text.push(' '),
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> f32 {
        Pieces::of(a).alike(&Pieces::of(b))
    }

    #[test]
    fn sentences_are_alike_by_their_words_and_their_forms() {
        assert!(alike("Stop calling me!", "stop calling me") > 0.99);
        assert!(alike("stop calling me", "please stop calling") > 0.7);
        assert!(alike("stop calling me", "who is this") < 0.2);
        assert!(alike("不要再打电话了", "别再打电话") > 0.5);
        assert!(alike("", "") < 0.01);
    }
}
