//! Independent programs at the other end of the line, and the program under test beside them.
//!
//! # Layout
//! - [`process`]: a program that runs until it is dropped. [`procfs`]: what it costs.
//! - [`ports`]: ports that are free, and whether somebody listens. [`sink`]: where audio goes.
//! - [`sipp`], [`baresip`], [`kamailio`]: the peers. [`farm`]: our own callees, which measure.
//! - [`scenarios`]: what sipp plays.
//! - [`outcall`]: the program under test, its configuration, its list and its ledger.
//!
//! # Invariants
//! - Whatever was started is dead when its value is dropped, with all of its children.
//! - Nothing waits for a fixed time: a start is over when the port is bound.
//! - Everything stays on 127.0.0.1.

pub(crate) mod baresip;
pub(crate) mod farm;
pub(crate) mod kamailio;
pub(crate) mod outcall;
pub(crate) mod ports;
pub(crate) mod process;
pub(crate) mod procfs;
pub(crate) mod scenarios;
pub(crate) mod sink;
pub(crate) mod sipp;
