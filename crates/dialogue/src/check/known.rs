//! Names that may have no value where they are spoken, and names that nobody uses.

use std::collections::{BTreeMap, BTreeSet};

use super::Checker;
use super::flow::reachable;
use crate::problem::did_you_mean;
use crate::scenario::{Act, BUILT_IN_OUTCOMES, Node, Origin, Scenario};

pub(super) fn check(checker: &mut Checker<'_>) {
    unknown_values(checker);
    unused(checker);
    tests(checker);
}

/// Slots that a prompt speaks of before they were asked for, on some way to it.
fn unknown_values(checker: &mut Checker<'_>) {
    let scenario = checker.scenario;
    let known = forward(checker, starts(checker, &BTreeSet::new()), |node, mut known| {
        for slot in &node.clear {
            known.remove(slot.as_str());
        }
        known.extend(node.set.iter().map(|(slot, _)| slot.as_str()));
        known.extend(node.slot());
        if let Act::Call(call) = &node.act {
            known.extend(call.save.iter().map(|(slot, _)| slot.as_str()));
        }
        known
    });
    for (name, node) in checker.nodes() {
        let Some(known) = known.get(name) else { continue };
        for slot in spoken(node) {
            let own = node.set.iter().any(|(set, _)| set == slot);
            let slot_only = scenario.slots.contains_key(slot);
            if slot_only && !own && !known.contains(slot) {
                let message = format!(
                    "'{slot}' may not be known here: ask for it on every way to \
                                       this node, or branch with 'has {slot}'"
                );
                checker.warn("unknown_value", (&node.origin, &["say"]), message);
            }
        }
    }
}

fn spoken(node: &Node) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for template in node.say.values().flatten() {
        names.extend(template.names());
    }
    if let Act::Message { text, .. } = &node.act {
        for template in text.values().flatten() {
            names.extend(template.names());
        }
    }
    names
}

/// Nodes where a call begins to go on from, each with the facts that hold there.
pub(super) type Starts<'a, T> = Vec<(&'a str, BTreeSet<T>)>;

/// The first node and that of voicemail, where nothing holds, and those to which intents that are
/// understood everywhere lead, where it is what holds `everywhere`.
pub(super) fn starts<'a, T: Ord + Clone>(
    checker: &Checker<'a>,
    everywhere: &BTreeSet<T>,
) -> Starts<'a, T> {
    let mut starts = vec![(checker.scenario.start.as_str(), BTreeSet::new())];
    starts.extend(checker.voicemail().map(|to| (to, BTreeSet::new())));
    starts.extend(checker.global_targets().map(|to| (to, everywhere.clone())));
    starts
}

/// What holds on every way from `starts` to each node: the facts before it, as `leaving` changes
/// them node by node.
pub(super) fn forward<'a, T: Ord + Clone>(
    checker: &Checker<'a>,
    starts: Starts<'a, T>,
    leaving: impl Fn(&'a Node, BTreeSet<T>) -> BTreeSet<T>,
) -> BTreeMap<&'a str, BTreeSet<T>> {
    let scenario = checker.scenario;
    let mut before: BTreeMap<&str, BTreeSet<T>> = BTreeMap::new();
    let mut open = starts;
    while let Some((name, facts)) = open.pop() {
        let Some(node) = scenario.nodes.get(name) else { continue };
        let merged = match before.get(name) {
            Some(known) => known.intersection(&facts).cloned().collect(),
            None => facts,
        };
        if before.get(name) == Some(&merged) {
            continue;
        }
        before.insert(name, merged.clone());
        let after = leaving(node, merged);
        open.extend(node.targets().into_iter().map(|to| (to, after.clone())));
    }
    before
}

/// Names of the scenario's own file that nothing uses.
fn unused(checker: &mut Checker<'_>) {
    let scenario = checker.scenario;
    let reached = reachable(checker);
    let mut slots = BTreeSet::new();
    let mut exits = BTreeSet::new();
    let mut outcomes = BTreeSet::new();
    for (name, node) in checker.nodes() {
        if !reached.contains(name) {
            continue;
        }
        slots.extend(node.slot());
        slots.extend(node.set.iter().map(|(slot, _)| slot.as_str()));
        exits.extend(node.exits.keys().map(String::as_str));
        match &node.act {
            Act::Call(call) => slots.extend(call.save.iter().map(|(slot, _)| slot.as_str())),
            Act::End(outcome) => {
                outcomes.insert(outcome.as_str());
            }
            Act::Say
            | Act::Listen { .. }
            | Act::Branch(_)
            | Act::Choose(_)
            | Act::Message { .. }
            | Act::Transfer { .. } => {}
        }
    }
    for (name, slot) in &scenario.slots {
        if slot.origin.file == 0 && !slots.contains(name.as_str()) {
            let message = format!("nothing asks for the slot '{name}': remove it");
            checker.warn("unused", (&slot.origin, &[]), message);
        }
    }
    for (name, intent) in &scenario.intents {
        let used = exits.contains(name.as_str()) || scenario.globals.contains_key(name);
        if intent.origin.file == 0 && !used {
            let message = format!(
                "no node listens for the intent '{name}': add it to 'on' of a \
                                   node, or remove it"
            );
            checker.error("unused", (&intent.origin, &[]), message);
        }
    }
    for name in scenario.outcomes.keys() {
        let built_in = BUILT_IN_OUTCOMES.contains(&name.as_str());
        let path = ["outcomes".to_owned(), name.clone()];
        let origin = Origin { file: 0, path: path.to_vec() };
        if !built_in && !outcomes.contains(name.as_str()) && own_outcome(checker, name) {
            let message = format!("no call ends as '{name}': remove it");
            checker.error("unused", (&origin, &[]), message);
        }
    }
}

/// Whether an outcome stands in the scenario's own file rather than in a library.
fn own_outcome(checker: &Checker<'_>, name: &str) -> bool {
    checker.loaded.own_has(&["outcomes", name])
}

/// Names in tests that are not known.
fn tests(checker: &mut Checker<'_>) {
    let scenario: &Scenario = checker.scenario;
    let origin = Origin { file: 0, path: vec!["tests".to_owned()] };
    if scenario.tests.is_empty() {
        let message = "no tests: write what a callee may say, and what must come of it".to_owned();
        checker.warn("tests", (&Origin::default(), &["nodes"]), message);
    }
    for test in &scenario.tests {
        let outcome = test.outcome.as_deref();
        if let Some(outcome) = outcome.filter(|name| !scenario.outcomes.contains_key(*name)) {
            let hint = did_you_mean(outcome, scenario.outcomes.keys().map(String::as_str));
            let message = format!("test '{}': there is no outcome '{outcome}': {hint}", test.name);
            checker.error("tests", (&origin, &[]), message);
        }
        for turn in &test.talk {
            let named = turn.means.as_deref();
            if let Some(name) = named.filter(|name| !scenario.intents.contains_key(*name)) {
                let hint = did_you_mean(name, scenario.intents.keys().map(String::as_str));
                let message = format!("test '{}': there is no intent '{name}': {hint}", test.name);
                checker.error("tests", (&origin, &[]), message);
            }
        }
    }
}
