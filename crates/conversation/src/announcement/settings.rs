//! What a user writes of an announcement.

use std::collections::BTreeMap;
use std::path::PathBuf;

use outcall_speech::turn::{InterruptionPolicy, Patience};
use serde::{Deserialize, Serialize};

/// What a digit of the callee means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DigitMeaning {
    /// The conversation came to its end.
    Completed,
    /// Not to be called again.
    OptedOut,
    /// To be called again in an hour.
    CallBack,
}

/// Where a sound comes from: one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Source {
    /// A WAV file.
    pub file: Option<PathBuf>,
    /// A text, which the robot's voice says.
    pub say: Option<String>,
}

/// What is said, and how it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnnouncementSettings {
    /// A WAV file; nothing is played when both this and `say` are left out.
    pub file: Option<PathBuf>,
    /// A text in its place, which the robot's voice says. Needs the models.
    pub say: Option<String>,
    /// How long the robot stays on the line after it and listens, in ms. Default 5000.
    pub hold_ms: u32,
    /// What digits mean, for example `9 = "opted_out"`. Others are ignored.
    pub digits: BTreeMap<char, DigitMeaning>,
    /// Where calls are recorded, a file each; nowhere when left out.
    pub record: Option<PathBuf>,
    /// Whether the robot listens to what is said. Needs the models; without them it plays on and a
    /// warning says so. Default no.
    pub hear: bool,
    /// By what the announcement may be interrupted.
    pub interruption: InterruptionPolicy,
    /// How long a silence ends what the callee says.
    pub patience: Patience,
    /// The message for a voicemail, left after its beep. Without one a voicemail is hung up on.
    pub voicemail: Option<Source>,
    /// What is said when a screening service asks who calls.
    pub introduction: Option<Source>,
}

impl Default for AnnouncementSettings {
    fn default() -> Self {
        Self {
            file: None,
            say: None,
            hold_ms: 5_000,
            digits: BTreeMap::new(),
            record: None,
            hear: false,
            interruption: InterruptionPolicy::default(),
            patience: Patience::default(),
            voicemail: None,
            introduction: None,
        }
    }
}
