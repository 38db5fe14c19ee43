//! The dictionaries, and the rules that pick among their readings by part of speech and by what
//! follows. Ported from misaki's English rules.

mod dictionary;
mod number;
mod suffix;

use unicode_normalization_alignments::UnicodeNormalization;

pub(super) use dictionary::Dictionary;
use dictionary::Entry;

use super::stress::{self, PRIMARY, SECONDARY};
use super::token::Token;

/// What is said next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    /// A vowel comes next, a consonant does, or nothing does before the next pause.
    pub(super) vowel: Option<bool>,
    /// "to" comes next.
    pub(super) is_to_next: bool,
}

/// How a word is to be looked up.
#[derive(Clone, Copy, Debug, Default)]
struct Ask {
    tag: Option<&'static str>,
    stress: Option<f32>,
    context: Option<Context>,
}

/// The dictionaries.
#[derive(Debug)]
pub(super) struct Lexicon {
    gold: Dictionary,
    silver: Dictionary,
}

impl Lexicon {
    /// `gold` was checked by people and goes before `silver`.
    pub(super) fn new(gold: Dictionary, silver: Dictionary) -> Self {
        Self { gold, silver }
    }

    /// How a token is read, if the dictionaries or the rules for numbers know.
    pub(super) fn read(&self, token: &Token, context: Context) -> Option<String> {
        let text = token.alias.unwrap_or(&token.text).replace(['‘', '’'], "'");
        let word: String = text.nfkc().map(|(c, _)| c).collect();
        let stress = match (word == word.to_lowercase(), word == word.to_uppercase()) {
            (true, _) => None,
            (false, true) => Some(2.0),
            (false, false) => Some(0.5),
        };
        let ask = Ask { tag: Some(token.tag), stress, context: Some(context) };
        if let Some(phonemes) = self.word(&word, ask, context) {
            return Some(self.with_currency(phonemes, token.currency));
        }
        let is_number = number::is_number(&word, token.is_head);
        if is_number { self.number(&word, token.currency, token.is_head) } else { None }
    }

