//! What a scenario's author writes. One file is one scenario, or a library that others include.
//!
//! - `node`: nodes. `policy`: patience, interruption and retries. `slot`: what can be asked for.
//! - `texts`: texts by language, with variants. `exchange`: the tests inside a file.
//! - `short`: fields that may be written in a short and in a long form.

pub mod exchange;
pub mod node;
pub mod policy;
mod short;
pub mod slot;
pub mod texts;

use std::collections::BTreeMap;

use outcall_understanding::slots::Language;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use exchange::Exchange;
use node::Node;
use policy::{Limits, Policy};
use slot::{Slot, SlotKind};
use texts::Texts;

/// The version of the format.
pub const SCHEMA: u32 = 1;

/// A scenario, or a library of intents, nodes and sub-flows that scenarios include.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The version of the format: 1.
    pub schema: u32,
    /// The name, in lower case with hyphens.
    pub name: String,
    /// What it is for, in a sentence.
    #[serde(default)]
    pub about: String,
    /// The languages it is held in; texts without a language are in the first. English without it.
    #[serde(default)]
    #[schemars(with = "Vec<Code>")]
    pub languages: Vec<Language>,
    /// Whose rules of disclosure it follows (us, uk, eu, cn): each must be met before the callee is
    /// asked for anything.
    #[serde(default)]
    pub jurisdictions: Vec<String>,
    /// Libraries, by paths relative to this file. What stands here replaces theirs of that name.
    #[serde(default)]
    pub include: Vec<String>,
    /// What the contact list brings: a name and its kind.
    #[serde(default)]
    pub variables: BTreeMap<String, SlotKind>,
    /// What can be asked for.
    #[serde(default)]
    pub slots: BTreeMap<String, Slot>,
    /// What callees may mean.
    #[serde(default)]
    pub intents: BTreeMap<String, Intent>,
    /// What is understood at every node, by the name of its intent.
    #[serde(default)]
    pub globals: BTreeMap<String, Global>,
    /// Sub-flows.
    #[serde(default)]
    pub flows: BTreeMap<String, Flow>,
    /// How calls end, and what each end means for the task.
    #[serde(default)]
    pub outcomes: BTreeMap<String, Task>,
    /// Patience, interruption and retries of nodes that say nothing else.
    #[serde(default)]
    pub defaults: Policy,
    /// Bounds.
    #[serde(default)]
    pub limits: Limits,
    /// The first node. A library has none.
    #[serde(default)]
    pub start: String,
    /// The node that leaves a message after the beep of an answering machine. Without it the call
    /// ends there, as `voicemail`. A library may name it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<String>,
    /// The nodes, by name.
    #[serde(default)]
    pub nodes: BTreeMap<String, Node>,
    /// The row of the contact list in tests; `with` of a test replaces single fields of it.
    #[serde(default)]
    pub sample: BTreeMap<String, String>,
    /// Scripted exchanges that must go as written.
    #[serde(default)]
    pub tests: Vec<Exchange>,
}

/// The languages, for the schema.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "it stands for a type of another crate in the schema")]
enum Code {
    En,
    Zh,
}

/// What becomes of the task of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// What the call was made for is done.
    Completed,
    /// The callee decided against it.
    Declined,
    /// It is still to be done: later, or by a person.
    Incomplete,
    /// The wrong person: nothing is to be done here.
    WrongPerson,
    /// The callee wants no further calls: the number is suppressed.
    OptedOut,
}

/// What a callee may mean: sentences that say it, and sentences that are alike and do not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntentFields {
    /// 3 to 10 sentences.
    pub examples: Texts,
    /// Sentences that are alike and mean something else.
    #[serde(default)]
    pub not: Texts,
}

/// An intent. Short form: only the examples.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Intent(pub IntentFields);

/// What is understood at every node. After `say` the robot returns to where it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Global {
    /// Says the last prompt again, or again and slower.
    #[serde(rename = "do", default, skip_serializing_if = "Option::is_none")]
    pub act: Option<GlobalAct>,
    /// What is answered.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub say: Texts,
    /// Where the call goes on, instead of the node it was at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The key that means the same: 0 to 9, * or #.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digit: Option<char>,
    /// Wins over all else that was said with it, as "stop calling me" must.
    #[serde(default)]
    pub first: bool,
    /// Whoever says it says no as well: a no beside it is no answer to the question. "No, you have
    /// the wrong number."
    #[serde(default)]
    pub says_no: bool,
    /// Asked before it counts, when it was understood with less than `confirm_below`: a question
    /// for yes or no. A wish to be called no more counts also when nobody answers it.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub confirm: Texts,
    /// Below which probability `confirm` is asked. Default 0.8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_below: Option<f32>,
}

/// What a global intent does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GlobalAct {
    /// The last prompt again.
    Repeat,
    /// The last prompt again, and everything slower from then on.
    Slower,
}

/// A sub-flow: nodes with inputs, outputs and exits of their own. Its exits are the names that its
/// nodes return.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// What it is for.
    #[serde(default)]
    pub about: String,
    /// What it must be given.
    #[serde(default)]
    pub inputs: BTreeMap<String, SlotKind>,
    /// Which of its slots can be taken out.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// What it asks for.
    #[serde(default)]
    pub slots: BTreeMap<String, Slot>,
    /// Its first node.
    pub start: String,
    /// Its nodes.
    pub nodes: BTreeMap<String, Node>,
}

/// The JSON Schema of the format, for editors.
///
/// # Errors
/// None in practice: a schema is always a JSON value.
pub fn schema() -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Document))?;
    text.push('\n');
    Ok(text)
}
