//! Amounts of money: "$20.50", "twenty dollars and fifty cents", 二十块五.

use super::mention::Mention;
use super::number::cardinal;
use super::token::Tokens;
use super::{Language, Value};

/// The largest amount that is read, in units of the currency.
const AMOUNT_MAX: f64 = 1e12;

const SIGNS: &[(&str, &str)] = &[("$", "USD"), ("€", "EUR"), ("£", "GBP"), ("¥", "CNY")];

/// Words for whole units.
const UNITS_EN: &[(&str, &str)] = &[
    ("dollars", "USD"),
    ("dollar", "USD"),
    ("bucks", "USD"),
    ("buck", "USD"),
    ("usd", "USD"),
    ("us dollars", "USD"),
    ("american dollars", "USD"),
    ("pounds", "GBP"),
    ("pound", "GBP"),
    ("quid", "GBP"),
    ("gbp", "GBP"),
    ("pounds sterling", "GBP"),
    ("british pounds", "GBP"),
    ("euros", "EUR"),
    ("euro", "EUR"),
    ("eur", "EUR"),
    ("yuan", "CNY"),
    ("rmb", "CNY"),
    ("cny", "CNY"),
    ("renminbi", "CNY"),
    ("kuai", "CNY"),
    ("yen", "JPY"),
    ("jpy", "JPY"),
    ("rupees", "INR"),
    ("rupee", "INR"),
    ("francs", "CHF"),
    ("franc", "CHF"),
    ("chf", "CHF"),
    ("australian dollars", "AUD"),
    ("canadian dollars", "CAD"),
    ("aud", "AUD"),
    ("cad", "CAD"),
    ("inr", "INR"),
];
const UNITS_ZH: &[(&str, &str)] = &[
    ("块钱", "CNY"),
    ("块", "CNY"),
    ("元", "CNY"),
    ("元钱", "CNY"),
    ("圆", "CNY"),
    ("元人民币", "CNY"),
    ("人民币", "CNY"),
    ("美元", "USD"),
    ("美金", "USD"),
    ("刀", "USD"),
    ("英镑", "GBP"),
    ("欧元", "EUR"),
    ("日元", "JPY"),
    ("港币", "HKD"),
    ("港元", "HKD"),
    ("块人民币", "CNY"),
    ("rmb", "CNY"),
];
/// Words for parts of a unit: their currency where they tell it, and how many hundredths they are.
const PARTS_EN: &[(&str, (Option<&str>, f64))] = &[
    ("cents", (None, 1.0)),
    ("cent", (None, 1.0)),
    ("pence", (Some("GBP"), 1.0)),
    ("penny", (None, 1.0)),
    ("pennies", (None, 1.0)),
    ("p", (Some("GBP"), 1.0)),
    ("jiao", (Some("CNY"), 10.0)),
    ("fen", (Some("CNY"), 1.0)),
    ("mao", (Some("CNY"), 10.0)),
];
const PARTS_ZH: &[(&str, (Option<&str>, f64))] = &[
    ("毛钱", (Some("CNY"), 10.0)),
    ("毛", (Some("CNY"), 10.0)),
    ("角", (Some("CNY"), 10.0)),
    ("分钱", (Some("CNY"), 1.0)),
    ("分", (Some("CNY"), 1.0)),
    ("美分", (Some("USD"), 1.0)),
];

/// How many of the smallest units one unit has (ISO 4217).
pub(super) fn minor_per_unit(currency: &str) -> f64 {
    match currency {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "XAF" | "XOF" | "PYG" | "UGX" | "RWF" => 1.0,
        "KWD" | "BHD" | "OMR" | "JOD" | "TND" | "IQD" | "LYD" => 1_000.0,
        _ => 100.0,
    }
}

fn value(amount: f64, currency: &str) -> Option<Value> {
    let minor = (amount * minor_per_unit(currency)).round();
    // Bounded by the largest amount, so that it fits.
    let is_sane = amount.abs() <= AMOUNT_MAX;
    is_sane.then(|| Value::Money { minor: minor as i64, currency: currency.to_owned() })
}

/// An amount at a place: how much, in which currency where one is said, its words and how sure.
struct Amount {
    amount: f64,
    currency: Option<&'static str>,
    len: usize,
    /// What a second reading would be worth: "twenty fifty" is 20.50 or 2,050.
    other: Option<f64>,
    sure: f32,
}

