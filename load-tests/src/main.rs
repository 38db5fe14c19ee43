//! Benchmarks and crash tests that drive Outcall from outside.
//!
//! # Layout
//! - [`mod@bench`]: how fast and how large the program is.
//! - [`crash`]: kill -9 at random instants, judged by what the carrier outside has seen.
//! - [`results`]: the file that every benchmark leaves behind.

mod bench;
mod crash;
mod results;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about, version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs one benchmark.
    Bench(bench::BenchArgs),
    /// Kills the dialling program again and again; nobody may be lost or dialled twice.
    Crash(crash::CrashArgs),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Crash(arguments) => crash::run(&arguments),
    }
}
