//! Which of several mentions is meant: the corrected one wins, the denied one loses.

use super::mention::Mention;
use super::token::Tokens;
use super::{Found, Language};

/// Readings that are handed out at most.
const FOUND_MAX: usize = 8;
/// Probability that a value stands although it was denied or corrected.
const DENIED: f32 = 0.05;
/// Words between two values, or between a denial and a value, that still belong together.
const REACH: usize = 6;

/// Take back what was said before.
const CORRECTS_EN: &[&str] = &[
    "no",
    "nope",
    "nah",
    "sorry",
    "i mean",
    "i meant",
    "actually",
    "or rather",
    "rather",
    "make that",
    "make it",
    "wait",
    "hang on",
    "hold on",
    "scratch that",
    "correction",
    "let me correct",
    "my mistake",
    "i misspoke",
    "strike that",
    "change that to",
    "oops",
    "pardon",
    "better",
];
const CORRECTS_ZH: &[&str] = &[
    "不",
    "不对",
    "不是",
    "我是说",
    "我说的是",
    "应该是",
    "说错了",
    "更正",
    "哦不",
    "不不",
    "改成",
    "还是",
    "错了",
    "抱歉",
    "对不起",
    "不好意思",
    "等等",
    "等一下",
];
/// Deny what is said next.
const DENIES_EN: &[&str] = &[
    "not",
    "isnt",
    "wasnt",
    "instead of",
    "rather than",
    "except",
    "except for",
    "but not",
    "than",
    "anything but",
    "cant do",
    "cannot do",
    "cant make",
    "cant manage",
    "dont want",
    "other than",
    "not even",
    "never",
];
const DENIES_ZH: &[&str] =
    &["不是", "不要", "别", "而不是", "除了", "不选", "非", "不想要", "不行"];
const JOINS_EN: &[&str] =
    &["on", "at", "the", "for", "in", "until", "a", "it", "of", "to", "next", "say"];
const JOINS_ZH: &[&str] = &["在", "是", "选"];
const EITHER_EN: &[&str] = &["or", "or maybe", "or perhaps", "or even"];
const EITHER_ZH: &[&str] = &["或者", "或", "还是", "要么"];

/// The readings of a text, the best first.
pub(super) fn settle(t: &Tokens, mentions: &[Mention], language: Language) -> Vec<Found> {
    let mut weights = vec![1.0_f32; mentions.len()];
    for (at, mention) in mentions.iter().enumerate() {
        let start = at.checked_sub(1).map_or(0, |before| mentions[before].words.end);
        if is_denied(t, start, mention.words.start, language) {
            weights[at] = DENIED;
            continue;
        }
        let Some(before) = at.checked_sub(1) else { continue };
        if is_corrected(t, start, mention.words.start, language) {
            for weight in &mut weights[..at] {
                *weight = weight.min(DENIED);
            }
        } else if is_either(t, start, mention.words.start, language) {
            weights[before] = weights[before].min(0.52);
            weights[at] = 0.48;
        } else if weights[..at].iter().any(|weight| *weight > DENIED) {
            weights[at] = 0.5;
        }
    }
    let mut found: Vec<Found> = Vec::new();
    for (mention, weight) in mentions.iter().zip(&weights) {
        for (value, sure) in &mention.values {
            let (span, confidence) = (t.span(mention.words.clone()), sure * weight);
            match found.iter_mut().find(|known| known.value == *value) {
                Some(known) if known.confidence >= confidence => {}
                Some(known) => *known = Found { value: value.clone(), span, confidence },
                None => found.push(Found { value: value.clone(), span, confidence }),
            }
        }
        // A text full of numbers is no answer: what is kept of it stays small.
        if found.len() > 4 * FOUND_MAX {
            break;
        }
    }
    found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    found.truncate(FOUND_MAX);
    normalise(&mut found);
    found
}

/// The values exclude each other: their probabilities add up to one at most.
fn normalise(found: &mut [Found]) {
    let sum: f32 = found.iter().map(|one| one.confidence).sum();
    if sum > 1.0 {
        for one in found {
            one.confidence /= sum;
        }
    }
}

/// Whether the words before a value, after `start`, deny it.
pub(super) fn is_denied(t: &Tokens, start: usize, value: usize, language: Language) -> bool {
    let (denies, joins) = match language {
        Language::En => (DENIES_EN, JOINS_EN),
        Language::Zh => (DENIES_ZH, JOINS_ZH),
    };
    (start.max(value.saturating_sub(REACH))..value).any(|at| {
        t.any(at, denies).is_some_and(|len| {
            let end = at + len;
            // "No, it is not: Tuesday" denies what was read back, and not the value.
            let is_one_clause = !(end..=value).any(|at| t.begins_clause(at));
            let is_next = end <= value && end + t.skip(end, joins) >= value;
            is_next && is_one_clause && !asks_back(t, at, language)
        })
    })
}

/// 是不是 asks and denies nothing.
fn asks_back(t: &Tokens, at: usize, language: Language) -> bool {
    language == Language::Zh && at > 0 && t.word(at) == "不" && t.word(at - 1) == "是"
}

/// Whether the words between two values take the first of them back.
fn is_corrected(t: &Tokens, start: usize, value: usize, language: Language) -> bool {
    let corrects = match language {
        Language::En => CORRECTS_EN,
        Language::Zh => CORRECTS_ZH,
    };
    (start..value).any(|at| {
        t.any(at, corrects).is_some_and(|len| at + len <= value)
            && !(language == Language::Zh
                && is_either(t, start, value, language)
                && !t.begins_clause(at))
    })
}

fn is_either(t: &Tokens, start: usize, value: usize, language: Language) -> bool {
    let either = match language {
        Language::En => EITHER_EN,
        Language::Zh => EITHER_ZH,
    };
    (start..value).any(|at| t.any(at, either).is_some_and(|len| at + len <= value))
}

/// Whether the text begins by taking back or refusing what was read back.
pub(super) fn refuses(t: &Tokens, language: Language) -> bool {
    let fillers: &[&str] = match language {
        Language::En => &["well", "um", "uh", "oh", "ah", "er", "yes", "yeah", "but", "and"],
        Language::Zh => &["呃", "嗯", "哦", "啊", "那个"],
    };
    let at = t.skip(0, fillers);
    let corrects = match language {
        Language::En => CORRECTS_EN,
        Language::Zh => CORRECTS_ZH,
    };
    t.any(at, corrects).is_some()
        || t.any(at, &["wrong", "not", "its not", "thats not", "不"]).is_some()
}
