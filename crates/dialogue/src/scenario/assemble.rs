//! Documents into one scenario: the scenario's own names before those of its libraries, sub-flows
//! unfolded into the nodes that hold them.

use std::collections::BTreeMap;

use outcall_understanding::slots::{Kind, Language};

use super::compile::{Compiler, Scope};
use super::{Act, GlobalRule, IntentRule, Node, Origin, Scenario, SlotRule, Voicemail};
use super::{BUILT_IN_OUTCOMES, resolve, version};
use crate::document::node::Node as Written;
use crate::document::slot::Slot;
use crate::document::texts::Texts;
use crate::document::{Document, Flow, Global, Intent, Task};
use crate::load::Sources;
use crate::problem::{Problem, Severity, did_you_mean};
use crate::values::alike;

/// How many nodes a scenario may have, sub-flows unfolded.
const NODES_MAX: usize = 1_000;

/// How deep sub-flows may hold sub-flows.
const FLOWS_DEEP: usize = 4;
/// Below which probability a wish is asked about that has a question for it.
const CONFIRM_BELOW: f32 = 0.8;

/// Something of a document and the file it stands in.
type From<T> = BTreeMap<String, (usize, T)>;

/// Puts documents together; the first is the scenario itself.
pub(crate) fn assemble(
    mut documents: Vec<Document>,
    sources: &Sources,
) -> Result<Scenario, Vec<Problem>> {
    let tests = documents.first_mut().map(|own| std::mem::take(&mut own.tests)).unwrap_or_default();
    let Some(own) = documents.first().cloned() else { return Err(Vec::new()) };
    let languages = match own.languages.is_empty() {
        true => vec![Language::En],
        false => own.languages.clone(),
    };
    let libraries = documents.iter().flat_map(|document| document.languages.iter().copied());
    let written: Vec<Language> = languages.iter().copied().chain(libraries).collect();
    let mut assembler = Assembler {
        compiler: Compiler {
            languages: &languages,
            written: &written,
            defaults: &own.defaults,
            faults: Vec::new(),
        },
        flows: merge(&documents, |document| &document.flows),
        kinds: kinds(&documents),
        problems: Vec::new(),
        sources,
        nodes: BTreeMap::new(),
        slots: BTreeMap::new(),
    };
    for (name, (file, slot)) in merge(&documents, |document| &document.slots) {
        assembler.slot(&name, &slot, &Scope::default(), origin(file, &["slots", &name]));
    }
    for (name, (file, node)) in merge(&documents, |document| &document.nodes) {
        let origin = origin(file, &["nodes", &name]);
        assembler.node(&name, &node, &Scope::default(), &origin, 0);
    }
    let mut globals = BTreeMap::new();
    for (name, (file, global)) in merge(&documents, |document| &document.globals) {
        let rule = assembler.global(&global, origin(file, &["globals", &name]));
        globals.insert(name, rule);
    }
    let intents = merge(&documents, |document| &document.intents);
    let first = languages.first().copied().unwrap_or_default();
    let intents = intents.into_iter().map(|(name, (file, intent))| {
        let origin = origin(file, &["intents", &name]);
        (name, intent_rule(&intent, &languages, first, origin))
    });
    let mut outcomes: BTreeMap<String, Task> = merge(&documents, |document| &document.outcomes)
        .into_iter()
        .map(|(name, (_, task))| (name, task))
        .collect();
    for name in BUILT_IN_OUTCOMES {
        outcomes.entry(name.to_owned()).or_insert(Task::Incomplete);
    }
    let variables = merge(&documents, |document| &document.variables);
    let Assembler { nodes, slots, mut problems, .. } = assembler;
    let mut scenario = Scenario {
        name: own.name.clone(),
        about: own.about.clone(),
        version: String::new(),
        jurisdictions: own.jurisdictions.clone(),
        variables: variables.into_iter().map(|(name, (_, kind))| (name, kind)).collect(),
        slots,
        intents: intents.collect(),
        outcomes,
        limits: own.limits,
        start: own.start.clone(),
        voicemail: voicemail(&documents),
        globals,
        nodes,
        sample: own.sample.clone(),
        tests,
        languages,
    };
    problems.extend(resolve::names(&scenario, sources));
    scenario.version = version::of(&scenario);
    if problems.is_empty() { Ok(scenario) } else { Err(problems) }
}

