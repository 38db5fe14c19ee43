//! Spoken dialogues: a scenario held on a real line.
//!
//! # Layout
//! - [`DialogueSettings`]: what a user writes. [`Ready`]: a scenario with all that its calls need.
//! - [`Callee`], [`Callees`]: whom a call is with, and where that is looked up.
//! - [`Minds`]: who says what was meant and which strategy to take. [`Services`]: other systems
//!   that a scenario asks.
//! - `talk`: what the robot does on one call, pure: around the flow engine, the time that speech
//!   takes, interruptions, machines that answer, and what comes late.
//! - [`DialogueRecord`]: what is written down of it.
//! - [`Dialogues`]: all calls, behind the seam of conversations.
//!
//! # Invariants
//! - What decides is the flow engine; `talk` only tells it what happened on the line.
//! - A reply that comes too late is as if it had not come: no call waits for a pool or a service
//!   longer than it may.

mod callee;
mod dialogues;
mod minds;
mod ready;
mod record;
mod services;
mod settings;
mod talk;

pub use callee::{Callee, Callees, Lookup};
pub use dialogues::{Dialogues, OnOptOut, Parts};
pub use minds::{Meaning, Minds};
pub use ready::{Ready, ReadyError};
pub use record::{DialogueRecord, Latency, Speaker, Turn};
pub use services::{ServiceSettings, Services, ServicesError};
pub use settings::DialogueSettings;
