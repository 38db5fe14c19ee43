//! Telephony: the seam to whatever carries calls, and a simulated carrier behind it.
//!
//! # Layout
//! - [`carrier`]: the [`Carrier`] seam: orders in, signals out, time by parameter.
//! - [`conformance`]: what every carrier has to do, as checks that any implementation can run.
//! - [`simulated`]: a carrier and its callees, seeded, in virtual or real time.
//! - [`remote`]: the same simulated carrier in another process, reached over TCP, so that a judge
//!   outside of the dialling process can log what was really dialled.
//! - [`sip`]: calls over SIP: which trunk takes a call, and what its responses mean.
//!
//! # Invariants
//! - A carrier knows calls, not campaigns.
//! - For every order that was placed exactly one [`Signal::Released`] comes, and nothing after it.

pub mod agenda;
pub mod carrier;
pub mod conformance;
pub mod remote;
pub mod simulated;
pub mod sip;

pub use carrier::{
    CallOrder, Carrier, CarrierEvent, CarrierRoom, ConversationEvent, Conversations, RobotRoom,
    Signal, Waker,
};
