//! A value that was read back and is refused in part: "no, it ends in seven", "no, in the morning".

use jiff::Span;
use jiff::civil::Time;

use super::repair::refuses;
use super::token::Tokens;
use super::{Context, Found, Kind, Language, Value, number, read};

/// The first hour that is called morning.
const DAWN: i8 = 5;

/// The value that is meant when one was read back and the answer corrects it; none when the answer
/// corrects nothing.
///
/// What the answer leaves out stays as it was: a new day keeps the time, a new time the day, a new
/// ending of a number its beginning. A part of the day that the time is not in is a
/// [`Value::Between`], so that the time can be asked for.
pub fn repair(previous: &Value, kind: &Kind, text: &str, context: &Context) -> Option<Found> {
    let t = Tokens::of(text);
    let is_refused = refuses(&t, context.language);
    let found = match previous {
        Value::Digits(digits) => digits_amended(digits, &t, text, kind, context),
        Value::DateTime(_) | Value::Time(_) => {
            let said = Said::of(previous, (text, is_refused), context);
            if said.is_something() {
                return said.amended(previous);
            }
            None
        }
        Value::YesNo(answer) if is_refused => {
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
        // "Yes, five": its second meaning is not meant.
        if !is_refused && all.first().is_some_and(|best| best.value == *previous) {
            return None;
        }
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

/// What an answer says of a moment that was read back.
struct Said {
    day: Option<Found>,
    time: Option<Found>,
}

impl Said {
    /// Where it is refused what was said again is not what was meant: "no, at nine" is the other
    /// nine o'clock, unless the day is another.
    fn of(previous: &Value, (text, is_refused): (&str, bool), context: &Context) -> Self {
        let sure = |one: &Found| one.confidence > 0.2;
        let (date, old) = (previous.day(), previous.time());
        let days = read(&Kind::Date, text, context).into_iter().filter(sure);
        let day = days.filter(|_| date.is_some()).find(|one| {
            // A range of days is for whoever asks for the day.
            matches!(one.value, Value::Date(_))
        });
        let is_new_day = day.as_ref().is_some_and(|one| one.value.day() != date);
        let mut times = read(&Kind::Time, text, context).into_iter().filter(sure);
        let is_old = |one: &Found| one.value.time().is_some() && one.value.time() == old;
        let time = times.find(|one| !(is_refused && !is_new_day && is_old(one)));
        Self { day, time }
    }

    fn is_something(&self) -> bool {
        self.day.is_some() || self.time.is_some()
    }

    /// The value with what was said in its place; none when that changes nothing.
    fn amended(self, previous: &Value) -> Option<Found> {
        let old = previous.time()?;
        let date = self.day.as_ref().and_then(|one| one.value.day()).or(previous.day());
        let on = |time: Time| match date {
            Some(date) => Value::DateTime(date.to_datetime(time)),
            None => Value::Time(time),
        };
        let value = match self.time.as_ref().map(|one| &one.value) {
            Some(Value::Time(time)) => on(*time),
            Some(Value::Between { from, to }) => match (&**from, &**to) {
                (Value::Time(from), Value::Time(to)) => match moved(old, *from, *to) {
                    Some(time) => on(time),
                    None => Value::Between { from: Box::new(on(*from)), to: Box::new(on(*to)) },
                },
                _ => on(old),
            },
            _ => on(old),
        };
        let said = self.day.or(self.time)?;
        (value != *previous).then(|| Found {
            value,
            span: said.span,
            confidence: said.confidence.min(0.85),
        })
    }
}

/// Where a time is moved by a part of the day: not at all when it is in it, else by half a day when
/// that puts it there. "Seven in the morning" is before the hours of an office, and still in it;
/// nobody means three at night.
fn moved(old: Time, from: Time, to: Time) -> Option<Time> {
    if (from..=to).contains(&old) {
        return Some(old);
    }
    let other = old.wrapping_add(Span::new().hours(12));
    let same_half = (other.hour() < 12) == (from.hour() < 12) && other.hour() >= DAWN;
    ((from..=to).contains(&other) || same_half).then_some(other)
}
