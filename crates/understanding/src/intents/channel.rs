//! Recognition as a noisy channel: a text with the mistakes that recognition makes.
//!
//! A word is mistaken at a given rate: in 65 of 100 cases another one that sounds like it is heard,
//! in 23 none, and in 12 a filler is heard before it. The shares are those of substitutions,
//! deletions and insertions of telephone recognition.

use std::collections::HashMap;

use super::chance::Chance;
use super::lexicon::{Lexicon, Neighbours};
use super::sound;

const SUBSTITUTED: f64 = 0.65;
const DELETED: f64 = 0.23;
const FILLERS: &[&str] = &["uh", "um", "so", "well", "yeah", "like"];

/// The channel, over the words of a lexicon.
#[derive(Debug, Clone)]
pub struct Channel {
    lexicon: Lexicon,
    neighbours: Neighbours,
    known: HashMap<String, Vec<(u32, usize)>>,
}

impl Channel {
    /// A channel that hears words of this lexicon.
    pub fn new(lexicon: Lexicon) -> Self {
        let neighbours = Neighbours::new(&lexicon);
        Self { lexicon, neighbours, known: HashMap::new() }
    }

    /// The text as it might be recognised, with this part of its words mistaken.
    pub fn pass(&mut self, text: &str, rate: f64, chance: &mut Chance) -> String {
        let mut heard: Vec<String> = Vec::new();
        for word in sound::words(text) {
            if chance.unit() >= rate {
                heard.push(word);
                continue;
            }
            let kind = chance.unit();
            if kind < SUBSTITUTED {
                // A word that nothing sounds like is not heard at all.
                heard.extend(self.other(&word, chance));
            } else if kind >= SUBSTITUTED + DELETED {
                heard.push(FILLERS[chance.below(FILLERS.len())].to_owned());
                heard.push(word);
            }
        }
        heard.join(" ")
    }

    /// Another word that sounds like it; frequent ones are heard more often.
    fn other(&mut self, word: &str, chance: &mut Chance) -> Option<String> {
        if !self.known.contains_key(word) {
            self.known.insert(word.to_owned(), self.neighbours.of(word));
        }
        let others = &self.known[word];
        let count = |&(other, _): &(u32, usize)| f64::from(self.lexicon.words[other as usize].1);
        let mut left = chance.unit() * others.iter().map(count).sum::<f64>();
        let drawn = others.iter().find(|other| {
            left -= count(other);
            left <= 0.0
        });
        drawn.map(|&(other, _)| self.lexicon.words[other as usize].0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 3] =
        ["the right card was not sent", "write to the guard", "the cart is in the sand"];

    #[test]
    fn the_same_seed_gives_the_same_mistakes_and_the_rate_is_kept() {
        let mut channel = Channel::new(Lexicon::of(TEXTS));
        let text = "the right card was not sent ".repeat(200);
        let mut pass = |seed| channel.pass(&text, 0.2, &mut Chance::new(seed));
        assert_eq!(pass(1), pass(1));
        assert_ne!(pass(1), pass(2));
        let same = pass(1).split(' ').filter(|word| text.contains(word)).count();
        assert!((960..1_200).contains(&same), "{same}");
    }

    #[test]
    fn without_mistakes_a_text_stays_as_it_is() {
        let mut channel = Channel::new(Lexicon::of(TEXTS));
        assert_eq!(channel.pass("the Right card", 0.0, &mut Chance::new(1)), "the right card");
    }
}
