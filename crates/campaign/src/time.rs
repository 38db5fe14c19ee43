//! Time as data: the engine never reads a clock, it is told.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The milliseconds from `earlier` to here; 0 when `earlier` is in fact later.
    pub fn since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).max(0)
    }

    /// The same instant for calendar arithmetic. Instants outside of jiff's range (years -9999 to
    /// 9999) become its nearest end.
    pub fn to_jiff(self) -> jiff::Timestamp {
        let end = if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(end)
    }

    /// The instant of a calendar computation, cut to whole milliseconds.
    pub fn from_jiff(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp.as_millisecond())
    }
}

/// `instant + milliseconds`.
impl Add<i64> for UnixMillis {
    type Output = Self;

    fn add(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// `instant - milliseconds`.
impl Sub<i64> for UnixMillis {
    type Output = Self;

    fn sub(self, ms: i64) -> Self {
        Self(self.0.saturating_sub(ms))
    }
}

/// RFC 3339 in UTC, with milliseconds.
impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

/// Where the engine's time comes from: the system's clock, or a virtual one.
pub trait Clock: Send + Sync {
    /// The current instant. Never goes backwards within one process.
    fn now(&self) -> UnixMillis;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_prints_as_rfc_3339_with_milliseconds() {
        assert_eq!(UnixMillis(1_767_225_600_007).to_string(), "2026-01-01T00:00:00.007Z");
    }

    #[test]
    fn instants_beyond_the_calendar_are_clamped_and_do_not_panic() {
        assert_eq!(UnixMillis(i64::MAX).to_jiff(), jiff::Timestamp::MAX);
        assert_eq!(UnixMillis(i64::MIN).to_jiff(), jiff::Timestamp::MIN);
    }
}
