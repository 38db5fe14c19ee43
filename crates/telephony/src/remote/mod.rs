//! The simulated carrier in another process, reached over TCP.
//!
//! A judge who lives in the dialling process dies with it. Here the carrier is outside: whatever
//! happens to the dialler, the server has logged every INVITE that reached it.
//!
//! # Layout
//! - [`client`]: [`RemoteCarrier`], the dialler's end, behind the [`Carrier`](crate::Carrier) seam.
//! - [`server`]: [`serve`], the carrier's end, which keeps the log.
//! - [`wire`]: what travels: JSON lines of bounded length.
//!
//! # Protocol
//! Each message is one line of JSON. The server speaks first and once: a [`wire::Greeting`] with
//! its world, so that simulated conversations can be the ones of the far end. Then the client sends
//! [`wire::Request`]s and the server [`CarrierEvent`](crate::CarrierEvent)s. A line that is cut off
//! by the end of the connection is no message: an order counts once its newline has arrived.
//!
//! # Invariants
//! - When [`Carrier::place`](crate::Carrier::place) returns, the order has left the process, or the
//!   connection is given up.
//! - [`EndCause::NotSent`](outcall_campaign::attempt::EndCause::NotSent) is reported only for an
//!   order of which no byte was written.
//! - Nothing waits for ever: a peer that does not read for [`wire::STALL_LIMIT`] is given up.

pub mod client;
pub mod server;
pub mod wire;

pub use client::RemoteCarrier;
pub use server::{LogEntry, LogEvent, serve};
pub use wire::RemoteError;

#[cfg(test)]
mod tests;
