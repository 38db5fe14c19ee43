//! A scenario ready to run: libraries merged, sub-flows unfolded, texts and conditions read.
//!
//! - `assemble`: from documents to it. `compile`: one node. `resolve`: whether every name is known.
//! - `prompts`: what is said word for word on every call.
//! - `version`: the hash of all that a call depends on.

mod assemble;
mod compile;
mod prompts;
mod resolve;
mod version;

use std::collections::BTreeMap;

use outcall_understanding::reading::{Guess, Reading};
use outcall_understanding::slots::{Choice, Kind, Language};
use serde::Serialize;

pub(crate) use assemble::assemble;
pub(crate) use resolve::BUILT_IN;

use crate::document::exchange::Exchange;
use crate::document::node::{Disclosed, Method};
use crate::document::policy::{Interruption, Limits, PatienceFields};
use crate::document::slot::SlotKind;
use crate::document::{GlobalAct, Task};
use crate::expression::{Expression, Operand};
use crate::template::Template;
use crate::values::{Values, may_be_said_before_asked};

/// The outcome of a call that ended because the callee hung up.
pub const HUNG_UP: &str = "hung_up";

/// The outcome of a call that an answering machine took, of a scenario that leaves no message.
pub const VOICEMAIL: &str = "voicemail";

/// Outcomes that every scenario has.
pub(crate) const BUILT_IN_OUTCOMES: [&str; 3] = [HUNG_UP, EXHAUSTED, VOICEMAIL];

/// The outcome of a call that came to one of its bounds, or to an exit that leads nowhere.
pub const EXHAUSTED: &str = "exhausted";

/// A scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The SHA-256 of all that a call depends on, in hexadecimal.
    #[serde(skip)]
    pub version: String,
    /// The languages; texts without one are in the first.
    pub languages: Vec<Language>,
    /// Whose rules of disclosure it follows.
    pub jurisdictions: Vec<String>,
    /// What the contact list brings.
    pub variables: BTreeMap<String, SlotKind>,
    /// What can be asked for.
    pub slots: BTreeMap<String, SlotRule>,
    /// What callees may mean.
    pub intents: BTreeMap<String, IntentRule>,
    /// How calls end.
    pub outcomes: BTreeMap<String, Task>,
    /// Bounds.
    pub limits: Limits,
    /// The first node.
    pub start: String,
    pub(crate) voicemail: Option<Voicemail>,
    pub(crate) globals: BTreeMap<String, GlobalRule>,
    pub(crate) nodes: BTreeMap<String, Node>,
    /// The row of the contact list in tests.
    #[serde(skip)]
    pub sample: BTreeMap<String, String>,
    /// The tests of the scenario's own file.
    #[serde(skip)]
    pub tests: Vec<Exchange>,
}

/// What can be asked for.
#[derive(Clone, Debug, Serialize)]
pub struct SlotRule {
    /// The kind of its value.
    pub kind: Kind,
    /// Below which probability it is read back. It never is without a text for that.
    pub confirm_below: f32,
    pub(crate) confirm: Prompt,
    /// Ask for what a value lacks.
    pub(crate) say_missing_day: Prompt,
    pub(crate) say_missing_time: Prompt,
    /// The variable whose words say yes.
    pub(crate) yes_by_name: Option<String>,
    #[serde(skip)]
    pub(crate) origin: Origin,
}

/// What callees may mean, by language.
#[derive(Clone, Debug, Serialize)]
pub struct IntentRule {
    /// Sentences that say it.
    pub examples: BTreeMap<Language, Vec<String>>,
    /// Sentences that are alike and do not.
    pub not: BTreeMap<Language, Vec<String>>,
    #[serde(skip)]
    pub(crate) origin: Origin,
}

/// What is understood everywhere.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct GlobalRule {
    pub(crate) act: Option<GlobalAct>,
    pub(crate) say: Prompt,
    pub(crate) to: Option<String>,
    pub(crate) digit: Option<char>,
    pub(crate) first: bool,
    pub(crate) says_no: bool,
    /// Asks whether it was meant.
    pub(crate) confirm: Prompt,
    /// Below which probability that is asked. It never is without a text for it.
    pub(crate) confirm_below: f32,
    #[serde(skip)]
    pub(crate) origin: Origin,
}

/// The node that leaves a message on an answering machine.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Voicemail {
    pub(crate) node: String,
    #[serde(skip)]
    pub(crate) origin: Origin,
}

/// Variants of a prompt, by language. Empty when nothing is said.
pub(crate) type Prompt = BTreeMap<Language, Vec<Template>>;

/// Where something was written: a file and the names that lead to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) file: usize,
    pub(crate) path: Vec<String>,
}

