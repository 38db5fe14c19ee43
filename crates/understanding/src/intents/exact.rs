//! What authors wrote themselves: an utterance that is one of their examples word for word is as
//! sure as may be, however few the examples are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::data::IntentSet;
use super::sound;

/// What a text was written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Written {
    /// An example of this intent alone.
    Is(usize),
    /// A negative of this intent.
    IsNot(usize),
}

/// The texts of a set by their words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Exact(BTreeMap<String, Written>);

impl Exact {
    /// The texts of a set. What is an example of two intents decides nothing.
    pub(super) fn of(set: &IntentSet) -> Self {
        let mut texts: BTreeMap<String, Option<Written>> = BTreeMap::new();
        for (class, intent) in set.intents.iter().enumerate() {
            for text in &intent.examples {
                let both =
                    texts.get(&words(text)).is_some_and(|it| *it != Some(Written::Is(class)));
                texts.insert(words(text), (!both).then_some(Written::Is(class)));
            }
        }
        for (class, intent) in set.intents.iter().enumerate() {
            for text in &intent.negatives {
                texts.entry(words(text)).or_insert(Some(Written::IsNot(class)));
            }
        }
        let known = texts.into_iter().filter(|(words, _)| !words.is_empty());
        Self(known.filter_map(|(words, written)| Some((words, written?))).collect())
    }

    /// What a text was written for; marks and capital letters make no difference.
    pub(super) fn find(&self, text: &str) -> Option<Written> {
        self.0.get(&words(text)).copied()
    }

    /// Whether it fits so many intents.
    pub(super) fn is_sound(&self, classes: usize) -> bool {
        self.0.values().all(|written| match *written {
            Written::Is(class) | Written::IsNot(class) => class < classes,
        })
    }
}

fn words(text: &str) -> String {
    sound::words(text).join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_whatever_its_marks_and_decides_nothing_when_two_intents_have_it() {
        let mut set = IntentSet::from_pairs([
            ("Call me later!", "later"),
            ("call me later", "later"),
            ("Not now", "later"),
            ("not now", "no"),
            ("我在忙", "later"),
        ]);
        set.intents[1].negatives = vec!["call me, later".to_owned(), "never mind".to_owned()];
        let exact = Exact::of(&set);
        let later = set.intents.iter().position(|intent| intent.name == "later").unwrap();
        assert_eq!(exact.find("CALL me -- later"), Some(Written::Is(later)));
        assert_eq!(exact.find("我在忙。"), Some(Written::Is(later)));
        assert_eq!(exact.find("not now"), None);
        assert_eq!(exact.find("Never mind."), Some(Written::IsNot(1)));
        assert_eq!(exact.find("call me sooner"), None);
        assert_eq!(exact.find(""), None);
        assert!(exact.is_sound(2) && !exact.is_sound(1));
    }
}
