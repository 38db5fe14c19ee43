//! Benchmarks and crash tests that drive Outcall from outside.
//!
//! # Layout
//! - [`mod@bench`]: how fast and how large the program is.
//! - [`crash`]: kill -9 at random instants, judged by what the carrier outside has seen.
//! - [`demo`]: spoken calls to people who want something, judged from outside.
//! - [`interop`]: other people's programs judge our SIP and RTP. [`soak`]: an hour under load.
//! - [`peers`]: those programs, and ours beside them.
//! - [`flatness`]: whether a figure stays where it is. [`results`]: the file that every benchmark
//!   leaves behind.
//! - `ears`: another program: the pools of speech under calls that are composed.

mod bench;
mod crash;
mod demo;
mod flatness;
mod interop;
mod peers;
mod results;
mod soak;

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
    /// Calls sipp, baresip and kamailio, which judge our SIP and RTP.
    Interop(interop::InteropArgs),
    /// Calls people who speak and want something, and judges what the robots made of it.
    Demo(demo::DemoArgs),
    /// Holds ten of the demo's calls with baresip at the far end.
    Telephones(demo::telephones::TelephonesArgs),
    /// Calls for an hour; nothing may grow.
    Soak(soak::SoakArgs),
    /// The bare SIP library as a caller; a part of `bench sip`.
    #[command(hide = true)]
    CallWithLibrary(bench::sip::CallerArgs),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Crash(arguments) => crash::run(&arguments),
        Command::Interop(arguments) => interop::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Telephones(arguments) => demo::telephones::run(&arguments),
        Command::Soak(arguments) => soak::run(&arguments),
        Command::CallWithLibrary(arguments) => bench::sip::call_with_library(&arguments),
    }
}
