//! What is listened for on a call, and what is heard.

use std::sync::Arc;

use outcall_speech::answer::Decision;
use outcall_speech::answer::ivr::{self, Press};
use outcall_speech::answer::voicemail::{self, Step};
use outcall_speech::recognition::Terms;
use outcall_speech::turn::{EndReason, Expected, Patience, Reaction, TurnSettings};
use serde::{Deserialize, Serialize};

/// What is listened for: a node of the dialogue sets it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attention {
    /// What is taken for speech.
    pub turn: TurnSettings,
    /// How long a silence ends a turn.
    pub patience: Patience,
    /// What kind of answer is expected.
    pub expected: Expected,
    /// When it is decided who answered.
    pub answer: outcall_speech::answer::Settings,
    /// Names and words that may be said, besides those of the settings.
    pub terms: Option<Arc<Terms>>,
    /// Whether what was said so far is told while the callee speaks on; the settings may want it
    /// for all calls.
    pub partials: bool,
    /// When to speak to a voicemail.
    pub voicemail: voicemail::Settings,
    /// Which keys to press in a menu.
    pub menu: ivr::Settings,
}

/// What is listened for from now on, the call going on: each node of a dialogue sets it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectation {
    /// How long a silence ends a turn.
    pub patience: Patience,
    /// What kind of answer is expected.
    pub expected: Expected,
    /// Which words hold what was asked for.
    pub answers: Option<Answers>,
}

/// Tells whether words hold what was asked for, so that nothing more has to be waited for. Called
/// on the hearing thread: it is to be quick.
#[derive(Clone)]
pub struct Answers(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl Answers {
    /// Tells by this.
    pub fn new(tell: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Whether these words do.
    pub fn hold(&self, words: &str) -> bool {
        (self.0)(words)
    }
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answers")
    }
}

impl PartialEq for Answers {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What the callee has said in a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Utterance {
    /// Where the speech began, in ms since the call was listened to.
    pub from_ms: u64,
    /// Where it ended.
    pub to_ms: u64,
    /// The silence after it that its words asked for, in ms.
    #[serde(default)]
    pub asked_ms: u64,
    /// When it was taken to be over.
    pub decided_ms: u64,
    /// The words; `None` when recognition had no room for them.
    pub text: Option<String>,
    /// How sure recognition is of them, 0 to 1.
    pub confidence: f32,
    /// Why the turn was taken to be over.
    pub reason: EndReason,
    /// It goes on with the turn before it, which was taken to be over too soon, and holds all that
    /// was said in both.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goes_on: bool,
}

/// Something was heard on a call. Times are ms since the call was listened to.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The callee begins to speak.
    SpeechStarted {
        /// Where.
        from_ms: u64,
    },
    /// The callee speaks while the robot does: what the robot is to do about it.
    Interrupted(Reaction),
    /// The callee speaks on: what was said so far, as far as it is understood. More of the sound
    /// may change it.
    Partial {
        /// Where what was read begins: the turn, or the last 12 s of it.
        from_ms: u64,
        /// Where it ends.
        to_ms: u64,
        /// The words.
        text: String,
        /// How sure recognition is of them, 0 to 1.
        confidence: f32,
    },
    /// The callee pauses: what was said, if it was all. More of it takes this back. Whoever knows
    /// that it is an answer says so with [`Hearing::is_answer`](super::Hearing::is_answer).
    Paused {
        /// Names the pause.
        trial: u32,
        /// The words.
        text: String,
        /// How sure recognition is of them, 0 to 1.
        confidence: f32,
    },
    /// A turn of the callee is over.
    Said(Utterance),
    /// What seemed a turn was a noise.
    Noise,
    /// It is decided, or decided anew, who answered.
    Answered(Decision),
    /// A beep of the far end's machine.
    Beep,
    /// A message is to be left on the voicemail, `in_ms` from now, or the call to be given up.
    Voicemail {
        /// What to do.
        step: Step,
        /// How long to wait before it.
        in_ms: u64,
    },
    /// Keys to press in a menu.
    Menu(Press),
}