fn amount(t: &Tokens, at: usize, language: Language) -> Option<Amount> {
    let (units, parts) = match language {
        Language::En => (UNITS_EN, PARTS_EN),
        Language::Zh => (UNITS_ZH, PARTS_ZH),
    };
    let sign = t.lookup(at, SIGNS).or_else(|| {
        let code = t.lookup(at, units)?;
        // "USD 50": only a code goes before.
        (language == Language::En
            && t.word(at).len() == 3
            && code.0.eq_ignore_ascii_case(t.word(at)))
        .then_some(code)
    });
    let start = at + sign.map_or(0, |(_, len)| len);
    let (number, mut len) = whole_or_article(t, start, language, units, parts)?;
    len += start - at;
    if let Some(((currency, hundredths), more)) =
        t.lookup(at + len, parts).filter(|_| sign.is_none())
    {
        let (rest, rest_len) = parts_after(t, at + len + more, language, hundredths);
        let amount = (number * hundredths + rest) / 100.0;
        return Some(Amount {
            amount,
            currency,
            len: len + more + rest_len,
            other: None,
            sure: 0.95,
        });
    }
    let after = t.lookup(at + len, units).or_else(|| t.lookup(at + len, SIGNS));
    let more = after.map_or(0, |(_, more)| more);
    let currency = sign.map(|(code, _)| code).or(after.map(|(code, _)| code));
    len += more;
    let is_said = currency.is_some();
    let sure = if is_said { 0.97 } else { 0.85 };
    if is_said && number.fract() == 0.0 {
        let (rest, rest_len) = parts_after(t, at + len, language, 100.0);
        let amount = if number < 0.0 { number - rest / 100.0 } else { number + rest / 100.0 };
        return Some(Amount { amount, currency, len: len + rest_len, other: None, sure });
    }
    if !is_said
        && language == Language::En
        && (1.0..100.0).contains(&number)
        && number.fract() == 0.0
        && let Some((cents, more)) = cardinal(t, at + len, language)
        && (10.0..100.0).contains(&cents)
        && cents.fract() == 0.0
    {
        let (whole, len) = (number + cents / 100.0, len + more);
        let unit = t.lookup(at + len, units);
        let (currency, more) = unit.map_or((None, 0), |(code, more)| (Some(code), more));
        let other = Some(number * 100.0 + cents);
        return Some(Amount { amount: whole, currency, len: len + more, other, sure: 0.6 });
    }
    Some(Amount { amount: number, currency, len, other: None, sure })
}

/// A number, or the "a" of "a dollar fifty".
fn whole_or_article(
    t: &Tokens,
    at: usize,
    language: Language,
    units: &[(&str, &'static str)],
    parts: &[(&str, (Option<&'static str>, f64))],
) -> Option<(f64, usize)> {
    if let Some((number, mut len)) = cardinal(t, at, language) {
        // "Half a dollar", "two hundred or so dollars".
        len += t
            .any(at + len, &["a", "or so", "of", "几"])
            .filter(|more| {
                t.lookup(at + len + more, units).is_some()
                    || t.lookup(at + len + more, parts).is_some()
            })
            .unwrap_or(0);
        return Some((number, len));
    }
    let is_article =
        language == Language::En && t.word(at) == "a" && t.lookup(at + 1, units).is_some();
    is_article.then_some((1.0, 1))
}

/// What follows the units, in hundredths: "and fifty cents", "fifty", 五毛五, 五.
fn parts_after(t: &Tokens, at: usize, language: Language, above: f64) -> (f64, usize) {
    let joins: &[&str] = match language {
        Language::En => &["and", "and also"],
        Language::Zh => &["又"],
    };
    let parts = match language {
        Language::En => PARTS_EN,
        Language::Zh => PARTS_ZH,
    };
    let join = t.any(at, joins).unwrap_or(0);
    if language == Language::Zh && t.word(at) == "半" {
        return (above / 2.0, 1);
    }
    let Some((number, len)) = cardinal(t, at + join, language) else { return (0.0, 0) };
    if number.fract() != 0.0 || !(0.0..100.0).contains(&number) {
        return (0.0, 0);
    }
    let end = join + len;
    match t.lookup(at + end, parts) {
        Some(((_, hundredths), more)) if hundredths < above => {
            let (rest, rest_len) = parts_after(t, at + end + more, language, hundredths);
            (number * hundredths + rest, end + more + rest_len)
        }
        Some(_) => (0.0, 0),
        // "Five dollars twenty", 五块二, 五毛五.
        None if join == 0 && language == Language::Zh && number < 10.0 && !t.begins_clause(at) => {
            (number * above / 10.0, end)
        }
        None if join == 0 && above == 100.0 && number >= 10.0 && !t.begins_clause(at) => {
            (number, end)
        }
        None => (0.0, 0),
    }
}

/// The amounts of a text, in the order in which they are said.
pub(super) fn mentions(t: &Tokens, language: Language, default: &str) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    let (mut at, mut is_any_said) = (0, false);
    let mut said = Vec::new();
    while at < t.len() {
        let Some(amount) = amount(t, at, language) else {
            at += 1;
            continue;
        };
        let currency = amount.currency.unwrap_or(default);
        // ¥ is also the sign of the yen.
        let currency = if t.word(at) == "¥" && default == "JPY" { "JPY" } else { currency };
        // In a country with dollars, they are its own.
        let is_dollar =
            currency == "USD" && matches!(default, "AUD" | "CAD" | "NZD" | "SGD" | "HKD");
        let is_named = t.word(at) == "us" || t.word(at) == "usd";
        let currency = if is_dollar && !is_named { default } else { currency };
        let mut values = Vec::new();
        values.extend(value(amount.amount, currency).map(|value| (value, amount.sure)));
        if let Some(other) = amount.other {
            values.extend(value(other, currency).map(|value| (value, 0.35)));
        }
        if !values.is_empty() {
            is_any_said |= amount.currency.is_some();
            said.push(amount.currency.is_some());
            found.push(Mention::many(values, at..at + amount.len));
        }
        at += amount.len.max(1);
    }
    // Where an amount has its unit, a number without one is something else ("for 2 people").
    if is_any_said {
        for (mention, _) in found.iter_mut().zip(said).filter(|(_, said)| !said) {
            for (_, sure) in &mut mention.values {
                *sure *= 0.3;
            }
        }
    }
    found
}
