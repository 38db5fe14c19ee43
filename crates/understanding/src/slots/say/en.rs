//! Values in English.

use jiff::civil::{Date, Time, Weekday};

use super::super::money::minor_per_unit;
use super::super::number::en::{SMALL, TENS};
use super::parts;

const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn digit(digit: u8) -> &'static str {
    SMALL[usize::from(digit % 10)]
}

pub(super) fn number(number: f64) -> String {
    let Some((is_negative, value, decimals)) = parts(number) else { return number.to_string() };
    let mut text = whole(value);
    if !decimals.is_empty() {
        let digits: Vec<_> = decimals.bytes().map(|b| digit(b.wrapping_sub(b'0'))).collect();
        text = format!("{text} point {}", digits.join(" "));
    }
    if is_negative { format!("minus {text}") } else { text }
}

fn whole(value: u64) -> String {
    if value == 0 {
        return SMALL[0].to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let scales = [(1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"), (1, "")];
    let mut rest = value;
    for (size, name) in scales {
        let group = rest / size;
        rest %= size;
        if group == 0 {
            continue;
        }
        // "Two thousand and five": a small rest is joined by a word.
        if size == 1 && group < 100 && !words.is_empty() {
            words.push("and".to_owned());
        }
        words.push(below_1000(group));
        if !name.is_empty() {
            words.push(name.to_owned());
        }
    }
    words.join(" ")
}

fn below_1000(value: u64) -> String {
    // A group of three digits.
    let small = |value: u64| SMALL[usize::try_from(value % 20).unwrap_or(0)];
    let (hundreds, rest) = (value / 100, value % 100);
    let tens = (rest / 10).checked_sub(2).and_then(|at| TENS.get(usize::try_from(at).ok()?));
    let low = match (tens, rest % 10) {
        (None, _) => small(rest).to_owned(),
        (Some(tens), 0) => (*tens).to_owned(),
        (Some(tens), unit) => format!("{tens}-{}", small(unit)),
    };
    match (hundreds, rest) {
        (0, _) => low,
        (_, 0) => format!("{} hundred", small(hundreds)),
        _ => format!("{} hundred and {low}", small(hundreds)),
    }
}

pub(super) fn money(minor: i64, currency: &str) -> String {
    let per_unit = minor_per_unit(currency) as u64;
    let (units, rest) = (minor.unsigned_abs() / per_unit, minor.unsigned_abs() % per_unit);
    let sign = if minor < 0 { "minus " } else { "" };
    let (one, many, cent, cents) = match currency {
        "USD" => ("dollar", "dollars", "cent", "cents"),
        "EUR" => ("euro", "euros", "cent", "cents"),
        "GBP" => ("pound", "pounds", "penny", "pence"),
        "CNY" => ("yuan", "yuan", "fen", "fen"),
        _ => {
            let amount = number(minor.unsigned_abs() as f64 / per_unit as f64);
            return format!("{sign}{amount} {currency}");
        }
    };
    let unit = if units == 1 { one } else { many };
    let part = if rest == 1 { cent } else { cents };
    match (units, rest) {
        (_, 0) => format!("{sign}{} {unit}", whole(units)),
        (0, _) => format!("{sign}{} {part}", whole(rest)),
        _ => format!("{sign}{} {unit} and {} {part}", whole(units), whole(rest)),
    }
}

fn ordinal(day: i8) -> String {
    let end = match (day % 10, day) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{day}{end}")
}

fn month(date: Date) -> &'static str {
    usize::try_from(date.month() - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("")
}

pub(super) fn date(date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    };
    format!("{weekday}, the {} of {}", ordinal(date.day()), month(date))
}

pub(super) fn date_with_year(date: Date) -> String {
    format!("the {} of {} {}", ordinal(date.day()), month(date), date.year())
}

pub(super) fn time(time: Time) -> String {
    match (time.hour(), time.minute()) {
        (0, 0) => return "midnight".to_owned(),
        (12, 0) => return "noon".to_owned(),
        _ => {}
    }
    let hour = |hour: i8| SMALL[usize::try_from((hour + 11) % 12 + 1).unwrap_or(0)];
    let this = hour(time.hour());
    let minute = u64::try_from(time.minute()).unwrap_or(0);
    let said = match minute {
        0 => format!("{this} o'clock"),
        15 => format!("quarter past {this}"),
        30 => format!("half past {this}"),
        45 => format!("quarter to {}", hour(time.hour() + 1)),
        1..=9 => format!("{this} oh {}", whole(minute)),
        _ => format!("{this} {}", whole(minute)),
    };
    let part = match (time.hour(), time.minute()) {
        (0, _) => " at night",
        (1..=7, _) => " in the morning",
        (18, 30..) | (19..=21, _) => " in the evening",
        (22.., _) => " at night",
        _ => "",
    };
    format!("{said}{part}")
}