/// A node.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Node {
    pub(crate) say: Prompt,
    pub(crate) discloses: Vec<Disclosed>,
    /// Slots forgotten when it is entered.
    pub(crate) clear: Vec<String>,
    /// Slots set when it is entered, after those were forgotten.
    pub(crate) set: Vec<(String, Operand)>,
    pub(crate) act: Act,
    /// Where each exit leads; `next` is the plain one.
    pub(crate) exits: BTreeMap<String, String>,
    pub(crate) policy: NodePolicy,
    #[serde(skip)]
    pub(crate) origin: Origin,
}

/// What a node does after its prompt.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Act {
    /// Goes on; at once when it says nothing.
    Say,
    Listen {
        slot: Option<String>,
    },
    Branch(Vec<(Option<Expression>, String)>),
    Choose(Vec<Way>),
    Call(Call),
    Message {
        channel: String,
        text: Prompt,
    },
    Transfer {
        to: String,
        summary: Prompt,
    },
    End(String),
}

/// One strategy of several.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Way {
    pub(crate) name: String,
    pub(crate) when: Option<Expression>,
    pub(crate) to: String,
}

impl Way {
    /// Whether it may be taken with these values.
    pub(crate) fn is_allowed(&self, values: &Values) -> bool {
        self.when.as_ref().is_none_or(|when| when.holds(values))
    }
}

/// A request.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: Template,
    pub(crate) body: Vec<(String, Operand)>,
    pub(crate) timeout_ms: u32,
    /// A slot, and the field of the answer that it takes.
    pub(crate) save: Vec<(String, String)>,
}

/// How a node listens.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NodePolicy {
    pub(crate) patience: PatienceFields,
    pub(crate) interruption: Interruption,
    pub(crate) silence_ms: u32,
    pub(crate) no_match: u8,
    pub(crate) no_input: u8,
    pub(crate) say_no_match: Prompt,
    pub(crate) say_no_input: Prompt,
}

impl Node {
    /// The slot that it asks for.
    pub(crate) fn slot(&self) -> Option<&str> {
        let Act::Listen { slot } = &self.act else { return None };
        slot.as_deref()
    }

    /// All nodes that it can lead to.
    pub(crate) fn targets(&self) -> Vec<&str> {
        let mut targets: Vec<&str> = self.exits.values().map(String::as_str).collect();
        match &self.act {
            Act::Branch(cases) => targets.extend(cases.iter().map(|(_, to)| to.as_str())),
            Act::Choose(options) => targets.extend(options.iter().map(|way| way.to.as_str())),
            Act::Say
            | Act::Listen { .. }
            | Act::Call(_)
            | Act::Message { .. }
            | Act::Transfer { .. }
            | Act::End(_) => {}
        }
        targets
    }
}

/// Nodes that may be passed between a wish for no more calls and the end of the call.
const FAREWELLS_MAX: usize = 8;
/// The confidence from which on a wish for no more calls is believed, when nothing else is likelier
/// by more than so much.
const OPT_OUT_LEAST: f32 = 0.4;
const CLOSE: f32 = 0.05;
/// The part of the usual confidence that is enough for an intent that leads on to a question, and
/// how many times surer than any other it is then.
const LEADING_ON: f32 = 0.7;
const CLEAR: f32 = 2.0;
/// By how much more one must be sure that leaves the question for good, wherever the call is.
const LEAVING: f32 = 0.1;

impl Scenario {
    /// The language of texts without one.
    pub fn first_language(&self) -> Language {
        self.languages.first().copied().unwrap_or_default()
    }

    /// The names of its nodes, those of sub-flows with the node that holds them before a slash.
    pub fn node_names(&self) -> impl Iterator<Item = &str> {
        self.nodes.keys().map(String::as_str)
    }

    /// The kind of a slot or a variable.
    pub(crate) fn kind(&self, name: &str) -> Option<&Kind> {
        let slot = self.slots.get(name).map(|slot| &slot.kind);
        slot.or_else(|| self.variables.get(name).map(|variable| &variable.kind))
    }

    /// The slots of other questions whose values a node takes: those that its exits name.
    pub(crate) fn other_slots<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a str> {
        let is_slot = |exit: &&str| {
            let rule = self.slots.get(*exit).filter(|_| !self.intents.contains_key(*exit));
            rule.is_some_and(|rule| may_be_said_before_asked(&rule.kind))
        };
        node.exits.keys().map(String::as_str).filter(is_slot)
    }

    /// The choices of a slot, empty for every other kind.
    pub(crate) fn choices(&self, slot: &str) -> &[Choice] {
        match self.slots.get(slot).map(|slot| &slot.kind) {
            Some(Kind::OneOf(choices)) => choices,
            _ => &[],
        }
    }

    /// The outcome of a wish that is understood everywhere, when it is to be called no more.
    pub fn opts_out(&self, global: &str) -> Option<&str> {
        let outcome = self.farewell(self.globals.get(global)?.to.as_deref()?)?;
        (self.task(outcome) == Task::OptedOut).then_some(outcome)
    }

