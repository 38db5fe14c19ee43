//! Where a call is. It can be written down and taken up again at any step.

use std::collections::BTreeMap;

use outcall_understanding::slots::{Language, Value};
use serde::{Deserialize, Serialize};

use crate::scenario::Scenario;
use crate::values::Values;

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// That a person answers.
    New,
    /// The end of a prompt.
    Speaking,
    /// An answer.
    Listening,
    /// A policy's choice.
    Choosing,
    /// The answer to a request.
    Calling,
    /// A person to whom the call is handed.
    Transferring,
    /// Nothing more.
    Ended,
}

/// A value that was read back and waits for a yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confirming {
    /// The slot.
    pub slot: String,
    /// The value as it was understood.
    pub value: Value,
}

/// A part of a value that was said; the rest is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The slot.
    pub slot: String,
    /// What is known: a day, a time, or a range of either.
    pub value: Value,
}

/// Where a call is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The version of the scenario it belongs to.
    pub version: String,
    /// Chooses the variants of prompts.
    pub seed: u64,
    /// The language spoken.
    pub language: Language,
    /// The node.
    pub node: String,
    /// What the call waits for.
    pub phase: Phase,
    /// Slots and variables.
    pub values: Values,
    /// How often the call came to each node.
    pub visits: BTreeMap<String, u16>,
    /// How many events it had.
    pub steps: u32,
    /// How often the node understood nothing.
    pub no_match: u8,
    /// How often nothing was said to the node.
    pub no_input: u8,
    /// Misses of all nodes.
    pub misses: u16,
    /// How often the callee interrupted.
    pub interruptions: u16,
    /// Whether the prompt of this node was interrupted.
    pub interrupted: bool,
    /// The value that waits for a yes.
    pub confirming: Option<Confirming>,
    /// The part of a value whose rest is asked for.
    #[serde(default)]
    pub part: Option<Part>,
    /// The wish that is understood everywhere and waits for a yes.
    #[serde(default)]
    pub doubting: Option<String>,
    /// Whether the callee asked for slower speech.
    pub slower: bool,
    /// The last intents, at most four, the latest last.
    pub recent: Vec<String>,
    /// How the call ended.
    pub outcome: Option<String>,
}

impl State {
    /// A call that has not begun.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            version: scenario.version.clone(),
            seed: 0,
            language: scenario.first_language(),
            node: scenario.start.clone(),
            phase: Phase::New,
            values: Values::new(),
            visits: BTreeMap::new(),
            steps: 0,
            no_match: 0,
            no_input: 0,
            misses: 0,
            interruptions: 0,
            interrupted: false,
            confirming: None,
            part: None,
            doubting: None,
            slower: false,
            recent: Vec::new(),
            outcome: None,
        }
    }
}
