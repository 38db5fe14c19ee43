//! What counts as the same word: in the way of Whisper's English normaliser (Radford et al., 2022,
//! appendix C), as far as telephone prompts need it.

use crate::synthesis::numbers::{ONES, TENS};

/// Sounds that are no words.
const FILLERS: &[&str] = &["hmm", "mm", "mhm", "mmm", "uh", "um"];

/// Short forms and what they stand for, by their ends.
const SHORT_ENDS: &[(&str, &str)] = &[
    ("won't", "will not"),
    ("can't", "can not"),
    ("let's", "let us"),
    ("n't", " not"),
    ("'re", " are"),
    ("'d", " would"),
    ("'ll", " will"),
    ("'ve", " have"),
    ("'m", " am"),
];

/// Pronouns after which "'s" is "is".
const WITH_IS: &[&str] =
    &["it", "that", "he", "she", "what", "there", "here", "who", "where", "how"];

/// Words that are written in two ways.
const SPELLINGS: &[(&str, &str)] = &[
    ("ok", "okay"),
    ("cannot", "can not"),
    ("mr", "mister"),
    ("dr", "doctor"),
    ("st", "saint"),
    ("*", "star"),
    ("#", "pound"),
];

/// The words of a text in one spelling: lower case, no punctuation, short forms spelled out,
/// numbers in digits. Remarks in brackets are left out.
pub fn normalise(text: &str) -> Vec<String> {
    let text = without_brackets(&text.to_lowercase()).replace('\u{2019}', "'");
    let mut words = Vec::new();
    for raw in text.split(|c: char| c.is_whitespace() || matches!(c, '-' | '/' | '\u{2013}')) {
        let word = raw.trim_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '*' | '#')));
        if word.is_empty() || FILLERS.contains(&word) {
            continue;
        }
        let expanded = expand(word);
        words.extend(expanded.split_whitespace().map(plain).filter(|word| !word.is_empty()));
    }
    numbers(&words)
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    let keep = |c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                return ' ';
            }
            _ => {}
        }
        if depth > 0 { ' ' } else { c }
    };
    text.chars().map(keep).collect()
}

fn expand(word: &str) -> String {
    if let Some((_, whole)) = SPELLINGS.iter().find(|(short, _)| *short == word) {
        return (*whole).to_owned();
    }
    for (short, whole) in SHORT_ENDS {
        if let Some(stem) = word.strip_suffix(short) {
            return format!("{stem}{whole}");
        }
    }
    match word.strip_suffix("'s") {
        Some(stem) if WITH_IS.contains(&stem) => format!("{stem} is"),
        Some(stem) => format!("{stem} s"),
        None => word.to_owned(),
    }
}

fn plain(word: &str) -> String {
    let decimal = word.chars().any(|c| c.is_ascii_digit());
    let keep = |c: &char| c.is_alphanumeric() || (*c == '.' && decimal);
    word.chars().filter(keep).collect()
}

/// Number words into digits: "twenty one" and "21" are the same, "four seven" is two numbers.
fn numbers(words: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    let mut open: Option<Number> = None;
    for word in words {
        let Some(part) = part(word) else {
            all.extend(open.take().map(Number::text));
            all.push(word.clone());
            continue;
        };
        open = match open.take() {
            None => Some(Number::new(part)),
            Some(number) => Some(number.join(part).unwrap_or_else(|number| {
                all.push(number.text());
                Number::new(part)
            })),
        };
    }
    all.extend(open.map(Number::text));
    all
}

#[derive(Clone, Copy)]
enum Part {
    /// 0 to 19.
    Small(u64),
    /// 20 to 90.
    Tens(u64),
    Hundred,
    Thousand,
}

fn part(word: &str) -> Option<Part> {
    let place = |list: &[&str]| list.iter().position(|known| *known == word).map(|at| at as u64);
    match word {
        "hundred" => Some(Part::Hundred),
        "thousand" => Some(Part::Thousand),
        _ => place(&ONES).map(Part::Small).or_else(|| place(&TENS).map(|at| Part::Tens(10 * at))),
    }
}

struct Number {
    value: u64,
    /// What a unit may still be added to: 10 after tens, 100 after hundreds.
    room: u64,
}

impl Number {
    fn new(part: Part) -> Self {
        match part {
            Part::Small(value) => Self { value, room: 0 },
            Part::Tens(value) => Self { value, room: 10 },
            Part::Hundred => Self { value: 100, room: 100 },
            Part::Thousand => Self { value: 1_000, room: 1_000 },
        }
    }

    /// The number grows, or stays as it is and another begins.
    fn join(self, part: Part) -> Result<Self, Self> {
        let Self { value, room } = self;
        match part {
            Part::Small(small) if small > 0 && small < room => {
                Ok(Self { value: value + small, room: 0 })
            }
            Part::Tens(tens) if tens < room => Ok(Self { value: value + tens, room: 10 }),
            Part::Hundred if (1..100).contains(&value) => {
                Ok(Self { value: value * 100, room: 100 })
            }
            Part::Thousand if (1..1_000).contains(&value) => {
                Ok(Self { value: value * 1_000, room: 1_000 })
            }
            Part::Small(_) | Part::Tens(_) | Part::Hundred | Part::Thousand => Err(self),
        }
    }

    fn text(self) -> String {
        self.value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_come_out_however_they_are_written() {
        for (text, plain) in [
            ("I'm sorry, that's NOT valid!", "i am sorry that is not valid"),
            ("Please re-enter (beep) it.", "please re enter it"),
            ("can't won't don\u{2019}t", "can not will not do not"),
            ("Um, the caller's name", "the caller s name"),
            ("twenty-one or 21", "21 or 21"),
            ("four seven two", "4 7 2"),
            ("three hundred five, two thousand", "305 2000"),
            ("press * or #", "press star or pound"),
            ("OK", "okay"),
            ("3.5 percent.", "3.5 percent"),
        ] {
            assert_eq!(normalise(text).join(" "), plain, "{text}");
        }
    }
}
