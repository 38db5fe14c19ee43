//! What is written down of a dialogue.

use std::collections::BTreeMap;

use outcall_dialogue::document::Task;
use outcall_dialogue::engine::Event;
use serde::Serialize;

use crate::line::LineRecord;

/// Turns that are kept: a call's events are bounded, its words need not be.
const TURNS_MAX: usize = 400;

/// A dialogue. Stored with the attempt. Times are ms since the robot began to listen, which is the
/// answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DialogueRecord {
    /// What the line told.
    #[serde(flatten)]
    pub line: LineRecord,
    /// The scenario's name.
    pub scenario: String,
    /// Its version: the SHA-256 of all that a call depends on.
    pub version: String,
    /// The language that was spoken.
    pub language: String,
    /// The node that the call came to.
    pub node: String,
    /// How it ended, in the scenario's words; `None` while it goes on, and for ever when the callee
    /// hung up before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// What became of the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// What was agreed: slots as they are written down.
    pub slots: BTreeMap<String, String>,
    /// What was said, by both.
    pub turns: Vec<Turn>,
    /// Messages that the scenario wants sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    /// To whom the call was to be handed, and what that person would have been told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// Where the call is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording: Option<String>,
    /// What the flow engine was told: with the scenario of that version the call can be held again
    /// step by step.
    pub events: Vec<Event>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// We.
    Robot,
    /// The person called.
    Callee,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Turn {
    /// By whom.
    pub who: Speaker,
    /// The words; of the callee as they were recognised.
    pub text: String,
    /// When it began.
    pub from_ms: u64,
    /// When it ended; `None` while it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_ms: Option<u64>,
    /// The node that the call was at.
    pub node: String,
    /// Whether the callee interrupted it for good.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// How sure recognition was of the callee's words, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// What the callee was understood to mean, the likeliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub intents: Vec<(String, f32)>,
    /// Said beside the robot's words and left aside: nothing in it was an answer to them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub aside: bool,
    /// The callee went on with it, and what it had led to was taken back: the next turn of the
    /// callee holds all of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub taken_back: bool,
    /// Of a reply: where the time went since the callee had ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
}

/// Where the time went between the end of the callee's speech and the robot's reply, in ms. Each
/// part begins where the one before it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// The silence that was waited for, to tell that the turn was over: as long as the words and
    /// the patience of the node asked for.
    pub end_of_turn: u64,
    /// Until the words and their melody were known, beyond that silence: recognition runs beside
    /// it.
    pub recognition: u64,
    /// Until that reached the dialogue.
    pub delivery: u64,
    /// Until it was understood.
    pub understanding: u64,
    /// Until it was decided what to say: the flow, and what it asks of policies and services.
    pub decision: u64,
    /// Until the first of its sound was given to the line.
    pub synthesis: u64,
    /// All of it.
    pub total: u64,
}

/// A message to the callee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// How.
    pub channel: String,
    /// Its text.
    pub text: String,
    /// Whether it has left. No messaging channel is connected yet: it is kept to be sent.
    pub sent: bool,
}

/// To whom a call was to be handed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// The queue or the extension.
    pub to: String,
    /// What that person would have been told.
    pub summary: String,
    /// Whether somebody took the call.
    pub answered: bool,
}

impl DialogueRecord {
    /// Writes a turn down and says where.
    pub(super) fn said(&mut self, turn: Turn) -> Option<usize> {
        let place = self.turns.len();
        (place < TURNS_MAX).then(|| {
            self.turns.push(turn);
            place
        })
    }
}
