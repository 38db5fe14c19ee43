//! What the law wants to be said, before the callee is asked for anything.

use std::collections::BTreeSet;

use outcall_campaign::Regulations;

use super::Checker;
use super::known::{forward, starts};
use crate::document::Task;
use crate::document::node::Disclosed;
use crate::document::policy::Interruption;
use crate::problem::did_you_mean;
use crate::scenario::{Act, Node, Origin};

pub(super) fn check(checker: &mut Checker<'_>) {
    let scenario = checker.scenario;
    let regulations = Regulations::builtin();
    let top = Origin::default();
    let mut required = BTreeSet::new();
    if scenario.jurisdictions.is_empty() {
        let message =
            "no jurisdiction: name those whose people are called, as in [us, uk]".to_owned();
        checker.error("disclosure", (&top, &["jurisdictions"]), message);
    }
    for code in &scenario.jurisdictions {
        let Some(found) = regulations.by_code(code) else {
            let known = regulations.iter().map(|known| known.code.as_str());
            let message =
                format!("there is no jurisdiction '{code}': {}", did_you_mean(code, known));
            checker.error("disclosure", (&top, &["jurisdictions"]), message);
            continue;
        };
        let rule = &found.disclosure.rule;
        for (asked, what) in [
            (rule.identify_caller, Disclosed::Caller),
            (rule.identify_robot, Disclosed::Robot),
            (rule.opt_out, Disclosed::OptOut),
        ] {
            if asked {
                required.insert(what);
            }
        }
    }
    disclosed_first(checker, &required);
    message(checker, &required);
    opt_out(checker);
}

/// What was told once a node was heard.
fn disclosing(node: &Node, mut told: BTreeSet<Disclosed>) -> BTreeSet<Disclosed> {
    told.extend(node.discloses.iter().copied());
    told
}

/// A disclosure as authors write it, and in words.
fn words(what: Disclosed) -> (&'static str, &'static str) {
    match what {
        Disclosed::Caller => ("caller", "for whom the call is made"),
        Disclosed::Robot => ("robot", "that a machine is speaking"),
        Disclosed::OptOut => ("opt_out", "how to ask for no further calls"),
    }
}

/// A message on an answering machine tells by itself all that must be disclosed.
fn message(checker: &mut Checker<'_>, required: &BTreeSet<Disclosed>) {
    let starts = checker.voicemail().map(|to| (to, BTreeSet::new())).into_iter().collect();
    let before = forward(checker, starts, disclosing);
    for (name, node) in checker.nodes().filter(|(_, node)| matches!(node.act, Act::End(_))) {
        let Some(told) = before.get(name) else { continue };
        for what in required.iter().filter(|what| !told.contains(what)) {
            if !node.discloses.contains(what) {
                let (field, say) = words(*what);
                let message = format!(
                    "a message on an answering machine ends here that does not say {say}: say it \
                     in the message, with 'discloses: [{field}]'"
                );
                checker.error("disclosure", (&node.origin, &[]), message);
            }
        }
    }
}

/// Every way to a question passes all that must be disclosed.
fn disclosed_first(checker: &mut Checker<'_>, required: &BTreeSet<Disclosed>) {
    // Nothing is understood before the first prompt was heard, which nobody can interrupt.
    let first = checker.scenario.nodes.get(&checker.scenario.start);
    let everywhere = first.into_iter().flat_map(|node| node.discloses.iter().copied()).collect();
    let before = forward(checker, starts(checker, &everywhere), disclosing);
    for (name, node) in checker.nodes() {
        if !node.discloses.is_empty() && node.policy.interruption != Interruption::Never {
            let message = "what the law wants to be heard can be interrupted here: remove \
                           'interruption', or write never"
                .to_owned();
            checker.error("disclosure", (&node.origin, &["interruption"]), message);
        }
        let Some(before) = before.get(name) else { continue };
        let asks = matches!(node.act, Act::Listen { .. } | Act::Transfer { .. });
        for what in required.iter().filter(|_| asks) {
            if !before.contains(what) && !node.discloses.contains(what) {
                let (field, say) = words(*what);
                let message = format!(
                    "a way leads here on which it was not said {say}: say it \
                                       before, with 'discloses: [{field}]'"
                );
                checker.error("disclosure", (&node.origin, &[]), message);
            }
        }
    }
}

/// At every node a callee can ask for no further calls, and is heard.
fn opt_out(checker: &mut Checker<'_>) {
    let scenario = checker.scenario;
    let ends = |name: &str| {
        let mut open = vec![name];
        let mut passed = BTreeSet::new();
        while let Some(name) = open.pop() {
            let Some(node) = scenario.nodes.get(name).filter(|_| passed.insert(name)) else {
                continue;
            };
            if matches!(&node.act, Act::End(outcome) if scenario.task(outcome) == Task::OptedOut) {
                return true;
            }
            open.extend(node.targets());
        }
        false
    };
    let heard = scenario.globals.iter().any(|(name, global)| {
        let spoken = scenario.intents.contains_key(name) && global.first;
        spoken && global.to.as_deref().is_some_and(ends)
    });
    if !heard {
        let message =
            "nobody can ask for no further calls: add a global intent with 'first: true' \
                       that leads to an end with an outcome of opted_out, or include the library"
                .to_owned();
        checker.error("opt_out", (&Origin::default(), &["globals"]), message);
    }
}
