//! Numbers as they are read: years, ordinals, amounts of money, parts of codes.

use super::suffix::{with_ed, with_ing, with_s};
use super::{Ask, Lexicon};
use crate::synthesis::numbers;

const ORDINAL_ENDINGS: [&str; 4] = ["st", "nd", "rd", "th"];

/// The whole unit of a currency.
pub(super) fn unit_of(sign: char) -> Option<&'static str> {
    units_of(sign).map(|units| units[0])
}

fn units_of(sign: char) -> Option<[&'static str; 2]> {
    match sign {
        '$' => Some(["dollar", "cent"]),
        '£' => Some(["pound", "pence"]),
        '€' => Some(["euro", "cent"]),
        _ => None,
    }
}

/// A text of digits, commas and dots, with an ending of words ("1st", "1990s").
pub(super) fn is_number(word: &str, is_head: bool) -> bool {
    if !word.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let endings = ["ing", "'d", "ed", "'s", "st", "nd", "rd", "th", "s"];
    let word = endings.iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word);
    let is_sign = |(at, c): (usize, char)| {
        c.is_ascii_digit() || c == ',' || c == '.' || (is_head && at == 0 && c == '-')
    };
    word.char_indices().all(is_sign)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

/// The words of a number, read one by one.
#[derive(Debug, Default)]
struct Reading(Vec<String>);

impl Reading {
    /// Words are parted by anything but letters. "and" is not said.
    fn push(&mut self, text: &str) {
        let words = text.split(|c: char| !c.is_ascii_lowercase());
        self.0.extend(words.filter(|word| !["", "and"].contains(word)).map(str::to_owned));
    }

    fn push_digits(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(numbers::digit(c)));
    }
}

impl Lexicon {
    /// How a number is read. `is_head`: nothing is written before it.
    pub(in crate::synthesis::pronounce) fn number(
        &self,
        word: &str,
        currency: Option<char>,
        is_head: bool,
    ) -> Option<String> {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_lowercase() || c == '\'');
        let suffix = &word[bare.len()..];
        let mut reading = Reading::default();
        let bare = match bare.strip_prefix('-') {
            Some(rest) => {
                reading.push("minus");
                rest
            }
            None => bare,
        };
        let units = currency.and_then(units_of);
        let is_negative = !reading.0.is_empty();
        let whole = bare.replace(',', "");
        if is_digits(bare) && ORDINAL_ENDINGS.contains(&suffix) {
            reading.push(&bare.parse().map_or_else(|_| numbers::digits(bare), numbers::ordinal));
        } else if !is_negative && bare.len() == 4 && units.is_none() && is_digits(bare) {
            reading.push(&bare.parse().map_or_else(|_| numbers::digits(bare), numbers::year));
        } else if !is_head && !bare.contains('.') {
            push_code(&mut reading, &whole);
        } else if bare.matches('.').count() > 1 || !is_head {
            push_version(&mut reading, &whole);
        } else if let Some(units) = units.filter(|_| is_amount(bare)) {
            push_amount(&mut reading, &whole, units);
        } else {
            push_plain(&mut reading, &whole, suffix);
        }
        self.said(&reading, suffix)
    }

    fn said(&self, reading: &Reading, suffix: &str) -> Option<String> {
        let said = reading.0.iter().filter_map(|word| match word.as_str() {
            "point" => self.lookup("point", Ask { stress: Some(-2.0), ..Ask::default() }),
            "o" => self.lookup("O", Ask { stress: Some(-2.0), ..Ask::default() }),
            "dollars" | "pounds" | "euros" | "cents" => self.stem_s(word, Ask::default()),
            word => self.lookup(word, Ask::default()),
        });
        let said: Vec<String> = said.collect();
        if said.is_empty() {
            return None;
        }
        let said = said.join(" ");
        match suffix {
            "s" | "'s" => with_s(&said),
            "ed" | "'d" => with_ed(&said),
            "ing" => with_ing(&said),
            _ => Some(said),
        }
    }
}

