//! Text to words, and how alike two words are.

/// Words kept of a text: the last ones.
pub(super) const WORDS_MAX: usize = 80;
/// Letters kept of a word.
const LETTERS_MAX: usize = 24;

/// The words of a text in lower case, without punctuation. A Chinese character is a word.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for letter in text.chars() {
        if is_han(letter) {
            flush(&mut word, &mut words);
            words.push(letter.to_string());
        } else if letter.is_alphanumeric() || letter == '#' || letter == '*' {
            word.extend(letter.to_lowercase().take(LETTERS_MAX.saturating_sub(word.len())));
        } else if letter != '\'' && letter != '’' {
            flush(&mut word, &mut words);
        }
    }
    flush(&mut word, &mut words);
    let spare = words.len().saturating_sub(WORDS_MAX);
    words.split_off(spare)
}

fn flush(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// The unified ideographs.
fn is_han(letter: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&letter)
}

/// Whether a word as recognised may be the one meant: equal, or one letter off from four letters
/// up, two from eight letters up.
pub(super) fn is_alike(heard: &str, meant: &str) -> bool {
    if heard == meant {
        return true;
    }
    let allowed = match meant.chars().count() {
        0..=3 => return false,
        4..=7 => 1,
        _ => 2,
    };
    heard.len().abs_diff(meant.len()) <= allowed && distance(heard, meant) <= allowed
}

/// How many letters must be put in, left out or replaced (Levenshtein, 1965).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, letter) in a.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (above, other) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = *above;
            left = replaced.min(*above + 1).min(left + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_at_spaces_and_between_chinese_characters() {
        assert_eq!(split("Hi, I'm Ann - press #1"), ["hi", "im", "ann", "press", "#1"]);
        assert_eq!(split("请 按1键"), ["请", "按", "1", "键"]);
        assert_eq!(split(&"a ".repeat(1_000)).len(), WORDS_MAX);
    }

    #[test]
    fn the_distance_counts_letters() {
        for (a, b, apart) in [("kitten", "sitting", 3), ("", "ab", 2), ("tone", "tone", 0)] {
            assert_eq!(distance(a, b), apart);
            assert_eq!(distance(b, a), apart);
        }
    }

    #[test]
    fn a_long_word_may_be_off_by_a_letter_and_a_short_one_may_not() {
        assert!(is_alike("massage", "message"));
        assert!(is_alike("availble", "available"));
        assert!(!is_alike("bee", "beep") || is_alike("beet", "beep"));
        assert!(!is_alike("one", "ore"));
        assert!(!is_alike("hello", "tone"));
    }
}
