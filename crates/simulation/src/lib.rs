//! Whole campaigns in virtual time: the real actors and the real ledger, with simulated callees.
//! And callees to practise on, over real SIP and RTP.
//!
//! # Layout
//! - [`people`]: a list of contacts from a seed.
//! - [`virtual_run`]: campaigns dialled under a paused clock.
//! - [`farm`]: a SIP user agent that stands in for a carrier and its callees.
//!
//! # Invariants
//! - The same seed and settings give the same ledger contents, byte for byte of an export.
//! - Production code does not need this crate; the program uses it for its simulations only.

pub mod farm;
pub mod people;
pub mod virtual_run;

pub use farm::{Farm, FarmError, FarmFigures, FarmMix, FarmSettings};
pub use people::People;
pub use virtual_run::{SimulationError, VirtualOutcome, VirtualRun, run};
