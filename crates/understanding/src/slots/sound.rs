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
#[derive(Debug, Clone)]
pub(super) struct Sounded {
    text: String,
    sound: String,
}

impl Sounded {
    /// A text in lower case, its words joined.
    pub(super) fn of(text: &str, language: Language) -> Self {
        let text: String = text.chars().take(LENGTH_MAX).collect();
        let sound = match language {
            Language::Zh if !text.is_ascii() => syllables(&text),
            Language::En | Language::Zh => metaphone(&text),
        };
        Self { text, sound }
    }

    /// Whether nothing of it can be compared.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// 1 for the same text, 0 for nothing in common.
    pub(super) fn likeness(&self, other: &Self) -> f64 {
        if self.text == other.text {
            return 1.0;
        }
        // Of texts of very different lengths nothing is alike: most pairs end here.
        let (short, long) = ordered(self.text.len(), other.text.len());
        if short * 2 < long {
            return 0.0;
        }
        let written = normalized_damerau_levenshtein(&self.text, &other.text);
        let sounded = if self.sound.is_empty() || other.sound.is_empty() {
            0.0
        } else {
            normalized_levenshtein(&self.sound, &other.sound) * SAME_SOUND
        };
        // A short sound is shared by too many words to count alone.
        let (short, _) = ordered(self.sound.len(), other.sound.len());
        let trust = if short < 2 { 0.5 } else { 0.75 };
        written.max(trust * sounded + (1.0 - trust) * written)
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
        Sounded::of(a, language).likeness(&Sounded::of(b, language))
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
}