/// Cents have two digits at most.
fn is_amount(word: &str) -> bool {
    word.split_once('.').is_none_or(|(_, cents)| cents.len() < 3)
}

/// Digits within a word: "B12", "X100", "A380".
fn push_code(reading: &mut Reading, digits: &str) {
    if digits.starts_with('0') || digits.len() > 3 {
        reading.push_digits(digits);
    } else if digits.len() == 3 && !digits.ends_with("00") {
        reading.push_digits(&digits[..1]);
        match digits[1..].strip_prefix('0') {
            Some(last) => {
                reading.push("o");
                reading.push_digits(last);
            }
            None => reading.push(&numbers::cardinal_of(&digits[1..])),
        }
    } else {
        reading.push(&numbers::cardinal_of(digits));
    }
}

/// Numbers with dots: "1.2.3". The dots are not said.
fn push_version(reading: &mut Reading, word: &str) {
    for part in word.split('.').filter(|part| !part.is_empty()) {
        let is_round = part.bytes().skip(1).all(|c| c == b'0');
        if part.starts_with('0') || (part.len() != 2 && !is_round) {
            reading.push_digits(part);
        } else {
            reading.push(&numbers::cardinal_of(part));
        }
    }
}

fn push_amount(reading: &mut Reading, word: &str, [unit, part]: [&str; 2]) {
    let (whole, cents) = word.split_once('.').unwrap_or((word, ""));
    let is_zero = |text: &str| text.bytes().all(|c| c == b'0');
    let mut amounts = vec![(whole, unit)];
    if !is_zero(cents) {
        amounts.push((cents, part));
        if is_zero(whole) {
            amounts.remove(0);
        }
    }
    for (index, (amount, unit)) in amounts.into_iter().enumerate() {
        if index > 0 {
            // It is said here, unlike in a number.
            reading.0.push("and".to_owned());
        }
        let amount = if amount.is_empty() { "0" } else { amount };
        reading.push(&numbers::cardinal_of(amount));
        let is_one = amount.trim_start_matches('0') == "1";
        let plural = if is_one || unit == "pence" { "" } else { "s" };
        reading.0.push(format!("{unit}{plural}"));
    }
}

fn push_plain(reading: &mut Reading, word: &str, suffix: &str) {
    if let Some(digits) = word.strip_prefix('.') {
        reading.push("point");
        reading.push_digits(digits);
    } else if word.contains('.') {
        reading.push(&numbers::decimal(word));
    } else if ORDINAL_ENDINGS.contains(&suffix) {
        reading.push(&word.parse().map_or_else(|_| numbers::digits(word), numbers::ordinal));
    } else {
        reading.push(&numbers::cardinal_of(word));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_digits_and_maybe_an_ending() {
        for (word, is_head, wanted) in [
            ("12", true, true),
            ("1st", true, true),
            ("1,250.50", true, true),
            ("-5", true, true),
            ("-5", false, false),
            ("1990s", true, true),
            ("B2", true, false),
            ("st", true, false),
        ] {
            assert_eq!(is_number(word, is_head), wanted, "{word}");
        }
    }

    #[test]
    fn codes_versions_and_amounts_have_words_of_their_own() {
        let words = |fill: &dyn Fn(&mut Reading)| {
            let mut reading = Reading::default();
            fill(&mut reading);
            reading.0.join(" ")
        };
        assert_eq!(words(&|r| push_code(r, "380")), "three eighty");
        assert_eq!(words(&|r| push_code(r, "204")), "two o four");
        assert_eq!(words(&|r| push_code(r, "0123")), "zero one two three");
        assert_eq!(words(&|r| push_version(r, "1.25.300")), "one twenty five three hundred");
        let dollars = ["dollar", "cent"];
        assert_eq!(words(&|r| push_amount(r, "5.50", dollars)), "five dollars and fifty cents");
        assert_eq!(words(&|r| push_amount(r, "0.01", dollars)), "one cent");
        assert_eq!(words(&|r| push_amount(r, "1.00", dollars)), "one dollar");
    }
}
