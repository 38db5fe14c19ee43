//! How a node listens: patience, interruption, silence and retries.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::Texts;

/// When a prompt lets itself be interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interruption {
    /// Not at all: the default of a node that discloses.
    Never,
    /// By speech: the default.
    #[default]
    OnSpeech,
    /// By words that mean something.
    OnMeaning,
}

/// How patient a node is with pauses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PatienceName {
    /// Two thirds of the normal times, and half of them after half a sentence: for yes and no.
    Quick,
    /// The default.
    #[default]
    Normal,
    /// Twice the normal times: for addresses, numbers read from a card, people who tell a story.
    Long,
}

/// Silence that ends a turn, in milliseconds, by how complete it sounds. The fields are those of
/// the patience of hearing (`outcall_speech::turn::Patience`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PatienceFields {
    /// After all digits of a number of known length.
    pub number_ms: u64,
    /// After another whole answer, such as "yes".
    pub whole_ms: u64,
    /// After a sentence that is complete.
    pub complete_ms: u64,
    /// After one that most likely is, or after longer speech.
    pub long_complete_ms: u64,
    /// What longer speech is.
    pub long_after_ms: u64,
    /// After words that may be complete.
    pub unclear_ms: u64,
    /// After half a sentence.
    pub open_ms: u64,
    /// A turn that goes on for so long ends at its next pause.
    pub turn_max_ms: u64,
}

impl Default for PatienceFields {
    fn default() -> Self {
        PatienceName::Normal.into()
    }
}

impl From<PatienceName> for PatienceFields {
    fn from(name: PatienceName) -> Self {
        let (times, of) = match name {
            PatienceName::Quick => (2, 3),
            PatienceName::Normal => (1, 1),
            PatienceName::Long => (2, 1),
        };
        let scaled = |ms: u64| ms * times / of;
        let short = name == PatienceName::Quick;
        Self {
            number_ms: scaled(128),
            whole_ms: scaled(180),
            complete_ms: scaled(220),
            long_complete_ms: scaled(350),
            long_after_ms: 4_500,
            // Who was asked for a yes or a no has seldom more to say; when there is more, it is
            // heard together with what came before.
            unclear_ms: if short { 440 } else { scaled(800) },
            open_ms: if short { 570 } else { scaled(1_400) },
            turn_max_ms: 28_000,
        }
    }
}

/// How patient a node is. Short form: quick, normal or long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Patience(pub PatienceFields);

/// What is done when nothing was understood or said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// How often the node asks again when it understood nothing; then it leaves by `no_match`.
    /// Default 2.
    pub no_match: Option<u8>,
    /// How often it asks again when nothing was said; then it leaves by `no_input`. Default 2.
    pub no_input: Option<u8>,
    /// Said before the question is asked again, when nothing was understood.
    pub say_no_match: Texts,
    /// Said before the question is asked again, when nothing was said.
    pub say_no_input: Texts,
}

/// What nodes do that say nothing else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Silence that ends a turn. Default: normal.
    pub patience: Option<Patience>,
    /// When prompts let themselves be interrupted. Default: on_speech.
    pub interruption: Option<Interruption>,
    /// Silence after the question that counts as no answer, in ms. Default 6,000.
    pub silence_ms: Option<u32>,
    /// Retries.
    pub retry: Retry,
    /// Where exits lead that a node does not name: no_match, no_input, failed, timeout.
    pub on: BTreeMap<String, String>,
}

/// Bounds of a call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How often a call may come to one node. Default 8.
    pub visits: u16,
    /// How many events a call may have. Default 300.
    pub steps: u32,
    /// The longest prompt, in s of speech. Default 15.
    pub prompt_s: f32,
    /// The probability from which on an intent counts. Default 0.5.
    pub confidence: f32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { visits: 8, steps: 300, prompt_s: 15.0, confidence: 0.5 }
    }
}
