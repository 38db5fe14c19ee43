//! Nodes. What a node does follows from its fields: one of `ask`, `branch`, `choose`, `call`,
//! `message`, `transfer`, `flow`, `return` and `end`; with none of them it says its prompt, and
//! listens when `on` names what may be answered.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::{Interruption, Patience, Retry};
use super::texts::Texts;

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Node {
    /// The prompt, with variables and slots in braces: `Hello {name}`.
    pub say: Texts,
    /// What the prompt tells the callee, as the law asks for it.
    pub discloses: Vec<Disclosed>,
    /// The slot asked for. It leaves by `yes` and `no` when that is asked, else by `next`.
    pub ask: Option<String>,
    /// The first case that holds is taken; one without `when` always holds.
    pub branch: Vec<Case>,
    /// Strategies of which a policy chooses; without one the first that is allowed is taken.
    pub choose: Vec<Strategy>,
    /// An HTTP request. It leaves by `next`, `failed` or `timeout`.
    pub call: Option<Request>,
    /// A message sent to the callee.
    pub message: Option<Message>,
    /// Hands the call to a person. It leaves by `next` when that person answers, else by `failed`.
    pub transfer: Option<Transfer>,
    /// A sub-flow; its exits are those of `on`.
    pub flow: Option<String>,
    /// What the sub-flow is given: its input, and a variable, a slot or a value.
    #[serde(rename = "in")]
    pub inputs: BTreeMap<String, String>,
    /// What is taken out of it: a slot of this scenario, and an output of the sub-flow.
    pub out: BTreeMap<String, String>,
    /// In a sub-flow: the exit by which it is left.
    #[serde(rename = "return")]
    pub leave: Option<String>,
    /// Ends the call with this outcome.
    pub end: Option<String>,
    /// Slots that are set when the node is entered: a variable, a slot or a value.
    pub set: BTreeMap<String, String>,
    /// Where the call goes on.
    pub next: Option<String>,
    /// Where each exit leads: intents, slots of other questions, yes, no, no_match, no_input,
    /// failed, timeout.
    pub on: BTreeMap<String, String>,
    /// Silence that ends a turn. Default: that of `defaults`, else normal.
    pub patience: Option<Patience>,
    /// When the prompt lets itself be interrupted. Default: never for a node that discloses, else
    /// that of `defaults`, else on_speech.
    pub interruption: Option<Interruption>,
    /// Silence that counts as no answer, in ms. Default: that of `defaults`, else 6,000.
    pub silence_ms: Option<u32>,
    /// Retries. Default: those of `defaults`, else 2 of each.
    pub retry: Retry,
}

/// What a prompt discloses.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Disclosed {
    /// For whom the call is made.
    Caller,
    /// That a machine is speaking.
    Robot,
    /// How to ask for no further calls.
    OptOut,
}

/// A case of a branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A condition: `amount > 100 and not (language == "zh")`; `has day` asks whether it is known.
    #[serde(default)]
    pub when: Option<String>,
    /// Where it leads.
    pub to: String,
}

/// One of several ways to go on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Strategy {
    /// Its name in records.
    pub name: String,
    /// When it is allowed. Without it: always.
    #[serde(default)]
    pub when: Option<String>,
    /// Where it leads.
    pub to: String,
}

/// An HTTP request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// GET or POST. Default POST.
    #[serde(default)]
    pub method: Method,
    /// The address, with variables and slots in braces.
    pub url: String,
    /// The fields of the JSON body: a variable, a slot or a value each.
    #[serde(default)]
    pub body: BTreeMap<String, String>,
    /// How long an answer is waited for, in ms. Default 3,000.
    #[serde(default = "timeout")]
    pub timeout_ms: u32,
    /// What is kept of the answer: a slot, and a field of the JSON answer.
    #[serde(default)]
    pub save: BTreeMap<String, String>,
}

fn timeout() -> u32 {
    3_000
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Writes.
    #[default]
    Post,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// How it is sent, for example sms.
    pub channel: String,
    /// Its text, with variables and slots in braces.
    pub text: Texts,
}

/// A transfer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The queue or the extension.
    pub to: String,
    /// What the person is told, with variables and slots in braces.
    #[serde(default)]
    pub summary: Texts,
}
