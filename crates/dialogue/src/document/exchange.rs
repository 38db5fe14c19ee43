//! Tests inside a scenario: scripted exchanges.

use std::collections::BTreeMap;

use jiff::civil;
use outcall_understanding::slots::Language;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A scripted exchange and what must come of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What it shows, in a sentence.
    pub name: String,
    /// The language. Default: the scenario's first.
    #[serde(default)]
    #[schemars(with = "Option<super::Code>")]
    pub language: Option<Language>,
    /// Whose law holds. Default: the scenario's first.
    #[serde(default)]
    pub jurisdiction: Option<String>,
    /// The wall-clock time where the callee is. Default: Monday, 2026-03-02 at 10:00.
    #[serde(default = "monday")]
    #[schemars(with = "String")]
    pub now: civil::DateTime,
    /// Chooses the variants of prompts. Default 1.
    #[serde(default = "one")]
    pub seed: u64,
    /// The row of the contact list.
    #[serde(default)]
    pub with: BTreeMap<String, String>,
    /// What happens, in order.
    pub talk: Vec<Turn>,
    /// The outcome expected.
    #[serde(default)]
    pub outcome: Option<String>,
    /// Slots expected at the end, as texts.
    #[serde(default)]
    pub slots: BTreeMap<String, String>,
}

fn monday() -> civil::DateTime {
    civil::DateTime::constant(2026, 3, 2, 10, 0, 0, 0)
}

fn one() -> u64 {
    1
}

/// One thing that happens or is expected. Exactly one of the fields that happen may stand; `robot`
/// and `node` alone only look at what the robot did last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Turn {
    /// The callee says this.
    pub user: Option<String>,
    /// With `user`: the robot is interrupted after so many words of its prompt.
    pub after_words: Option<u32>,
    /// With `user`: the intent that is understood, instead of the one recognised.
    pub means: Option<String>,
    /// With `means`: how sure that is, from 0 to 1. Default 1.
    pub sure: Option<f32>,
    /// With `user`: the value that is understood for a slot, instead of the one read.
    pub value: BTreeMap<String, String>,
    /// The callee says nothing, so many times.
    pub silence: Option<u8>,
    /// The callee presses a key.
    pub digit: Option<char>,
    /// The request answers: ok, failed or timeout.
    pub api: Option<ApiTurn>,
    /// The fields of the request's answer.
    pub answer: BTreeMap<String, String>,
    /// Whether the person answers to whom the call is handed.
    pub transfer: Option<bool>,
    /// The callee hangs up.
    pub hangup: Option<bool>,
    /// An answering machine has beeped: a message may be left.
    pub voicemail: Option<bool>,
    /// The policy chooses the strategy of this name.
    pub chosen: Option<String>,
    /// What the robot then says contains this.
    pub robot: Option<String>,
    /// What the robot then says does not contain this.
    pub robot_not: Option<String>,
    /// The node it then is at.
    pub node: Option<String>,
    /// The message that it then sent contains this.
    pub sent: Option<String>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApiTurn {
    /// It is answered.
    Ok,
    /// It fails.
    Failed,
    /// It is not answered in time.
    Timeout,
}
