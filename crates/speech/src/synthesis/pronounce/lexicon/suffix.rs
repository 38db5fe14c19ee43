//! Words that a dictionary holds without their ending: -s, -ed, -ing.

use super::{Ask, Lexicon};

/// Before these a "t" is a flap: "waited", "waiting".
fn is_flapped_after(phonemes: &str) -> bool {
    phonemes.ends_with(|c| "AIOWYiuæɑəɛɪɹʊʌ".contains(c))
}

/// A stem with -s.
pub(super) fn with_s(stem: &str) -> Option<String> {
    let ending = match stem.chars().last()? {
        last if "ptkfθ".contains(last) => "s",
        last if "szʃʒʧʤ".contains(last) => "ᵻz",
        _ => "z",
    };
    Some(format!("{stem}{ending}"))
}

/// A stem with -ed.
pub(super) fn with_ed(stem: &str) -> Option<String> {
    let last = stem.chars().last()?;
    if "pkfθʃsʧ".contains(last) {
        return Some(format!("{stem}t"));
    }
    let Some(before) = stem.strip_suffix('t') else {
        return Some(format!("{stem}{}", if last == 'd' { "ᵻd" } else { "d" }));
    };
    Some(match before {
        "" => format!("{stem}ɪd"),
        before if is_flapped_after(before) => format!("{before}ɾᵻd"),
        _ => format!("{stem}ᵻd"),
    })
}

/// A stem with -ing.
pub(super) fn with_ing(stem: &str) -> Option<String> {
    if stem.is_empty() {
        return None;
    }
    match stem.strip_suffix('t').filter(|before| is_flapped_after(before)) {
        Some(before) => Some(format!("{before}ɾɪŋ")),
        None => Some(format!("{stem}ɪŋ")),
    }
}

impl Lexicon {
    pub(super) fn stem_s(&self, word: &str, ask: Ask) -> Option<String> {
        let length = word.chars().count();
        let one = word.strip_suffix('s').filter(|_| length >= 3)?;
        let two = word
            .strip_suffix("'s")
            .or_else(|| word.strip_suffix("es").filter(|_| length > 4 && !word.ends_with("ies")));
        let y = word.strip_suffix("ies").filter(|_| length > 4).map(|stem| format!("{stem}y"));
        let stem = if !word.ends_with("ss") && self.is_known(one) {
            self.lookup(one, ask)
        } else if let Some(stem) = two.filter(|stem| self.is_known(stem)) {
            self.lookup(stem, ask)
        } else {
            self.lookup(&y.filter(|stem| self.is_known(stem))?, ask)
        };
        with_s(&stem?)
    }

    pub(super) fn stem_ed(&self, word: &str, ask: Ask) -> Option<String> {
        let length = word.chars().count();
        let one = word.strip_suffix('d').filter(|_| length >= 4)?;
        let two = word.strip_suffix("ed").filter(|_| length > 4 && !word.ends_with("eed"));
        let stem = if !word.ends_with("dd") && self.is_known(one) {
            self.lookup(one, ask)
        } else {
            self.lookup(two.filter(|stem| self.is_known(stem))?, ask)
        };
        with_ed(&stem?)
    }

    pub(super) fn stem_ing(&self, word: &str, ask: Ask) -> Option<String> {
        let length = word.chars().count();
        let stem = word.strip_suffix("ing").filter(|_| length >= 5)?;
        let with_e = format!("{stem}e");
        let found = if length > 5 && self.is_known(stem) {
            self.lookup(stem, ask)
        } else if self.is_known(&with_e) {
            self.lookup(&with_e, ask)
        } else {
            let single = without_double(stem).filter(|_| length > 5)?;
            self.lookup(Some(single).filter(|stem| self.is_known(stem))?, ask)
        };
        with_ing(&found?)
    }
}

/// "stopp" is "stop", "panick" is "panic".
fn without_double(stem: &str) -> Option<&str> {
    let mut letters = stem.chars().rev();
    let (last, before) = (letters.next()?, letters.next()?);
    let is_double = last == before && "bcdgklmnprstvxz".contains(last);
    if is_double || stem.ends_with("ck") { stem.strip_suffix(last) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_follow_the_sound_before_them() {
        assert_eq!(with_s("kˈæt").as_deref(), Some("kˈæts"));
        assert_eq!(with_s("bˈʌs").as_deref(), Some("bˈʌsᵻz"));
        assert_eq!(with_s("dˈɔɡ").as_deref(), Some("dˈɔɡz"));
        assert_eq!(with_ed("wˈAt").as_deref(), Some("wˈAɾᵻd"));
        assert_eq!(with_ed("ækt").as_deref(), Some("æktᵻd"));
        assert_eq!(with_ed("stˈɑp").as_deref(), Some("stˈɑpt"));
        assert_eq!(with_ed("nˈid").as_deref(), Some("nˈidᵻd"));
        assert_eq!(with_ing("wˈAt").as_deref(), Some("wˈAɾɪŋ"));
        assert_eq!((with_s(""), with_ing("")), (None, None));
        assert_eq!(without_double("stopp"), Some("stop"));
        assert_eq!(without_double("panick"), Some("panic"));
    }
}
