//! The callee farm on real sockets: SIP trunks pass the carrier's conformance suite against it.

mod callees;
mod farm;
mod persons;