fn merge<T: Clone>(
    documents: &[Document],
    of: impl Fn(&Document) -> &BTreeMap<String, T>,
) -> From<T> {
    let mut merged = From::new();
    for (file, document) in documents.iter().enumerate() {
        for (name, item) in of(document) {
            merged.entry(name.clone()).or_insert_with(|| (file, item.clone()));
        }
    }
    merged
}

/// The first that the scenario or one of its libraries names.
fn voicemail(documents: &[Document]) -> Option<Voicemail> {
    let mut named = documents.iter().enumerate().filter_map(|(file, document)| {
        let node = document.voicemail.clone()?;
        Some(Voicemail { node, origin: origin(file, &["voicemail"]) })
    });
    named.next()
}

/// The kinds of the scenario's own names, to compare with those of sub-flows.
fn kinds(documents: &[Document]) -> BTreeMap<String, Kind> {
    let mut kinds = BTreeMap::new();
    for document in documents {
        for (name, slot) in document.variables.iter().chain(&document.slots) {
            kinds.entry(name.clone()).or_insert_with(|| slot.kind.clone());
        }
    }
    kinds
}

fn origin(file: usize, path: &[&str]) -> Origin {
    Origin { file, path: path.iter().map(|&name| name.to_owned()).collect() }
}

fn intent_rule(
    intent: &Intent,
    languages: &[Language],
    first: Language,
    origin: Origin,
) -> IntentRule {
    let by_language = |texts: &Texts| {
        languages
            .iter()
            .map(|&language| (language, texts.of(language, first).to_vec()))
            .filter(|(_, sentences)| !sentences.is_empty())
            .collect()
    };
    IntentRule {
        examples: by_language(&intent.0.examples),
        not: by_language(&intent.0.not),
        origin,
    }
}

struct Assembler<'a> {
    compiler: Compiler<'a>,
    flows: From<Flow>,
    kinds: BTreeMap<String, Kind>,
    sources: &'a Sources,
    problems: Vec<Problem>,
    nodes: BTreeMap<String, Node>,
    slots: BTreeMap<String, SlotRule>,
}

