//! Which phrases of a table were heard, in spite of recognition errors.
//!
//! A phrase is written as words with a space between them. `a|b` stands for either word, `a?` for a
//! word that may be missing, `{d}` for a digit, said or written. Each Chinese character is a word.

use super::words;

/// A phrase ready to be looked for.
#[derive(Clone, Debug)]
pub struct Phrase {
    slots: Vec<Slot>,
    /// Words that may be wrong, missing or too many.
    errors_max: usize,
}

#[derive(Clone, Debug)]
struct Slot {
    words: Vec<String>,
    is_optional: bool,
    is_digit: bool,
}

/// A phrase that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The digit at `{d}`, if the phrase has one.
    pub digit: Option<char>,
    /// Words that were wrong, missing or too many.
    pub errors: usize,
}

/// A text cut into words, ready to be searched.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    words: Vec<String>,
}

impl Heard {
    /// The words of a text; of a long one the last 80.
    pub fn new(text: &str) -> Self {
        Self { words: words::split(text) }
    }

    /// Whether one of these words comes before the first of the others.
    pub(super) fn has_before(&self, words: &[&str], others: &[&str]) -> bool {
        let place = |of: &[&str]| self.words.iter().position(|word| of.contains(&word.as_str()));
        let end = place(others).unwrap_or(0);
        place(words).is_some_and(|start| start < end)
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The last `count` words, with spaces between.
    pub fn tail(&self, count: usize) -> String {
        let start = self.words.len().saturating_sub(count);
        self.words.get(start..).unwrap_or_default().join(" ")
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// How far a match has come: its errors so far, and the digit that it found.
#[derive(Clone, Copy)]
struct Path {
    errors: usize,
    digit: Option<char>,
}

impl Phrase {
    /// Reads a phrase as the module describes it.
    pub fn new(pattern: &str) -> Self {
        let mut slots = Vec::new();
        for part in pattern.split_whitespace() {
            let is_optional = part.ends_with('?');
            let part = part.trim_end_matches('?');
            for (index, piece) in part.split("{d}").enumerate() {
                if index > 0 {
                    slots.push(Slot { words: Vec::new(), is_optional, is_digit: true });
                }
                slots.extend(Slot::of(piece, is_optional));
            }
        }
        let needed = slots.iter().filter(|slot| !slot.is_optional).count();
        let errors_max = match needed {
            0..=3 => 0,
            4..=7 => 1,
            _ => 2,
        };
        Self { slots, errors_max }
    }

    /// The best place of this phrase in a text, if it is there.
    ///
    /// An approximate search by words (Sellers, 1980): the phrase may begin and end anywhere, and a
    /// word that is wrong, missing or too many counts one.
    pub fn find(&self, heard: &Heard) -> Option<Match> {
        let fresh = Path { errors: 0, digit: None };
        let mut row = vec![fresh; self.slots.len() + 1];
        for (index, slot) in self.slots.iter().enumerate() {
            row[index + 1] = row[index].plus(self.skipping(slot));
        }
        let mut best = *row.last()?;
        for word in &heard.words {
            let mut next = vec![fresh; row.len()];
            for (index, slot) in self.slots.iter().enumerate() {
                let skipped = next[index].plus(self.skipping(slot));
                let extra = row[index + 1].plus(1);
                next[index + 1] = slot.take(word, row[index]).or(extra).or(skipped);
            }
            row = next;
            best = best.or(*row.last()?);
        }
        let needs_digit = self.slots.iter().any(|slot| slot.is_digit);
        let is_found = best.errors <= self.errors_max && (!needs_digit || best.digit.is_some());
        is_found.then_some(Match { digit: best.digit, errors: best.errors })
    }

    /// What it costs to leave a slot out: nothing if it is optional; a digit is never left out.
    fn skipping(&self, slot: &Slot) -> usize {
        match (slot.is_optional, slot.is_digit) {
            (true, _) => 0,
            (false, true) => self.errors_max + 1,
            (false, false) => 1,
        }
    }
}

impl Path {
    fn plus(self, errors: usize) -> Self {
        Self { errors: self.errors + errors, ..self }
    }

    /// The better of two; this one if they are equal.
    fn or(self, other: Self) -> Self {
        if other.errors < self.errors { other } else { self }
    }
}

impl Slot {
    /// One word, one of several, or a run of Chinese characters, each of which is a word.
    fn of(piece: &str, is_optional: bool) -> Vec<Self> {
        let slot = |words: Vec<String>| Self { words, is_optional, is_digit: false };
        if piece.contains('|') {
            return vec![slot(piece.split('|').map(str::to_owned).collect())];
        }
        words::split(piece).into_iter().map(|word| slot(vec![word])).collect()
    }

    /// This word at this slot.
    fn take(&self, word: &str, before: Path) -> Path {
        if self.is_digit {
            return match digit(word) {
                Some(digit) => Path { digit: Some(digit), ..before },
                None => before.plus(WORDS_NEVER),
            };
        }
        let is_meant = self.words.iter().any(|meant| words::is_alike(word, meant));
        before.plus(usize::from(!is_meant))
    }
}

/// More errors than any phrase allows.
const WORDS_NEVER: usize = 1_000;

/// The key that a word names.
fn digit(word: &str) -> Option<char> {
    const NAMES: [(&str, char); 32] = [
        ("zero", '0'),
        ("oh", '0'),
        ("one", '1'),
        ("won", '1'),
        ("two", '2'),
        ("to", '2'),
        ("three", '3'),
        ("four", '4'),
        ("for", '4'),
        ("five", '5'),
        ("six", '6'),
        ("seven", '7'),
        ("eight", '8'),
        ("nine", '9'),
        ("pound", '#'),
        ("hash", '#'),
        ("star", '*'),
        ("零", '0'),
        ("〇", '0'),
        ("一", '1'),
        ("幺", '1'),
        ("二", '2'),
        ("两", '2'),
        ("三", '3'),
        ("四", '4'),
        ("五", '5'),
        ("六", '6'),
        ("七", '7'),
        ("八", '8'),
        ("九", '9'),
        ("井", '#'),
        ("星", '*'),
    ];
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        (Some(key), None) if key.is_ascii_digit() || key == '#' || key == '*' => Some(key),
        _ => NAMES.iter().find(|(name, _)| *name == word).map(|(_, key)| *key),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find(pattern: &str, text: &str) -> Option<Match> {
        Phrase::new(pattern).find(&Heard::new(text))
    }

    #[test]
    fn a_phrase_is_found_anywhere_in_a_text() {
        assert!(find("after the tone", "please speak after the tone thank you").is_some());
        assert!(find("after the tone", "the tone after").is_none());
        assert!(find("after the tone", "").is_none());
    }

    #[test]
    fn a_long_phrase_forgives_a_word_and_a_short_one_a_letter() {
        let pattern = "leave a|your message after the tone|beep";
        let found = find(pattern, "please leave your massage after tone").unwrap();
        assert_eq!(found.errors, 1);
        assert!(find(pattern, "please leave him a message").is_none());
        assert!(find("not available", "is not availble").is_some());
        assert!(find("not available", "is never available").is_none());
    }

    #[test]
    fn a_word_may_be_missing_where_the_phrase_says_so() {
        assert!(find("leave a|your? message", "leave message").is_some());
        assert!(find("leave a|your? message", "leave a message").is_some());
    }

    #[test]
    fn a_digit_is_found_whether_said_or_written() {
        for (text, key) in [
            ("to be connected press 1 now", '1'),
            ("press one", '1'),
            ("press to", '2'),
            ("press pound", '#'),
            ("press #", '#'),
        ] {
            assert_eq!(find("press {d}", text).and_then(|found| found.digit), Some(key), "{text}");
        }
        assert_eq!(find("press {d}", "press the key"), None);
        assert_eq!(find("请按{d}", "人工服务请按零").and_then(|found| found.digit), Some('0'));
    }

    #[test]
    fn chinese_is_matched_by_character() {
        assert!(find("您拨打的电话已关机", "对不起，您拨打的电话 已关机，请稍后再拨").is_some());
        assert!(find("您拨打的电话已关机", "您拨打的用户已关机").is_some());
        assert!(find("请留言", "请您留言").is_none());
    }

    proptest! {
        #[test]
        fn no_phrase_and_no_text_make_it_panic(pattern in ".{0,40}", text in ".{0,200}") {
            Phrase::new(&pattern).find(&Heard::new(&text));
        }
    }
}
