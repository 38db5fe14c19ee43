//! One of a list: by its name or what people say for it, as written or as it sounds, by its place
//! in the list, or by what it is not.

use super::mention::Mention;
use super::number::{cardinal, ordinal};
use super::repair::is_denied;
use super::sound::Sounded;
use super::token::Tokens;
use super::{Choice, Language, Value};

/// Choices of which the sound is compared; of those behind, only what is written.
const CHOICES_MAX: usize = 512;
/// Words of a text that are compared with the choices.
const WORDS_MAX: usize = 64;
/// Below this likeness a word is another word.
const LIKENESS_MIN: f64 = 0.7;

/// One way to say a choice.
struct Form {
    choice: usize,
    words: usize,
    sounded: Sounded,
}

const ANY_EN: &[&str] = &[
    "either",
    "either one",
    "either of them",
    "any",
    "any of them",
    "any one",
    "anyone",
    "both",
    "whichever",
    "whatever",
    "i dont mind",
    "dont care",
    "doesnt matter",
    "dont mind",
    "no preference",
];
const ANY_ZH: &[&str] =
    &["都可以", "都行", "随便", "哪个都行", "哪个都可以", "无所谓", "任意", "都好"];
const LAST_EN: &[&str] =
    &["the last", "last one", "the last one", "the final", "the latter", "the bottom one"];
const LAST_ZH: &[&str] = &["最后一个", "最后那个", "后面那个", "后一个", "后者"];
const FIRST_EN: &[&str] = &["the former", "the top one"];
const FIRST_ZH: &[&str] = &["前者", "前面那个", "前一个", "头一个"];
/// Before a number, it is a place in the list.
const PLACE_EN: &[&str] = &["number", "option", "choice", "answer", "no", "the", "item"];
const PLACE_ZH: &[&str] = &["选项", "选", "方案"];

/// The choices of a text, in the order in which they are said.
pub(super) fn mentions(t: &Tokens, language: Language, choices: &[Choice]) -> Vec<Mention> {
    let forms = forms(choices, language);
    let mut found = named(t, language, &forms, choices);
    if found.is_empty() {
        found = placed(t, language, choices);
    }
    if found.is_empty() {
        return anything(t, language, choices);
    }
    let is_no = |at: usize| {
        let start = if at == 0 { 0 } else { found[at - 1].words.end };
        is_denied(t, start, found[at].words.start, language)
    };
    if found.len() == 1 && is_no(0) {
        return others(&found[0], choices);
    }
    found
}

fn forms(choices: &[Choice], language: Language) -> Vec<Form> {
    let mut forms = Vec::new();
    for (at, choice) in choices.iter().enumerate().take(CHOICES_MAX) {
        for text in std::iter::once(&choice.name).chain(&choice.says) {
            // A name of the scenario may be written as one: "extra_support".
            let tokens = Tokens::of(text);
            let sounded = Sounded::of(&joined(&tokens, 0, tokens.len()), language);
            if !sounded.is_empty() {
                forms.push(Form { choice: at, words: tokens.len(), sounded });
            }
        }
    }
    forms
}

fn joined(t: &Tokens, from: usize, len: usize) -> String {
    (from..from + len).map(|at| t.word(at)).collect()
}

/// What is most like a name, word by word; a place that is taken by a better match is not taken
/// again.
fn named(t: &Tokens, language: Language, forms: &[Form], choices: &[Choice]) -> Vec<Mention> {
    let longest = forms.iter().map(|form| form.words).max().unwrap_or(0) + 1;
    let mut matches: Vec<(f64, usize, usize, usize)> = Vec::new();
    for at in 0..t.len().min(WORDS_MAX) {
        for len in 1..=longest.min(t.len() - at) {
            let window = Sounded::of(&joined(t, at, len), language);
            for form in forms.iter().filter(|form| form.words.abs_diff(len) <= 1) {
                let likeness = form.sounded.likeness(&window);
                let is_short = form.words == 1 && window_is_short(t, at, len, language);
                if likeness >= if is_short { 0.99 } else { LIKENESS_MIN } {
                    // Of equal matches the longer one says more.
                    matches.push((likeness + 0.001 * len as f64, at, len, form.choice));
                }
            }
        }
    }
    matches.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut taken: Vec<Mention> = Vec::new();
    for (likeness, at, len, choice) in matches {
        let words = at..at + len;
        let sure = sureness(likeness);
        let value = Value::OneOf(choices[choice].name.clone());
        match taken
            .iter_mut()
            .find(|one| one.words.start < words.end && words.start < one.words.end)
        {
            None => taken.push(Mention::one(value, words, sure)),
            Some(one) => {
                let is_known = one.values.iter().any(|(known, _)| *known == value);
                let is_near = likeness + 0.12 >= f64::from(one.sure());
                if !is_known && is_near && one.values.len() < 4 {
                    one.values.push((value, sure * 0.5));
                }
            }
        }
    }
    for one in &mut taken {
        share(one);
    }
    taken.sort_by_key(|one| one.words.start);
    taken
}

