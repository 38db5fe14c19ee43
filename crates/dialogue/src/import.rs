//! Scenarios out of what others write: Rasa's training data, stories and responses, and tables of
//! intents.
//!
//! - `material`: what was read of all files, whichever way it was written.
//! - `rasa`: Rasa's YAML. A CSV file is read by `outcall_understanding::intents::import`.
//! - `stories`: linear stories become turns, and turns nodes.
//! - `draft`: the scenario as YAML, with what every call needs and no file brought.
//!
//! What is read is a subset. Nothing is left out in silence: each piece that is has its place.

mod draft;
mod material;
mod rasa;
mod stories;

use outcall_understanding::intents::import::{ImportError, csv};
use outcall_understanding::slots::Language;

use crate::problem::{Position, Problem, Problems};
use crate::text::{Fault, parse};
use material::{Examples, Material, Place};

/// A file to import: a table when its name ends in `.csv`, else YAML of Rasa.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its name, for problems.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// What no file says.
#[derive(Clone, Debug)]
pub struct Wishes {
    /// The scenario's name, in lower case with hyphens.
    pub name: String,
    /// The language of all texts.
    pub language: Language,
    /// Whose people are called: us, uk, eu, cn.
    pub jurisdictions: Vec<String>,
}

/// An imported scenario.
#[derive(Clone, Debug)]
pub struct Imported {
    /// It, as YAML.
    pub text: String,
    /// What was left out, each with its place.
    pub left_out: Vec<Problem>,
}

/// Makes a scenario out of files: all those of one project together.
///
/// # Errors
/// With all that cannot be read, and with names that no file explains, each with its place.
pub fn import(sources: &[Source<'_>], wishes: &Wishes) -> Result<Imported, Problems> {
    let mut material = Material::default();
    for source in sources {
        if source.name.to_lowercase().ends_with(".csv") {
            table(source, &mut material);
        } else {
            match parse(source.text) {
                Ok(tree) => rasa::read(source.name, &tree, &mut material),
                Err(fault) => material.fault(source.name, fault),
            }
        }
    }
    if material.intents.is_empty() && material.errors.is_empty() {
        let name = sources.first().map_or("", |source| source.name);
        let message = "no intents: give a CSV file with the columns text and intent, or Rasa's \
                       'nlu' with examples";
        material.fault(name, Fault::new(message.to_owned()));
    }
    let plan = stories::plan(&mut material);
    let errors = std::mem::take(&mut material.errors);
    if !errors.is_empty() {
        return Err(Problems(sorted(errors)));
    }
    let text = draft::write(&mut material, &plan, wishes);
    Ok(Imported { text, left_out: sorted(material.left_out) })
}

fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| (&a.file, a.at).cmp(&(&b.file, b.at)));
    problems
}

/// The intents of a table. A set has no places: an intent's is that of the table.
fn table(source: &Source<'_>, material: &mut Material) {
    let set = match csv(source.text) {
        Ok(imported) => imported.set,
        Err(ImportError::Row { line, column, problem }) => {
            let from_1 = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
            let at = Position { line: from_1(line), column: from_1(column) };
            return material.fault(source.name, Fault::at(at, problem));
        }
        Err(error) => return material.fault(source.name, Fault::new(error.to_string())),
    };
    let place = Place::new(source.name, Position { line: 1, column: 1 });
    for intent in set.intents {
        let examples = Examples { said: intent.examples, not: intent.negatives };
        material.intent(&intent.name, &examples, &place);
    }
}

#[cfg(test)]
mod tests;
