//! Exits, nodes that nothing leads to or that lead nowhere, and loops that ask nobody.

use std::collections::BTreeSet;

use outcall_understanding::slots::Kind;

use super::Checker;
use crate::scenario::{Act, Node, Scenario};

pub(super) fn check(checker: &mut Checker<'_>) {
    exits(checker);
    let reached = reachable(checker);
    for (name, node) in checker.nodes() {
        // A library brings more than a scenario uses.
        if node.origin.file == 0 && !reached.contains(name) {
            let message = format!("nothing leads to the node '{name}': lead to it or remove it");
            checker.error("unreachable", (&node.origin, &[]), message);
        }
    }
    let ending = ending(checker.scenario);
    for (name, node) in checker.nodes() {
        if reached.contains(name) && !ending.contains(name) {
            let message = format!(
                "from the node '{name}' the call can never end: lead it to one \
                                   with 'end'"
            );
            checker.error("dead_end", (&node.origin, &[]), message);
        }
    }
    loops(checker, &reached);
}

/// Exits that a node needs and does not have.
fn exits(checker: &mut Checker<'_>) {
    let scenario = checker.scenario;
    for (_, node) in checker.nodes() {
        for exit in needed(scenario, node) {
            if !node.exits.contains_key(exit) {
                let how = if exit == "next" { "add 'next'" } else { "add it to 'on'" };
                let message = format!("the exit '{exit}' leads nowhere: {how}");
                checker.error("exit", (&node.origin, &[]), message);
            }
        }
        let open = match &node.act {
            Act::Branch(cases) => cases.iter().all(|(when, _)| when.is_some()),
            Act::Choose(ways) => ways.iter().all(|way| way.when.is_some()),
            Act::Say
            | Act::Listen { .. }
            | Act::Call(_)
            | Act::Message { .. }
            | Act::Transfer { .. }
            | Act::End(_) => false,
        };
        if open {
            let message = "no case may hold: add a last one without 'when'".to_owned();
            checker.error("exit", (&node.origin, &[]), message);
        }
    }
}

fn needed<'a>(scenario: &'a Scenario, node: &'a Node) -> Vec<&'a str> {
    let has_next = node.exits.contains_key("next");
    match &node.act {
        Act::Say | Act::Message { .. } => vec!["next"],
        Act::Call(_) => vec!["next", "failed", "timeout"],
        Act::Transfer { .. } => vec!["next", "failed"],
        Act::Branch(_) | Act::Choose(_) | Act::End(_) => Vec::new(),
        Act::Listen { slot } => {
            let mut needed = vec!["no_match", "no_input"];
            let kind = slot.as_deref().and_then(|slot| scenario.kind(slot));
            match kind {
                Some(Kind::YesNo) if !has_next => needed.extend(["yes", "no"]),
                Some(Kind::OneOf(choices)) if !has_next => {
                    needed.extend(choices.iter().map(|choice| choice.name.as_str()));
                }
                Some(_) => needed.push("next"),
                None => {}
            }
            needed
        }
    }
}

/// The nodes that a call can come to.
pub(super) fn reachable<'a>(checker: &Checker<'a>) -> BTreeSet<&'a str> {
    let mut open: Vec<&str> = vec![checker.scenario.start.as_str()];
    open.extend(checker.voicemail());
    open.extend(checker.global_targets());
    let mut reached = BTreeSet::new();
    while let Some(name) = open.pop() {
        if reached.insert(name)
            && let Some(node) = checker.scenario.nodes.get(name)
        {
            open.extend(node.targets());
        }
    }
    reached
}

/// The nodes from which a call can end.
fn ending(scenario: &Scenario) -> BTreeSet<&str> {
    let mut ending: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = ending.len();
        for (name, node) in &scenario.nodes {
            let ends = matches!(node.act, Act::End(_));
            if ends || node.targets().iter().any(|to| ending.contains(to)) {
                ending.insert(name);
            }
        }
        if ending.len() == before {
            return ending;
        }
    }
}

/// Loops on which nobody is asked: the callee would hear them until a bound ends the call.
fn loops(checker: &mut Checker<'_>, reached: &BTreeSet<&str>) {
    let scenario = checker.scenario;
    let mut told = BTreeSet::new();
    for (name, node) in checker.nodes().filter(|(name, _)| reached.contains(name)) {
        if told.contains(name) || matches!(node.act, Act::Listen { .. }) {
            continue;
        }
        let mut open = node.targets();
        let mut passed = BTreeSet::new();
        while let Some(next) = open.pop() {
            let Some(target) = scenario.nodes.get(next) else { continue };
            if !matches!(target.act, Act::Listen { .. }) && passed.insert(next) {
                open.extend(target.targets());
            }
        }
        if passed.contains(name) {
            told.extend(passed.iter().copied());
            let message = format!(
                "the node '{name}' comes back to itself without asking anything: \
                                   lead the loop through a question or to an end"
            );
            checker.error("endless_loop", (&node.origin, &[]), message);
        }
    }
}
