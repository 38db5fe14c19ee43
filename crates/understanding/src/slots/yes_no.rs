//! Yes and no, with hedges: "well, I suppose so", "yeah no", 应该可以吧.
//!
//! Each phrase that is known adds its weight of evidence for yes (the natural logarithm of the
//! odds); the sum is the probability. What is not a phrase of consent or refusal adds nothing.

mod en;
mod zh;

use super::mention::Mention;
use super::token::Tokens;
use super::{Language, Value};

/// Sure, likely, and rather: as weights of evidence.
const SURE: f32 = 4.0;
const LIKELY: f32 = 1.5;
const RATHER: f32 = 0.6;
/// Begins like an answer and is none: "no idea".
const NONE: f32 = 0.0;
/// What is said after a first answer explains it more often than it takes it back.
const LATER: f32 = 0.7;
/// Beyond this the evidence does not grow: recognition itself is wrong as often.
const EVIDENCE_MAX: f32 = 4.5;

/// A phrase and its evidence for yes; what is against it is negative.
type Phrase = (&'static str, f32);

/// What a language says for yes and no.
struct Rules {
    /// Count at the start of a clause, or right after another phrase.
    clauses: &'static [&'static [Phrase]],
    /// Count wherever they stand.
    anywhere: &'static [Phrase],
    /// Of those, what answers only where the clause ends: "it was", but not "it was my wife".
    whole: &'static [&'static str],
    /// Say nothing themselves, and what follows still begins the clause.
    fillers: &'static [&'static str],
    /// After one of these, what follows outweighs what came before.
    turns: &'static [&'static str],
    /// At the end of something else these ask and do not answer: "it's on Monday, right?"
    tags: &'static [&'static str],
}

/// Whether a text says yes or no: one mention at most.
pub(super) fn mentions(t: &Tokens, language: Language) -> Vec<Mention> {
    let rules = match language {
        Language::En => en::RULES,
        Language::Zh => zh::RULES,
    };
    let mut evidence = 0.0_f32;
    let (mut count, mut first, mut last) = (0, None, 0);
    let (mut at, mut begins, mut turned) = (0, true, false);
    let mut is_other = false;
    while at < t.len() {
        begins |= t.begins_clause(at);
        let is_tag = is_other && t.any(at, rules.tags).is_some_and(|len| at + len == t.len());
        let phrase = rules.phrase(t, at, begins).filter(|_| !is_tag);
        if let Some((_, len)) = phrase.filter(|(weight, _)| *weight == NONE) {
            begins = false;
            at += len;
        } else if let Some((weight, len)) = phrase {
            let share = match count {
                0 => 1.0,
                // The same again makes it no surer, and what turns a yes is what is meant.
                _ if turned => 1.1,
                _ => LATER,
            };
            evidence = (evidence + weight * share).clamp(-EVIDENCE_MAX, EVIDENCE_MAX);
            count += 1;
            first.get_or_insert(at);
            (last, begins, turned) = (at + len, true, false);
            at += len;
        } else if let Some(len) = t.any(at, rules.turns) {
            (begins, turned) = (true, true);
            at += len;
        } else if let Some(len) = t.any(at, rules.fillers) {
            at += len;
        } else {
            (begins, is_other) = (false, true);
            at += 1;
        }
    }
    let Some(first) = first else { return Vec::new() };
    let yes = 1.0 / (1.0 + (-evidence).exp());
    let (answer, sure) = if yes >= 0.5 { (true, yes) } else { (false, 1.0 - yes) };
    vec![Mention::many(
        vec![(Value::YesNo(answer), sure), (Value::YesNo(!answer), 1.0 - sure)],
        first..last,
    )]
}

impl Rules {
    fn phrase(&self, t: &Tokens, at: usize, begins: bool) -> Option<(f32, usize)> {
        let (weight, len) = self.longest(t, at, begins)?;
        let end = at + len;
        let is_part = t.any(at, self.whole) == Some(len)
            && end < t.len()
            && !t.begins_clause(end)
            && self.longest(t, end, true).is_none()
            && t.any(end, self.fillers).is_none()
            && t.any(end, self.turns).is_none();
        Some((if is_part { NONE } else { weight }, len))
    }

    fn longest(&self, t: &Tokens, at: usize, begins: bool) -> Option<(f32, usize)> {
        let anywhere = t.lookup(at, self.anywhere);
        let longest = |best: (f32, usize), other: (f32, usize)| {
            if other.1 > best.1 { other } else { best }
        };
        let tables = if begins { self.clauses } else { &[] };
        let clause = tables.iter().filter_map(|table| t.lookup(at, table)).reduce(longest);
        match (anywhere, clause) {
            (Some(a), Some(b)) if b.1 > a.1 => Some(b),
            (a, b) => a.or(b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yes(text: &str, language: Language) -> f32 {
        let mentions = mentions(&Tokens::of(text), language);
        let Some((value, sure)) = mentions.first().and_then(|one| one.values.first()) else {
            return 0.5;
        };
        if *value == Value::YesNo(true) { *sure } else { 1.0 - sure }
    }

    #[test]
    fn a_hedge_is_less_sure_than_a_plain_answer() {
        let en = |text| yes(text, Language::En);
        assert!(en("yes") > en("I suppose so") && en("I suppose so") > 0.6);
        assert!(en("I suppose so") > en("could be") && en("could be") > 0.5);
        assert!(en("no") < en("I don't think so") && en("I don't think so") < 0.4);
        let zh = |text| yes(text, Language::Zh);
        assert!(zh("是的") > zh("应该是吧") && zh("应该是吧") > 0.6);
        assert!(zh("不是") < zh("不太方便") && zh("不太方便") < 0.4);
    }

    #[test]
    fn an_answer_among_other_words_is_one() {
        let en = |text| yes(text, Language::En);
        for text in [
            "mm yes, I'm Liam",
            "It is yeah.",
            "Yes, that's the one.",
            "That would be me.",
            "grace yes that would be me",
        ] {
            assert!(en(text) > 0.8, "{text}: {}", en(text));
        }
        assert!((en("it is cold") - 0.5).abs() < 0.1);
        assert!(en("Right.") > 0.8 && en("Oh, okay.") > 0.8);
        assert!((en("You are a computer, right?") - 0.5).abs() < 0.1);
        assert!(en("Great, see you on Monday.") > 0.8 && en("Fine, thank you.") > 0.8);
        assert!((en("Good reading Monday instead.") - 0.5).abs() < 0.1);
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for text in ["", "the weather is nice", "I don't know", "what can I do", "who is this"] {
            assert!(mentions(&Tokens::of(text), Language::En).is_empty(), "{text}");
        }
        for text in ["今天天气很热", "你是谁", "不知道"] {
            assert!(mentions(&Tokens::of(text), Language::Zh).is_empty(), "{text}");
        }
    }
}
