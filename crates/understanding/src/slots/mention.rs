//! A place of a text where a value is said, with all that it may mean.

use std::ops::Range;

use super::Value;

/// One mention of a value.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    /// Its words.
    pub(super) words: Range<usize>,
    /// What it may mean, the likeliest first, each with its probability.
    pub(super) values: Vec<(Value, f32)>,
}

impl Mention {
    /// A mention that means one thing.
    pub(super) fn one(value: Value, words: Range<usize>, sure: f32) -> Self {
        Self { words, values: vec![(value, sure)] }
    }

    /// A mention of which the likeliest meaning comes first.
    pub(super) fn many(mut values: Vec<(Value, f32)>, words: Range<usize>) -> Self {
        values.sort_by(|a, b| b.1.total_cmp(&a.1));
        Self { words, values }
    }

    /// The probability of its likeliest meaning.
    pub(super) fn sure(&self) -> f32 {
        self.values.first().map_or(0.0, |(_, sure)| *sure)
    }
}
