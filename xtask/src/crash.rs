//! `cargo xtask crash`: starts the kill -9 harness of `load-tests/` on an optimised program.

use anyhow::Result;

use crate::workspace::Profile;
use crate::{process, workspace};

/// Runs within `cargo xtask test`.
pub(crate) const RUNS_SHORT: u32 = 50;
/// Runs of `cargo xtask test --nightly`.
pub(crate) const RUNS_LONG: u32 = 1000;
/// The seed unless another is asked for: a failure in one place can be repeated in another.
pub(crate) const SEED: u64 = 1;

/// Builds both programs and runs the harness; it fails when anybody was dialled twice or lost.
pub(crate) fn run(runs: u32, seed: u64) -> Result<()> {
    let programs = workspace::build(&["outcall", "outcall-load-tests"], Profile::Proof)?;
    let results = workspace::results("bench")?;
    let mut harness = process::command(programs.join("outcall-load-tests"));
    harness
        .arg("crash")
        .args(["--runs", &runs.to_string()])
        .args(["--seed", &seed.to_string()])
        .arg("--program")
        .arg(programs.join("outcall"))
        .arg("--out")
        .arg(results.join("crash.json"));
    process::run(&mut harness)
}
