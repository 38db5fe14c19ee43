//! The embedded ledger from outside.
//!
//! - [`support`]: a ledger in a folder of its own, and other processes.
//! - [`conformance`]: what every ledger has to do. [`model`]: any sequence of requests.
//! - [`lists`]: imports. [`backup`]: backup and restore.
//! - [`bad_files`]: files that cannot be used. [`processes`]: two of them, and full disks.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backup;
mod bad_files;
mod conformance;
mod inbound;
mod lists;
mod model;
mod processes;
mod support;
