//! What happens on a call.

use std::collections::BTreeMap;

use outcall_understanding::slots::Language;
use serde::{Deserialize, Serialize};

use crate::understander::Heard;

/// What happens on a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A person answered.
    Started {
        /// The language to speak; the scenario's first when it has no such language.
        language: Language,
        /// Whose law holds, for example `us`.
        jurisdiction: String,
        /// Chooses the variants of prompts.
        seed: u64,
        /// The row of the contact list.
        variables: BTreeMap<String, String>,
    },
    /// The callee said something.
    Heard(Heard),
    /// The callee said nothing for as long as the node waits.
    Silence,
    /// The callee pressed a key.
    Digit(char),
    /// The callee interrupted a prompt after so much of it, in ms.
    Interrupted {
        /// How much of the prompt was heard, in ms.
        played_ms: u32,
    },
    /// The prompt was heard to its end.
    PromptFinished,
    /// The policy chose a strategy.
    Chosen {
        /// Its place among those of the node, from 0.
        index: usize,
        /// The probability with which the policy chose it.
        probability: f32,
    },
    /// A request was answered, or failed.
    Api(ApiResult),
    /// The time for the request is over.
    Timer,
    /// Whether the person answered to whom the call was handed.
    Transfer {
        /// Whether that person answered.
        answered: bool,
    },
    /// A message may be left now: after the beep of an answering machine. It comes after
    /// [`Event::Started`], which brings what the message speaks of.
    Voicemail,
    /// The callee hung up.
    HungUp,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiResult {
    /// The fields of the answer, as texts.
    Answered(BTreeMap<String, String>),
    /// No connection, or a status that is no success.
    Failed,
}
