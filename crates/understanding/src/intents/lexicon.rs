//! The words of texts: how often each is said, what it sounds like, and what follows what.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::sound;

/// Words of a lexicon at most: the most frequent ones.
pub const WORDS_MAX: usize = 30_000;
/// Pairs of words at most.
pub const PAIRS_MAX: usize = 500_000;

/// A word before the first and after the last.
pub(super) const EDGE: u32 = u32::MAX;

/// The words, the most frequent first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Lexicon {
    /// Each word and how often it was said.
    pub words: Vec<(String, u32)>,
    /// What followed what, and how often.
    pub pairs: Vec<(u32, u32, u32)>,
}

impl Lexicon {
    /// Counts the words of texts.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let texts: Vec<Vec<String>> = texts.into_iter().map(sound::words).collect();
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for word in texts.iter().flatten() {
            *counts.entry(word).or_default() += 1;
        }
        let mut words: Vec<(&str, u32)> = counts.into_iter().collect();
        words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        words.truncate(WORDS_MAX);
        let index: HashMap<&str, u32> = words.iter().map(|(w, _)| *w).zip(0..).collect();
        let mut pairs: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for text in &texts {
            let known = text.iter().map(|word| index.get(word.as_str()).copied());
            let mut before = Some(EDGE);
            for word in known.chain([Some(EDGE)]) {
                if let (Some(before), Some(word)) = (before, word) {
                    *pairs.entry((before, word)).or_default() += 1;
                }
                before = word;
            }
        }
        let mut pairs: Vec<_> = pairs.into_iter().map(|((a, b), count)| (a, b, count)).collect();
        pairs.sort_by_key(|&(a, b, count)| (std::cmp::Reverse(count), a, b));
        pairs.truncate(PAIRS_MAX);
        let words = words.into_iter().map(|(word, count)| (word.to_owned(), count)).collect();
        Self { words, pairs }
    }

    /// Whether it can be used as it was read.
    pub(super) fn is_sound(&self) -> bool {
        let known = |word: u32| word == EDGE || (word as usize) < self.words.len();
        self.words.len() <= WORDS_MAX
            && self.pairs.len() <= PAIRS_MAX
            && self.pairs.iter().all(|&(a, b, _)| known(a) && known(b))
    }
}

/// Words that sound alike, found by how they sound.
#[derive(Debug, Clone)]
pub(super) struct Neighbours {
    codes: Vec<(String, Vec<u32>)>,
    /// Which codes a code becomes, or is, when one sound is left out or none: two codes that are
    /// one sound apart meet here.
    by_rest: HashMap<String, Vec<u32>>,
    by_word: HashMap<String, u32>,
}

impl Neighbours {
    pub(super) fn new(lexicon: &Lexicon) -> Self {
        let mut codes: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for ((word, _), index) in lexicon.words.iter().zip(0..) {
            codes.entry(sound::code(word)).or_default().push(index);
        }
        let codes: Vec<(String, Vec<u32>)> = codes.into_iter().collect();
        let mut by_rest: HashMap<String, Vec<u32>> = HashMap::new();
        for ((code, _), index) in codes.iter().zip(0..) {
            for rest in rests(code) {
                by_rest.entry(rest).or_default().push(index);
            }
        }
        let by_word = lexicon.words.iter().map(|(word, _)| word.clone()).zip(0..).collect();
        Self { codes, by_rest, by_word }
    }

    /// The place of a word.
    pub(super) fn index(&self, word: &str) -> Option<u32> {
        self.by_word.get(word).copied()
    }

    /// The words that sound like this one, up to one sound away, with the distance. Itself is not
    /// among them.
    pub(super) fn of(&self, word: &str) -> Vec<(u32, usize)> {
        let code = sound::code(word);
        let own = self.index(word);
        let mut found = Vec::new();
        let meet = rests(&code).into_iter().filter_map(|rest| self.by_rest.get(&rest)).flatten();
        let meet: BTreeSet<u32> = meet.copied().collect();
        for (other, words) in meet.into_iter().map(|index| &self.codes[index as usize]) {
            let far = sound::distance(&code, other, 1);
            // One sound of two is another word altogether.
            if far == 0 || (far == 1 && code.len().max(other.len()) > 2) {
                found.extend(words.iter().filter(|&&w| Some(w) != own).map(|&w| (w, far)));
            }
        }
        found
    }
}

/// A code, and what is left of it without one of its sounds.
fn rests(code: &str) -> BTreeSet<String> {
    let sounds: Vec<char> = code.chars().collect();
    let without = |left_out: usize| {
        let kept = sounds.iter().enumerate().filter(|&(place, _)| place != left_out);
        kept.map(|(_, sound)| sound).collect()
    };
    (0..=sounds.len()).map(without).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn neighbours_are_all_words_up_to_one_sound_away(
            words in prop::collection::vec("[a-z]{1,6}", 1..40),
            word in "[a-z]{1,6}",
        ) {
            let lexicon = Lexicon::of(words.iter().map(String::as_str));
            let mut found = Neighbours::new(&lexicon).of(&word);
            let code = sound::code(&word);
            let mut expected = Vec::new();
            for ((other, _), index) in lexicon.words.iter().zip(0..) {
                let own = sound::code(other);
                let far = sound::distance(&code, &own, 1);
                let near = far == 0 || (far == 1 && code.len().max(own.len()) > 2);
                if near && *other != word {
                    expected.push((index, far));
                }
            }
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