/// Words of one or two letters are like too many others.
fn window_is_short(t: &Tokens, at: usize, len: usize, language: Language) -> bool {
    let letters: usize = (at..at + len).map(|at| t.word(at).chars().count()).sum();
    letters <= if language == Language::En { 3 } else { 1 }
}

fn sureness(likeness: f64) -> f32 {
    if likeness >= 1.0 { 0.97 } else { ((likeness - 0.4) * 1.55).clamp(0.3, 0.9) as f32 }
}

/// Meanings of one place exclude each other.
fn share(mention: &mut Mention) {
    let sum: f32 = mention.values.iter().map(|(_, sure)| sure).sum();
    if sum > 1.0 {
        for (_, sure) in &mut mention.values {
            *sure /= sum;
        }
    }
}

/// "The second one", "number three", "the last", 第二个.
fn placed(t: &Tokens, language: Language, choices: &[Choice]) -> Vec<Mention> {
    let (last, first, place) = match language {
        Language::En => (LAST_EN, FIRST_EN, PLACE_EN),
        Language::Zh => (LAST_ZH, FIRST_ZH, PLACE_ZH),
    };
    let mut found = Vec::new();
    let mut push = |number: usize, words: std::ops::Range<usize>, sure: f32| {
        if let Some(choice) = number.checked_sub(1).and_then(|at| choices.get(at)) {
            found.push(Mention::one(Value::OneOf(choice.name.clone()), words, sure));
        }
    };
    let mut at = 0;
    while at < t.len() {
        let alone = t.len() <= 2;
        if let Some(len) = t.any(at, last) {
            push(choices.len(), at..at + len, 0.9);
            at += len;
        } else if let Some(len) = t.any(at, first) {
            push(1, at..at + len, 0.9);
            at += len;
        } else if let Some((number, len)) = ordinal(t, at, language) {
            push(usize::try_from(number).unwrap_or(0), at..at + len, 0.92);
            at += len;
        } else if let Some((number, len)) = cardinal(t, at, language) {
            let is_led = at > 0 && t.any(at - 1, place).is_some()
                || at > 1 && t.any(at - 2, place) == Some(2);
            let is_whole = number.fract() == 0.0 && (1.0..1_000.0).contains(&number);
            if is_whole && (is_led || alone) {
                push(number as usize, at..at + len, if is_led { 0.85 } else { 0.6 });
            }
            at += len;
        } else {
            at += 1;
        }
    }
    found
}

/// "Either": each of them, equally likely.
fn anything(t: &Tokens, language: Language, choices: &[Choice]) -> Vec<Mention> {
    let any = match language {
        Language::En => ANY_EN,
        Language::Zh => ANY_ZH,
    };
    let Some((at, len)) = (0..t.len()).find_map(|at| Some((at, t.any(at, any)?))) else {
        return Vec::new();
    };
    each(choices.iter(), at..at + len, 0.95)
}

/// All but the one that was denied.
fn others(denied: &Mention, choices: &[Choice]) -> Vec<Mention> {
    let is_denied = |choice: &Choice| {
        denied.values.first().is_some_and(|(value, _)| *value == Value::OneOf(choice.name.clone()))
    };
    // They stand where the denied one was said, so what denies it must not deny them again.
    each(choices.iter().filter(|choice| !is_denied(choice)), 0..denied.words.end, 0.85)
}

fn each<'a>(
    choices: impl Iterator<Item = &'a Choice> + Clone,
    words: std::ops::Range<usize>,
    sure: f32,
) -> Vec<Mention> {
    let count = choices.clone().count();
    if count == 0 {
        return Vec::new();
    }
    let share = sure / count as f32;
    let values = choices.map(|choice| (Value::OneOf(choice.name.clone()), share)).collect();
    vec![Mention { words, values }]
}
