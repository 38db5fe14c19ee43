//! Media planes that talk to each other through real sockets on the loopback interface.

#![expect(clippy::unwrap_used, reason = "a test that meets a surprise has failed")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one event among all")]

mod call;
mod far_end;
mod network;
mod relay;
mod support;
