//! Benchmarks, each a command that prints a table and writes a JSON file.
//!
//! - [`import`]: a list of a million rows. [`intents`]: durable intents.
//! - [`virtual_time`]: a million attempts in virtual time. [`engine`]: attempts in real time, and
//!   the memory of a call.
//! - [`sip`]: calls per second and the cost of a call, beside sipp and the bare library. [`rtp`]:
//!   the cost of a packet, and how many calls can talk at once.
//! - [`asr`]: recognition. [`tts`]: synthesis. [`turn`]: end of turn, interruption, who answered.
//!   [`vad`]: voice activity. [`hours`]: all of them for a day. [`speech`]: what these share.
//! - [`intents_accuracy`]: understanding: intents of a few examples, what is out of scope.
//!   [`flow_step`]: a step of the dialogue. [`spoken`]: spoken calls at once.
//! - [`child`]: the program under test, measured from outside. [`callees`]: the lists.

mod asr;
mod callees;
mod child;
mod engine;
mod flow_step;
mod hours;
mod import;
mod intents;
mod intents_accuracy;
mod rtp;
pub(crate) mod sip;
mod speech;
mod spoken;
mod tts;
mod turn;
mod vad;
mod virtual_time;

pub(crate) use flow_step::read_scenario;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use serde_json::Value;

use crate::results::{self, Figures};

/// Which benchmark.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    Import,
    Intents,
    Virtual,
    Engine,
    Sip,
    Rtp,
    Asr,
    Tts,
    Turn,
    Vad,
    Hours,
    IntentsAccuracy,
    FlowStep,
    Spoken,
}

/// What a benchmark is asked to do.
#[derive(Args, Debug)]
pub(crate) struct BenchArgs {
    /// Which benchmark.
    name: Name,
    /// The program under test; by default the one beside this.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Where to write the figures.
    #[arg(long)]
    out: PathBuf,
    /// Data to measure on: recordings with `prompts.tsv`, or sets of intents.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Another runtime of recognition: a folder with `python/` and `model/`, as
    /// `cargo xtask bench asr` makes it.
    #[arg(long)]
    other: Option<PathBuf>,
    /// Print each case that went wrong.
    #[arg(long)]
    details: bool,
    /// A smaller or larger run than the one that counts, in percent of it.
    #[arg(long, default_value_t = 100)]
    scale_percent: u64,
    /// Hours of calls that `hours` composes.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=240))]
    hours: u64,
}

impl BenchArgs {
    fn program(&self) -> Result<PathBuf> {
        if let Some(program) = &self.program {
            return Ok(program.clone());
        }
        let own = std::env::current_exe().context("where this program is")?;
        Ok(own.with_file_name("outcall"))
    }

    fn scaled(&self, count: u64) -> u64 {
        (count * self.scale_percent / 100).max(1)
    }
}

/// One figure with the bar that it is to reach.
struct Figure {
    name: &'static str,
    value: Value,
    bar: &'static str,
}

impl Figure {
    fn new(name: &'static str, value: impl Into<Value>, bar: &'static str) -> Self {
        Self { name, value: value.into(), bar }
    }
}

/// Rounds to a tenth: the noise is larger.
fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Runs a benchmark, prints its table and writes its file.
pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    let (name, figures) = match args.name {
        Name::Import => ("import", import::run(args)?),
        Name::Intents => ("intents", intents::run(args)?),
        Name::Virtual => ("virtual", virtual_time::run(args)?),
        Name::Engine => ("engine", engine::run(args)?),
        Name::Sip => ("sip", sip::run(args)?),
        Name::Rtp => ("rtp", rtp::run(args)?),
        Name::Asr => ("asr", asr::run(args)?),
        Name::Tts => ("tts", tts::run(args)?),
        Name::Turn => ("turn", turn::run(args)?),
        Name::Vad => ("vad", vad::run(args)?),
        Name::Hours => ("hours", hours::run(args)?),
        Name::IntentsAccuracy => ("intents-accuracy", intents_accuracy::run(args)?),
        Name::FlowStep => ("flow-step", flow_step::run(args)?),
        Name::Spoken => ("spoken", spoken::run(args)?),
    };
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header([name, "figure", "bar"]);
    let mut written = Figures::new();
    for figure in figures {
        table.add_row([figure.name, &figure.value.to_string(), figure.bar]);
        written.insert(figure.name.to_owned(), figure.value);
    }
    println!("{table}");
    results::write(&args.out, name, &written)
}
