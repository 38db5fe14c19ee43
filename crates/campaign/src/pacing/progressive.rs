//! One call for each free robot.

use super::{Pacer, PacingObservation};

/// Places one call for each free robot: never more unanswered calls than free robots, so that
/// nobody who answers waits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progressive;

impl Pacer for Progressive {
    fn dials(&mut self, seen: &PacingObservation) -> u32 {
        seen.free_robots().saturating_sub(seen.ringing).min(seen.room())
    }
}

#[cfg(test)]
mod tests {
    use crate::UnixMillis;

    use super::*;

    const SEEN: PacingObservation = PacingObservation {
        now: UnixMillis(0),
        robots: 10,
        talking: 4,
        ringing: 2,
        ready: 100,
        max_in_flight: 100,
    };

    #[test]
    fn every_free_robot_has_one_call() {
        assert_eq!(Progressive.dials(&SEEN), 4);
        assert_eq!(Progressive.dials(&PacingObservation { ringing: 6, ..SEEN }), 0);
        assert_eq!(Progressive.dials(&PacingObservation { talking: 12, ..SEEN }), 0);
    }

    #[test]
    fn contacts_and_calls_in_flight_bound_the_dials() {
        assert_eq!(Progressive.dials(&PacingObservation { ready: 3, ..SEEN }), 3);
        assert_eq!(Progressive.dials(&PacingObservation { max_in_flight: 7, ..SEEN }), 1);
    }
}
