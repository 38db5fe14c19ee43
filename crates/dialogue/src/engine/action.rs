//! What the robot does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::Task;
use crate::document::node::Method;
use crate::document::policy::{Interruption, PatienceFields};

/// What the robot does, in the order that it is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Speaks.
    Say {
        /// The text.
        text: String,
        /// Whether the callee asked for slower speech.
        slower: bool,
        /// When it lets itself be interrupted.
        interruption: Interruption,
    },
    /// Listens, once all was said.
    Listen {
        /// The slot asked for.
        slot: Option<String>,
        /// Silence that ends a turn.
        patience: PatienceFields,
        /// Silence that counts as no answer, in ms.
        silence_ms: u32,
    },
    /// Asks a policy which of several strategies to take.
    Choose {
        /// What the policy may look at.
        features: Features,
        /// The names of the strategies.
        options: Vec<String>,
        /// Which of them are allowed. At least one is.
        allowed: Vec<bool>,
    },
    /// Asks another system.
    Call {
        /// The method.
        method: Method,
        /// The address.
        url: String,
        /// The fields of the JSON body.
        body: BTreeMap<String, String>,
        /// After how long [`super::Event::Timer`] is due, in ms.
        timeout_ms: u32,
    },
    /// Sends a message to the callee.
    Message {
        /// How.
        channel: String,
        /// Its text.
        text: String,
    },
    /// Hands the call to a person.
    Transfer {
        /// The queue or the extension.
        to: String,
        /// What that person is told.
        summary: String,
    },
    /// Hangs up, once all was said.
    End {
        /// The outcome.
        outcome: String,
        /// What becomes of the task.
        task: Task,
    },
}

impl Action {
    /// The strategies offered and which of them are allowed, when it asks for a choice.
    pub(crate) fn choice(&self) -> Option<(&[String], &[bool])> {
        let Self::Choose { options, allowed, .. } = self else { return None };
        Some((options, allowed))
    }
}

/// What a policy may look at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// The node that offers the strategies.
    pub node: String,
    /// How often the call came to it.
    pub visits: u16,
    /// How many events the call had.
    pub steps: u32,
    /// How often the callee interrupted.
    pub interruptions: u16,
    /// How often nothing was understood, or nothing said.
    pub misses: u16,
    /// The slots and variables that are known.
    pub known: Vec<String>,
    /// The last intents, the latest last.
    pub recent: Vec<String>,
}
