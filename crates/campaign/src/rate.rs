//! Calls per second: a token bucket in integers, with a ramp.

use serde::{Deserialize, Serialize};

use crate::UnixMillis;

/// Tokens are counted in millionths of a call: a thousandth of a call per second, for one
/// millisecond, is one of them.
const CALL: i128 = 1_000_000;

/// How fast calls may be placed on a trunk.
///
/// Rates are exact to a thousandth of a call per second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallRateSettings {
    /// Calls per second once the ramp is over; from 0.001 to 100,000. Default 10.
    pub per_second: f64,
    /// The most calls that may be placed at one instant after a pause. Default 1.
    pub burst: u32,
    /// Calls per second at the start of the ramp, at most `per_second`. Default 1.
    pub ramp_from_per_second: f64,
    /// How long the rate rises, in a straight line, after the start and after the carrier asked us
    /// to keep away, in s. 0 for no ramp. Default 30.
    pub ramp_s: u32,
}

impl Default for CallRateSettings {
    fn default() -> Self {
        Self { per_second: 10.0, burst: 1, ramp_from_per_second: 1.0, ramp_s: 30 }
    }
}

/// Why rate settings cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidCallRate {
    /// The rate is out of range.
    #[error("{field}: {value} calls per second, write a figure from 0.001 to 100000")]
    OutOfRange {
        /// Which setting.
        field: &'static str,
        /// What it says.
        value: f64,
    },
    /// The ramp would go down.
    #[error("ramp_from_per_second: {from} is more than per_second = {to}, a ramp rises")]
    RampFalls {
        /// Where the ramp begins.
        from: f64,
        /// Where it ends.
        to: f64,
    },
    /// The bucket would hold no call.
    #[error("burst: 0 would stop every call, write 1 or more")]
    NoBurst,
}

fn milli_per_second(field: &'static str, value: f64) -> Result<i128, InvalidCallRate> {
    if (0.001..=100_000.0).contains(&value) {
        Ok((value * 1_000.0).round() as i128)
    } else {
        Err(InvalidCallRate::OutOfRange { field, value })
    }
}

/// The limiter of one trunk.
///
/// In any stretch of time it lets pass at most `per_second` times its length, plus `burst`.
#[derive(Clone, Debug)]
pub struct CallRate {
    /// Thousandths of a call per second, at the start and at the end of the ramp.
    from: i128,
    to: i128,
    ramp_ms: i128,
    capacity: i128,
    tokens: i128,
    /// Up to when tokens have been credited. In the future while the carrier's wish holds.
    credited_to: UnixMillis,
    ramp_start: UnixMillis,
}

