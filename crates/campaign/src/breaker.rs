//! The circuit breaker: stops dialling when calls fail in numbers, and tries again with a few.
//!
//! ```text
//! closed --too many failures--> open --cool-down--> half open --probes succeed--> closed
//!                                 ^-------probes fail---'
//! ```

use serde::{Deserialize, Serialize};

use crate::{Disposition, UnixMillis};

/// Into how many parts the window is cut: a part is forgotten at a time.
const BUCKETS: usize = 20;

/// When to stop dialling, and how to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerSettings {
    /// Over which time calls are counted, in ms. Default 60,000.
    pub window_ms: u32,
    /// With fewer calls than this in the window nothing is concluded. Default 20.
    pub min_calls: u32,
    /// The largest share of failed calls that is borne, in percent. Default 50.
    pub max_failure_percent: u8,
    /// How long no call is placed after too many failures, in ms. Default 30,000.
    pub cool_down_ms: u32,
    /// How many calls are then tried before all may be placed again. Default 3.
    pub probes: u32,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            window_ms: 60_000,
            min_calls: 20,
            max_failure_percent: 50,
            cool_down_ms: 30_000,
            probes: 3,
        }
    }
}

/// Why breaker settings cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBreaker {
    /// A figure that must not be 0.
    #[error("{0}: 0 makes no breaker, write 1 or more")]
    Zero(&'static str),
    /// A share of more than everything.
    #[error("max_failure_percent: {0} is no share, write at most 99")]
    Percent(u8),
}

impl BreakerSettings {
    /// Whether the settings can be used.
    ///
    /// # Errors
    /// When a figure is out of range.
    pub fn validate(&self) -> Result<(), InvalidBreaker> {
        for (field, value) in [
            ("window_ms", self.window_ms),
            ("min_calls", self.min_calls),
            ("cool_down_ms", self.cool_down_ms),
            ("probes", self.probes),
        ] {
            if value == 0 {
                return Err(InvalidBreaker::Zero(field));
            }
        }
        if self.max_failure_percent > 99 {
            return Err(InvalidBreaker::Percent(self.max_failure_percent));
        }
        Ok(())
    }

    fn is_too_many(&self, failures: u32, calls: u32) -> bool {
        u64::from(failures) * 100 > u64::from(self.max_failure_percent) * u64::from(calls)
    }
}

/// How many calls the breaker lets pass now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// Any number.
    Unlimited,
    /// At most so many, to see whether calls succeed again; 0 while their outcome is awaited.
    Probe(u32),
    /// None before this instant.
    None {
        /// When to ask again.
        until: UnixMillis,
    },
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// Which stretch of time it counts, as its number since 1970.
    number: i64,
    calls: u32,
    failures: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed,
    Open { until: UnixMillis },
    HalfOpen { since: UnixMillis, last_placed: UnixMillis, placed: u32, ended: u32, failed: u32 },
}

/// The breaker of one campaign or trunk. Its memory does not grow with the calls.
#[derive(Clone, Debug)]
pub struct CircuitBreaker {
    settings: BreakerSettings,
    state: State,
    buckets: [Bucket; BUCKETS],
}

