//! Calls over SIP: the rules by which one process uses several trunks.
//!
//! # Layout
//! - [`settings`]: what a user writes. [`address`]: where a trunk is and who may call from it.
//! - [`routing`]: which trunks may carry a number, cheapest first. [`numbers`]: how it is written.
//! - [`trunks`]: the state of each trunk, and which one takes the next call.
//! - [`causes`]: what a SIP response says of a call.
//! - [`failover`]: whether a call may be offered to another trunk. [`ring_limit`]: when to give up.
//! - [`examine`]: trunks looked at before any call is placed.
//!
//! # Invariants
//! - Nothing in the files above but [`examine`] reads a clock, draws a random number or touches
//!   a socket.
//! - A call that may have rung a phone is never offered to a second trunk.

pub mod address;
mod call;
pub mod carrier;
pub mod causes;
pub mod examine;
pub mod failover;
pub mod lines;
pub mod numbers;
pub mod report;
pub mod ring_limit;
pub mod routing;
pub mod settings;
mod trunk_plan;
pub mod trunks;

pub use carrier::{InboundCall, SipCarrier, SipParts, SipStartError};
pub use settings::SipSettings;
