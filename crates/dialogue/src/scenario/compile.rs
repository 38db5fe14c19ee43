//! One node as it was written into one that runs, in the scope of its sub-flow.

use std::collections::BTreeMap;

use outcall_understanding::slots::Language;

use super::{Act, Call, Node, NodePolicy, Origin, Prompt, SlotRule, Way};
use crate::document::node::{Case, Node as Written, Strategy};
use crate::document::policy::{Interruption, Patience, PatienceName, Policy};
use crate::document::slot::Slot;
use crate::document::texts::{Texts, code};
use crate::expression::{Expression, Operand, parse, parse_operand};
use crate::template::Template;

/// Default silence that counts as no answer, in ms.
const SILENCE_MS: u32 = 6_000;

/// Default retries.
const RETRIES: u8 = 2;

/// Where a node stands: in the scenario itself or in a sub-flow that was unfolded into it.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// The node that holds the sub-flow; empty in the scenario itself.
    pub(super) within: String,
    /// Names that are the sub-flow's own.
    pub(super) own: Vec<String>,
}

impl Scope {
    /// The name of a node.
    pub(super) fn node(&self, name: &str) -> String {
        if self.within.is_empty() { name.to_owned() } else { format!("{}/{name}", self.within) }
    }

    /// The name of a value.
    pub(super) fn value(&self, name: &str) -> String {
        match self.own.iter().any(|own| own == name) {
            true => format!("{}.{name}", self.within),
            false => name.to_owned(),
        }
    }
}

/// What is the same for all nodes, and the problems found: a field and a message each.
pub(super) struct Compiler<'a> {
    pub(super) languages: &'a [Language],
    /// Those and the languages of libraries, whose texts may be left unused.
    pub(super) written: &'a [Language],
    pub(super) defaults: &'a Policy,
    pub(super) faults: Vec<(Vec<String>, String)>,
}

