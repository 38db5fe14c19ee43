//! The program from outside: one binary, so that it is linked once.

#![expect(clippy::unwrap_used, reason = "a test that meets a surprise has failed")]

mod cli;
mod doctor;
mod patience;
mod processes;
mod program;
mod scenario;
