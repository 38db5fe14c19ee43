//! The settings of a simulated world.

use serde::{Deserialize, Serialize};

/// How callees and the network behave. Shares are in percent, times in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// Everything random follows from this.
    pub seed: u64,
    /// How likely a call is answered, by the hour of the day (0 to 23) where the callee is.
    pub answer_percent_by_hour: [f64; 24],
    /// Groups of numbers that answer more or less often than others; the longest prefix counts.
    pub segments: Vec<Segment>,
    /// Of the calls that nobody answers: how many are busy. What these shares leave over to 100
    /// rings until the ring limit.
    pub busy_percent: f64,
    /// Of the unanswered: how many have no such number.
    pub unallocated_percent: f64,
    /// Of the unanswered: how many the carrier has no room for (503).
    pub congestion_percent: f64,
    /// Of the unanswered: how many are refused by the callee.
    pub rejected_percent: f64,
    /// Of the unanswered: how many fail in the network.
    pub failed_percent: f64,
    /// What a 503 asks for; 0 sends no Retry-After.
    pub retry_after_ms: u64,
    /// Of the calls that ring: how many do so with early media (183).
    pub early_media_percent: f64,
    /// From the order to the first ring.
    pub post_dial_delay_ms: Spread,
    /// From the first ring to the answer.
    pub ring_ms: Spread,
    /// Of the answered: how many by a machine.
    pub machine_percent: f64,
    /// Of the calls that a person answers: how many hang up in the middle.
    pub hang_up_percent: f64,
    /// Of the calls that a person answers: how many ask to be called later.
    pub call_back_percent: f64,
    /// Of the calls that a person answers: how many ask not to be called again.
    pub opt_out_percent: f64,
    /// How long a conversation lasts.
    pub talk_ms: Spread,
    /// How many calls the carrier carries at once; more get 503. 0 is no limit.
    pub channels: u32,
    /// Outcomes are forced by the last two digits of the number: see
    /// [`Fate::forced_by`](super::Fate::forced_by).
    pub forced_by_digits: bool,
}

/// A group of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// The digits that its numbers begin with, country code first, without `+`.
    pub prefix: String,
    /// What the answer probability is multiplied with.
    pub answer_factor: f64,
}

/// A log-normal time: half of the draws lie below the median; a larger sigma spreads them wider.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// The median, in ms.
    pub median_ms: f64,
    /// The standard deviation of the logarithm; 0 makes every draw the median.
    pub sigma: f64,
}

impl Spread {
    /// Every draw is this many ms.
    pub fn exactly(ms: f64) -> Self {
        Self { median_ms: ms, sigma: 0.0 }
    }
}

impl Default for World {
    /// An ordinary consumer list: about 35 % of the calls answered by day, of which a quarter by
    /// machines.
    fn default() -> Self {
        let mut answer_percent_by_hour = [8.0; 24];
        for (hour, percent) in [(8, 24.0), (9, 30.0), (10, 34.0), (11, 35.0), (12, 33.0)]
            .into_iter()
            .chain([(13, 32.0), (14, 33.0), (15, 34.0), (16, 36.0), (17, 40.0), (18, 44.0)])
            .chain([(19, 43.0), (20, 36.0), (21, 24.0)])
        {
            answer_percent_by_hour[hour] = percent;
        }
        Self {
            seed: 1,
            answer_percent_by_hour,
            segments: Vec::new(),
            busy_percent: 12.0,
            unallocated_percent: 6.0,
            congestion_percent: 0.02,
            rejected_percent: 4.0,
            failed_percent: 1.0,
            retry_after_ms: 2_000,
            early_media_percent: 30.0,
            post_dial_delay_ms: Spread { median_ms: 1_800.0, sigma: 0.4 },
            ring_ms: Spread { median_ms: 9_000.0, sigma: 0.55 },
            machine_percent: 25.0,
            hang_up_percent: 22.0,
            call_back_percent: 4.0,
            opt_out_percent: 2.0,
            talk_ms: Spread { median_ms: 38_000.0, sigma: 0.6 },
            channels: 0,
            forced_by_digits: false,
        }
    }
}

/// A share or a time in a world's settings that cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("world setting `{field}`: {problem}")]
pub struct InvalidWorld {
    /// The setting.
    pub field: &'static str,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl World {
    /// Checks every share and time.
    ///
    /// # Errors
    /// The first setting that cannot be.
    pub fn validate(&self) -> Result<(), InvalidWorld> {
        let unanswered = self.busy_percent
            + self.unallocated_percent
            + self.congestion_percent
            + self.rejected_percent
            + self.failed_percent;
        let ended = self.hang_up_percent + self.call_back_percent + self.opt_out_percent;
        let by_hour = self.answer_percent_by_hour.iter().copied().fold(0.0, f64::max);
        for (field, percent) in [
            ("answer_percent_by_hour", by_hour),
            ("busy, unallocated, congestion, rejected and failed together", unanswered),
            ("hang_up, call_back and opt_out together", ended),
            ("machine_percent", self.machine_percent),
            ("early_media_percent", self.early_media_percent),
        ] {
            if !(0.0..=100.0).contains(&percent) {
                let problem = format!("{percent} is not between 0 and 100 percent");
                return Err(InvalidWorld { field, problem });
            }
        }
        for (field, spread) in [
            ("post_dial_delay_ms", self.post_dial_delay_ms),
            ("ring_ms", self.ring_ms),
            ("talk_ms", self.talk_ms),
        ] {
            let sound = (0.0..=86_400_000.0).contains(&spread.median_ms)
                && (0.0..=5.0).contains(&spread.sigma);
            if !sound {
                let problem = "median_ms must be 0 to 86400000 and sigma 0 to 5".to_owned();
                return Err(InvalidWorld { field, problem });
            }
        }
        Ok(())
    }
}
