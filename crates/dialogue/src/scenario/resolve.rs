//! Whether every name that a scenario speaks of is known.

use super::{Act, Node, Origin, Prompt, Scenario};
use crate::load::Sources;
use crate::problem::{Problem, Severity, did_you_mean};
use crate::values::may_be_said_before_asked;

/// Names that every call has.
pub(crate) const BUILT_IN: [&str; 2] = ["language", "jurisdiction"];

/// Every unknown name.
pub(super) fn names(scenario: &Scenario, sources: &Sources) -> Vec<Problem> {
    let mut resolver = Resolver { scenario, sources, problems: Vec::new() };
    if scenario.start.is_empty() {
        let message = "no first node: write 'start: ' and the name of a node".to_owned();
        resolver.problem(&Origin::default(), &["start"], message);
    } else {
        resolver.node_name(&Origin::default(), &["start"], &scenario.start);
    }
    if let Some(voicemail) = &scenario.voicemail {
        resolver.node_name(&voicemail.origin, &[], &voicemail.node);
    }
    for node in scenario.nodes.values() {
        resolver.node(node);
    }
    for (name, global) in &scenario.globals {
        let origin = &global.origin;
        resolver.prompt(origin, "say", &global.say);
        resolver.prompt(origin, "confirm", &global.confirm);
        if let Some(to) = &global.to {
            resolver.node_name(origin, &["to"], to);
        }
        if !scenario.intents.contains_key(name) && global.digit.is_none() {
            let message = format!(
                "'{name}' is neither an intent nor has it a digit: add examples \
                                   under 'intents'"
            );
            resolver.problem(origin, &[], message);
        }
    }
    for slot in scenario.slots.values() {
        resolver.prompt(&slot.origin, "confirm", &slot.confirm);
        resolver.prompt(&slot.origin, "say_missing_day", &slot.say_missing_day);
        resolver.prompt(&slot.origin, "say_missing_time", &slot.say_missing_time);
        if let Some(name) = &slot.yes_by_name {
            resolver.value_name(&slot.origin, &["yes_by_name"], name);
        }
    }
    resolver.problems
}

struct Resolver<'a> {
    scenario: &'a Scenario,
    sources: &'a Sources,
    problems: Vec<Problem>,
}

