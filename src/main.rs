//! The program `outcall`. It wires; it decides nothing.
//!
//! - `cli`: what can be asked. `commands`: one file per subject.
//! - `config`: settings of the process, and where each comes from.
//! - `dial`: a dialling process: signals, drain, progress.
//! - `doctor`: facts of this machine, to be judged.
//! - `trunks`: the SIP carrier, as the configuration has it.
//! - `memory`: the allocator, and what it may hold.
//! - `output`: tables for people, JSON for programs, exit codes.

mod callees;
mod cli;
mod commands;
mod config;
mod dial;
mod dialogues;
mod doctor;
mod memory;
mod output;
mod trunks;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("OUTCALL_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // The SIP stack logs whole messages, with the numbers of people in them; traces are kept and
    // asked for call by call instead.
    let filter = match "rsipstack=off".parse() {
        Ok(silence) => filter.add_directive(silence),
        Err(_) => filter,
    };
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    memory::use_small_pages();
    let json = cli.json;
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => output::failure(&error, json),
    }
}
