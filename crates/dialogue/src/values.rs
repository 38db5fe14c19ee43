//! Values as texts: written down, compared, and spoken.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::civil;
use outcall_understanding::slots::{Kind, Language, Value};

/// What is known in a call, by name.
pub(crate) type Values = BTreeMap<String, Value>;

/// A value as it is written down.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::YesNo(true) => "yes".to_owned(),
        Value::YesNo(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Digits(text) | Value::OneOf(text) | Value::Text(text) => text.clone(),
        Value::Money { minor, currency } => {
            let sign = if *minor < 0 { "-" } else { "" };
            let (major, rest) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
            format!("{sign}{major}.{rest:02} {currency}")
        }
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.strftime("%H:%M").to_string(),
        Value::DateTime(at) => at.strftime("%Y-%m-%dT%H:%M").to_string(),
        Value::Between { from, to } => format!("{} to {}", written(from), written(to)),
    }
}

/// A value as a prompt says it.
pub(crate) fn spoken(value: &Value, language: Language) -> String {
    match (value, language) {
        (Value::YesNo(yes), Language::Zh) => if *yes { "是" } else { "不是" }.to_owned(),
        (Value::Digits(digits), _) => {
            let apart: Vec<String> = digits.chars().map(String::from).collect();
            apart.join(" ")
        }
        (Value::Date(date), _) => day(*date, language),
        (Value::Time(time), _) => clock(*time, language),
        (Value::DateTime(at), Language::En) => {
            format!("{} at {}", day(at.date(), language), clock(at.time(), language))
        }
        (Value::DateTime(at), Language::Zh) => {
            format!("{}{}", day(at.date(), language), clock(at.time(), language))
        }
        (
            Value::YesNo(_)
            | Value::Number(_)
            | Value::Money { .. }
            | Value::OneOf(_)
            | Value::Text(_),
            _,
        ) => written(value),
        (Value::Between { from, to }, Language::En) => {
            format!("{} to {}", spoken(from, language), spoken(to, language))
        }
        (Value::Between { from, to }, Language::Zh) => {
            format!("{}到{}", spoken(from, language), spoken(to, language))
        }
    }
}

fn day(date: civil::Date, language: Language) -> String {
    match language {
        Language::En => date.strftime("%A, %B %-d").to_string(),
        Language::Zh => {
            let weekday = ["一", "二", "三", "四", "五", "六", "日"];
            let index = date.weekday().to_monday_zero_offset().unsigned_abs() as usize;
            format!("{}月{}日星期{}", date.month(), date.day(), weekday[index % 7])
        }
    }
}

fn clock(time: civil::Time, language: Language) -> String {
    match (language, time.minute()) {
        (Language::En, 0) => time.strftime("%-I %p").to_string(),
        (Language::En, _) => time.strftime("%-I:%M %p").to_string(),
        (Language::Zh, 0) => format!("{}点", time.hour()),
        (Language::Zh, minute) => format!("{}点{minute}分", time.hour()),
    }
}

/// A text from a contact list or an answer as a value of a kind; as text when it is not of it.
pub(crate) fn read(text: &str, kind: &Kind) -> Value {
    let trimmed = text.trim();
    let read = match kind {
        Kind::YesNo => match trimmed {
            "yes" | "true" => Some(Value::YesNo(true)),
            "no" | "false" => Some(Value::YesNo(false)),
            _ => None,
        },
        Kind::Number => trimmed.parse().ok().map(Value::Number),
        Kind::Digits { .. } => trimmed
            .chars()
            .all(|digit| digit.is_ascii_digit())
            .then(|| Value::Digits(trimmed.to_owned())),
        Kind::Date | Kind::PastDate => trimmed.parse().ok().map(Value::Date),
        Kind::Time => trimmed.parse().ok().map(Value::Time),
        Kind::DateTime => trimmed.parse().ok().map(Value::DateTime),
        Kind::OneOf(_) => Some(Value::OneOf(trimmed.to_owned())),
        Kind::Money => money(trimmed),
        Kind::Address | Kind::Text => None,
    };
    read.unwrap_or_else(|| Value::Text(text.to_owned()))
}

