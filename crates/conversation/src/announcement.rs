//! The simplest robot on a real line: it plays an announcement, listens, and hangs up.
//!
//! The spoken dialogue takes its place behind the same seam. Until then this is what a callee
//! hears, and what a caller hears who calls back.
//!
//! # Layout
//! - [`AnnouncementSettings`]: what a user writes. `script`: the same, loaded.
//! - `talk`: what the robot does on one call, pure. `record`: what is written down of it.
//! - `early`: what is heard before the answer.
//! - `playing`: a sound of it, in one piece or phrase by phrase.
//! - [`Announcements`]: all calls, behind the seam of conversations. `recording`: names of files.

mod announcements;
mod early;
mod playing;
mod record;
mod recording;
mod script;
mod settings;
mod talk;

pub use announcements::{Announcements, Script};
pub use early::EarlyRecord;
pub use record::TalkRecord;
pub use script::AnnouncementError;
pub use settings::{AnnouncementSettings, DigitMeaning, Source};
