//! What the people at the far end wanted and what happened to them: the farm's log.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

/// After so much silence the person's next words are no longer a part of the last, in ms.
const SILENCE_MS: u64 = 3_000;

/// A call as the person at its far end knows it. Times are in ms of the far end's own samples since
/// the answer. The farm's guide tells of the other fields.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Truth {
    pub number: String,
    pub persona: String,
    /// Whether they want what the robot is for.
    pub willing: bool,
    /// Outcomes of the scenario, any of which is right.
    pub outcomes: Vec<String>,
    /// The disposition that is right.
    pub disposition: Option<String>,
    /// What is to end up in slots.
    pub slots: BTreeMap<String, String>,
    pub answered_at_ms: Option<i64>,
    /// The first of the robot's voice.
    pub first_robot_ms: Option<u64>,
    pub utterances: Vec<Spoken>,
    pub robot: Vec<Robot>,
    pub interruptions: Vec<Interruption>,
    pub end: End,
    #[serde(default)]
    pub recording: Option<PathBuf>,
}

/// Something that the person said.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Spoken {
    pub text: String,
    pub start_ms: u64,
    /// Where its sound ends, silence not counted.
    pub end_ms: u64,
    #[serde(default)]
    pub cut: bool,
}

/// Something that the robot said.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Robot {
    pub start_ms: u64,
    pub end_ms: u64,
    pub words: String,
}

/// Both spoke.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Interruption {
    pub start_ms: u64,
    pub robot_last_ms: u64,
    /// Whether the person meant to.
    pub meant: bool,
}

/// How it ended.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct End {
    #[serde(default)]
    pub at_ms: Option<u64>,
    #[serde(default)]
    pub why: Option<String>,
}

/// Reads the log; its last line may not be whole while the farm writes.
pub(super) fn read(path: &Path) -> Result<Vec<Truth>> {
    let text = fs_err::read_to_string(path)?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole.lines().filter(|line| !line.is_empty()).enumerate();
    let read = |(nth, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("{}, line {}", path.display(), nth + 1))
    };
    lines.map(read).collect()
}

impl Truth {
    /// From the end of each of the person's words to the robot's reply, in ms. Words beside the
    /// robot's own, and those after which the person went on, have none.
    pub(super) fn replies_ms(&self) -> Vec<u64> {
        let mut replies = Vec::new();
        for (nth, spoken) in self.utterances.iter().enumerate() {
            let until = self.utterances.get(nth + 1).map_or(u64::MAX, |next| next.start_ms);
            let beside = self
                .robot
                .iter()
                .any(|robot| robot.start_ms < spoken.end_ms && robot.end_ms > spoken.end_ms);
            let reply = self.robot.iter().find(|robot| robot.start_ms >= spoken.end_ms);
            if let Some(reply) = reply.filter(|it| it.start_ms < until && !beside && !spoken.cut) {
                replies.push(reply.start_ms - spoken.end_ms);
            }
        }
        replies
    }

    /// From the beginning of an interruption to the robot's silence, in ms, of those that were
    /// meant.
    pub(super) fn stops_ms(&self) -> Vec<u64> {
        let meant = self.interruptions.iter().filter(|it| it.meant);
        meant.map(|it| it.robot_last_ms.saturating_sub(it.start_ms)).collect()
    }

    /// Words into which the robot began to speak: it took a pause for the end.
    pub(super) fn cut_into(&self) -> usize {
        let begins_within = |spoken: &&Spoken| {
            let within = spoken.start_ms..spoken.end_ms;
            self.robot.iter().any(|robot| within.contains(&robot.start_ms))
        };
        self.utterances.iter().filter(begins_within).count()
    }

    /// Words that the robot left without a reply until the person spoke again after a silence or
    /// the call ended. The last words have no reply when the person hung up after them.
    pub(super) fn unanswered(&self) -> usize {
        let waits_for_more = |nth: usize, spoken: &Spoken| {
            let next = self.utterances.get(nth + 1).map(|next| next.start_ms);
            let until = next.unwrap_or(spoken.end_ms);
            until.saturating_sub(spoken.end_ms) > SILENCE_MS
                && !self
                    .robot
                    .iter()
                    .any(|robot| robot.end_ms > spoken.end_ms && robot.start_ms < until)
        };
        let all = self.utterances.iter().enumerate();
        all.filter(|&(nth, spoken)| waits_for_more(nth, spoken)).count()
    }
}
