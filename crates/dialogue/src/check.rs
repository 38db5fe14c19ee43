//! What is wrong with a scenario before anyone hears it.
//!
//! - `flow`: exits, nodes that nothing leads to or that lead nowhere, loops that ask nobody.
//! - `known`: names that may have no value, and names that nobody uses.
//! - `meaning`: languages, examples, intents that cannot be told apart.
//! - `law`: disclosure and opt-out. `voicemail`: messages on answering machines.
//! - `spoken`: prompts that are too long.

mod flow;
mod known;
mod law;
mod meaning;
mod spoken;
mod voicemail;

use crate::load::Loaded;
use crate::problem::{Problem, Severity};
use crate::scenario::{Node, Origin, Scenario};

/// Every problem of a scenario that could be read, by file and place.
pub fn check(loaded: &Loaded) -> Vec<Problem> {
    let mut checker = Checker { scenario: &loaded.scenario, loaded, problems: Vec::new() };
    flow::check(&mut checker);
    known::check(&mut checker);
    meaning::check(&mut checker);
    law::check(&mut checker);
    voicemail::check(&mut checker);
    spoken::check(&mut checker);
    let mut problems = checker.problems;
    problems.sort_by(|a, b| (&a.file, a.at, &a.message).cmp(&(&b.file, b.at, &b.message)));
    problems.dedup();
    problems
}

struct Checker<'a> {
    scenario: &'a Scenario,
    loaded: &'a Loaded,
    problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    fn tell(
        &mut self,
        severity: Severity,
        rule: &'static str,
        (origin, field): (&Origin, &[&str]),
        message: String,
    ) {
        let path: Vec<&str> =
            origin.path.iter().map(String::as_str).chain(field.iter().copied()).collect();
        let place = (origin.file, path.as_slice());
        self.problems.push(self.loaded.sources().problem(place, severity, rule, message));
    }

    fn error(&mut self, rule: &'static str, place: (&Origin, &[&str]), message: String) {
        self.tell(Severity::Error, rule, place, message);
    }

    fn warn(&mut self, rule: &'static str, place: (&Origin, &[&str]), message: String) {
        self.tell(Severity::Warning, rule, place, message);
    }

    /// The nodes to which intents that are understood everywhere lead.
    fn global_targets(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.scenario.globals.values().filter_map(|global| global.to.as_deref())
    }

    /// The node that leaves a message on an answering machine.
    fn voicemail(&self) -> Option<&'a str> {
        self.scenario.voicemail.as_ref().map(|voicemail| voicemail.node.as_str())
    }

    fn nodes(&self) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        self.scenario.nodes.iter().map(|(name, node)| (name.as_str(), node))
    }
}