impl CircuitBreaker {
    /// A closed breaker, which lets every call pass.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(settings: BreakerSettings) -> Result<Self, InvalidBreaker> {
        settings.validate()?;
        Ok(Self { settings, state: State::Closed, buckets: Default::default() })
    }

    /// How many calls may be placed at `now`. Report each with [`CircuitBreaker::placed`].
    pub fn allowance(&mut self, now: UnixMillis) -> Allowance {
        match self.state {
            State::Closed => Allowance::Unlimited,
            State::Open { until } if now < until => Allowance::None { until },
            State::Open { .. } => self.begin_probing(now),
            State::HalfOpen { placed, last_placed, .. } if placed >= self.settings.probes => {
                // A probe whose outcome never comes must not stop the campaign for good.
                if now.since(last_placed) >= i64::from(self.settings.cool_down_ms) {
                    return self.begin_probing(now);
                }
                Allowance::Probe(0)
            }
            State::HalfOpen { placed, .. } => Allowance::Probe(self.settings.probes - placed),
        }
    }

    /// A call was placed at `now`.
    pub fn placed(&mut self, now: UnixMillis) {
        if let State::HalfOpen { placed, last_placed, .. } = &mut self.state {
            *placed = placed.saturating_add(1);
            *last_placed = now;
        }
    }

    /// A call that was placed at `placed_at` ended at `now`. Calls that we cancelled or never sent
    /// say nothing about the trunk and are not counted.
    pub fn record(&mut self, disposition: Disposition, placed_at: UnixMillis, now: UnixMillis) {
        let says_nothing = matches!(
            disposition,
            Disposition::Cancelled | Disposition::NotSent | Disposition::Uncertain
        );
        let is_failure = disposition.is_failure();
        match &mut self.state {
            State::Closed if says_nothing => {}
            State::Closed => {
                self.count(is_failure, now);
                let (calls, failures) = self.counts(now);
                if calls >= self.settings.min_calls && self.settings.is_too_many(failures, calls) {
                    self.open(now);
                }
            }
            // Calls from before the probes tell of the time before.
            State::Open { .. } => {}
            State::HalfOpen { since, .. } if placed_at < *since => {}
            State::HalfOpen { placed, .. } if says_nothing => *placed = placed.saturating_sub(1),
            State::HalfOpen { ended, failed, .. } => {
                *ended += 1;
                *failed += u32::from(is_failure);
                let (ended, failed) = (*ended, *failed);
                if self.settings.is_too_many(failed, self.settings.probes.max(ended)) {
                    self.open(now);
                } else if ended >= self.settings.probes {
                    self.state = State::Closed;
                    self.buckets = Default::default();
                }
            }
        }
    }

    fn begin_probing(&mut self, now: UnixMillis) -> Allowance {
        self.state =
            State::HalfOpen { since: now, last_placed: now, placed: 0, ended: 0, failed: 0 };
        Allowance::Probe(self.settings.probes)
    }

    fn open(&mut self, now: UnixMillis) {
        self.state = State::Open { until: now + i64::from(self.settings.cool_down_ms) };
    }

    fn bucket_number(&self, now: UnixMillis) -> i64 {
        let bucket_ms = i64::from(self.settings.window_ms).div_euclid(BUCKETS as i64).max(1);
        now.0.div_euclid(bucket_ms)
    }

    fn count(&mut self, is_failure: bool, now: UnixMillis) {
        let number = self.bucket_number(now);
        let bucket = &mut self.buckets[number.rem_euclid(BUCKETS as i64) as usize];
        if bucket.number != number {
            *bucket = Bucket { number, ..Bucket::default() };
        }
        bucket.calls = bucket.calls.saturating_add(1);
        bucket.failures = bucket.failures.saturating_add(u32::from(is_failure));
    }

    /// Calls and failures in the window that ends at `now`.
    fn counts(&self, now: UnixMillis) -> (u32, u32) {
        let newest = self.bucket_number(now);
        let recent =
            |bucket: &&Bucket| (newest - BUCKETS as i64 + 1..=newest).contains(&bucket.number);
        self.buckets.iter().filter(recent).fold((0, 0), |(calls, failures), bucket| {
            (calls.saturating_add(bucket.calls), failures.saturating_add(bucket.failures))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const T0: UnixMillis = UnixMillis(1_767_225_600_000);

    const SETTINGS: BreakerSettings = BreakerSettings {
        window_ms: 10_000,
        min_calls: 4,
        max_failure_percent: 50,
        cool_down_ms: 5_000,
        probes: 2,
    };

    fn opened() -> CircuitBreaker {
        let mut breaker = CircuitBreaker::new(SETTINGS).unwrap();
        for _ in 0..4 {
            breaker.record(Disposition::Failed, T0, T0);
        }
        assert_eq!(breaker.allowance(T0), Allowance::None { until: T0 + 5_000 });
        breaker
    }

    #[test]
    fn failures_beyond_the_share_open_it_once_there_are_enough_calls() {
        let mut breaker = CircuitBreaker::new(SETTINGS).unwrap();
        for disposition in [Disposition::Failed, Disposition::Failed, Disposition::Busy] {
            breaker.record(disposition, T0, T0);
            assert_eq!(breaker.allowance(T0), Allowance::Unlimited);
        }
        breaker.record(Disposition::NoAnswer, T0, T0); // half of them: borne
        assert_eq!(breaker.allowance(T0), Allowance::Unlimited);
        breaker.record(Disposition::Congestion, T0, T0);
        assert_eq!(breaker.allowance(T0), Allowance::None { until: T0 + 5_000 });
    }

    #[test]
    fn calls_that_left_the_window_are_forgotten() {
        let mut breaker = CircuitBreaker::new(SETTINGS).unwrap();
        for at in [0, 4_000, 12_000, 16_000, 24_000] {
            breaker.record(Disposition::Failed, T0, T0 + at);
            assert_eq!(breaker.allowance(T0 + at), Allowance::Unlimited);
        }
    }

    #[test]
    fn probes_that_succeed_close_it() {
        let mut breaker = opened();
        let now = T0 + 5_000;
        assert_eq!(breaker.allowance(now), Allowance::Probe(2));
        breaker.placed(now);
        assert_eq!(breaker.allowance(now), Allowance::Probe(1));
        breaker.placed(now);
        assert_eq!(breaker.allowance(now), Allowance::Probe(0));
        breaker.record(Disposition::Failed, T0 + 4_000, now); // from before the probes
        breaker.record(Disposition::Busy, now, now);
        assert_eq!(breaker.allowance(now), Allowance::Probe(0));
        breaker.record(Disposition::NoAnswer, now, now);
        assert_eq!(breaker.allowance(now), Allowance::Unlimited);
        breaker.record(Disposition::Failed, now, now); // the failures from before are forgotten
        assert_eq!(breaker.allowance(now), Allowance::Unlimited);
    }

    #[test]
    fn probes_that_fail_open_it_again() {
        let mut breaker = opened();
        let now = T0 + 5_000;
        assert_eq!(breaker.allowance(now), Allowance::Probe(2));
        for _ in 0..2 {
            breaker.placed(now);
            breaker.record(Disposition::InternalError, now, now);
        }
        assert_eq!(breaker.allowance(now), Allowance::None { until: now + 5_000 });
    }

    #[test]
    fn a_probe_that_was_not_sent_is_given_back_and_one_that_is_lost_is_repeated() {
        let mut breaker = opened();
        let now = T0 + 5_000;
        assert_eq!(breaker.allowance(now), Allowance::Probe(2));
        breaker.placed(now);
        breaker.placed(now);
        breaker.record(Disposition::NotSent, now, now);
        assert_eq!(breaker.allowance(now), Allowance::Probe(1));
        breaker.placed(now);
        assert_eq!(breaker.allowance(now + 4_999), Allowance::Probe(0));
        assert_eq!(breaker.allowance(now + 5_000), Allowance::Probe(2));
    }

    #[test]
    fn settings_that_make_no_breaker_are_refused() {
        for bad in [
            BreakerSettings { window_ms: 0, ..SETTINGS },
            BreakerSettings { min_calls: 0, ..SETTINGS },
            BreakerSettings { cool_down_ms: 0, ..SETTINGS },
            BreakerSettings { probes: 0, ..SETTINGS },
            BreakerSettings { max_failure_percent: 100, ..SETTINGS },
        ] {
            assert!(CircuitBreaker::new(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn on_a_dead_trunk_probes_only_are_placed_and_on_a_sound_one_all_calls(
            steps in prop::collection::vec((0i64..2_000, 0u32..10), 1..200),
            is_dead in any::<bool>(),
        ) {
            let mut breaker = CircuitBreaker::new(SETTINGS).unwrap();
            let outcome = if is_dead { Disposition::Failed } else { Disposition::NoAnswer };
            let mut now = T0;
            let mut first_opened = None;
            let mut probes = 0;
            for (wait_ms, wanted) in steps {
                now = now + wait_ms;
                for _ in 0..wanted {
                    match breaker.allowance(now) {
                        Allowance::Unlimited => prop_assert!(first_opened.is_none()),
                        Allowance::Probe(0) => continue,
                        Allowance::Probe(_) => probes += 1,
                        Allowance::None { until } => {
                            prop_assert!(now < until && until <= now + 5_000);
                            first_opened.get_or_insert(now);
                            continue;
                        }
                    }
                    breaker.placed(now);
                    breaker.record(outcome, now, now);
                }
            }
            if let Some(opened) = first_opened {
                prop_assert!(is_dead);
                let rounds = now.since(opened) / i64::from(SETTINGS.cool_down_ms) + 1;
                prop_assert!(probes <= rounds * i64::from(SETTINGS.probes));
            }
        }
    }
}
