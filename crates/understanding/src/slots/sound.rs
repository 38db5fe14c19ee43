//! How alike two texts are, as they are written and as they sound.

use pinyin::ToPinyin;
use rphonetic::{DoubleMetaphone, Encoder};
use strsim::{normalized_damerau_levenshtein, normalized_levenshtein};

use super::Language;

/// Characters of a text that are compared.
const LENGTH_MAX: usize = 64;
/// What two texts that sound the same count for when they are written differently.
const SAME_SOUND: f64 = 0.92;

/// A text and its sound.
#[derive(Debug, Clone, Default)]
pub(super) struct Sounded {
    text: Heard,
    sound: Heard,
}

/// A text, and which characters are in it: the mask bounds how alike two texts can be, which most
/// pairs fail.
#[derive(Debug, Clone, Default)]
struct Heard {
    text: String,
    chars: usize,
    mask: u32,
}

impl Heard {
    fn push(&mut self, text: &str) {
        for c in text.chars().take(LENGTH_MAX.saturating_sub(self.chars)) {
            self.text.push(c);
            self.chars += 1;
            self.mask |= 1 << (u32::from(c) % 32);
        }
    }

    /// The most that the likeness of two texts can be.
    fn bound(&self, other: &Self) -> f64 {
        let longest = self.chars.max(other.chars);
        if longest == 0 {
            return 0.0;
        }
        let only = |a: u32, b: u32| (a & !b).count_ones() as usize;
        let edits = self
            .chars
            .abs_diff(other.chars)
            .max(only(self.mask, other.mask))
            .max(only(other.mask, self.mask));
        1.0 - edits as f64 / longest as f64
    }
}

impl Sounded {
    /// A word in lower case.
    pub(super) fn of(word: &str, language: Language) -> Self {
        let mut sounded = Self::default();
        sounded.text.push(word);
        match language {
            Language::Zh if !word.is_ascii() => sounded.sound.push(&syllables(word)),
            Language::En | Language::Zh => sounded.sound.push(&metaphone(word)),
        }
        sounded
    }

    /// The words of a text as one: where words end is what recognition gets wrong first.
    pub(super) fn joined(words: &[Self]) -> Self {
        let mut joined = Self::default();
        for word in words {
            joined.text.push(&word.text.text);
            joined.sound.push(&word.sound.text);
        }
        joined
    }

    /// Whether nothing of it can be compared.
    pub(super) fn is_empty(&self) -> bool {
        self.text.text.is_empty()
    }

    /// 1 for the same text, 0 for nothing in common; 0 also where it is surely below `at_least`.
    pub(super) fn likeness(&self, other: &Self, at_least: f64) -> f64 {
        if self.text.text == other.text.text {
            return 1.0;
        }
        // A short sound is shared by too many words to count alone.
        let (short, _) = ordered(self.sound.chars, other.sound.chars);
        let trust = if short < 2 { 0.5 } else { 0.75 };
        let both = |written: f64, sounded: f64| {
            written.max(trust * sounded * SAME_SOUND + (1.0 - trust) * written)
        };
        let sounded = self.sound.bound(&other.sound);
        if both(self.text.bound(&other.text), sounded) < at_least {
            return 0.0;
        }
        let written = normalized_damerau_levenshtein(&self.text.text, &other.text.text);
        if both(written, sounded) < at_least || short == 0 {
            return written;
        }
        both(written, normalized_levenshtein(&self.sound.text, &other.sound.text))
    }
}

fn ordered(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

fn metaphone(text: &str) -> String {
    let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    DoubleMetaphone::new(Some(LENGTH_MAX)).encode(&letters)
}

/// Pinyin without tones. Sounds that are not told apart in the south are written alike.
fn syllables(text: &str) -> String {
    let mut sound = String::new();
    for (c, syllable) in text.chars().zip(text.to_pinyin()) {
        match syllable {
            Some(syllable) => sound.push_str(&alike(syllable.plain())),
            None => sound.push(c),
        }
        sound.push(' ');
    }
    sound
}

fn alike(syllable: &str) -> String {
    let mut syllable =
        syllable.replace("zh", "z").replace("ch", "c").replace("sh", "s").replace('n', "l");
    if syllable.ends_with("lg") {
        syllable.pop();
    }
    syllable
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(a: &str, b: &str, language: Language) -> f64 {
        Sounded::of(a, language).likeness(&Sounded::of(b, language), 0.0)
    }

    #[test]
    fn what_sounds_alike_is_alike() {
        let en = |a, b| likeness(a, b, Language::En);
        assert!(en("smith", "smyth") > 0.8);
        assert!(en("catherine", "kathryn") > 0.6);
        assert!(en("premium", "basic") < 0.4);
        let zh = |a, b| likeness(a, b, Language::Zh);
        assert!(zh("张伟", "章伟") > 0.7);
        assert!(zh("基础版", "高级版") < 0.6);
    }

    #[test]
    fn what_is_passed_over_is_less_alike_than_asked_for() {
        let words =
            ["smith", "smyth", "premium", "gold", "基础版", "机础版", "catherine", "kathryn"];
        for language in [Language::En, Language::Zh] {
            for (a, b) in words.iter().flat_map(|a| words.iter().map(move |b| (a, b))) {
                let (a, b) = (Sounded::of(a, language), Sounded::of(b, language));
                let likeness = a.likeness(&b, 0.0);
                let found = a.likeness(&b, 0.7);
                assert!(likeness < 0.7 || found == likeness, "{a:?} {b:?}: {likeness}, {found}");
            }
        }
    }
}
