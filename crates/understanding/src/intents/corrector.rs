//! A second opinion on what was said: the likeliest words of the scenario that sound like what was
//! recognised (a noisy channel, with a bigram model of what people say; Viterbi).

use std::collections::HashMap;

use super::lexicon::{EDGE, Lexicon, Neighbours};
use super::sound;

/// Words that are considered in the place of one.
const CANDIDATES: usize = 10;
/// Words of a text that are looked at.
const WORDS: usize = 60;
/// How likely a known word was recognised rightly.
const RIGHT: f64 = 0.85;
/// The same for a word that is in no text of the scenario, against all that sound like it.
const RIGHT_UNKNOWN: f64 = 0.05;
/// Of wrong ones, how many sound the same.
const SAME_SOUND: f64 = 0.5;
/// How much pairs of words count against single ones.
const PAIRS: f64 = 0.7;
/// The probability of a word that no text has.
const UNKNOWN: f64 = 1e-7;

/// Words that were said in all, from which on most that are said are known.
const ENOUGH: f64 = 20_000.0;

/// The corrector.
#[derive(Debug, Clone)]
pub struct Corrector {
    lexicon: Lexicon,
    neighbours: Neighbours,
    pairs: HashMap<(u32, u32), u32>,
    total: f64,
}

/// What may have been said at a place.
struct Candidate {
    /// `None` for a word that no text has.
    word: Option<u32>,
    /// ln of how likely it is recognised as what was.
    channel: f64,
}

impl Corrector {
    /// A corrector over the words of texts: the scenario's own, and logs.
    pub fn new(lexicon: Lexicon) -> Self {
        let neighbours = Neighbours::new(&lexicon);
        let pairs = lexicon.pairs.iter().map(|&(a, b, count)| ((a, b), count)).collect();
        let total = lexicon.words.iter().map(|(_, count)| f64::from(*count)).sum::<f64>();
        Self { lexicon, neighbours, pairs, total: total.max(1.0) }
    }

    /// What it was made from.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// Whether its texts are so many that a word they do not have is likely misheard.
    pub fn knows_enough(&self) -> bool {
        self.total >= ENOUGH
    }

    /// The likeliest text; `None` when that is what was recognised.
    pub fn correct(&self, text: &str) -> Option<String> {
        let words = sound::words(text);
        if words.len() > WORDS {
            return None;
        }
        let places: Vec<Vec<Candidate>> = words.iter().map(|word| self.candidates(word)).collect();
        let best = self.best(&places);
        let mut changed = false;
        let said = best.iter().zip(&places).zip(&words).map(|((&at, place), word)| {
            let said = place[at].word.map_or(word.as_str(), |w| &self.lexicon.words[w as usize].0);
            changed |= said != word;
            said
        });
        let said = said.collect::<Vec<_>>().join(" ");
        changed.then_some(said)
    }

    fn candidates(&self, word: &str) -> Vec<Candidate> {
        let own = self.neighbours.index(word);
        let right = if own.is_some() { RIGHT } else { RIGHT_UNKNOWN };
        let mut others = self.neighbours.of(word);
        // The most frequent come first in a lexicon.
        others.sort_by_key(|&(other, far)| (far, other));
        others.truncate(CANDIDATES);
        let mut candidates = vec![Candidate { word: own, channel: right.ln() }];
        let same = others.iter().filter(|other| other.1 == 0).count().max(1) as f64;
        let near = others.iter().filter(|other| other.1 == 1).count().max(1) as f64;
        for (other, far) in others {
            let share = if far == 0 { SAME_SOUND / same } else { (1.0 - SAME_SOUND) / near };
            let channel = ((1.0 - right) * share).ln();
            candidates.push(Candidate { word: Some(other), channel });
        }
        candidates
    }

    /// The likeliest way through the places: an index into each.
    fn best(&self, places: &[Vec<Candidate>]) -> Vec<usize> {
        let mut back: Vec<Vec<usize>> = Vec::with_capacity(places.len());
        let mut before: Vec<(Option<u32>, f64)> = vec![(Some(EDGE), 0.0)];
        for place in places {
            let mut from = Vec::with_capacity(place.len());
            let mut now = Vec::with_capacity(place.len());
            for candidate in place {
                let (at, sum) = self.likeliest(&before, candidate.word);
                from.push(at);
                now.push((candidate.word, sum + candidate.channel));
            }
            back.push(from);
            before = now;
        }
        let (mut at, _) = self.likeliest(&before, Some(EDGE));
        let mut way = Vec::with_capacity(places.len());
        for from in back.iter().rev() {
            way.push(at);
            at = from[at];
        }
        way.reverse();
        way
    }

    fn likeliest(&self, before: &[(Option<u32>, f64)], word: Option<u32>) -> (usize, f64) {
        let sums = before.iter().map(|&(last, sum)| sum + self.follows(last, word).ln());
        let better = |best: (usize, f64), (at, sum): (usize, f64)| {
            if sum > best.1 { (at, sum) } else { best }
        };
        sums.enumerate().fold((0, f64::NEG_INFINITY), better)
    }

    /// The probability that a word follows another.
    fn follows(&self, before: Option<u32>, word: Option<u32>) -> f64 {
        let Some(word) = word else { return UNKNOWN };
        let count = |word: u32| {
            self.lexicon.words.get(word as usize).map_or(0.0, |(_, count)| f64::from(*count))
        };
        let single = if word == EDGE { 0.1 } else { count(word) / self.total };
        let pair = before.map_or(0.0, |before| {
            let pair = self.pairs.get(&(before, word)).copied().map_or(0.0, f64::from);
            // After the edge all texts count; their number is not kept, and all have one.
            if before == EDGE { pair / self.total * 10.0 } else { pair / count(before).max(1.0) }
        });
        (PAIRS * pair.min(1.0) + (1.0 - PAIRS) * single).max(UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn corrector() -> Corrector {
        let texts =
            ["that is not right", "the card was not right", "is that right", "write it down"];
        Corrector::new(Lexicon::of(texts.repeat(5)))
    }

    #[test]
    fn a_word_that_sounds_like_one_of_the_scenario_is_read_as_that() {
        let corrector = corrector();
        assert_eq!(corrector.correct("that is not rite").as_deref(), Some("that is not right"));
        assert_eq!(corrector.correct("that is not write").as_deref(), Some("that is not right"));
    }

    #[test]
    fn what_is_right_already_stays() {
        assert_eq!(corrector().correct("the card was not right"), None);
        assert_eq!(corrector().correct(""), None);
        assert_eq!(corrector().correct("xylophone"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}") {
            corrector().correct(&text);
        }
    }
}
