//! The program `outcall`. It wires; it decides nothing.
//!
//! - `cli`: what can be asked. `commands`: one file per subject.
//! - `config`: settings of the process, and where each comes from.
//! - `dial`: a dialling process: signals, drain, progress.
//! - `output`: tables for people, JSON for programs, exit codes.

mod cli;
mod commands;
mod config;
mod dial;
mod output;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("OUTCALL_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let json = cli.json;
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => output::failure(&error, json),
    }
}
