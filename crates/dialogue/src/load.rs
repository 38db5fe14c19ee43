//! From files to a scenario: a document, its libraries, and every problem of them.

use std::collections::BTreeMap;

use crate::document::{Document, SCHEMA};
use crate::problem::{Position, Problem, Problems, Severity};
use crate::scenario::{Scenario, assemble};
use crate::text::{Fault, Tree, decode, parse};

/// How many files a scenario may consist of.
pub const INCLUDES_MAX: usize = 16;

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FilesError(pub String);

/// Where files come from.
pub trait Files {
    /// The text of a file.
    ///
    /// # Errors
    /// When it is not there or is not text.
    fn read(&self, path: &str) -> Result<String, FilesError>;

    /// The path of an included file, as the file that includes it names it.
    fn beside(&self, file: &str, include: &str) -> String;
}

/// A scenario and the files that it was read from, so that later problems have their places.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    sources: Sources,
}

/// The files of a scenario: the scenario's own first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources(Vec<(String, Tree)>);

impl Sources {
    /// A problem at a path of names in a file.
    pub(crate) fn problem(
        &self,
        (file, path): (usize, &[&str]),
        severity: Severity,
        rule: &'static str,
        message: String,
    ) -> Problem {
        let (name, at) = match self.0.get(file) {
            Some((name, tree)) => (name.clone(), tree.find(path)),
            None => (String::new(), Position::default()),
        };
        Problem { file: name, at, severity, rule, message }
    }
}

impl Loaded {
    pub(crate) fn assemble(documents: Vec<Document>, sources: Sources) -> Result<Self, Problems> {
        match assemble(documents, &sources) {
            Ok(scenario) => Ok(Self { scenario, sources }),
            Err(problems) => Err(sorted(problems)),
        }
    }

    /// Whether the scenario's own file has something at a path of names.
    pub(crate) fn own_has(&self, path: &[&str]) -> bool {
        self.sources.0.first().is_some_and(|(_, tree)| tree.has(path))
    }

    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }
}

/// Reads a scenario and all that it includes.
///
/// # Errors
/// With every problem that was found, each with its place.
pub fn load(files: &impl Files, path: &str) -> Result<Loaded, Problems> {
    let (documents, sources) = read_documents(files, path)?;
    Loaded::assemble(documents, sources)
}

/// Reads a scenario's files, without putting them together.
pub(crate) fn read_documents(
    files: &impl Files,
    path: &str,
) -> Result<(Vec<Document>, Sources), Problems> {
    let mut reading = Reading { files, sources: Sources::default(), problems: Vec::new() };
    let mut documents = Vec::new();
    reading.file(path, None, &mut documents);
    match reading.problems.is_empty() {
        true => Ok((documents, reading.sources)),
        false => Err(sorted(reading.problems)),
    }
}

fn sorted(mut problems: Vec<Problem>) -> Problems {
    problems.sort_by(|a, b| (&a.file, a.at).cmp(&(&b.file, b.at)));
    Problems(problems)
}

struct Reading<'a, F> {
    files: &'a F,
    sources: Sources,
    problems: Vec<Problem>,
}

impl<F: Files> Reading<'_, F> {
    /// Reads a file and then those that it includes; one that was read already is not read again.
    fn file(&mut self, path: &str, from: Option<(&str, Position)>, into: &mut Vec<Document>) {
        if self.sources.0.iter().any(|(known, _)| known == path) {
            return;
        }
        let (file, at) = from.map_or((path, Position::default()), |(file, at)| (file, at));
        if self.sources.0.len() >= INCLUDES_MAX {
            let message = format!("more than {INCLUDES_MAX} files: put libraries together");
            return self.fault(file, Fault::at(at, message));
        }
        let text = match self.files.read(path) {
            Ok(text) => text,
            Err(error) => return self.fault(file, Fault::at(at, error.to_string())),
        };
        let tree = match parse(&text) {
            Ok(tree) => tree,
            Err(fault) => return self.fault(path, fault),
        };
        self.sources.0.push((path.to_owned(), tree.clone()));
        let (document, faults) = document(&tree);
        for fault in faults {
            self.fault(path, fault);
        }
        let Some(document) = document else { return };
        let includes = document.include.clone();
        into.push(document);
        for include in includes {
            let beside = self.files.beside(path, &include);
            self.file(&beside, Some((path, tree.find(&["include"]))), into);
        }
    }

    fn fault(&mut self, file: &str, fault: Fault) {
        self.problems.push(Problem {
            file: file.to_owned(),
            at: fault.at.unwrap_or(Position { line: 1, column: 1 }),
            severity: Severity::Error,
            rule: "format",
            message: fault.message,
        });
    }
}

/// A tree as a document. Each node, intent and test is read by itself, so that several faults are
/// told at once.
fn document(tree: &Tree) -> (Option<Document>, Vec<Fault>) {
    let mut faults = Vec::new();
    let head = tree.without(&["slots", "intents", "globals", "flows", "nodes", "tests"]);
    let mut document: Option<Document> = match decode(&head) {
        Ok(document) => Some(document),
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    let slots = each(tree, "slots", &mut faults);
    let intents = each(tree, "intents", &mut faults);
    let globals = each(tree, "globals", &mut faults);
    let flows = each(tree, "flows", &mut faults);
    let nodes = each(tree, "nodes", &mut faults);
    let mut tests = Vec::new();
    for item in tree.items("tests") {
        match decode(item) {
            Ok(test) => tests.push(test),
            Err(fault) => faults.push(fault),
        }
    }
    if let Some(document) = &mut document {
        if document.schema != SCHEMA {
            let message = format!("schema {} is not known: write 1", document.schema);
            faults.push(Fault::at(tree.find(&["schema"]), message));
        }
        (document.slots, document.intents, document.globals) = (slots, intents, globals);
        (document.flows, document.nodes, document.tests) = (flows, nodes, tests);
    }
    (document, faults)
}

fn each<T: serde::de::DeserializeOwned>(
    tree: &Tree,
    field: &str,
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, T> {
    let mut all = BTreeMap::new();
    let Some((_, map)) = tree.entries().iter().find(|(key, _)| key.name == field) else {
        return all;
    };
    if map.entries().is_empty() && !map.is_empty() {
        faults.push(Fault::at(map.at, format!("'{field}' is a map: write 'name: ...' below it")));
    }
    for (key, value) in map.entries() {
        match decode(value) {
            Ok(value) => {
                all.insert(key.name.clone(), value);
            }
            Err(fault) => faults.push(fault),
        }
    }
    all
}
