//! Character n-grams of the words of a text, as they are written or as they sound, weighted by
//! TF-IDF.

use std::collections::BTreeMap;

use super::linear::Rows;
use super::sound;

/// Features that n-grams are hashed into.
pub const FEATURES: usize = 1 << 14;
/// Letters of an n-gram.
const LETTERS: std::ops::RangeInclusive<usize> = 2..=5;

/// What n-grams are taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The letters.
    Spelling,
    /// The sounds.
    Sound,
}

/// How much each n-gram says, learned from texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Grams {
    /// What they are taken of.
    pub view: View,
    /// The weight of each feature: 1 + ln((1 + texts) / (1 + texts that have it)).
    pub weights: Vec<f32>,
}

impl Grams {
    /// Learns the weights from texts.
    pub fn learn<'a>(view: View, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut count, mut having) = (0.0f32, vec![0.0f32; FEATURES]);
        for text in texts {
            count += 1.0;
            counts(view, text).keys().for_each(|&feature| having[feature as usize] += 1.0);
        }
        let weight = |having: &f32| 1.0 + ((1.0 + count) / (1.0 + having)).ln();
        Self { view, weights: having.iter().map(weight).collect() }
    }

    /// The features of a text, of length 1 in all.
    pub fn features(&self, text: &str) -> Vec<(u32, f32)> {
        let weigh = |(feature, count): (u32, f32)| {
            let weight = self.weights.get(feature as usize).copied().unwrap_or(0.0);
            (feature, (1.0 + count.ln()) * weight)
        };
        let mut row: Vec<(u32, f32)> = counts(self.view, text).into_iter().map(weigh).collect();
        let length = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        if length > 0.0 {
            row.iter_mut().for_each(|(_, value)| *value /= length);
        }
        row
    }

    /// The features of texts, one a row.
    pub fn rows<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Rows {
        Rows::Sparse(texts.into_iter().map(|text| self.features(text)).collect(), FEATURES)
    }
}

fn counts(view: View, text: &str) -> BTreeMap<u32, f32> {
    let mut counts = BTreeMap::new();
    for piece in pieces(view, text) {
        let letters: Vec<char> = piece.chars().collect();
        for length in LETTERS {
            for gram in letters.windows(length) {
                *counts.entry(hash(gram)).or_insert(0.0) += 1.0;
            }
        }
    }
    counts
}

/// The words, with blanks around them. Chinese characters that stand together are one.
fn pieces(view: View, text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut is_run = false;
    for word in sound::words(text) {
        let is_han = word.chars().all(|c| c > '\u{2E80}');
        let said = match view {
            View::Spelling => word,
            View::Sound => sound::code(&word),
        };
        match pieces.last_mut() {
            Some(last) if is_run && is_han => *last = format!("{}{said} ", last.trim_end()),
            Some(_) | None => pieces.push(format!(" {said} ")),
        }
        is_run = is_han;
    }
    pieces
}

/// FNV-1a, of 32 bits.
fn hash(gram: &[char]) -> u32 {
    let step = |hash: u32, c: &char| (hash ^ *c as u32).wrapping_mul(16_777_619);
    let hash = gram.iter().fold(2_166_136_261, step);
    (hash ^ (hash >> 15)) % FEATURES as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn like(grams: &Grams, a: &str, b: &str) -> f32 {
        let b: BTreeMap<u32, f32> = grams.features(b).into_iter().collect();
        grams.features(a).iter().map(|(f, v)| v * b.get(f).copied().unwrap_or(0.0)).sum()
    }

    #[test]
    fn texts_that_sound_alike_are_near_by_sound_though_not_by_spelling() {
        let texts = ["the payment was not right", "call me back", "what is the rate"];
        let spelling = Grams::learn(View::Spelling, texts);
        let sound = Grams::learn(View::Sound, texts);
        let (a, b) = ("that is right", "that is rite");
        assert!(like(&sound, a, b) > 0.99);
        assert!(like(&spelling, a, b) < 0.9);
        let (a, b) = ("请给我打电话", "请给我大电话");
        assert!(like(&sound, a, b) > 0.99 && like(&spelling, a, b) < 0.9);
    }

    proptest! {
        #[test]
        fn features_are_of_length_1_and_in_range(text in ".{0,80}") {
            let grams = Grams::learn(View::Spelling, ["some words of a text"]);
            let row = grams.features(&text);
            let length: f32 = row.iter().map(|(_, v)| v * v).sum();
            prop_assert!(row.is_empty() || (length - 1.0).abs() < 1e-3);
            prop_assert!(row.iter().all(|&(f, _)| (f as usize) < FEATURES));
        }
    }
}
