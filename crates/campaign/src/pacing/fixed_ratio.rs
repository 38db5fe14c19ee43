//! A fixed number of unanswered calls for each free robot.

use super::{InvalidPacing, Pacer, PacingObservation};

/// The largest ratio: beyond it most answered calls would be abandoned at any answer rate known.
const MAX_RATIO: f64 = 10.0;

/// Keeps `ratio` unanswered calls for each free robot, rounded down, under a hard cap.
///
/// Busy robots do not count: that one of them is about to be free is a prediction, which this pacer
/// does not make.
#[derive(Clone, Copy, Debug)]
pub struct FixedRatio {
    ratio: f64,
    max_unanswered: u32,
}

impl FixedRatio {
    /// A pacer with `ratio` unanswered calls for each free robot, at most `max_unanswered`.
    ///
    /// # Errors
    /// When the ratio is not from 1 to 10, or the bound is 0.
    pub fn new(ratio: f64, max_unanswered: u32) -> Result<Self, InvalidPacing> {
        if !(1.0..=MAX_RATIO).contains(&ratio) {
            return Err(InvalidPacing::Ratio(ratio));
        }
        if max_unanswered == 0 {
            return Err(InvalidPacing::NoCalls);
        }
        Ok(Self { ratio, max_unanswered })
    }
}

impl Pacer for FixedRatio {
    fn dials(&mut self, seen: &PacingObservation) -> u32 {
        // The conversion rounds down and saturates.
        let target = (f64::from(seen.free_robots()) * self.ratio) as u32;
        target.min(self.max_unanswered).saturating_sub(seen.ringing).min(seen.room())
    }
}

#[cfg(test)]
mod tests {
    use crate::UnixMillis;

    use super::*;

    #[test]
    fn free_robots_times_the_ratio_ring_under_the_cap() {
        let seen = PacingObservation {
            now: UnixMillis(0),
            robots: 10,
            talking: 5,
            ringing: 2,
            ready: 100,
            max_in_flight: 100,
        };
        let dials = |ratio, cap, seen| FixedRatio::new(ratio, cap).unwrap().dials(&seen);
        assert_eq!(dials(1.5, 40, seen), 5); // 7.5 are allowed, 2 ring
        assert_eq!(dials(1.5, 6, seen), 4);
        assert_eq!(dials(1.5, 40, PacingObservation { talking: 10, ..seen }), 0);
        assert_eq!(dials(1.5, 40, PacingObservation { ready: 1, ..seen }), 1);
    }
}
