//! Whole campaigns in virtual time: the real actors and the real ledger, with simulated callees.
//!
//! # Layout
//! - [`people`]: a list of contacts from a seed.
//! - [`virtual_run`]: campaigns dialled under a paused clock.
//!
//! # Invariants
//! - The same seed and settings give the same ledger contents, byte for byte of an export.
//! - Production code does not need this crate; the program uses it for its simulations only.

pub mod people;
pub mod virtual_run;

pub use people::People;
pub use virtual_run::{SimulationError, VirtualOutcome, VirtualRun, run};
