//! Parts of speech: an averaged perceptron over words and their neighbours.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// The tags that the model knows, in their order.
const TAGS: [&str; 50] = [
    "$", "''", ",", "-LRB-", "-RRB-", ".", ":", "ADD", "AFX", "CC", "CD", "DT", "EX", "FW", "HYPH",
    "IN", "JJ", "JJR", "JJS", "LS", "MD", "NFP", "NN", "NNP", "NNPS", "NNS", "PDT", "POS", "PRP",
    "PRP$", "RB", "RBR", "RBS", "RP", "SYM", "TO", "UH", "VB", "VBD", "VBG", "VBN", "VBP", "VBZ",
    "WDT", "WP", "WP$", "WRB", "XX", "_SP", "``",
];
const BEFORE: [&str; 2] = ["-START2-", "-START-"];
const AFTER: [&str; 2] = ["-END-", "-END2-"];

/// A tag's place among [`TAGS`].
#[derive(Clone, Copy, Debug)]
struct Tag(u8);

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Tag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a part of speech")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Tag, E> {
                let at = TAGS.iter().position(|tag| *tag == name);
                at.map(|at| Tag(at as u8)).ok_or_else(|| E::custom(format!("no such tag: {name}")))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

/// What a feature says for and against tags.
#[derive(Debug)]
struct Row(Vec<(Tag, f64)>);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Weights;
        impl<'de> Visitor<'de> for Weights {
            type Value = Row;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("weights by tag")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut row = Vec::with_capacity(map.size_hint().unwrap_or(4));
                while let Some(entry) = map.next_entry()? {
                    row.push(entry);
                }
                Ok(Row(row))
            }
        }
        deserializer.deserialize_map(Weights)
    }
}

/// The tagger's tables, as its file holds them.
#[derive(Debug, Deserialize)]
pub(super) struct Tagger {
    /// Words that have one tag nearly always.
    tagdict: HashMap<String, Tag>,
    /// Words that features name; others go by their shape.
    vocab: HashSet<String>,
    weights: HashMap<String, Row>,
}

impl Tagger {
    /// The part of speech of each word of a sentence.
    pub(super) fn tags(&self, words: &[String]) -> Vec<&'static str> {
        let context = self.context(words);
        let mut tags: Vec<&'static str> = Vec::with_capacity(words.len());
        for (index, word) in words.iter().enumerate() {
            let tag = self.tagdict.get(word).map(|tag| TAGS[usize::from(tag.0)]);
            tags.push(tag.unwrap_or_else(|| {
                let before = |back: usize| match index.checked_sub(back) {
                    Some(at) => tags[at],
                    None => BEFORE[2 + index - back],
                };
                self.predict(index, word, &context[index..index + 5], [before(1), before(2)])
            }));
        }
        tags
    }

    fn context(&self, words: &[String]) -> Vec<String> {
        let inner = words.iter().map(|word| {
            let plain = plain(word);
            if self.vocab.contains(&plain) { plain } else { format!("<{}>", shape(word)) }
        });
        let ends = |words: [&str; 2]| words.map(str::to_owned).into_iter();
        ends(BEFORE).chain(inner).chain(ends(AFTER)).collect()
    }

    /// `near` is the window of two words on both sides, `said` the two tags before.
    fn predict(
        &self,
        index: usize,
        word: &str,
        near: &[String],
        said: [&'static str; 2],
    ) -> &'static str {
        let mut scores = [0.0; TAGS.len()];
        let mut is_known = false;
        for feature in features(index, word, near, said) {
            for (tag, weight) in self.weights.get(&feature).iter().flat_map(|row| &row.0) {
                scores[usize::from(tag.0)] += weight;
                is_known = true;
            }
        }
        // Of equal scores the last tag wins.
        let best = (0..TAGS.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        best.filter(|_| is_known).map_or("NN", |best| TAGS[best])
    }
}

fn features(
    index: usize,
    word: &str,
    near: &[String],
    [last, before]: [&'static str; 2],
) -> [String; 15] {
    let first: String = word.chars().take(1).collect();
    [
        "b".to_owned(),
        format!("s3={}", ending(word)),
        format!("p1={first}"),
        format!("w={}", near[2]),
        format!("sh={}", shape(word)),
        if index == 0 { "i0" } else { "i+" }.to_owned(),
        format!("t-1={last}"),
        format!("t-2={before}"),
        format!("t-12={last},{before}"),
        format!("w-1={}", near[1]),
        format!("s3-1={}", ending(&near[1])),
        format!("w-2={}", near[0]),
        format!("w+1={}", near[3]),
        format!("s3+1={}", ending(&near[3])),
        format!("w+2={}", near[4]),
    ]
}

/// The last three characters.
fn ending(word: &str) -> &str {
    word.char_indices().nth_back(2).map_or(word, |(at, _)| &word[at..])
}

fn plain(word: &str) -> String {
    let is_number = word.chars().all(char::is_numeric);
    if word.contains('-') && !word.starts_with('-') {
        "!HYPHEN".to_owned()
    } else if is_number && word.chars().count() == 4 {
        "!YEAR".to_owned()
    } else if word.starts_with(char::is_numeric) {
        "!DIGITS".to_owned()
    } else {
        word.to_lowercase()
    }
}

fn shape(word: &str) -> String {
    let is_lower = |text: &str| text.chars().all(char::is_lowercase) && !text.is_empty();
    if word.chars().all(char::is_alphabetic) {
        let mut rest = word.chars();
        let first = rest.next();
        let shape = if is_lower(word) {
            "x"
        } else if word.chars().all(char::is_uppercase) {
            if word.chars().count() > 1 { "XX" } else { "X1" }
        } else if first.is_some_and(char::is_uppercase) && is_lower(rest.as_str()) {
            "Xx"
        } else {
            "xX"
        };
        return shape.to_owned();
    }
    if word.chars().all(char::is_numeric) {
        return "d".to_owned();
    }
    let sign = |c: char| match c {
        c if c.is_numeric() => 'd',
        c if c.is_alphabetic() => 'x',
        c => c,
    };
    word.chars().take(4).map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_a_plain_form_and_a_shape() {
        for (word, wanted) in [
            ("Hello", "hello"),
            ("2026", "!YEAR"),
            ("12", "!DIGITS"),
            ("re-do", "!HYPHEN"),
            ("-", "-"),
        ] {
            assert_eq!(plain(word), wanted);
        }
        for (word, wanted) in [
            ("a", "x"),
            ("Ann", "Xx"),
            ("I", "X1"),
            ("USA", "XX"),
            ("iPad", "xX"),
            ("12", "d"),
            ("3-d", "d-x"),
        ] {
            assert_eq!(shape(word), wanted);
        }
        assert_eq!((ending("hello"), ending("é")), ("llo", "é"));
    }

    #[test]
    fn weights_decide_and_the_dictionary_goes_first() {
        let model = r#"{"tags": [], "tagdict": {"the": "DT"}, "vocab": ["the", "read"],
            "weights": {"w=read": {"VB": 1.0, "NN": 2.0}, "w-1=the": {"NN": 1.0}, "t-1=TO": {}}}"#;
        let tagger: Tagger = serde_json::from_str(model).unwrap();
        let words = ["the", "read", "xyz"].map(str::to_owned);
        assert_eq!(tagger.tags(&words), ["DT", "NN", "NN"]);
    }
}
