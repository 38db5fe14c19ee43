//! The clocks: one that runs evenly, for schedules, and the world's, for RTCP.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seconds from 1900, where NTP begins, to 1970 (RFC 868).
const NTP_UNIX_OFFSET_S: u64 = 2_208_988_800;

/// Microseconds since the plane's start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { start: now() }
    }

    pub(super) fn now_us(self) -> u64 {
        now().duration_since(self.start).as_micros() as u64
    }
}

/// The world's time in NTP's form: seconds in the upper half (RFC 5905, section 6).
#[expect(clippy::disallowed_methods, reason = "RTCP tells the world's time")]
pub(super) fn ntp_now() -> u64 {
    // A clock before 1970 is wrong anyway; zero is then as good.
    ntp_of(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// NTP time of a time since 1970. Seconds wrap in 2036, as the format says.
pub(super) fn ntp_of(since_unix: Duration) -> u64 {
    let seconds = since_unix.as_secs().wrapping_add(NTP_UNIX_OFFSET_S);
    let fraction = (u64::from(since_unix.subsec_nanos()) << 32) / 1_000_000_000;
    seconds << 32 | fraction
}

#[expect(clippy::disallowed_methods, reason = "packets are sent by a real clock")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntp_time_begins_in_1900() {
        assert_eq!(ntp_of(Duration::ZERO), 2_208_988_800 << 32);
        assert_eq!(ntp_of(Duration::from_millis(1_500)), 2_208_988_801 << 32 | 1 << 31);
    }
}
