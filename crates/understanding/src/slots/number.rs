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

/// What is counted by amounts and times.
const COUNTS_EN: &[&str] = &[
    "am",
    "pm",
    "p m",
    "a m",
    "oclock",
    "dollars",
    "dollar",
    "pounds",
    "euros",
    "$",
    "€",
    "£",
    "cents",
    "hours",
    "hour",
    "minutes",
    "percent",
    "%",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "nights",
    "night",
    "days",
    "day",
    "weeks",
    "week",
];
const COUNTS_ZH: &[&str] =
    &["元", "块", "点", "小时", "个小时", "分钟", "号", "月", "年", "天", "美元"];

/// The probability that a place in an order is meant as a number.
const ORDINAL: f32 = 0.6;

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
                found.push(Mention::one(Value::Number(f64::from(value)), at..at + len, ORDINAL));
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
    // Beside a count, an ordinal is a day or a place.
    if found.iter().any(|mention| mention.sure() > 0.7) {
        for (_, sure) in found.iter_mut().flat_map(|mention| &mut mention.values) {
            *sure *= if *sure == ORDINAL { 0.4 } else { 1.0 };
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
    let counts = match language {
        Language::En => COUNTS_EN,
        Language::Zh => COUNTS_ZH,
    };
    // In a longer text, an amount or a time is not the number that was asked for.
    let is_money = at > 0 && matches!(t.word(at - 1), "$" | "€" | "£" | "¥");
    let is_time = t.before(at) == ":" || t.before(at + len) == ":";
    if t.len() > 4 && (is_money || is_time || t.any(at + len, counts).is_some()) {
        return 0.3;
    }
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
        // 一个 is an article as often as a count, and 一下 no number at all.
        Language::Zh if len == 1 && t.word(at) == "一" => match t.word(at + 1) {
            "下" | "样" | "点" | "定" | "直" | "起" | "些" | "般" => 0.1,
            _ if t.len() > 5 => 0.25,
            _ => 0.8,
        },
        Language::En | Language::Zh => 0.95,
    }
}
