//! What really happened in a call, as the person knows it: a line of JSON for each.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use outcall_sip::EndedBy;
use serde::Serialize;

use super::cast::Person;

/// A call. Times are in ms of the far end's own samples since the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallTruth {
    /// The number, as the list has it.
    pub number: String,
    /// The call's Call-ID.
    pub call_id: String,
    /// The kind of person.
    pub persona: String,
    /// Whether they want what the robot is for.
    pub willing: bool,
    /// Outcomes of the scenario, any of which is right.
    pub outcomes: Vec<String>,
    /// The disposition that is right.
    pub disposition: Option<String>,
    /// What is to end up in slots: dates and times on the clock of the person's zone.
    pub slots: BTreeMap<String, String>,
    /// The person's voice.
    pub voice: String,
    /// When the INVITE came, in ms since 1970 UTC.
    pub called_at_ms: i64,
    /// When the answer was acknowledged, in ms since 1970 UTC.
    pub answered_at_ms: Option<i64>,
    /// The first of the robot's voice.
    pub first_robot_ms: Option<u64>,
    /// What the person said.
    pub utterances: Vec<OwnSpeech>,
    /// What the robot said, as the person understood it.
    pub robot: Vec<RobotSpeech>,
    /// Where the person spoke while the robot did.
    pub interruptions: Vec<Interruption>,
    /// How it ended.
    pub end: CallEnd,
    /// The recording, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording: Option<PathBuf>,
    /// Stretches of the robot's speech that nobody had time to read.
    pub unread: u32,
}

/// An utterance of the person's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnSpeech {
    /// The words; `...` is a pause.
    pub text: String,
    /// What it answers, when it answers anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Where its sound begins.
    pub start_ms: u64,
    /// Where its sound ends, silence not counted.
    pub end_ms: u64,
    /// Pauses within it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pauses_ms: Vec<(u64, u64)>,
    /// Nobody can understand it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mumbled: bool,
    /// The call ended in the middle of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// A stretch of the robot's speech.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RobotSpeech {
    /// Where its voice begins.
    pub start_ms: u64,
    /// Where its voice ends.
    pub end_ms: u64,
    /// What was recognised.
    pub words: String,
}

/// Both spoke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interruption {
    /// Where the person began.
    pub start_ms: u64,
    /// Where the robot's voice ended then.
    pub robot_last_ms: u64,
    /// Whether the person meant to.
    pub meant: bool,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallEnd {
    /// By whom: `local` is the person, `remote` the robot.
    pub by: EndedBy,
    /// Since the answer; none when it was not answered.
    pub at_ms: Option<u64>,
    /// With what the call was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why the person hung up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
}

impl CallTruth {
    /// Of a call that has just come.
    pub(super) fn new(person: &Person, call_id: String, called_at_ms: i64) -> Self {
        Self {
            number: person.number.clone(),
            call_id,
            persona: person.persona.clone(),
            willing: person.willing,
            outcomes: person.outcomes.clone(),
            disposition: person.disposition.clone(),
            slots: person.slots.clone(),
            voice: person.sound.voice.clone(),
            called_at_ms,
            answered_at_ms: None,
            first_robot_ms: None,
            utterances: Vec::new(),
            robot: Vec::new(),
            interruptions: Vec::new(),
            end: CallEnd { by: EndedBy::Remote, at_ms: None, status: None, why: None },
            recording: None,
            unread: 0,
        }
    }
}

/// The file of truths.
pub(super) struct TruthLog {
    file: Option<fs_err::File>,
}

impl TruthLog {
    pub(super) fn new(file: Option<&Path>) -> std::io::Result<Self> {
        Ok(Self { file: file.map(fs_err::File::create).transpose()? })
    }

    /// Writes a call, so that it is in the file at once.
    pub(super) fn write(&mut self, truth: &CallTruth) {
        let Some(file) = &mut self.file else { return };
        let written =
            serde_json::to_vec(truth).map_err(std::io::Error::from).and_then(|mut line| {
                line.push(b'\n');
                file.write_all(&line)
            });
        if let Err(error) = written {
            tracing::error!(%error, "the persons' log cannot be written any more");
            self.file = None;
        }
    }
}
