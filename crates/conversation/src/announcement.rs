//! The simplest robot on a real line: it plays an announcement, listens, and hangs up. A caller who
//! calls back hears it too.
//!
//! # Layout
//! - [`AnnouncementSettings`]: what a user writes. `script`: the same, loaded.
//! - `talk`: what the robot does on one call, pure.
//! - [`Announcements`]: all calls, behind the seam of conversations.

mod announcements;
mod script;
mod settings;
mod talk;

pub use announcements::{Announcements, Script};
pub use script::AnnouncementError;
pub use settings::{AnnouncementSettings, DigitMeaning, Source};
