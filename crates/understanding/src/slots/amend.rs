//! A value that was read back and is refused in part: "no, it ends in seven", "no, in the morning".

use jiff::Span;
use jiff::civil::{Date, Time};

use super::repair::refuses;
use super::token::Tokens;
use super::{Context, Found, Kind, Language, Value, number, read};

/// The value that is meant when one was read back and the answer corrects it; none when the answer
/// corrects nothing.
///
/// What the answer leaves out stays as it was: a new day keeps the time, a new time the day, a new
/// ending of a number its beginning.
pub fn repair(previous: &Value, kind: &Kind, text: &str, context: &Context) -> Option<Found> {
    let t = Tokens::of(text);
    let found = match previous {
        Value::Digits(digits) => digits_amended(digits, &t, text, kind, context),
        Value::DateTime(at) => {
            moment_amended((Some(at.date()), at.time()), previous, text, context)
        }
        Value::Time(time) => moment_amended((None, *time), previous, text, context),
        Value::YesNo(answer) if refuses(&t, context.language) => {
            Some(Found { value: Value::YesNo(!answer), span: 0..text.len(), confidence: 0.6 })
        }
        Value::YesNo(_)
        | Value::Number(_)
        | Value::Money { .. }
        | Value::Date(_)
        | Value::Between { .. }
        | Value::OneOf(_)
        | Value::Text(_) => None,
    };
    found.or_else(|| {
        let all = read(kind, text, context);
        all.into_iter().find(|one| one.value != *previous && one.confidence > 0.2)
    })
}

/// Which digits of a number are corrected.
#[derive(Clone, Copy)]
enum Place {
    End,
    Start,
    At(usize),
}

fn digits_amended(
    digits: &str,
    t: &Tokens,
    text: &str,
    kind: &Kind,
    context: &Context,
) -> Option<Found> {
    // A whole number that is said anew is that.
    let whole = read(kind, text, context).into_iter().find(|one| {
        one.confidence > 0.5 && matches!(&one.value, Value::Digits(new) if new != digits)
    });
    if whole.is_some() {
        return whole;
    }
    let any = Kind::Digits { at_least: 1, at_most: digits.len() };
    let (place, at, len) =
        (0..t.len()).find_map(|at| place(t, at, context.language).map(|(p, len)| (p, at, len)))?;
    let start = t.span(at + len..at + len + 1).start;
    let said = read(&any, text.get(start..)?, context).into_iter().next()?;
    let Value::Digits(said_digits) = &said.value else { return None };
    let value = put(digits, said_digits, place)?;
    let span = start + said.span.start..start + said.span.end;
    Some(Found { value: Value::Digits(value), span, confidence: said.confidence.min(0.85) })
}

/// "It ends in", "the third digit is", and its words.
fn place(t: &Tokens, at: usize, language: Language) -> Option<(Place, usize)> {
    let (ends, starts): (&[&str], &[&str]) = match language {
        Language::En => (
            &[
                "ends in",
                "ends with",
                "ending in",
                "ending with",
                "end in",
                "at the end",
                "finishes with",
                "the last digit is",
                "last digit is",
                "the last one is",
                "the last digits are",
                "the last is",
                "the last two are",
                "the last three are",
                "the last four are",
                "last four are",
                "the last two digits are",
                "the last four digits are",
            ],
            &[
                "starts with",
                "begins with",
                "starting with",
                "beginning with",
                "starts in",
                "the first digit is",
                "first digit is",
                "the first one is",
                "the first is",
            ],
        ),
        Language::Zh => (
            &[
                "最后一位是",
                "最后是",
                "结尾是",
                "尾号是",
                "最后两位是",
                "最后三位是",
                "最后四位是",
                "末尾是",
                "后四位是",
                "最后一个是",
                "后面是",
            ],
            &["开头是", "第一位是", "前面是", "首位是", "第一个是", "前三位是", "前两位是"],
        ),
    };
    if let Some(len) = t.any(at, ends) {
        return Some((Place::End, len));
    }
    if let Some(len) = t.any(at, starts) {
        return Some((Place::Start, len));
    }
    let (which, len) = number::ordinal(t, at, language)?;
    let tail: &[&str] = match language {
        Language::En => {
            &["digit is", "digit should be", "one is", "one should be", "number is", "is"]
        }
        Language::Zh => &["位是", "个是", "位应该是", "个数字是"],
    };
    let more = t.any(at + len, tail)?;
    Some((Place::At(usize::try_from(which).ok()?.checked_sub(1)?), len + more))
}

/// The digits with others in a place.
fn put(digits: &str, new: &str, place: Place) -> Option<String> {
    let start = match place {
        Place::End => digits.len().checked_sub(new.len())?,
        Place::Start => 0,
        Place::At(at) => at,
    };
    let end = start.checked_add(new.len())?;
    Some(format!("{}{new}{}", digits.get(..start)?, digits.get(end..)?))
}

fn moment_amended(
    (date, old): (Option<Date>, Time),
    previous: &Value,
    text: &str,
    context: &Context,
) -> Option<Found> {
    let times = read(&Kind::Time, text, context);
    let time = times.into_iter().find(|one| one.confidence > 0.2);
    let day = date.and_then(|date| {
        let days = read(&Kind::Date, text, context);
        let is_new = |one: &Found| one.confidence > 0.2 && one.value != Value::Date(date);
        days.into_iter().find(|one| is_new(one) && matches!(one.value, Value::Date(_)))
    });
    let new = match time.as_ref().map(|one| &one.value) {
        Some(Value::Time(time)) => *time,
        Some(Value::Between { from, to }) => other_half(old, from, to).unwrap_or(old),
        _ => old,
    };
    let new_date = match day.as_ref().map(|one| &one.value) {
        Some(Value::Date(date)) => Some(*date),
        _ => date,
    };
    let value = match new_date {
        Some(date) => Value::DateTime(date.to_datetime(new)),
        None => Value::Time(new),
    };
    let said = day.or(time)?;
    (value != *previous).then(|| Found {
        value,
        span: said.span,
        confidence: said.confidence.min(0.85),
    })
}

/// "No, in the morning" moves a time by half a day, when that puts it where it was said to be.
fn other_half(old: Time, from: &Value, to: &Value) -> Option<Time> {
    let (Value::Time(from), Value::Time(to)) = (from, to) else { return None };
    let other = old.wrapping_add(Span::new().hours(12));
    // "Seven in the morning" is before a morning's office hours, and still in it.
    let same_half = |time: Time| (time.hour() < 12) == (from.hour() < 12);
    if (*from..=*to).contains(&other) || same_half(other) { Some(other) } else { None }
}
