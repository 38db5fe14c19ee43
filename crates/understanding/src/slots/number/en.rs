//! Numbers in English: "a hundred and five", "two point five", "1,210", "twenty first".

use crate::slots::token::Tokens;

/// The numbers from 0 to 19. What is read is also what is said.
pub(crate) const SMALL: &[&str] = &[
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
/// The multiples of ten from 20 to 90.
pub(crate) const TENS: &[&str] =
    &["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: &[(&str, f64)] = &[
    ("thousand", 1e3),
    ("k", 1e3),
    ("grand", 1e3),
    ("million", 1e6),
    ("billion", 1e9),
    ("trillion", 1e12),
];
const ORDINALS: &[&str] = &[
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
const TENTHS: &[&str] = &[
    "twentieth",
    "thirtieth",
    "fortieth",
    "fiftieth",
    "sixtieth",
    "seventieth",
    "eightieth",
    "ninetieth",
];
/// Amounts that are words of their own.
const AMOUNTS: &[(&str, f64)] = &[
    ("a couple of", 2.0),
    ("a couple", 2.0),
    ("couple of", 2.0),
    ("half a dozen", 6.0),
    ("a dozen", 12.0),
    ("two dozen", 24.0),
    ("a half", 0.5),
    ("one half", 0.5),
    ("half", 0.5),
    ("a quarter", 0.25),
    ("three quarters", 0.75),
    ("three quarters of", 0.75),
    ("nought", 0.0),
    ("nil", 0.0),
    ("none", 0.0),
];
/// Digits of a numeral that are still read as a number.
const NUMERAL_MAX: usize = 15;

/// A number below 20 by its word.
pub(crate) fn small(word: &str) -> Option<u32> {
    let word = if word == "fourty" { "forty" } else { word };
    position(SMALL, word)
}

/// A multiple of ten from 20 to 90 by its word.
pub(crate) fn tens(word: &str) -> Option<u32> {
    let word = if word == "fourty" { "forty" } else { word };
    position(TENS, word).map(|at| (at + 2) * 10)
}

fn position(words: &[&str], word: &str) -> Option<u32> {
    words.iter().position(|known| *known == word).and_then(|at| u32::try_from(at).ok())
}

/// A whole number of at most two digits, in words or in digits, and its words.
pub(crate) fn below_100(t: &Tokens, at: usize) -> Option<(u32, usize)> {
    let word = t.word(at);
    if let Some(value) = digits(word) {
        return (word.len() <= 2).then_some((value, 1));
    }
    if let Some(value) = small(word) {
        return Some((value, 1));
    }
    let tens = tens(word)?;
    Some(match small(t.word(at + 1)).filter(|unit| (1..10).contains(unit)) {
        Some(unit) => (tens + unit, 2),
        None => (tens, 1),
    })
}

/// A run of at most nine digits as a number.
pub(crate) fn digits(word: &str) -> Option<u32> {
    let is_number = word.len() <= 9 && word.starts_with(|c: char| c.is_ascii_digit());
    is_number.then(|| word.parse().ok()).flatten()
}

/// A number of any size, with decimals, fractions and its sign, and its words.
pub(crate) fn cardinal(t: &Tokens, at: usize) -> Option<(f64, usize)> {
    if let Some(sign) = t.any(at, &["minus", "negative"]) {
        let (value, len) = positive(t, at + sign)?;
        return Some((-value, sign + len));
    }
    let (value, len) = positive(t, at)?;
    let before = t.before(at);
    let is_negative = before == "-" && at == 0 || before.ends_with(" -");
    Some((if is_negative && value != 0.0 { -value } else { value }, len))
}

fn positive(t: &Tokens, at: usize) -> Option<(f64, usize)> {
    if let Some((value, len)) = t.lookup(at, AMOUNTS) {
        let next = t.word(at + len);
        let scale = SCALES.iter().find(|(word, _)| *word == next).map(|(_, scale)| *scale);
        let scale = if next == "hundred" { Some(100.0) } else { scale };
        // "Half past two" and "a quarter to" are times.
        let is_part = matches!(next, "past" | "to" | "after");
        return match scale {
            Some(scale) if value > 0.0 => Some((value * scale, len + 1)),
            _ => (!is_part).then_some((value, len)),
        };
    }
    let (value, len) = numeral(t, at).or_else(|| decimals(t, at)).or_else(|| words(t, at))?;
    let (value, len) = match decimals(t, at + len) {
        Some((part, more)) if value.fract() == 0.0 => (value + part, len + more),
        _ => scaled(t, at, value, len),
    };
    let (value, len) = scaled(t, at, value, len);
    let (part, longer) = with_fraction(t, at, value, len);
    // "Three and a half thousand".
    Some(if longer > len { scaled(t, at, part, longer) } else { (part, longer) })
}

/// "2 million", "1.5k": a scale after a number.
fn scaled(t: &Tokens, at: usize, value: f64, len: usize) -> (f64, usize) {
    let next = t.word(at + len);
    let is_numeral = digits(t.word(at)).is_some() || value.fract() != 0.0;
    if is_numeral && next == "hundred" {
        return (value * 100.0, len + 1);
    }
    match SCALES.iter().find(|(word, _)| *word == next) {
        Some((_, scale)) if value < 1e6 => (value * scale, len + 1),
        _ => (value, len),
    }
}

fn with_fraction(t: &Tokens, at: usize, value: f64, len: usize) -> (f64, usize) {
    let fractions = [("and a half", 0.5), ("and a quarter", 0.25), ("and three quarters", 0.75)];
    match t.lookup(at + len, &fractions) {
        Some((part, more)) if value.fract() == 0.0 => (value + part, len + more),
        _ => (value, len),
    }
}

/// "1,210" or "20.50".
pub(crate) fn numeral(t: &Tokens, at: usize) -> Option<(f64, usize)> {
    let is_digits = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let first = t.word(at);
    if !is_digits(first) || first.len() > NUMERAL_MAX {
        return None;
    }
    let (mut text, mut len) = (first.to_owned(), 1);
    let is_group = |at: usize| t.before(at) == "," && t.word(at).len() == 3;
    while first.len() <= 3
        && text.len() < NUMERAL_MAX
        && is_group(at + len)
        && is_digits(t.word(at + len))
    {
        text.push_str(t.word(at + len));
        len += 1;
    }
    if t.before(at + len) == "." && is_digits(t.word(at + len)) && t.word(at + len).len() <= 6 {
        text.push('.');
        text.push_str(t.word(at + len));
        len += 1;
    }
    if t.before(at) == "." && at == 0 || t.before(at).ends_with(" .") {
        text.insert_str(0, "0.");
    }
    text.parse().ok().map(|value| (value, len))
}

/// "point two five", and the same after a whole number.
fn decimals(t: &Tokens, at: usize) -> Option<(f64, usize)> {
    if t.word(at) != "point" {
        return None;
    }
    let (mut text, mut len) = ("0.".to_owned(), 1);
    while text.len() < 8 {
        let word = t.word(at + len);
        let digit = match word {
            "oh" | "o" => Some(0),
            _ => digits(word).or_else(|| small(word)).or_else(|| tens(word)),
        };
        let Some(digit) = digit else { break };
        text.push_str(&digit.to_string());
        len += 1;
    }
    if len == 1 { None } else { text.parse().ok().map(|value| (value, len)) }
}

/// "two thousand three hundred and five".
fn words(t: &Tokens, at: usize) -> Option<(f64, usize)> {
    /// What may follow: the size below which the next word must stay.
    struct Open {
        total: f64,
        group: f64,
        below: f64,
        scale_below: f64,
    }
    let mut open = Open { total: 0.0, group: 0.0, below: 100.0, scale_below: f64::INFINITY };
    let (mut len, mut said) = (0, false);
    loop {
        // "One hundred and two hundred" are two numbers.
        let is_joined = said
            && t.word(at + len) == "and"
            && t.word(at + len + 2) != "hundred"
            && open.below > 9.0
            && open.group % 100.0 == 0.0;
        let skip = usize::from(is_joined);
        let word = t.word(at + len + skip);
        let follows = t.word(at + len + skip + 1);
        if word == "a"
            && !said
            && (follows == "hundred" || follows == "thousand" || follows == "million")
        {
            (open.group, said, len) = (1.0, true, len + 1);
            continue;
        }
        if let Some(value) =
            small(word).map(f64::from).filter(|v| *v < open.below && (*v > 0.0 || !said))
        {
            open.group += value;
            open.below = 0.0;
        } else if let Some(value) = tens(word).map(f64::from).filter(|v| *v < open.below) {
            open.group += value;
            open.below = 10.0;
        } else if skip == 0 && word == "hundred" && (1.0..100.0).contains(&open.group) {
            open.group *= 100.0;
            open.below = 100.0;
        } else if let Some((_, scale)) = SCALES
            .iter()
            .find(|(w, s)| *w == word && *s < open.scale_below && open.group > 0.0 && skip == 0)
        {
            open.total += open.group * scale;
            (open.group, open.below, open.scale_below) = (0.0, 100.0, *scale);
        } else {
            break;
        }
        said = true;
        len += skip + 1;
    }
    said.then_some((open.total + open.group, len))
}

/// "third", "twenty first", "3rd", and its words.
pub(crate) fn ordinal(t: &Tokens, at: usize) -> Option<(u32, usize)> {
    let word = t.word(at);
    if let Some(value) = digits(word) {
        let is_ordinal = matches!(t.word(at + 1), "st" | "nd" | "rd" | "th");
        return (is_ordinal && value > 0).then_some((value, 2));
    }
    if let Some(at) = position(ORDINALS, word) {
        return Some((at + 1, 1));
    }
    if let Some(at) = position(TENTHS, word) {
        return Some(((at + 2) * 10, 1));
    }
    let tens = tens(word)?;
    let unit = position(&ORDINALS[..9], t.word(at + 1))?;
    Some((tens + unit + 1, 2))
}
