//! Pacing: how many calls a campaign places now, from what it sees of its robots and its calls.

mod fixed_ratio;
mod progressive;

use serde::{Deserialize, Serialize};

pub use fixed_ratio::FixedRatio;
pub use progressive::Progressive;

use crate::UnixMillis;

/// What a campaign sees of itself at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacingObservation {
    /// The instant.
    pub now: UnixMillis,
    /// Robot slots that the campaign may use, busy or not.
    pub robots: u32,
    /// Calls that were answered and are in progress.
    pub talking: u32,
    /// Calls that were placed and are not answered yet.
    pub ringing: u32,
    /// Contacts that may be dialled now.
    pub ready: u32,
    /// The most calls, answered or not, that may be in progress.
    pub max_in_flight: u32,
}

impl PacingObservation {
    /// Robot slots that no call occupies.
    pub fn free_robots(&self) -> u32 {
        self.robots.saturating_sub(self.talking)
    }

    /// The most calls that any pacer may place: contacts that are ready, within the calls that may
    /// be in progress.
    pub fn room(&self) -> u32 {
        let in_flight = self.talking.saturating_add(self.ringing);
        self.max_in_flight.saturating_sub(in_flight).min(self.ready)
    }
}

/// Decides how many calls to place. Asked again and again; may keep what it has learnt.
pub trait Pacer: Send {
    /// How many calls to place now; never more than [`PacingObservation::room`].
    fn dials(&mut self, seen: &PacingObservation) -> u32;
}

/// How a campaign is paced.
///
/// ```toml
/// mode = "fixed_ratio"
/// ratio = 1.5
/// max_unanswered = 40
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum PacingSettings {
    /// One call for each free robot: every person who answers is spoken to at once.
    #[default]
    Progressive,
    /// More calls than free robots, in a fixed ratio. Some calls may be abandoned.
    FixedRatio {
        /// Unanswered calls for each free robot, from 1 to 10.
        ratio: f64,
        /// The most unanswered calls at a time, whatever the ratio gives.
        max_unanswered: u32,
    },
}

/// Why pacing settings cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidPacing {
    /// The ratio is out of range.
    #[error("ratio: {0} unanswered calls for each free robot, write a figure from 1 to 10")]
    Ratio(f64),
    /// The bound would stop every call.
    #[error("max_unanswered: 0 would stop every call, write 1 or more")]
    NoCalls,
}

impl PacingSettings {
    /// Whether the settings can be used.
    ///
    /// # Errors
    /// When a figure is out of range.
    pub fn validate(&self) -> Result<(), InvalidPacing> {
        match *self {
            Self::Progressive => Ok(()),
            Self::FixedRatio { ratio, max_unanswered } => {
                FixedRatio::new(ratio, max_unanswered).map(drop)
            }
        }
    }

    /// The pacer.
    ///
    /// # Errors
    /// When a figure is out of range.
    pub fn build(&self) -> Result<Box<dyn Pacer>, InvalidPacing> {
        Ok(match *self {
            Self::Progressive => Box::new(Progressive),
            Self::FixedRatio { ratio, max_unanswered } => {
                Box::new(FixedRatio::new(ratio, max_unanswered)?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn any_observation()(
            robots in 0u32..50, talking in 0u32..60, ringing in 0u32..100, ready in 0u32..100,
            max_in_flight in 0u32..120, huge in prop::bool::weighted(0.1),
        ) -> PacingObservation {
            let scale = if huge { u32::MAX / 120 } else { 1 };
            PacingObservation {
                now: UnixMillis(0),
                robots: robots * scale,
                talking: talking * scale,
                ringing: ringing * scale,
                ready: ready * scale,
                max_in_flight: max_in_flight * scale,
            }
        }
    }

    proptest! {
        #[test]
        fn no_pacer_goes_beyond_its_hard_caps(
            seen in any_observation(),
            ratio in 1.0f64..=10.0,
            max_unanswered in 1u32..100,
        ) {
            let mut progressive = PacingSettings::Progressive.build().unwrap();
            let dials = progressive.dials(&seen);
            prop_assert!(dials <= seen.room());
            if dials > 0 {
                prop_assert!(u64::from(seen.ringing) + u64::from(dials)
                    <= u64::from(seen.free_robots()));
            }
            let mut fixed =
                PacingSettings::FixedRatio { ratio, max_unanswered }.build().unwrap();
            let dials = fixed.dials(&seen);
            prop_assert!(dials <= seen.room());
            if dials > 0 {
                let unanswered = u64::from(seen.ringing) + u64::from(dials);
                prop_assert!(unanswered <= u64::from(max_unanswered));
                prop_assert!(unanswered as f64 <= f64::from(seen.free_robots()) * ratio);
            }
        }
    }

    #[test]
    fn settings_read_back_and_figures_out_of_range_are_refused() {
        for settings in [
            PacingSettings::Progressive,
            PacingSettings::FixedRatio { ratio: 1.5, max_unanswered: 40 },
        ] {
            let text = toml::to_string(&settings).unwrap();
            assert_eq!(toml::from_str::<PacingSettings>(&text).unwrap(), settings);
            assert_eq!(settings.validate(), Ok(()));
        }
        for ratio in [0.9, 10.1, f64::NAN, f64::INFINITY, -1.0] {
            let settings = PacingSettings::FixedRatio { ratio, max_unanswered: 1 };
            assert!(matches!(settings.validate(), Err(InvalidPacing::Ratio(_))), "{ratio}");
        }
        let settings = PacingSettings::FixedRatio { ratio: 1.0, max_unanswered: 0 };
        assert_eq!(settings.validate(), Err(InvalidPacing::NoCalls));
    }
}
