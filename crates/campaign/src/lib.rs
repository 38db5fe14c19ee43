//! The pure rules of a campaign: `(state, event, now) -> (state, effects)`.
//!
//! # Layout
//! - [`ids`], [`time`], [`phone`], [`disposition`]: the words everything else is said in.
//! - [`zones`], [`hours`], [`holidays`], [`calendar`]: when a person may be called.
//! - [`retry`]: what follows a disposition. [`lifecycle`]: the states of a campaign.
//! - [`pacing`]: how many calls to place now. [`allocation`]: which campaign gets which share.
//! - [`rate`]: calls per second. [`breaker`]: stops dialling when calls fail in numbers.
//! - [`caller_id`]: the number that a callee sees.
//! - [`settings`]: what a user writes for a campaign.
//! - [`caps`]: how often. [`regulation`]: what the law of a place says on both, and on consent.
//! - [`attempt`]: one call as a state machine. [`gate`]: the last word before an intent.
//! - [`zones_of_number`]: where a number may be.
//!
//! # Invariants
//! - Nothing here reads a clock, draws a random number, or touches a socket, a file or a database.

#[macro_use]
mod codes;

pub mod allocation;
pub mod attempt;
pub mod breaker;
pub mod calendar;
pub mod caller_id;
pub mod caps;
pub mod disposition;
pub mod gate;
pub mod holidays;
pub mod hours;
pub mod ids;
pub mod lifecycle;
pub mod pacing;
pub mod phone;
pub mod rate;
pub mod regulation;
pub mod retry;
pub mod settings;
pub mod time;
pub mod zones;
pub mod zones_of_number;

pub use allocation::{Capacity, Demand, allocate};
pub use breaker::{Allowance, BreakerSettings, CircuitBreaker};
pub use calendar::{Calendar, CallingCalendar, WindowStatus};
pub use caller_id::{CallerId, CallerIdPool, CallerIdUsage};
pub use caps::{AttemptCap, CapHit, CapWindow};
pub use disposition::Disposition;
pub use holidays::{Holiday, Holidays};
pub use hours::{DayHours, LocalRange, WeeklyHours};
pub use ids::{AttemptId, CampaignId, ContactId, ListId, TenantId};
pub use lifecycle::{CampaignCommand, CampaignState, IllegalTransition};
pub use pacing::{Pacer, PacingObservation, PacingSettings};
pub use phone::PhoneNumber;
pub use rate::{CallRate, CallRateSettings};
pub use regulation::{Consent, Jurisdiction, Purpose, Regulations};
pub use retry::{FinishReason, NextStep, RetryFacts, RetryRule, RetryRules, next_step};
pub use settings::{CampaignSettings, SettingsProblem};
pub use time::{Clock, UnixMillis};
pub use zones::{ZoneError, ZoneSet};
