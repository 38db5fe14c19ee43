//! The clocks of the engine.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use outcall_campaign::{Clock, UnixMillis};

/// Whether the engine's time is the world's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeMode {
    /// The system's clock.
    Real,
    /// tokio's paused clock: time passes only when nothing is left to do.
    Virtual,
}

/// The system's clock, kept from going backwards.
///
/// When the system's clock is set back, this one stands still until the other has caught up. No
/// calling window, cap or rate can then be cheated by the step; dialling slows to a halt meanwhile,
/// and [`SystemClock::behind_ms`] says by how much.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest_ms: AtomicI64,
}

impl SystemClock {
    /// How far the system's clock is behind what it has already said, in ms; 0 in good order.
    pub fn behind_ms(&self) -> i64 {
        (self.latest_ms.load(Ordering::Relaxed) - system_ms()).max(0)
    }

    fn at_least(&self, now_ms: i64) -> UnixMillis {
        let before = self.latest_ms.fetch_max(now_ms, Ordering::Relaxed);
        UnixMillis(before.max(now_ms))
    }
}

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        self.at_least(system_ms())
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the system's clock is read")]
fn system_ms() -> i64 {
    match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        // A clock before 1970 is not set at all; 0 makes the ledger refuse it.
        Err(_) => 0,
    }
}

/// Virtual time: a chosen start, and tokio's clock since then.
#[derive(Debug)]
pub struct VirtualClock {
    start: UnixMillis,
    since: tokio::time::Instant,
}

impl VirtualClock {
    /// A clock that says `start` now. Must be made inside of the paused runtime.
    pub fn starting_at(start: UnixMillis) -> Self {
        Self { start, since: tokio::time::Instant::now() }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> UnixMillis {
        let passed = tokio::time::Instant::now().duration_since(self.since);
        self.start + i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_steps_back_stands_still_until_it_has_caught_up() {
        let clock = SystemClock::default();
        assert_eq!(clock.at_least(1_000), UnixMillis(1_000));
        assert_eq!(clock.at_least(400), UnixMillis(1_000));
        assert_eq!(clock.at_least(1_001), UnixMillis(1_001));
    }
}
