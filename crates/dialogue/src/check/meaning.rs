//! Languages, examples, and intents that cannot be told apart.

use outcall_understanding::slots::Language;

use super::Checker;
use crate::document::texts::code;
use crate::scenario::{Act, IntentRule, Origin, Prompt};
use crate::similarity::{Pieces, normal};

/// Likeness of sentences of two intents above which callees are misunderstood.
const ALIKE: f32 = 0.8;

/// Fewest examples of an intent.
const EXAMPLES_MIN: usize = 3;

pub(super) fn check(checker: &mut Checker<'_>) {
    translations(checker);
    examples(checker);
    overlaps(checker);
}

/// Prompts that are not written in every language of the scenario.
fn translations(checker: &mut Checker<'_>) {
    let scenario = checker.scenario;
    for (_, node) in checker.nodes() {
        missing(checker, &node.say, (&node.origin, "say"));
        missing(checker, &node.policy.say_no_match, (&node.origin, "retry"));
        missing(checker, &node.policy.say_no_input, (&node.origin, "retry"));
        match &node.act {
            Act::Message { text, .. } => missing(checker, text, (&node.origin, "message")),
            Act::Transfer { summary, .. } => {
                missing(checker, summary, (&node.origin, "transfer"));
            }
            Act::Listen { .. } if node.say.is_empty() => {
                let message = "it asks for something and says nothing: add 'say'".to_owned();
                checker.error("silent", (&node.origin, &[]), message);
            }
            Act::Say
            | Act::Listen { .. }
            | Act::Branch(_)
            | Act::Choose(_)
            | Act::Call(_)
            | Act::End(_) => {}
        }
    }
    for slot in scenario.slots.values() {
        missing(checker, &slot.confirm, (&slot.origin, "confirm"));
        missing(checker, &slot.say_missing_day, (&slot.origin, "say_missing_day"));
        missing(checker, &slot.say_missing_time, (&slot.origin, "say_missing_time"));
    }
    for global in scenario.globals.values() {
        missing(checker, &global.say, (&global.origin, "say"));
        missing(checker, &global.confirm, (&global.origin, "confirm"));
    }
}

fn missing(checker: &mut Checker<'_>, prompt: &Prompt, (origin, field): (&Origin, &str)) {
    if prompt.is_empty() {
        return;
    }
    for language in &checker.scenario.languages {
        if !prompt.contains_key(language) {
            let language = code(*language);
            let message = format!("the text is missing in '{language}': add it");
            checker.error("translation", (origin, &[field]), message);
        }
    }
}

fn examples(checker: &mut Checker<'_>) {
    let scenario = checker.scenario;
    for (name, intent) in &scenario.intents {
        for &language in &scenario.languages {
            let count = intent.examples.get(&language).map_or(0, Vec::len);
            let place = (&intent.origin, &["examples"][..]);
            let language = code(language);
            if count == 0 {
                let message = format!("'{name}' has no examples in '{language}': add 3 to 10");
                checker.error("examples", place, message);
            } else if count < EXAMPLES_MIN {
                let message = format!(
                    "'{name}' has {count} examples in '{language}': add some, \
                                       3 to 10 are understood well"
                );
                checker.warn("examples", place, message);
            }
        }
    }
}

/// Intents that may be meant at the same node and have sentences in common, or nearly so.
fn overlaps(checker: &mut Checker<'_>) {
    let scenario = checker.scenario;
    let intents: Vec<(&String, &IntentRule)> = scenario.intents.iter().collect();
    for (index, (a, one)) in intents.iter().enumerate() {
        for (b, other) in &intents[index + 1..] {
            if !meet(checker, a, b) {
                continue;
            }
            for &language in &scenario.languages {
                if let Some((like, x, y)) = closest(one, other, language) {
                    let message = format!(
                        "'{a}' and '{b}' cannot be told apart: '{x}' and '{y}' are {:.0} % alike; \
                         move one, or add it under 'not' of the other",
                        like * 100.0
                    );
                    let later = if other.origin.file == 0 { other } else { one };
                    match normal(x) == normal(y) {
                        true => checker.error("overlap", (&later.origin, &[]), message),
                        false => checker.warn("overlap", (&later.origin, &[]), message),
                    }
                }
            }
        }
    }
}

/// Whether two intents can be meant at the same node.
fn meet(checker: &Checker<'_>, a: &str, b: &str) -> bool {
    let globals = &checker.scenario.globals;
    if globals.contains_key(a) || globals.contains_key(b) {
        return true;
    }
    checker.nodes().any(|(_, node)| node.exits.contains_key(a) && node.exits.contains_key(b))
}

fn closest<'a>(
    one: &'a IntentRule,
    other: &'a IntentRule,
    language: Language,
) -> Option<(f32, &'a str, &'a str)> {
    let pieces = |intent: &'a IntentRule| -> Vec<(&'a str, Pieces)> {
        let sentences = intent.examples.get(&language).map_or(&[][..], Vec::as_slice);
        sentences.iter().map(|text| (text.as_str(), Pieces::of(text))).collect()
    };
    let others = pieces(other);
    let mut closest: Option<(f32, &str, &str)> = None;
    for (x, a) in pieces(one) {
        for (y, b) in &others {
            let like = a.alike(b);
            if like >= ALIKE && closest.is_none_or(|(most, _, _)| like > most) {
                closest = Some((like, x, y));
            }
        }
    }
    closest
}
