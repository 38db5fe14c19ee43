//! Whether the checks and tests of a scenario notice what is deleted from it: a node, an intent, or
//! a transition at random.

use std::fmt;

use serde::Serialize;

use crate::check::check;
use crate::document::Document;
use crate::load::{Files, Loaded, read_documents};
use crate::nearest_example::NearestExample;
use crate::problem::{Problems, Severity};
use crate::rehearsal::rehearse;
use crate::wander::Chance;

/// What was deleted, and who noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mutant {
    /// What was deleted.
    pub deleted: String,
    /// The check or the test that noticed first; `None` when nothing did.
    pub caught: Option<String>,
}

/// Deletes something at random from the scenario's own file, `count` times and each time something
/// else, as far as there is something else.
///
/// # Errors
/// When the scenario itself cannot be read.
pub fn mutate(
    files: &impl Files,
    path: &str,
    (seed, count): (u64, usize),
) -> Result<Vec<Mutant>, Problems> {
    let (documents, sources) = read_documents(files, path)?;
    let mut left = documents.first().map(parts).unwrap_or_default();
    let mut chance = Chance(seed);
    let mut mutants = Vec::with_capacity(count.min(left.len()));
    while mutants.len() < count && !left.is_empty() {
        let at = chance.below(left.len() as u64);
        let part = left.swap_remove(usize::try_from(at).unwrap_or_default());
        let mut mutated = documents.clone();
        if let Some(own) = mutated.first_mut() {
            delete(own, &part);
        }
        let caught = caught(Loaded::assemble(mutated, sources.clone()));
        mutants.push(Mutant { deleted: part.to_string(), caught });
    }
    Ok(mutants)
}

fn caught(loaded: Result<Loaded, Problems>) -> Option<String> {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(problems) => return problems.0.first().map(|problem| problem.message.clone()),
    };
    let errors = check(&loaded);
    if let Some(error) = errors.into_iter().find(|problem| problem.severity == Severity::Error) {
        return Some(error.message);
    }
    let understander = NearestExample::new(&loaded.scenario, "USD");
    let failed = rehearse(&loaded.scenario, &understander);
    let failed = failed.into_iter().find(|rehearsed| rehearsed.failure.is_some());
    failed.map(|rehearsed| format!("test '{}'", rehearsed.name))
}

/// Something that can be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Node(String),
    Intent(String),
    /// An exit of a node.
    Exit(String, String),
    /// The plain exit of a node.
    Next(String),
    /// A case of a node, by its place.
    Case(String, usize),
    /// A strategy of a node, by its place.
    Way(String, usize),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(name) => write!(f, "the node '{name}'"),
            Self::Intent(name) => write!(f, "the intent '{name}'"),
            Self::Exit(node, exit) => write!(f, "'{exit}' of the node '{node}'"),
            Self::Next(node) => write!(f, "'next' of the node '{node}'"),
            Self::Case(node, case) => write!(f, "case {} of the node '{node}'", case + 1),
            Self::Way(node, way) => write!(f, "strategy {} of the node '{node}'", way + 1),
        }
    }
}

/// All that can be deleted from a document.
fn parts(document: &Document) -> Vec<Part> {
    let mut all: Vec<Part> = document.nodes.keys().cloned().map(Part::Node).collect();
    all.extend(document.intents.keys().cloned().map(Part::Intent));
    for (name, node) in &document.nodes {
        all.extend(node.on.keys().map(|exit| Part::Exit(name.clone(), exit.clone())));
        all.extend(node.next.iter().map(|_| Part::Next(name.clone())));
        all.extend((0..node.branch.len()).map(|case| Part::Case(name.clone(), case)));
        all.extend((0..node.choose.len()).map(|way| Part::Way(name.clone(), way)));
    }
    all
}

fn delete(document: &mut Document, part: &Part) {
    let nodes = &mut document.nodes;
    match part {
        Part::Node(name) => drop(nodes.remove(name)),
        Part::Intent(name) => drop(document.intents.remove(name)),
        Part::Exit(name, exit) => {
            nodes.entry(name.clone()).and_modify(|node| drop(node.on.remove(exit)));
        }
        Part::Next(name) => {
            nodes.entry(name.clone()).and_modify(|node| node.next = None);
        }
        Part::Case(name, case) => {
            nodes.entry(name.clone()).and_modify(|node| drop(node.branch.remove(*case)));
        }
        Part::Way(name, way) => {
            nodes.entry(name.clone()).and_modify(|node| drop(node.choose.remove(*way)));
        }
    }
}
