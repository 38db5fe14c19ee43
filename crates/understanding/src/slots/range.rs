//! Ranges of numbers and amounts: "between 50 and 100 dollars", "two to four", 100到150元.

use jiff::ToSpan;

use super::mention::Mention;
use super::token::Tokens;
use super::{Language, Value};

/// Joins two mentions that are the ends of one range.
pub(super) fn join(t: &Tokens, mentions: Vec<Mention>, language: Language) -> Vec<Mention> {
    let mut joined: Vec<Mention> = Vec::new();
    for mention in mentions {
        match joined.last().and_then(|last| between(t, last, &mention, language)) {
            Some(range) => {
                joined.pop();
                joined.push(range);
            }
            None => joined.push(mention),
        }
    }
    joined
}

fn between(t: &Tokens, first: &Mention, second: &Mention, language: Language) -> Option<Mention> {
    let gap = second.words.start.checked_sub(first.words.end)?;
    let (start, end) = (first.words.start, first.words.end);
    let begins = |phrase: &str| start > 0 && t.word(start - 1) == phrase;
    let is_dash = gap == 0 && matches!(t.before(end).trim(), "-" | "–" | "—" | "~" | "～");
    let is_range = match language {
        Language::En => {
            let is_to = gap == 1 && matches!(t.word(end), "to" | "till" | "until");
            is_dash || is_to || gap == 1 && t.word(end) == "and" && begins("between")
        }
        Language::Zh => is_dash || gap == 1 && matches!(t.word(end), "到" | "至"),
    };
    let (from, to) = (&first.values.first()?.0, &second.values.first()?.0);
    let (low, high) = (alike(from, to), later(from, to));
    if !is_range || !is_below(&low, &high) {
        return None;
    }
    let range = Value::Between { from: Box::new(low.clone()), to: Box::new(high.clone()) };
    let values = vec![(range, 0.8), (low, 0.08), (high, 0.07)];
    Some(Mention::many(values, first.words.start..second.words.end))
}

fn is_below(from: &Value, to: &Value) -> bool {
    match (from, to) {
        (Value::Number(from), Value::Number(to)) => from < to,
        (Value::Money { minor: from, .. }, Value::Money { minor: to, .. }) => from < to,
        (Value::Date(from), Value::Date(to)) => from < to,
        _ => false,
    }
}

/// The currency of the end is that of the start: "50 to 100 euros".
fn alike(from: &Value, to: &Value) -> Value {
    match (from, to) {
        (Value::Money { minor, .. }, Value::Money { currency, .. }) => {
            Value::Money { minor: *minor, currency: currency.clone() }
        }
        _ => from.clone(),
    }
}

/// "From Friday to Tuesday" ends in the week after it begins.
fn later(from: &Value, to: &Value) -> Value {
    match (from, to) {
        (Value::Date(from), Value::Date(to)) if to < from => {
            let next = to.checked_add(7.days()).unwrap_or(*to);
            Value::Date(if next > *from { next } else { *to })
        }
        _ => to.clone(),
    }
}
