//! How a text sounds: what was recognised wrongly sounds like what was said.
//!
//! Latin words by Double Metaphone (Philips, 2000), Chinese characters by pinyin without tones.

use pinyin::ToPinyin;
use rphonetic::{DoubleMetaphone, Encoder};

/// Sounds of a word at most.
const CODE_MAX: usize = 8;

/// The words of a text in lower case, each Chinese character one.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let is_han = is_han(c);
        if (is_han || !(c.is_alphanumeric() || c == '\'')) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if is_han {
            words.push(c.to_string());
        } else if c.is_alphanumeric() || c == '\'' {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// How a word sounds; the word itself when it has no sound, as a number has.
pub fn code(word: &str) -> String {
    if let Some(c) = word.chars().next().filter(|&c| is_han(c)) {
        return c.to_pinyin().map_or_else(|| word.to_owned(), |sound| sound.plain().to_owned());
    }
    if !word.is_ascii() {
        return word.to_owned();
    }
    let code = DoubleMetaphone::new(Some(CODE_MAX)).encode(word);
    // Vowels have a sound only at the beginning: "a", "oh" and "I" are told apart by nothing else.
    if code.len() < 2 { format!("{code}{word}") } else { code }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

/// How many sounds apart two codes are: insertions, deletions and changes; `most` + 1 for more.
pub fn distance(a: &str, b: &str, most: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = before + usize::from(x != y);
            before = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(before + 1);
        }
    }
    row[b.len()].min(most + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_sound_alike_have_one_code() {
        assert_eq!(code("right"), code("rite"));
        assert_eq!(code("payment"), code("paiment"));
        assert_ne!(code("card"), code("refund"));
        assert_eq!(code("他"), code("她"));
        assert_eq!(words("Call me, 现在 at 5pm!"), ["call", "me", "现", "在", "at", "5pm"]);
    }

    #[test]
    fn distances_are_edits_of_sounds() {
        assert_eq!(distance("KRT", "KRT", 1), 0);
        assert_eq!(distance("KRT", "KRNT", 2), 1);
        assert_eq!(distance("KRT", "PPP", 1), 2);
        assert_eq!(distance("K", "KRTS", 1), 2);
    }

    proptest! {
        #[test]
        fn no_word_makes_it_panic(text in ".{0,60}") {
            for word in words(&text) {
                code(&word);
            }
        }
    }
}
