//! What is written down of what was heard on a call.

use outcall_speech::answer::{Class, Decision};
use serde::Serialize;

use super::early::EarlyRecord;
use crate::hearing::Utterance;

/// Decisions and utterances that are kept of a call: a machine that talks for hours fills no disk.
const DECISIONS_MAX: usize = 16;
const SAID_MAX: usize = 200;

/// What was heard on a call, and what the robot did about it. Stored with the attempt. Times are
/// ms since the call was listened to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LineRecord {
    /// What the network or the callee's side said before the answer, where there was sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_answer: Option<EarlyRecord>,
    /// Who answered, as it was decided last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<Class>,
    /// Every decision, with its evidence and the one that it takes back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// What the callee said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Utterance>,
    /// How often the announcement was interrupted for good.
    #[serde(skip_serializing_if = "is_zero")]
    pub interruptions: u32,
    /// Keys that were pressed in menus.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pressed: String,
    /// How much of a message was left on a voicemail, in ms; 0 while it is being said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_ms: Option<u64>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl LineRecord {
    pub(crate) fn decided(&mut self, decision: Decision) {
        self.answered_by = Some(decision.class);
        if self.decisions.len() < DECISIONS_MAX {
            self.decisions.push(decision);
        }
    }

    pub(crate) fn said(&mut self, utterance: Utterance) {
        if self.said.len() < SAID_MAX {
            self.said.push(utterance);
        }
    }
}
