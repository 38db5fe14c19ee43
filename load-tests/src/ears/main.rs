//! The ears and the voice of many calls at once, as the program has them: the hearing thread, its
//! pools, and a pool of voices. `bench hours` starts it and measures it from outside.
//!
//! # Layout
//! - [`sounds`]: what callees say. [`call`]: what happens on one call. [`lines`]: all of them.
//! - [`voices`]: what robots say. [`reading`]: what is told of it, a line of JSON at a time.

mod call;
mod lines;
mod reading;
mod sounds;
mod voices;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

/// The program's own allocator: another one keeps memory otherwise.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the program is told.
#[derive(Parser, Debug)]
pub(crate) struct Arguments {
    /// The folder of models.
    #[arg(long)]
    models: PathBuf,
    /// A list of recordings and texts.
    #[arg(long)]
    prompts: PathBuf,
    /// Where those recordings lie.
    #[arg(long)]
    sounds: PathBuf,
    /// Recordings of single digits; numbers are not said where it is left out.
    #[arg(long)]
    digits: Option<PathBuf>,
    /// Hours of calls.
    #[arg(long)]
    hours: u64,
    /// Lines to print until they have passed.
    #[arg(long)]
    readings: u64,
}

fn main() -> Result<()> {
    // As the program does: with huge pages it would hold more memory.
    nix::sys::prctl::set_thp_disable(true)?;
    lines::run(&Arguments::parse())
}
