//! What was read of all files, before it becomes a scenario.

use std::collections::BTreeMap;

use crate::problem::{Position, Problem, Severity};
use crate::text::Fault;

/// Names that a node's exits have for themselves.
const EXITS: [&str; 7] = ["yes", "no", "next", "no_match", "no_input", "failed", "timeout"];

/// Where something was read.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) at: Position,
}

impl Place {
    pub(super) fn new(file: &str, at: Position) -> Self {
        Self { file: file.to_owned(), at }
    }
}

/// What an intent is said by, and what is alike and is not it.
#[derive(Clone, Debug, Default)]
pub(super) struct Examples {
    pub(super) said: Vec<String>,
    pub(super) not: Vec<String>,
}

/// A story or a rule.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) steps: Vec<(Place, Step)>,
}

/// A step of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The callee means one of these.
    Means(Vec<String>),
    /// The robot says a response, or runs code.
    Does(String),
    /// Something that has no like in a scenario.
    Other(String),
}

/// All that was read.
#[derive(Debug, Default)]
pub(super) struct Material {
    pub(super) intents: BTreeMap<String, (Examples, Place)>,
    /// The variants of each response.
    pub(super) responses: BTreeMap<String, Vec<String>>,
    pub(super) stories: Vec<Story>,
    pub(super) rules: Vec<Story>,
    pub(super) left_out: Vec<Problem>,
    pub(super) errors: Vec<Problem>,
}

impl Material {
    pub(super) fn intent(&mut self, name: &str, more: &Examples, place: &Place) {
        let entry = self.intents.entry(name_of(name));
        let (examples, _) = entry.or_insert_with(|| (Examples::default(), place.clone()));
        examples.said.extend(more.said.iter().map(|text| clean(text)));
        examples.not.extend(more.not.iter().map(|text| clean(text)));
        for list in [&mut examples.said, &mut examples.not] {
            let mut seen = std::collections::BTreeSet::new();
            list.retain(|text| !text.is_empty() && seen.insert(text.to_lowercase()));
        }
    }

    pub(super) fn fault(&mut self, file: &str, fault: Fault) {
        let at = fault.at.unwrap_or(Position { line: 1, column: 1 });
        self.error(&Place::new(file, at), fault.message);
    }

    pub(super) fn error(&mut self, place: &Place, message: String) {
        self.errors.push(problem(place, Severity::Error, "import", message));
    }

    pub(super) fn leave_out(&mut self, place: &Place, message: String) {
        self.left_out.push(problem(place, Severity::Warning, "left_out", message));
    }
}

fn problem(place: &Place, severity: Severity, rule: &'static str, message: String) -> Problem {
    Problem { file: place.file.clone(), at: place.at, severity, rule, message }
}

/// The name of an intent, which no exit has.
pub(super) fn name_of(intent: &str) -> String {
    let name = intent.trim();
    if EXITS.contains(&name) { format!("says_{name}") } else { name.to_owned() }
}

/// A text in one line, without control characters.
pub(super) fn clean(text: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.chars().map(visible).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
