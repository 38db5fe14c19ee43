//! SIP trunks behind the carrier seam, against user agents that stand in for carriers.

mod inbound;
mod outbound;
mod support;
