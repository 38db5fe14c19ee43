//! Names and texts in capitals, as lists of contacts hold them. The lexicon would spell a name in
//! capitals that it does not know, letter by letter.

use unicode_normalization_alignments::UnicodeNormalization;

use crate::synthesis::pattern::{Found, Pattern};
use crate::synthesis::pronounce::Pronouncer;

/// What is spelled although it could be read as a word.
const SPELLED: [&str; 12] =
    ["AARP", "ASPCA", "HVAC", "IEEE", "NAACP", "NCAA", "UCLA", "UPS", "USA", "USAA", "USDA", "US"];
/// Letters of a word that is read as one wherever it stands.
const WORD_MIN: usize = 4;

/// What the dictionaries hold.
pub(in crate::synthesis) trait Vocabulary {
    /// A word, with or without a first letter in capitals.
    fn knows(&self, word: &str) -> bool;
    /// A word exactly so.
    fn holds(&self, word: &str) -> bool;
}

impl Vocabulary for Pronouncer {
    fn knows(&self, word: &str) -> bool {
        Self::knows(self, word)
    }

    fn holds(&self, word: &str) -> bool {
        Self::holds(self, word)
    }
}

/// The rules.
#[derive(Debug)]
pub(super) struct Names {
    capitals: Pattern,
    mac: Pattern,
    accented: Pattern,
}

impl Names {
    pub(super) fn new() -> Self {
        Self {
            capitals: Pattern::fixed(
                r"(?<![\w.'’@/&-])\p{Lu}(?:[\p{Lu}'’-]*\p{Lu})(?![\w@/&'’-]|\.\w)",
            ),
            mac: Pattern::fixed(r"\b(Mc|Mac)(\p{Lu}{2,})\b"),
            accented: Pattern::fixed(r"\b\p{Lu}\p{Ll}*[^\W\x00-\x7F]\p{Ll}*\b"),
        }
    }

    /// `words` tells acronyms that are read as words from names.
    pub(super) fn apply(&self, text: &str, words: &dyn Vocabulary) -> String {
        let text = self
            .mac
            .rewrite(text, |found| format!("{}{}", found.group(1), capitalised(found.group(2))));
        let long = |word: &str| is_long(word) && !SPELLED.contains(&word) && !words.holds(word);
        // Short ones are read only beside others in capitals: "JO ANN SMITH", but "call IBM".
        let has_long = self.capitals.pieces(&text).into_iter().any(long);
        let short = |found: &Found<'_>| {
            has_long
                && is_beside_capitals(found)
                && !SPELLED.contains(&found.whole())
                && words.knows(&found.whole().to_lowercase())
        };
        let text = self.capitals.rewrite(&text, |found| match found.whole() {
            word if long(word) || (!is_long(word) && short(found)) => name(word, words),
            word => word.to_owned(),
        });
        // "José" is held as "Jose".
        self.accented.rewrite(&text, |found| {
            let plain = without_accents(found.whole());
            let is_found = !words.knows(found.whole()) && words.knows(&plain);
            if is_found { plain } else { found.whole().to_owned() }
        })
    }
}

fn without_accents(word: &str) -> String {
    let is_accent = |c: char| ('\u{300}'..='\u{36F}').contains(&c);
    word.nfd().map(|(c, _)| c).filter(|&c| !is_accent(c)).collect()
}

fn is_long(word: &str) -> bool {
    let has_vowel = word.contains(['A', 'E', 'I', 'O', 'U', 'Y', 'Ö', 'Ü', 'Ä', 'É']);
    // "Henry VIII" has a number.
    let is_roman = word.chars().all(|c| "IVX".contains(c));
    has_vowel && !is_roman && word.chars().filter(|c| c.is_alphabetic()).count() >= WORD_MIN
}

/// The word before or after it is in capitals.
fn is_beside_capitals(found: &Found<'_>) -> bool {
    let is_capital = |word: Option<&str>| {
        let word = word.unwrap_or_default().trim_matches(|c: char| !c.is_alphabetic());
        word.chars().count() > 1 && !word.contains(char::is_lowercase)
    };
    is_capital(found.before().split_whitespace().next_back())
        || is_capital(found.after().trim_start_matches([',', ';']).split_whitespace().next())
}

fn name(word: &str, words: &dyn Vocabulary) -> String {
    let parts: Vec<String> = word.split('-').map(|part| part_of_name(part, words)).collect();
    parts.join("-")
}

fn part_of_name(part: &str, words: &dyn Vocabulary) -> String {
    if let Some((before, after)) = part.split_once(['\'', '’'])
        && after.chars().count() > 2
    {
        return format!("{}'{}", capitalised(before), capitalised(after));
    }
    if let Some(rest) = part.strip_prefix("MC") {
        let mac = format!("Mc{}", capitalised(rest));
        if words.holds(&mac) {
            return mac;
        }
    }
    capitalised(part)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first: String = letters.next().into_iter().collect();
    first + &letters.as_str().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Some;

    impl Vocabulary for Some {
        fn knows(&self, word: &str) -> bool {
            ["ann", "jo", "lee", "Jose"].contains(&word)
        }

        fn holds(&self, word: &str) -> bool {
            ["NASA", "McDonald"].contains(&word)
        }
    }

    #[test]
    fn names_in_capitals_are_read_and_acronyms_stay() {
        let names = Names::new();
        let cases = [
            ("JOHN KOWALSKI", "John Kowalski"),
            ("JO ANN SMITH", "Jo Ann Smith"),
            ("SMITH, LEE", "Smith, Lee"),
            ("O'BRIEN-GARCÍA", "O'Brien-García"),
            ("MCDONALD and McDONALD", "McDonald and McDonald"),
            ("NASA and IBM", "NASA and IBM"),
            ("call AARP or the ATM", "call AARP or the ATM"),
            ("HTML", "HTML"),
            ("HENRY VIII", "Henry VIII"),
            ("José and Žofie, résumé", "Jose and Žofie, résumé"),
            ("the U.S. MAIL", "the U.S. Mail"),
            ("Anna Smith", "Anna Smith"),
        ];
        for (text, wanted) in cases {
            assert_eq!(names.apply(text, &Some), wanted, "{text}");
        }
    }
}