impl Assembler<'_> {
    fn problem(&mut self, origin: &Origin, field: &[&str], rule: &'static str, message: String) {
        let path: Vec<&str> =
            origin.path.iter().map(String::as_str).chain(field.iter().copied()).collect();
        let place = (origin.file, path.as_slice());
        self.problems.push(self.sources.problem(place, Severity::Error, rule, message));
    }

    /// Tells what the compiler found, at the places that it found it.
    fn faults(&mut self, origin: &Origin) {
        for (field, message) in std::mem::take(&mut self.compiler.faults) {
            let field: Vec<&str> = field.iter().map(String::as_str).collect();
            self.problem(origin, &field, "format", message);
        }
    }

    fn slot(&mut self, name: &str, slot: &Slot, scope: &Scope, origin: Origin) {
        let rule = self.compiler.slot(slot, scope, origin);
        self.faults(&rule.origin);
        self.slots.insert(scope.value(name), rule);
    }

    fn global(&mut self, global: &Global, origin: Origin) -> GlobalRule {
        let say = self.compiler.prompt("say", &global.say, &Scope::default());
        self.faults(&origin);
        let confirm = self.compiler.prompt("confirm", &global.confirm, &Scope::default());
        self.faults(&origin);
        let Global { act, to, digit, first, says_no, confirm_below, .. } = global.clone();
        let confirm_below = confirm_below.unwrap_or(CONFIRM_BELOW);
        GlobalRule { act, say, to, digit, first, says_no, confirm, confirm_below, origin }
    }

    fn node(&mut self, name: &str, node: &Written, scope: &Scope, origin: &Origin, depth: usize) {
        if self.nodes.len() >= NODES_MAX {
            let message = format!("more than {NODES_MAX} nodes, sub-flows unfolded: split it");
            return self.problem(origin, &[], "limits", message);
        }
        let mut compiled = self.compiler.node(node, scope, origin.clone());
        self.faults(origin);
        if node.leave.is_some() && scope.within.is_empty() {
            let message = "'return' is for sub-flows: write 'end' and an outcome".to_owned();
            self.problem(origin, &["return"], "sub-flow", message);
        }
        if let Some(flow) = &node.flow {
            self.unfold((flow, node), &mut compiled, scope, &scope.node(name), depth);
        }
        self.nodes.insert(scope.node(name), compiled);
    }

    /// Puts the nodes of a sub-flow behind the node that holds it.
    fn unfold(
        &mut self,
        (flow_name, node): (&str, &Written),
        holder: &mut Node,
        outer: &Scope,
        within: &str,
        depth: usize,
    ) {
        let origin = holder.origin.clone();
        let Some((file, flow)) = self.flows.get(flow_name).cloned() else {
            let hint = did_you_mean(flow_name, self.flows.keys().map(String::as_str));
            let message = format!("there is no sub-flow '{flow_name}': {hint}");
            return self.problem(&origin, &["flow"], "unknown", message);
        };
        if depth >= FLOWS_DEEP {
            let message = format!(
                "sub-flows within sub-flows, deeper than {FLOWS_DEEP}: a flow \
                                   may not hold itself"
            );
            return self.problem(&origin, &["flow"], "sub-flow", message);
        }
        let own = flow.inputs.keys().chain(flow.slots.keys()).cloned().collect();
        let inner = Scope { within: within.to_owned(), own };
        self.signature(&flow, node, outer, &origin);
        holder.set.extend(self.compiler.operands("in", &node.inputs, (&inner, outer)));
        holder.clear = flow.slots.keys().map(|slot| inner.value(slot)).collect();
        let exits = std::mem::take(&mut holder.exits);
        holder.exits = BTreeMap::from([("next".to_owned(), inner.node(&flow.start))]);
        holder.act = Act::Say;
        self.faults(&origin);
        for (name, slot) in &flow.slots {
            let origin = self::origin(file, &["flows", flow_name, "slots", name]);
            self.slot(name, slot, &inner, origin);
        }
        for (name, written) in &flow.nodes {
            let origin = self::origin(file, &["flows", flow_name, "nodes", name]);
            self.node(name, written, &inner, &origin, depth + 1);
            let Some(exit) = &written.leave else { continue };
            let Some(leaving) = self.nodes.get_mut(&inner.node(name)) else { continue };
            if let Some(to) = exits.get(exit).or_else(|| exits.get("next")) {
                leaving.exits.insert("next".to_owned(), to.clone());
            }
            let taken = node.out.iter().map(|(to, of)| {
                (outer.value(to), crate::expression::Operand::Name(inner.value(of)))
            });
            leaving.set.extend(taken);
        }
    }

    /// Whether a sub-flow is given what it needs, and gives what is taken.
    fn signature(&mut self, flow: &Flow, node: &Written, outer: &Scope, origin: &Origin) {
        for (input, wanted) in &flow.inputs {
            let Some(given) = node.inputs.get(input) else {
                let message = format!("the sub-flow needs '{input}': add it to 'in'");
                self.problem(origin, &["flow"], "sub-flow", message);
                continue;
            };
            if let Some(kind) = self.kinds.get(&outer.value(given))
                && !alike(kind, &wanted.kind)
            {
                let message = format!("'{given}' is of another kind than the input '{input}'");
                self.problem(origin, &["in", input], "sub-flow", message);
            }
        }
        for input in node.inputs.keys().filter(|input| !flow.inputs.contains_key(*input)) {
            let hint = did_you_mean(input, flow.inputs.keys().map(String::as_str));
            let message = format!("the sub-flow has no input '{input}': {hint}");
            self.problem(origin, &["in", input], "sub-flow", message);
        }
        for (to, of) in &node.out {
            let Some(slot) = flow.slots.get(of).filter(|_| flow.outputs.contains(of)) else {
                let hint = did_you_mean(of, flow.outputs.iter().map(String::as_str));
                let message = format!("the sub-flow has no output '{of}': {hint}");
                self.problem(origin, &["out", to], "sub-flow", message);
                continue;
            };
            if self.kinds.get(&outer.value(to)).is_some_and(|kind| !alike(kind, &slot.kind)) {
                let message = format!("'{to}' is of another kind than the output '{of}'");
                self.problem(origin, &["out", to], "sub-flow", message);
            }
        }
        let returned: Vec<&str> =
            flow.nodes.values().filter_map(|inner| inner.leave.as_deref()).collect();
        for exit in node.on.keys().filter(|exit| !returned.contains(&exit.as_str())) {
            let hint = did_you_mean(exit, returned.iter().copied());
            let message = format!("the sub-flow never leaves by '{exit}': {hint}");
            self.problem(origin, &["on", exit], "sub-flow", message);
        }
        for exit in returned {
            if !node.on.contains_key(exit) && node.next.is_none() {
                let message = format!("the sub-flow may leave by '{exit}': add it to 'on'");
                self.problem(origin, &["flow"], "exit", message);
            }
        }
    }
}
