//! Numbers in English words: cardinal, ordinal, year and decimal, as the original writes them.

/// 0 to 19.
pub(crate) const ONES: [&str; 20] = [
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
/// The tens, by their first digit; 0 and 1 have no word of their own.
pub(crate) const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [&str; 12] = [
    "",
    " thousand",
    " million",
    " billion",
    " trillion",
    " quadrillion",
    " quintillion",
    " sextillion",
    " septillion",
    " octillion",
    " nonillion",
    " decillion",
];
const ORDINALS: [(&str, &str); 7] = [
    ("one", "first"),
    ("two", "second"),
    ("three", "third"),
    ("five", "fifth"),
    ("eight", "eighth"),
    ("nine", "ninth"),
    ("twelve", "twelfth"),
];

/// Digits of the largest number that has a name here. A longer one is read digit by digit.
pub(super) const DIGITS_MAX: usize = 36;

/// The name of a digit.
pub(super) fn digit(digit: char) -> &'static str {
    digit.to_digit(10).map_or("", |value| ONES[value as usize])
}

/// The names of the digits in a text, separated by spaces.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).map(digit).collect::<Vec<_>>().join(" ")
}

fn below_1000(value: usize) -> String {
    let mut words = Vec::new();
    let (hundreds, rest) = (value / 100, value % 100);
    if hundreds > 0 {
        words.extend([ONES[hundreds], "hundred"].map(str::to_owned));
    }
    if hundreds > 0 && rest > 0 {
        words.push("and".to_owned());
    }
    match (rest / 10, rest % 10) {
        (0 | 1, _) if rest > 0 || hundreds == 0 => words.push(ONES[rest].to_owned()),
        (0 | 1, _) => {}
        (tens, 0) => words.push(TENS[tens].to_owned()),
        (tens, ones) => words.push(format!("{}-{}", TENS[tens], ONES[ones])),
    }
    words.join(" ")
}

/// A number in words: `one thousand, two hundred and thirty-four`. One of more than
/// [`DIGITS_MAX`] digits is read digit by digit.
pub(super) fn cardinal(value: u128) -> String {
    let text = value.to_string();
    if text.len() > DIGITS_MAX {
        return digits(&text);
    }
    if value < 1000 {
        return below_1000(value as usize);
    }
    let (mut rest, mut groups) = (value, Vec::new());
    for scale in SCALES {
        let group = (rest % 1000) as usize;
        rest /= 1000;
        if group > 0 {
            groups.push(below_1000(group) + scale);
        }
    }
    let last = groups.remove(0);
    groups.reverse();
    let tail = last.rsplit(" and ").next().unwrap_or_default();
    match groups.is_empty() {
        true => last,
        false if tail.contains(' ') || last.contains("hundred") => {
            format!("{}, {last}", groups.join(", "))
        }
        false => format!("{} and {last}", groups.join(", ")),
    }
}

/// A number of digits in words; one that is too long is read digit by digit.
pub(super) fn cardinal_of(text: &str) -> String {
    match text.parse() {
        Ok(value) => cardinal(value),
        Err(_) => digits(text),
    }
}

/// An ordinal in words: `twenty-third`, `one hundred and first`.
pub(super) fn ordinal(value: u128) -> String {
    let cardinal = cardinal(value);
    let cut = cardinal.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (head, last) = cardinal.split_at(cut);
    format!("{head}{}", ordinal_word(last))
}

fn ordinal_word(word: &str) -> String {
    if let Some((_, ordinal)) = ORDINALS.iter().find(|(cardinal, _)| *cardinal == word) {
        return (*ordinal).to_owned();
    }
    match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ieth"),
        None => format!("{word}th"),
    }
}

/// A year in words: `nineteen oh-five`, `two thousand and five`, `twenty ten`.
pub(super) fn year(value: u128) -> String {
    let (high, low) = (value / 100, value % 100);
    if high == 0 || (high % 10 == 0 && low < 10) || high >= 100 {
        return cardinal(value);
    }
    let low = match low {
        0 => "hundred".to_owned(),
        1..10 => format!("oh-{}", cardinal(low)),
        _ => cardinal(low),
    };
    format!("{} {low}", cardinal(high))
}

/// A decimal in words: `three point one four`. Zeros at the end are not read.
pub(super) fn decimal(text: &str) -> String {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = part.trim_end_matches('0');
    let whole = cardinal_of(if whole.is_empty() { "0" } else { whole });
    if part.is_empty() { whole } else { format!("{whole} point {}", digits(part)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_original_writes_them() {
        let cases: [(u128, &str); 8] = [
            (0, "zero"),
            (42, "forty-two"),
            (100, "one hundred"),
            (234, "two hundred and thirty-four"),
            (1_001, "one thousand and one"),
            (1_234, "one thousand, two hundred and thirty-four"),
            (1_250_000, "one million, two hundred and fifty thousand"),
            (5_000_021, "five million and twenty-one"),
        ];
        for (value, words) in cases {
            assert_eq!(cardinal(value), words);
        }
    }

    #[test]
    fn ordinals_years_and_decimals_are_words() {
        for (value, words) in
            [(1, "first"), (12, "twelfth"), (23, "twenty-third"), (30, "thirtieth")]
        {
            assert_eq!(ordinal(value), words);
        }
        let years = [
            (1905, "nineteen oh-five"),
            (2005, "two thousand and five"),
            (1900, "nineteen hundred"),
        ];
        for (value, words) in years {
            assert_eq!(year(value), words);
        }
        assert_eq!(decimal("3.140"), "three point one four");
        assert_eq!(decimal(".5"), "zero point five");
    }

    #[test]
    fn a_number_too_long_for_a_name_is_read_digit_by_digit() {
        assert!(cardinal(u128::MAX).starts_with("three four zero two"));
        assert_eq!(cardinal_of(&"1".repeat(40)), ["one"; 40].join(" "));
    }
}
