//! The flow engine: `(scenario, state, event) -> (state, actions)`.
//!
//! It reads no clock and draws no random number: variants of prompts follow from the seed in the
//! state. It ends every call: visits of a node, events of a call, and nodes passed without waiting
//! are bounded, and a bound ends the call as `exhausted`.
//!
//! - `state`, `event`, `action`: what goes in and what comes out.
//! - `step`: which event does what. `enter`: going to a node. `answer`: an utterance at a node.
//!   `understood`: a value in it. `mixed_initiative`: one for another question.
//!   `weighing`: a yes or a no beside something else. `doubt`: a wish that is asked about first.

mod action;
mod answer;
mod doubt;
mod enter;
mod event;
mod mixed_initiative;
mod state;
mod step;
mod understood;
mod weighing;

pub use action::{Action, Features};
pub(crate) use enter::mix;
pub use event::{ApiResult, Event};
pub use state::{Confirming, Part, Phase, State};
pub use step::{asked, step};
