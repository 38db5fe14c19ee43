//! Whether the checks and tests of a scenario notice what is deleted from it: a node, an intent, or
//! a transition at random.

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

/// Deletes something at random, `count` times, from the scenario's own file.
///
/// # Errors
/// When the scenario itself cannot be read.
pub fn mutate(
    files: &impl Files,
    path: &str,
    (seed, count): (u64, usize),
) -> Result<Vec<Mutant>, Problems> {
    let (documents, sources) = read_documents(files, path)?;
    let mut chance = Chance(seed);
    let mut mutants = Vec::with_capacity(count);
    for _ in 0..count {
        let mut mutated = documents.clone();
        let Some(own) = mutated.first_mut() else { break };
        let Some(deleted) = delete(own, &mut chance) else { break };
        let caught = caught(Loaded::assemble(mutated, sources.clone()));
        mutants.push(Mutant { deleted, caught });
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

/// Deletes something. `None` when there is nothing to delete.
fn delete(document: &mut Document, chance: &mut Chance) -> Option<String> {
    let mut all = Vec::new();
    all.extend(document.nodes.keys().map(|name| (Part::Node, name.clone(), String::new())));
    all.extend(document.intents.keys().map(|name| (Part::Intent, name.clone(), String::new())));
    for (name, node) in &document.nodes {
        all.extend(node.on.keys().map(|exit| (Part::Exit, name.clone(), exit.clone())));
        all.extend(node.next.iter().map(|_| (Part::Next, name.clone(), String::new())));
        let cases = (0..node.branch.len()).map(|case| (Part::Case, name.clone(), case.to_string()));
        all.extend(cases);
        let ways = (0..node.choose.len()).map(|way| (Part::Way, name.clone(), way.to_string()));
        all.extend(ways);
    }
    let (part, name, detail) = chance.of(&all)?.clone();
    let index: usize = detail.parse().unwrap_or_default();
    match part {
        Part::Node => {
            document.nodes.remove(&name);
            return Some(format!("the node '{name}'"));
        }
        Part::Intent => {
            document.intents.remove(&name);
            return Some(format!("the intent '{name}'"));
        }
        Part::Exit | Part::Next | Part::Case | Part::Way => {}
    }
    let node = document.nodes.get_mut(&name)?;
    match part {
        Part::Exit => {
            node.on.remove(&detail);
        }
        Part::Next => node.next = None,
        Part::Case => {
            node.branch.remove(index);
        }
        Part::Way => {
            node.choose.remove(index);
        }
        Part::Node | Part::Intent => {}
    }
    let exit = if part == Part::Next { "next" } else { detail.as_str() };
    Some(format!("'{exit}' of the node '{name}'"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Node,
    Intent,
    Exit,
    Next,
    Case,
    Way,
}