    /// The outcome, when from this node on the robot only says farewell.
    pub(crate) fn farewell<'a>(&'a self, mut name: &'a str) -> Option<&'a str> {
        for _ in 0..FAREWELLS_MAX {
            let node = self.nodes.get(name)?;
            match &node.act {
                Act::End(outcome) => return Some(outcome),
                Act::Say => name = node.exits.get("next")?,
                Act::Listen { .. }
                | Act::Branch(_)
                | Act::Choose(_)
                | Act::Call(_)
                | Act::Message { .. }
                | Act::Transfer { .. } => return None,
            }
        }
        None
    }

    /// Whether what the robot does next at this node is to ask something.
    fn asks<'a>(&'a self, mut name: &'a str) -> bool {
        for _ in 0..FAREWELLS_MAX {
            match self.nodes.get(name).map(|node| (&node.act, node.exits.get("next"))) {
                Some((Act::Listen { .. }, _)) => return true,
                Some((Act::Say, Some(next))) => name = next,
                _ => return false,
            }
        }
        false
    }

    /// The intents that are understood everywhere.
    pub fn global_names(&self) -> impl Iterator<Item = &str> {
        self.globals.keys().filter(|name| self.intents.contains_key(*name)).map(String::as_str)
    }

    /// The outcome, when an utterance holds the wish to be called no more.
    pub fn wants_no_more(&self, reading: &Reading) -> Option<&str> {
        let meant = reading.intents.iter().filter(|guess| self.is_meant(guess, reading));
        meant.filter_map(|guess| self.opts_out(&guess.intent)).next()
    }

    /// Whether a guess is sure enough to count. Whoever most likely wants no more calls is believed
    /// sooner than others: one call too few is a smaller evil than one too many.
    pub(crate) fn is_meant(&self, guess: &Guess, reading: &Reading) -> bool {
        let usual = self.limits.confidence.max(reading.out_of_scope);
        let is_first = || {
            let most = reading.intents.first().map_or(0.0, |first| first.confidence);
            guess.confidence + CLOSE >= most && self.opts_out(&guess.intent).is_some()
        };
        guess.confidence >= usual || guess.confidence >= OPT_OUT_LEAST && is_first()
    }

    /// Whether a guess is sure enough for what it leads to at a node. To ask the next question by
    /// mistake costs no more than to ask the same one again, so what leads on is believed sooner,
    /// when nothing else comes near it. To leave the question for good, for the end of the call or
    /// for other questions, costs the call when nobody wanted it, so what does that anywhere needs
    /// more.
    pub(crate) fn is_meant_at(&self, node: &Node, guess: &Guess, reading: &Reading) -> bool {
        let own = node.exits.get(&guess.intent);
        let everywhere = self.globals.get(&guess.intent).and_then(|global| global.to.as_ref());
        let to = own.or(everywhere);
        // What is asked about first leads to a question.
        let is_asked_about = own.is_none()
            && self.globals.get(&guess.intent).is_some_and(|global| !global.confirm.is_empty());
        let ends = to.is_some_and(|to| self.farewell(to).is_some());
        if own.is_none() && !is_asked_about && to.is_some_and(|to| ends || self.asks(to)) {
            let least = self.leaving_least(&guess.intent);
            return self.is_meant(guess, reading) && guess.confidence >= least;
        }
        let others = reading.intents.iter().filter(|other| other.intent != guess.intent);
        let next = others.map(|other| other.confidence).fold(0.0, f32::max);
        // What is answered in between comes back to the question.
        let asks = is_asked_about || own.map_or(to.is_none(), |to| self.asks(to));
        let leads_on = asks
            && guess.confidence >= self.limits.confidence * LEADING_ON
            && guess.confidence >= next * CLEAR;
        leads_on || self.is_meant(guess, reading)
    }

    /// Whether a wish that is understood everywhere is asked about before it counts.
    pub(crate) fn is_doubtful(&self, guess: &Guess) -> bool {
        self.globals.get(&guess.intent).is_some_and(|global| {
            let least = global.confirm_below.max(self.leaving_least(&guess.intent));
            !global.confirm.is_empty() && guess.confidence < least
        })
    }

    /// How sure a wish must at least be that leaves the question for good from everywhere.
    fn leaving_least(&self, global: &str) -> f32 {
        match self.opts_out(global) {
            Some(_) => 0.0,
            None => (self.limits.confidence + LEAVING).min(1.0),
        }
    }

    /// The wish that a key stands for everywhere.
    pub fn of_digit(&self, digit: char) -> Option<&str> {
        let found = self.globals.iter().find(|(_, global)| global.digit == Some(digit));
        found.map(|(name, _)| name.as_str())
    }

    /// What becomes of the task with an outcome.
    pub fn task(&self, outcome: &str) -> Task {
        self.outcomes.get(outcome).copied().unwrap_or(Task::Incomplete)
    }
}
