//! Prompts that are too long to be listened to.

use outcall_understanding::slots::Language;

use super::Checker;
use crate::document::texts::code;
use crate::scenario::{Origin, Prompt};
use crate::similarity::normal;

/// How fast prompts are spoken: letters of English, characters of Chinese a second. A rate of
/// 160 words of 5.7 letters and blanks a minute, and of 4.5 syllables a second.
const EN_PER_S: f32 = 15.2;
const ZH_PER_S: f32 = 4.5;

pub(super) fn check(checker: &mut Checker<'_>) {
    let scenario = checker.scenario;
    for (_, node) in checker.nodes() {
        long(checker, &node.say, (&node.origin, "say"));
    }
    for global in scenario.globals.values() {
        long(checker, &global.say, (&global.origin, "say"));
        long(checker, &global.confirm, (&global.origin, "confirm"));
    }
}

fn long(checker: &mut Checker<'_>, prompt: &Prompt, (origin, field): (&Origin, &str)) {
    let most = checker.scenario.limits.prompt_s;
    for (language, variants) in prompt {
        for template in variants {
            // A name or a date is spoken in about a second.
            let names = template.names().count() as f32;
            let text = template.say(&crate::values::Values::new(), *language);
            let seconds = seconds(&text, *language) + names;
            if seconds > most {
                let language = code(*language);
                let message = format!(
                    "the text in '{language}' takes {seconds:.0} s to speak, and \
                                       {most:.0} s are listened to: make two of it"
                );
                checker.error("too_long", (origin, &[field]), message);
            }
        }
    }
}

/// How long a text takes to speak, in s.
pub(crate) fn seconds(text: &str, language: Language) -> f32 {
    let pauses = text.matches(['.', '?', '!', '。', '？', '！']).count() as f32 * 0.25;
    let letters = normal(text).chars().count() as f32;
    let per_s = match language {
        Language::En => EN_PER_S,
        Language::Zh => ZH_PER_S,
    };
    letters / per_s + pauses
}
