//! Speech that goes on with a turn which was taken to be over too soon.
//!
//! No silence tells for certain that somebody has ended: waiting longer makes every reply late, and
//! waiting shorter cuts somebody off now and then. So the wait is short, and what comes at once
//! after a turn, before anybody could answer the robot's reply to it, is heard together with it as
//! one: "No" and "ah, yes, that's me" are then what they were, "Noah, yes, that's me".

use super::Expectation;

/// Speech that begins so soon after the end of a turn may go on with it, in ms.
const SOON_MS: u64 = 1_500;
/// Nobody answers what they have heard for less, in ms.
const REACTION_MS: u64 = 600;
/// The longest turn that is gone on with, in ms: a longer one was no half of anything.
const WHOLE_MAX_MS: u64 = 12_000;

/// The turn that ended last.
#[derive(Debug)]
pub(super) struct Last {
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
    pub(super) text: String,
    /// What was listened for then.
    pub(super) expected: Expectation,
    /// When the robot began to reply, as far as that may be interrupted.
    pub(super) reply_ms: Option<u64>,
}

/// A turn under way that goes on with the one before.
#[derive(Debug)]
pub(super) struct Joined {
    /// Where the one before began.
    pub(super) from_ms: u64,
    /// Its words.
    pub(super) text: String,
    /// What is listened for when it is over.
    pub(super) instead: Expectation,
}

impl Last {
    /// Whether speech that begins here goes on with it.
    pub(super) fn is_gone_on_with(&self, from_ms: u64) -> bool {
        let is_unanswered = self.reply_ms.is_none_or(|reply_ms| from_ms < reply_ms + REACTION_MS);
        is_unanswered
            && from_ms.saturating_sub(self.to_ms) <= SOON_MS
            && self.to_ms - self.from_ms <= WHOLE_MAX_MS
    }
}
