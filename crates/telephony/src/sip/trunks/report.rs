//! What reports say of a trunk.

use outcall_campaign::UnixMillis;
use serde::Serialize;

/// Whether a trunk is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "health")]
pub enum Health {
    /// Nothing is known yet. Calls are placed all the same.
    Unknown,
    /// It answers.
    Up,
    /// It does not.
    Down {
        /// How that is known.
        reason: DownReason,
    },
}

/// How it is known that a trunk is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DownReason {
    /// It does not answer OPTIONS.
    Options,
    /// We are not registered there.
    Registration,
    /// Calls in a row got no response.
    TimeOuts,
}

/// One trunk at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrunkReport {
    /// Its name.
    pub name: String,
    /// How many calls there can be at once.
    pub channels: u32,
    /// How many there are.
    pub in_use: u32,
    /// How many could be placed now.
    pub room: u32,
    /// Whether it is there.
    #[serde(flatten)]
    pub health: Health,
    /// Until when it asked us to keep away, when that has not passed.
    pub held_until: Option<UnixMillis>,
    /// How many calls were placed on it since the start.
    pub placed: u64,
    /// How many of them it had no room for.
    pub congested: u64,
    /// How many of them got no response.
    pub timed_out: u64,
}