impl Resolver<'_> {
    fn problem(&mut self, origin: &Origin, field: &[&str], message: String) {
        let path: Vec<&str> =
            origin.path.iter().map(String::as_str).chain(field.iter().copied()).collect();
        let place = (origin.file, path.as_slice());
        self.problems.push(self.sources.problem(place, Severity::Error, "unknown", message));
    }

    fn node_name(&mut self, origin: &Origin, field: &[&str], name: &str) {
        if !self.scenario.nodes.contains_key(name) {
            let hint = did_you_mean(name, self.scenario.node_names());
            self.problem(origin, field, format!("there is no node '{name}': {hint}"));
        }
    }

    fn value_name(&mut self, origin: &Origin, field: &[&str], name: &str) {
        let scenario = self.scenario;
        let input = name.split_once('.').is_some_and(|(node, _)| scenario.nodes.contains_key(node));
        if !input && scenario.kind(name).is_none() && !BUILT_IN.contains(&name) {
            let known = scenario.slots.keys().chain(scenario.variables.keys());
            let hint = did_you_mean(name, known.map(String::as_str).chain(BUILT_IN));
            let message = format!("there is no variable or slot '{name}': {hint}");
            self.problem(origin, field, message);
        }
    }

    fn slot_name(&mut self, origin: &Origin, field: &[&str], name: &str) {
        if !self.scenario.slots.contains_key(name) {
            let hint = did_you_mean(name, self.scenario.slots.keys().map(String::as_str));
            self.problem(origin, field, format!("there is no slot '{name}': {hint}"));
        }
    }

    fn prompt(&mut self, origin: &Origin, field: &str, prompt: &Prompt) {
        for template in prompt.values().flatten() {
            for name in template.names() {
                self.value_name(origin, &[field], name);
            }
        }
    }

    fn node(&mut self, node: &Node) {
        let origin = &node.origin;
        self.prompt(origin, "say", &node.say);
        self.prompt(origin, "retry", &node.policy.say_no_match);
        self.prompt(origin, "retry", &node.policy.say_no_input);
        for (exit, to) in &node.exits {
            let field: &[&str] = if exit == "next" { &["next"] } else { &["on", exit] };
            self.node_name(origin, field, to);
        }
        for (slot, operand) in &node.set {
            if !slot.contains('.') {
                self.slot_name(origin, &["set", slot], slot);
            }
            if let Some(name) = operand.name() {
                self.value_name(origin, &["set", slot], name);
            }
        }
        self.act(node);
    }

    fn act(&mut self, node: &Node) {
        let origin = &node.origin;
        let mut names = Vec::new();
        match &node.act {
            Act::Listen { slot } => {
                if let Some(slot) = slot {
                    self.slot_name(origin, &["ask"], slot);
                }
                self.exits(node, slot.as_deref());
            }
            Act::Branch(cases) => {
                for (when, to) in cases {
                    self.node_name(origin, &["branch"], to);
                    if let Some(when) = when {
                        when.names(&mut names);
                    }
                }
            }
            Act::Choose(ways) => {
                for way in ways {
                    self.node_name(origin, &["choose"], &way.to);
                    if let Some(when) = &way.when {
                        when.names(&mut names);
                    }
                }
            }
            Act::Call(call) => {
                names.extend(call.url.names());
                names.extend(call.body.iter().filter_map(|(_, operand)| operand.name()));
                for (slot, _) in &call.save {
                    self.slot_name(origin, &["call", "save"], slot);
                }
            }
            Act::Message { text, .. } => self.prompt(origin, "message", text),
            Act::Transfer { summary, .. } => self.prompt(origin, "transfer", summary),
            Act::End(outcome) => {
                if !self.scenario.outcomes.contains_key(outcome) {
                    let known = self.scenario.outcomes.keys().map(String::as_str);
                    let hint = did_you_mean(outcome, known);
                    let message = format!("there is no outcome '{outcome}': {hint}");
                    self.problem(origin, &["end"], message);
                }
            }
            Act::Say => {}
        }
        for name in names {
            self.value_name(origin, &[], name);
        }
    }

    /// Exits of a node that listens are intents, or what can happen to it.
    fn exits(&mut self, node: &Node, slot: Option<&str>) {
        let yes_no = slot
            .and_then(|slot| self.scenario.kind(slot))
            .is_some_and(|kind| matches!(kind, outcall_understanding::slots::Kind::YesNo));
        for (exit, to) in &node.exits {
            if self.scenario.slots.contains_key(exit) && !self.scenario.intents.contains_key(exit) {
                self.exit_of_slot(node, exit, to);
                continue;
            }
            let known = match exit.as_str() {
                "next" | "no_match" | "no_input" => true,
                "yes" | "no" => yes_no,
                _ => {
                    self.scenario.intents.contains_key(exit)
                        || slot.is_some_and(|slot| {
                            self.scenario.choices(slot).iter().any(|choice| choice.name == *exit)
                        })
                }
            };
            if !known {
                let names = self.scenario.intents.keys().chain(self.scenario.slots.keys());
                let hint = did_you_mean(exit, names.map(String::as_str));
                let message =
                    format!("'{exit}' is no intent, no slot and no exit of this node: {hint}");
                self.problem(&node.origin, &["on", exit], message);
            }
        }
    }
    /// An exit that takes a value for another question leads to that question.
    fn exit_of_slot(&mut self, node: &Node, slot: &str, to: &str) {
        let kind = self.scenario.kind(slot);
        let message = if !kind.is_some_and(may_be_said_before_asked) {
            format!(
                "the value of '{slot}' cannot be told from other words before it is asked for: \
                 only numbers, digits, money, days and times can have an exit; use an intent"
            )
        } else if self.scenario.nodes.get(to).is_some_and(|to| to.slot() != Some(slot)) {
            format!(
                "the exit of the slot '{slot}' must lead to a node that asks for it, and '{to}' \
                 does not"
            )
        } else {
            return;
        };
        self.problem(&node.origin, &["on", slot], message);
    }
}