impl CallRate {
    /// A limiter that starts its ramp at `now`, with one call to place, or without a ramp with the
    /// whole burst.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(settings: &CallRateSettings, now: UnixMillis) -> Result<Self, InvalidCallRate> {
        let CallRateSettings { per_second, burst, ramp_from_per_second, ramp_s } = *settings;
        let to = milli_per_second("per_second", per_second)?;
        let from = milli_per_second("ramp_from_per_second", ramp_from_per_second)?;
        if ramp_s > 0 && from > to {
            return Err(InvalidCallRate::RampFalls { from: ramp_from_per_second, to: per_second });
        }
        if burst == 0 {
            return Err(InvalidCallRate::NoBurst);
        }
        let capacity = i128::from(burst) * CALL;
        Ok(Self {
            from,
            to,
            ramp_ms: i128::from(ramp_s) * 1_000,
            capacity,
            tokens: if ramp_s == 0 { capacity } else { CALL },
            credited_to: now,
            ramp_start: now,
        })
    }

    /// How many calls may be placed at `now`.
    pub fn available(&mut self, now: UnixMillis) -> u32 {
        if now < self.credited_to {
            // The carrier asked us to wait, or the clock was set back: nothing until then.
            return 0;
        }
        self.credit(now);
        u32::try_from(self.tokens / CALL).unwrap_or(u32::MAX)
    }

    /// Takes the tokens of `wanted` calls, or of as many as are available, and returns how many.
    pub fn take(&mut self, wanted: u32, now: UnixMillis) -> u32 {
        let taken = wanted.min(self.available(now));
        self.tokens -= i128::from(taken) * CALL;
        taken
    }

    /// The carrier asked us to keep away until `until` (503 with Retry-After): no call before
    /// that, then at most one, then the ramp again. A wish earlier than one that holds changes
    /// nothing.
    pub fn hold_until(&mut self, until: UnixMillis) {
        if until > self.credited_to {
            self.credited_to = until;
            self.ramp_start = until;
            self.tokens = self.tokens.min(CALL);
        }
    }

    /// The first instant, not before `now`, at which a call may be placed, if none is until then.
    pub fn next_available(&mut self, now: UnixMillis) -> UnixMillis {
        if self.available(now) > 0 {
            return now;
        }
        let start = now.max(self.credited_to);
        let missing = CALL - self.tokens;
        // The slowest rate is a thousandth of a call per second: a token per millisecond.
        let (mut low, mut high) = (0, CALL as i64);
        while low < high {
            let middle = (low + high) / 2;
            if self.earned(start + middle) - self.earned(self.credited_to) >= missing {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        start + low
    }

    fn credit(&mut self, now: UnixMillis) {
        let gain = self.earned(now) - self.earned(self.credited_to);
        self.tokens = (self.tokens + gain).min(self.capacity);
        self.credited_to = now;
    }

    /// Tokens earned from the start of the ramp until `at`. As differences of this sum add up, no
    /// fraction is lost however often tokens are credited.
    fn earned(&self, at: UnixMillis) -> i128 {
        let elapsed_ms = i128::from(at.since(self.ramp_start));
        let rising_ms = elapsed_ms.min(self.ramp_ms);
        let gained = (self.to - self.from) * rising_ms * rising_ms;
        let rising = self.from * rising_ms + gained / (2 * self.ramp_ms.max(1));
        rising + self.to * (elapsed_ms - rising_ms)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const T0: UnixMillis = UnixMillis(1_767_225_600_000);

    fn rate(per_second: f64, burst: u32, ramp_from_per_second: f64, ramp_s: u32) -> CallRate {
        let settings = CallRateSettings { per_second, burst, ramp_from_per_second, ramp_s };
        CallRate::new(&settings, T0).unwrap()
    }

    #[test]
    fn without_a_ramp_the_burst_is_there_at_once_and_refills_at_the_rate() {
        let mut rate = rate(2.0, 3, 1.0, 0);
        assert_eq!(rate.take(10, T0), 3);
        assert_eq!(rate.available(T0 + 499), 0);
        assert_eq!(rate.next_available(T0 + 499), T0 + 500);
        assert_eq!(rate.take(10, T0 + 500), 1);
        assert_eq!(rate.available(T0 + 60_000), 3);
    }

    #[test]
    fn a_ramp_rises_in_a_straight_line() {
        // From 1 to 9 per second in 10 s: 50 calls on the ramp, 9 per second after it.
        let mut rate = rate(9.0, 1_000, 1.0, 10);
        assert_eq!(rate.take(1, T0), 1);
        assert_eq!(rate.take(u32::MAX, T0 + 5_000), 15); // 5 + 8 * 5² / 20
        assert_eq!(rate.take(u32::MAX, T0 + 10_000), 35);
        assert_eq!(rate.take(u32::MAX, T0 + 11_000), 9);
    }

    #[test]
    fn credits_in_small_steps_lose_nothing() {
        let mut rate = rate(0.003, 1_000, 0.001, 7);
        rate.take(1, T0);
        let steps = (1..=1_000_000).map(|ms| rate.take(u32::MAX, T0 + ms)).sum::<u32>();
        assert_eq!(steps, 2); // 2.993 calls: the ramp costs 7 thousandths
    }

    #[test]
    fn a_hold_stops_every_call_and_then_ramps_again() {
        let mut rate = rate(10.0, 10, 1.0, 10);
        rate.hold_until(T0 + 5_000);
        rate.hold_until(T0 + 2_000);
        assert_eq!(rate.available(T0 + 4_999), 0);
        assert_eq!(rate.next_available(T0), T0 + 5_000);
        assert_eq!(rate.take(10, T0 + 5_000), 1);
        assert_eq!(rate.take(10, T0 + 6_000), 1);
    }

    #[test]
    fn a_hold_gives_no_call_to_an_empty_bucket() {
        let mut rate = rate(1.0, 5, 1.0, 10);
        assert_eq!(rate.take(1, T0), 1);
        for held_ms in [1, 2, 3] {
            rate.hold_until(T0 + held_ms);
            assert_eq!(rate.available(T0 + held_ms), 0);
        }
        assert_eq!(rate.next_available(T0 + 3), T0 + 1_003);
    }

    #[test]
    fn a_clock_that_steps_back_earns_nothing_twice() {
        let mut rate = rate(1.0, 5, 1.0, 0);
        assert_eq!(rate.take(5, T0 + 10_000), 5);
        assert_eq!(rate.available(T0), 0);
        assert_eq!(rate.available(T0 + 10_000), 0);
        assert_eq!(rate.available(T0 + 11_000), 1);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let good = CallRateSettings::default();
        for bad in [
            CallRateSettings { per_second: 0.0, ..good },
            CallRateSettings { per_second: f64::NAN, ..good },
            CallRateSettings { ramp_from_per_second: f64::INFINITY, ..good },
            CallRateSettings { ramp_from_per_second: 11.0, ..good },
            CallRateSettings { burst: 0, ..good },
        ] {
            assert!(CallRate::new(&bad, T0).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_stretch_of_time_sees_more_calls_than_rate_and_burst_allow(
            per_second_milli in 1i64..50_000,
            from_share in 1i64..=100,
            burst in 1u32..20,
            ramp_s in 0u32..20,
            steps in prop::collection::vec((0i64..3_000, 0u32..30, 0u32..4, 0i64..2_000), 1..60),
        ) {
            let from_milli = (per_second_milli * from_share / 100).max(1);
            let mut rate = rate(
                per_second_milli as f64 / 1_000.0,
                burst,
                from_milli as f64 / 1_000.0,
                ramp_s,
            );
            let mut now = T0;
            let mut held_until = T0;
            let mut placed: Vec<(UnixMillis, i64)> = Vec::new();
            for (wait_ms, wanted, hold, hold_ms) in steps {
                now = now + wait_ms;
                let next = rate.next_available(now);
                let available = rate.available(now);
                prop_assert_eq!(next == now, available > 0);
                prop_assert!(rate.clone().available(next) > 0);
                prop_assert_eq!(rate.clone().available((next - 1).max(now)) > 0, next == now);
                let taken = rate.take(wanted, now);
                prop_assert_eq!(taken, wanted.min(available));
                prop_assert!(taken == 0 || now >= held_until);
                placed.push((now, taken.into()));
                if hold == 0 {
                    held_until = held_until.max(now + hold_ms);
                    rate.hold_until(now + hold_ms);
                }
            }
            for (first, &(start, _)) in placed.iter().enumerate() {
                let mut calls = 0;
                for &(end, taken) in &placed[first..] {
                    calls += taken;
                    let earned = per_second_milli * end.since(start);
                    let allowed = earned + i64::from(burst) * 1_000_000;
                    prop_assert!(calls * 1_000_000 <= allowed);
                }
            }
        }
    }
}