impl Compiler<'_> {
    fn fault(&mut self, field: &[&str], message: String) {
        self.faults.push((field.iter().map(|&name| name.to_owned()).collect(), message));
    }

    /// A text in every language that it is written in.
    pub(super) fn prompt(&mut self, field: &str, texts: &Texts, scope: &Scope) -> Prompt {
        let first = self.languages.first().copied().unwrap_or_default();
        let mut prompt = Prompt::new();
        for written in texts.languages().filter(|written| !written.is_empty()) {
            if !self.written.iter().any(|language| code(*language) == written) {
                let message = format!(
                    "'{written}' is no language of this scenario: add it to \
                                       'languages' or remove the text"
                );
                self.fault(&[field, written], message);
            }
        }
        for &language in self.languages {
            let mut variants = Vec::new();
            for text in texts.of(language, first) {
                match Template::parse(text) {
                    Ok(mut template) => {
                        template.rename(&|name| scope.value(name));
                        variants.push(template);
                    }
                    Err(message) => self.fault(&[field, code(language)], message),
                }
            }
            if !variants.is_empty() {
                prompt.insert(language, variants);
            }
        }
        prompt
    }

    /// A slot.
    pub(super) fn slot(&mut self, slot: &Slot, scope: &Scope, origin: Origin) -> SlotRule {
        let confirm = self.prompt("confirm", &slot.confirm, scope);
        let mut missing =
            |field, texts: &Texts, default: fn(Language) -> &'static str| match texts.is_empty() {
                true => self.default_prompt(default),
                false => self.prompt(field, texts, scope),
            };
        let say_missing_day = missing("say_missing_day", &slot.say_missing_day, which_day);
        let say_missing_time = missing("say_missing_time", &slot.say_missing_time, which_time);
        let (kind, confirm_below) = (slot.kind.clone(), slot.confirm_below);
        let yes_by_name = slot.yes_by_name.clone();
        SlotRule {
            kind,
            confirm_below,
            confirm,
            say_missing_day,
            say_missing_time,
            yes_by_name,
            origin,
        }
    }

    fn default_prompt(&self, text: fn(Language) -> &'static str) -> Prompt {
        let languages = self.languages.iter();
        languages.map(|&language| (language, vec![Template::plain(text(language))])).collect()
    }

    fn condition(&mut self, field: &str, text: Option<&str>, scope: &Scope) -> Option<Expression> {
        match parse(text?) {
            Ok(mut expression) => {
                expression.rename(&|name| scope.value(name));
                Some(expression)
            }
            Err(message) => {
                self.fault(&[field], message);
                None
            }
        }
    }

    /// Values by name, the names in `own` and the values in `scope`.
    pub(super) fn operands(
        &mut self,
        field: &str,
        map: &BTreeMap<String, String>,
        (own, scope): (&Scope, &Scope),
    ) -> Vec<(String, Operand)> {
        let mut operands = Vec::new();
        for (name, text) in map {
            match parse_operand(text) {
                Ok(mut operand) => {
                    operand.rename(&|name| scope.value(name));
                    operands.push((own.value(name), operand));
                }
                Err(message) => self.fault(&[field, name], message),
            }
        }
        operands
    }

    /// A node. Sub-flows and what they return are left to the caller.
    pub(super) fn node(&mut self, written: &Written, scope: &Scope, origin: Origin) -> Node {
        self.one_act(written);
        let act = self.act(written, scope);
        let own = |exit: &String| match written.flow {
            // The names of its exits are the sub-flow's.
            Some(_) => exit.clone(),
            None => scope.value(exit),
        };
        let exits = written.on.iter().map(|(exit, to)| (own(exit), scope.node(to)));
        let mut exits: BTreeMap<String, String> = exits.collect();
        if let Some(next) = &written.next {
            exits.insert("next".to_owned(), scope.node(next));
        }
        for (exit, to) in &self.defaults.on {
            if failures(&act).contains(&exit.as_str()) {
                exits.entry(exit.clone()).or_insert_with(|| to.clone());
            }
        }
        Node {
            say: self.prompt("say", &written.say, scope),
            discloses: written.discloses.clone(),
            clear: Vec::new(),
            set: self.operands("set", &written.set, (scope, scope)),
            act,
            exits,
            policy: self.policy(written, scope),
            origin,
        }
    }

    fn one_act(&mut self, written: &Written) {
        let acts = [
            ("ask", written.ask.is_some()),
            ("branch", !written.branch.is_empty()),
            ("choose", !written.choose.is_empty()),
            ("call", written.call.is_some()),
            ("message", written.message.is_some()),
            ("transfer", written.transfer.is_some()),
            ("flow", written.flow.is_some()),
            ("return", written.leave.is_some()),
            ("end", written.end.is_some()),
        ];
        let present: Vec<&str> =
            acts.iter().filter(|(_, present)| *present).map(|(name, _)| *name).collect();
        if let [_, second, ..] = present[..] {
            let message = format!(
                "a node does one thing, and this one has {}: make nodes of them",
                present.join(" and ")
            );
            self.fault(&[second], message);
        }
    }

    fn act(&mut self, written: &Written, scope: &Scope) -> Act {
        if let Some(slot) = &written.ask {
            return Act::Listen { slot: Some(scope.value(slot)) };
        }
        if !written.branch.is_empty() {
            return Act::Branch(self.cases(&written.branch, scope));
        }
        if !written.choose.is_empty() {
            return Act::Choose(self.ways(&written.choose, scope));
        }
        if let Some(call) = &written.call {
            let url = Template::parse(&call.url).map(|mut url| {
                url.rename(&|name| scope.value(name));
                url
            });
            let url = url.unwrap_or_else(|message| {
                self.fault(&["call", "url"], message);
                Template::default()
            });
            let outside = Scope::default();
            return Act::Call(Call {
                method: call.method,
                url,
                body: self.operands("call", &call.body, (&outside, scope)),
                timeout_ms: call.timeout_ms.clamp(100, 30_000),
                save: call.save.iter().map(|(to, of)| (scope.value(to), of.clone())).collect(),
            });
        }
        if let Some(message) = &written.message {
            let text = self.prompt("message", &message.text, scope);
            return Act::Message { channel: message.channel.clone(), text };
        }
        if let Some(transfer) = &written.transfer {
            let summary = self.prompt("transfer", &transfer.summary, scope);
            return Act::Transfer { to: transfer.to.clone(), summary };
        }
        match &written.end {
            Some(outcome) => Act::End(outcome.clone()),
            None if written.on.is_empty() || written.flow.is_some() => Act::Say,
            None => Act::Listen { slot: None },
        }
    }

    fn cases(&mut self, cases: &[Case], scope: &Scope) -> Vec<(Option<Expression>, String)> {
        let mut compiled = Vec::new();
        for case in cases {
            let when = self.condition("branch", case.when.as_deref(), scope);
            compiled.push((when, scope.node(&case.to)));
        }
        compiled
    }

    fn ways(&mut self, ways: &[Strategy], scope: &Scope) -> Vec<Way> {
        let mut compiled = Vec::new();
        for way in ways {
            let when = self.condition("choose", way.when.as_deref(), scope);
            compiled.push(Way { name: way.name.clone(), when, to: scope.node(&way.to) });
        }
        compiled
    }

    fn policy(&mut self, written: &Written, scope: &Scope) -> NodePolicy {
        let defaults = self.defaults;
        let otherwise = match written.discloses.is_empty() {
            true => defaults.interruption.unwrap_or_default(),
            false => Interruption::Never,
        };
        let is_yes_no = ["yes", "no"].iter().all(|&exit| written.on.contains_key(exit));
        let usual = if is_yes_no { PatienceName::Quick } else { PatienceName::Normal };
        let patience = written.patience.or(defaults.patience);
        let patience = patience.unwrap_or(Patience(usual.into()));
        let silence_ms = written.silence_ms.or(defaults.silence_ms).unwrap_or(SILENCE_MS);
        let retry = &written.retry;
        let mut said = |own: &Texts, default: &Texts| {
            let texts = if own.is_empty() { default } else { own };
            self.prompt("retry", texts, scope)
        };
        NodePolicy {
            patience: patience.0,
            interruption: written.interruption.unwrap_or(otherwise),
            silence_ms: silence_ms.clamp(500, 60_000),
            no_match: retry.no_match.or(defaults.retry.no_match).unwrap_or(RETRIES),
            no_input: retry.no_input.or(defaults.retry.no_input).unwrap_or(RETRIES),
            say_no_match: said(&retry.say_no_match, &defaults.retry.say_no_match),
            say_no_input: said(&retry.say_no_input, &defaults.retry.say_no_input),
        }
    }
}

fn which_day(language: Language) -> &'static str {
    match language {
        Language::En => "And on which day?",
        Language::Zh => "请问是哪一天？",
    }
}

fn which_time(language: Language) -> &'static str {
    match language {
        Language::En => "And at what time?",
        Language::Zh => "请问是几点？",
    }
}

/// The exits for which the scenario has defaults.
pub(super) fn failures(act: &Act) -> &'static [&'static str] {
    match act {
        Act::Listen { .. } => &["no_match", "no_input"],
        Act::Call(_) => &["failed", "timeout"],
        Act::Transfer { .. } => &["failed"],
        Act::Say | Act::Branch(_) | Act::Choose(_) | Act::Message { .. } | Act::End(_) => &[],
    }
}