/// Reads `12.50 USD`.
fn money(text: &str) -> Option<Value> {
    let (amount, currency) = text.split_once(' ')?;
    let (major, rest) = amount.split_once('.').unwrap_or((amount, "00"));
    let negative = major.starts_with('-');
    if rest.len() != 2 || !rest.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let (major, rest): (i64, i64) = (major.parse().ok()?, rest.parse().ok()?);
    let minor = major.checked_mul(100)?;
    let minor = if negative { minor.checked_sub(rest)? } else { minor.checked_add(rest)? };
    let currency = currency.trim();
    let known = currency.len() == 3 && currency.bytes().all(|letter| letter.is_ascii_uppercase());
    known.then(|| Value::Money { minor, currency: currency.to_owned() })
}

/// How two values compare; numbers by size, all else by how it is written.
pub(crate) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.partial_cmp(&b),
        _ => Some(written(a).cmp(&written(b))),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Money { minor, .. } => Some(*minor as f64 / 100.0),
        Value::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        Value::YesNo(_)
        | Value::Digits(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::OneOf(_)
        | Value::Between { .. } => None,
    }
}

/// Whether two kinds hold values of the same form.
pub(crate) fn alike(a: &Kind, b: &Kind) -> bool {
    let free = |kind: &Kind| matches!(kind, Kind::Text | Kind::Address | Kind::OneOf(_));
    let day = |kind: &Kind| matches!(kind, Kind::Date | Kind::PastDate);
    std::mem::discriminant(a) == std::mem::discriminant(b)
        || (free(a) && free(b))
        || (day(a) && day(b))
}

/// Whether a value is of a kind.
pub(crate) fn fits(value: &Value, kind: &Kind) -> bool {
    match (value, kind) {
        (Value::Digits(digits), Kind::Digits { at_least, at_most }) => {
            (*at_least..=*at_most).contains(&digits.len())
        }
        (Value::OneOf(name), Kind::OneOf(choices)) => {
            choices.iter().any(|choice| choice.name == *name)
        }
        (Value::YesNo(_), Kind::YesNo)
        | (Value::Number(_), Kind::Number)
        | (Value::Money { .. }, Kind::Money)
        | (Value::Date(_), Kind::Date | Kind::PastDate)
        | (Value::Time(_), Kind::Time)
        | (Value::DateTime(_), Kind::DateTime)
        | (Value::Text(_), Kind::Address | Kind::Text) => true,
        _ => false,
    }
}

/// What a value lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Day,
    Time,
}

/// What a value lacks to be of a kind; none when it is of the kind, or of quite another.
pub(crate) fn missing(value: &Value, kind: &Kind) -> Option<Missing> {
    let ends = if let Value::Between { from, to } = value { Some((&**from, &**to)) } else { None };
    match (value, ends, kind) {
        (Value::Date(_), _, Kind::DateTime) => Some(Missing::Time),
        (Value::Time(_), _, Kind::DateTime) => Some(Missing::Day),
        (_, Some((Value::Date(_), Value::Date(_))), Kind::Date | Kind::DateTime)
        | (_, Some((Value::Time(_), Value::Time(_))), Kind::DateTime) => Some(Missing::Day),
        (_, Some((Value::DateTime(_), Value::DateTime(_))), Kind::DateTime)
        | (_, Some((Value::Time(_), Value::Time(_))), Kind::Time) => Some(Missing::Time),
        _ => None,
    }
}

/// Whether the call knows a value already. A day of the week at an hour says again what is known
/// of a later week: nobody names the date of the appointment that they confirm.
pub(crate) fn is_known(value: &Value, values: &Values) -> bool {
    values.values().any(|known| match (known, value) {
        (Value::DateTime(known), Value::DateTime(said)) => {
            known.weekday() == said.weekday() && known.time() == said.time()
        }
        _ => known == value,
    })
}

/// Whether a value may be said for a question that was not asked: words that are kept as they are
/// and a mere yes or no could answer anything.
pub(crate) fn may_be_said_before_asked(kind: &Kind) -> bool {
    match kind {
        Kind::Number
        | Kind::Digits { .. }
        | Kind::Money
        | Kind::Date
        | Kind::Time
        | Kind::DateTime
        | Kind::PastDate => true,
        Kind::YesNo | Kind::OneOf(_) | Kind::Address | Kind::Text => false,
    }
}
