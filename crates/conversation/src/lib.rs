//! What a robot does on a line: it listens, reacts, and plays what it has to say.
//!
//! # Layout
//! - [`hearing`]: from the sound of many calls to events: who answered, who interrupts, what was
//!   said. One thread for all calls; recognition is a pool's.
//! - [`dialogue`]: a scenario held on a real line.
//! - [`announcement`]: the simplest robot. It plays an announcement, lets itself be interrupted,
//!   leaves a message on a voicemail, passes a menu, and understands digits.
//! - [`mod@line`]: what all robots on a line have in common.
//! - [`prompts`]: texts made into sound, before the first call or while it is heard.
//!
//! # Invariants
//! - Audio goes from the media plane to the hearing thread and no further: everybody else gets
//!   events.
//! - What a robot does is decided by pure machines ([`hearing::Ear`], the `Talk` of each robot):
//!   events in, acts out, time by parameter.
//! - A call that nobody can hear goes on as one on which nobody speaks.

pub mod announcement;
pub mod dialogue;
pub mod hearing;
pub mod line;
pub mod prompts;

pub use announcement::{AnnouncementSettings, Announcements, DigitMeaning};
pub use dialogue::{DialogueSettings, Dialogues};
pub use hearing::{Hearing, HearingSettings};
pub use prompts::{PromptSettings, Prompts};
