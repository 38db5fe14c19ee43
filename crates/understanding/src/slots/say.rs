//! A value as it is said, for reading it back.

mod en;
mod zh;

use jiff::civil::Date;

use super::{Language, Value};

/// A value in words, to be read back to whoever said it.
///
/// What is said is understood by [`read`](super::read) as the same value: a day within five years
/// after `now`, a number below 10^12 with at most six decimals, an amount in a currency that has a
/// word or is the context's own. A day is said with its day of the week and without its year, a
/// time with its part of the day where the hour alone would be taken otherwise.
pub fn say(value: &Value, language: Language) -> String {
    match (value, language) {
        (Value::YesNo(true), Language::En) => "yes".to_owned(),
        (Value::YesNo(false), Language::En) => "no".to_owned(),
        (Value::YesNo(true), Language::Zh) => "是".to_owned(),
        (Value::YesNo(false), Language::Zh) => "不是".to_owned(),
        (Value::Number(number), Language::En) => en::number(*number),
        (Value::Number(number), Language::Zh) => zh::number(*number),
        (Value::Digits(digits), Language::En) => groups(digits, en::digit, " ", ", "),
        (Value::Digits(digits), Language::Zh) => groups(digits, zh::digit, "", "，"),
        (Value::Money { minor, currency }, Language::En) => en::money(*minor, currency),
        (Value::Money { minor, currency }, Language::Zh) => zh::money(*minor, currency),
        (Value::Date(date), Language::En) => en::date(*date),
        (Value::Date(date), Language::Zh) => zh::date(*date),
        (Value::Time(time), Language::En) => en::time(*time),
        (Value::Time(time), Language::Zh) => zh::time(*time),
        (Value::DateTime(at), Language::En) => {
            format!("{} at {}", en::date(at.date()), en::time(at.time()))
        }
        (Value::DateTime(at), Language::Zh) => {
            format!("{}{}", zh::date(at.date()), zh::time(at.time()))
        }
        (Value::OneOf(text) | Value::Text(text), _) => text.clone(),
        (Value::Between { from, to }, Language::En) => {
            format!("from {} to {}", say(from, language), say(to, language))
        }
        (Value::Between { from, to }, Language::Zh) => {
            format!("{}到{}", say(from, language), say(to, language))
        }
    }
}

/// A day with its year and without its day of the week, as a date of birth is read back.
pub fn say_with_year(date: Date, language: Language) -> String {
    match language {
        Language::En => en::date_with_year(date),
        Language::Zh => zh::date_with_year(date),
    }
}

/// Digits in groups of three, the last of up to four: that is how numbers are read out.
fn groups(digits: &str, word: fn(u8) -> &'static str, within: &str, between: &str) -> String {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    let mut groups: Vec<Vec<&str>> = Vec::new();
    let mut rest = digits.as_slice();
    while !rest.is_empty() {
        let len = if rest.len() <= 4 { rest.len() } else { 3 };
        let (group, more) = rest.split_at(len);
        groups.push(group.iter().map(|digit| word(*digit)).collect());
        rest = more;
    }
    groups.iter().map(|group| group.join(within)).collect::<Vec<_>>().join(between)
}

/// A number as its sign, its whole part and its decimals; none when it is too large to be said.
fn parts(number: f64) -> Option<(bool, u64, String)> {
    if !number.is_finite() || number.abs() >= 1e12 {
        return None;
    }
    let text = format!("{:.6}", number.abs());
    let (whole, decimals) = text.split_once('.')?;
    Some((number < 0.0, whole.parse().ok()?, decimals.trim_end_matches('0').to_owned()))
}