    /// A mixed-case word as the dictionaries hold it in lower case, or in capitals.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.gold.get(word).is_some() || self.silver.get(word).is_some()
    }

    /// A word that the checked dictionary holds exactly so: an acronym that is read as a word.
    pub(super) fn holds(&self, word: &str) -> bool {
        self.gold.holds(word)
    }

    fn word(&self, word: &str, ask: Ask, context: Context) -> Option<String> {
        if let Some(phonemes) = self.special_case(word, ask, context) {
            return Some(phonemes);
        }
        let lower = word.to_lowercase();
        let word = if self.is_read_in_lower_case(word, &lower, ask) { &lower } else { word };
        if self.is_known(word) {
            return self.lookup(word, ask);
        }
        if let Some(stem) = word.strip_suffix("s'").map(|stem| format!("{stem}'s"))
            && self.is_known(&stem)
        {
            return self.lookup(&stem, ask);
        }
        if let Some(stem) = word.strip_suffix('\'')
            && self.is_known(stem)
        {
            return self.lookup(stem, ask);
        }
        let ing = Ask { stress: ask.stress.or(Some(0.5)), ..ask };
        self.stem_s(word, ask)
            .or_else(|| self.stem_ed(word, ask))
            .or_else(|| self.stem_ing(word, ing))
    }

    /// A word with a capital that the dictionaries hold without it, and that is not a short name.
    fn is_read_in_lower_case(&self, word: &str, lower: &str, ask: Ask) -> bool {
        let length = word.chars().count();
        let letters = word.replace('\'', "");
        let is_word = length > 1
            && !letters.is_empty()
            && letters.chars().all(char::is_alphabetic)
            && word != lower;
        if !is_word || (ask.tag == Some("NNP") && length <= 7) || self.knows(word) {
            return false;
        }
        let rest: String = word.chars().skip(1).collect();
        (word == word.to_uppercase() || rest == rest.to_lowercase())
            && (self.knows(lower)
                || self.stem_s(lower, ask).is_some()
                || self.stem_ed(lower, ask).is_some()
                || self.stem_ing(lower, ask).is_some())
    }

    fn special_case(&self, word: &str, ask: Ask, context: Context) -> Option<String> {
        let tag = ask.tag.unwrap_or_default();
        let said = |phonemes: &str| Some(phonemes.to_owned());
        let in_context = |stress| Ask { tag: None, stress, context: Some(context) };
        match word {
            "." if tag == "ADD" => return self.lookup("dot", in_context(Some(-0.5))),
            "/" if tag == "ADD" => return self.lookup("slash", in_context(Some(-0.5))),
            "%" => return self.lookup("percent", in_context(None)),
            "&" => return self.lookup("and", in_context(None)),
            "+" => return self.lookup("plus", in_context(None)),
            "@" => return self.lookup("at", in_context(None)),
            _ => {}
        }
        if is_dotted(word) {
            return self.spelled(word);
        }
        match word {
            "a" | "A" => said(if tag == "DT" { "ɐ" } else { "ˈA" }),
            "am" | "Am" | "AM" if tag.starts_with("NN") => self.spelled(word),
            "am" | "Am" | "AM" => {
                let is_strong = ask.stress.is_some_and(|stress| stress > 0.0);
                let is_full = context.vowel.is_none() || word != "am" || is_strong;
                if is_full { self.gold_text("am") } else { said("ɐm") }
            }
            "AN" if tag.starts_with("NN") => self.spelled(word),
            "an" | "An" | "AN" => said("ɐn"),
            "I" if tag == "PRP" => said("ˌI"),
            "by" | "By" | "BY" if parent(tag) == "ADV" => said("bˈI"),
            "to" | "To" => self.to(context),
            "TO" if ["TO", "IN"].contains(&tag) => self.to(context),
            "in" | "In" => said(weak_in(tag, context)),
            "IN" if tag != "NNP" => said(weak_in(tag, context)),
            "the" | "The" => said(if context.vowel == Some(true) { "ði" } else { "ðə" }),
            "THE" if tag == "DT" => said(if context.vowel == Some(true) { "ði" } else { "ðə" }),
            _ if tag == "IN" && ["vs", "vs."].contains(&word.to_lowercase().as_str()) => {
                self.lookup("versus", in_context(None))
            }
            "used" | "Used" | "USED" => {
                let is_habit = ["VBD", "JJ"].contains(&tag) && context.is_to_next;
                let reading = self.gold.get("used")?;
                reading.by_tag(if is_habit { "VBD" } else { "DEFAULT" }).map(str::to_owned)
            }
            _ => None,
        }
    }

    fn to(&self, context: Context) -> Option<String> {
        match context.vowel {
            None => self.gold_text("to"),
            Some(false) => Some("tə".to_owned()),
            Some(true) => Some("tʊ".to_owned()),
        }
    }

    fn gold_text(&self, word: &str) -> Option<String> {
        self.gold.get(word).and_then(Entry::default_reading).map(str::to_owned)
    }

    /// The names of the letters of a word, the last one stressed.
    fn spelled(&self, word: &str) -> Option<String> {
        let letters = word.chars().filter(|c| c.is_alphabetic());
        let names: Option<String> =
            letters.map(|letter| self.gold_text(&letter.to_uppercase().to_string())).collect();
        let names = stress::apply(&names?, Some(0.0));
        Some(match names.rsplit_once(SECONDARY) {
            Some((before, after)) => format!("{before}{PRIMARY}{after}"),
            None => names,
        })
    }

    fn is_known(&self, word: &str) -> bool {
        if self.knows(word) || ["%", "&", "+", "@"].contains(&word) {
            return true;
        }
        if word.is_empty() || !word.chars().all(|c| c.is_ascii_alphabetic()) {
            return false;
        }
        let upper = word.to_uppercase();
        word.len() == 1
            || (word == upper && self.gold.get(&word.to_lowercase()).is_some())
            || word[1..] == upper[1..]
    }

    fn lookup(&self, word: &str, ask: Ask) -> Option<String> {
        let lower = word.to_lowercase();
        let is_capital = word == word.to_uppercase() && self.gold.get(word).is_none();
        let word = if is_capital { &lower } else { word };
        let is_name = is_capital && ask.tag == Some("NNP");
        let mut entry = self.gold.get(word);
        if entry.is_none() && !is_name {
            entry = self.silver.get(word);
        }
        let reading = entry.and_then(|entry| entry.reading(ask.tag, ask.context));
        match reading {
            Some(phonemes) if !is_name || phonemes.contains(PRIMARY) => {
                Some(stress::apply(phonemes, ask.stress))
            }
            other => self
                .spelled(word)
                .or_else(|| other.map(|phonemes| stress::apply(phonemes, ask.stress))),
        }
    }

    fn with_currency(&self, phonemes: String, sign: Option<char>) -> String {
        let unit = sign.and_then(number::unit_of);
        let name = unit.and_then(|unit| self.stem_s(&format!("{unit}s"), Ask::default()));
        match name {
            Some(name) => format!("{phonemes} {name}"),
            None => phonemes,
        }
    }
}

fn weak_in(tag: &str, context: Context) -> &'static str {
    if context.vowel.is_none() || tag != "IN" { "ˈɪn" } else { "ɪn" }
}

/// Letters with dots between: "U.S.", "p.m.".
fn is_dotted(word: &str) -> bool {
    let letters = word.replace('.', "");
    word.trim_matches('.').contains('.')
        && !letters.is_empty()
        && letters.chars().all(char::is_alphabetic)
        && word.split('.').all(|part| part.chars().count() < 3)
}

/// The class that a tag belongs to.
fn parent(tag: &str) -> &str {
    match tag {
        tag if tag.starts_with("VB") => "VERB",
        tag if tag.starts_with("NN") => "NOUN",
        tag if tag.starts_with("ADV") || tag.starts_with("RB") => "ADV",
        tag if tag.starts_with("ADJ") || tag.starts_with("JJ") => "ADJ",
        tag => tag,
    }
}
