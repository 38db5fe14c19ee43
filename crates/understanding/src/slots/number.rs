//! Whole and decimal numbers.

pub(super) mod en;
pub(super) mod zh;

use super::mention::Mention;
use super::token::Tokens;
use super::{Language, Value};

/// A number that stands at a place, and its words.
pub(super) fn cardinal(t: &Tokens, at: usize, language: Language) -> Option<(f64, usize)> {
    match language {
        Language::En => en::cardinal(t, at),
        Language::Zh => zh::cardinal(t, at),
    }
}

/// A place in an order that stands at a place ("the third", 第三), and its words.
pub(super) fn ordinal(t: &Tokens, at: usize, language: Language) -> Option<(u32, usize)> {
    match language {
        Language::En => en::ordinal(t, at),
        Language::Zh => zh::ordinal(t, at),
    }
}

/// What recognition writes for a number that is all that was said.
const SOUNDS_LIKE: &[(&str, f64)] = &[
    ("won", 1.0),
    ("to", 2.0),
    ("too", 2.0),
    ("tu", 2.0),
    ("tree", 3.0),
    ("free", 3.0),
    ("for", 4.0),
    ("fore", 4.0),
    ("hive", 5.0),
    ("sicks", 6.0),
    ("sex", 6.0),
    ("heaven", 7.0),
    ("ate", 8.0),
    ("nein", 9.0),
    ("mine", 9.0),
    ("tin", 10.0),
];

/// The numbers of a text, in the order in which they are said.
pub(super) fn mentions(t: &Tokens, language: Language) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < t.len() {
        if let Some((value, len)) = ordinal(t, at, language) {
            // "One second" is no second one.
            if t.word(at) != "second" {
                found.push(Mention::one(Value::Number(f64::from(value)), at..at + len, 0.6));
            }
            at += len;
        } else if let Some((value, len)) = cardinal(t, at, language) {
            let sure = sureness(t, at, len, language);
            found.push(Mention::one(Value::Number(value), at..at + len, sure));
            at += len;
        } else {
            at += 1;
        }
    }
    if found.is_empty()
        && t.len() == 1
        && let Some((value, len)) = t.lookup(0, SOUNDS_LIKE)
    {
        found.push(Mention::one(Value::Number(value), 0..len, 0.6));
    }
    found
}

/// "One" is often no number ("the one that I want"), and what follows "out of" is the whole of a
/// scale.
fn sureness(t: &Tokens, at: usize, len: usize, language: Language) -> f32 {
    let previous = |back: usize| at.checked_sub(back).map_or("", |at| t.word(at));
    match language {
        Language::En if previous(2) == "out" && previous(1) == "of" => 0.15,
        Language::En if len == 1 && t.word(at) == "one" => match previous(1) {
            "the" | "this" | "that" | "which" | "no" | "any" | "another" | "first" | "second" => {
                0.1
            }
            _ => 0.9,
        },
        Language::En if t.word(at) == "half" || t.word(at) == "none" => 0.6,
        Language::Zh if len == 1 && t.word(at) == "一" => {
            let follows = t.word(at + 1);
            if matches!(follows, "下" | "样" | "点" | "定" | "直" | "起" | "些" | "般" | "家")
            {
                0.1
            } else {
                0.8
            }
        }
        Language::En | Language::Zh => 0.95,
    }
}
