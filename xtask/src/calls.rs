//! `cargo xtask interop` and `cargo xtask soak`: real calls against independent peers, and for
//! long.

use anyhow::Result;

use crate::workspace::Profile;
use crate::{process, tools, workspace};

/// How long the soak within `cargo xtask test` lasts, in minutes.
pub(crate) const SOAK_SHORT_MIN: u64 = 2;
/// How long it lasts by itself and in `cargo xtask test --nightly`, in minutes.
pub(crate) const SOAK_LONG_MIN: u64 = 60;

/// Calls against sipp, baresip and kamailio; it fails when a peer or the ledger disagrees.
pub(crate) fn interop(only: Option<&str>) -> Result<()> {
    tools::ensure_peers()?;
    let mut harness = harness("interop")?;
    if let Some(case) = only {
        harness.args(["--only", case]);
    }
    process::run(&mut harness)
}

/// Calls against the callee farm for a long time; it fails when memory, files or threads grow.
pub(crate) fn soak(minutes: u64) -> Result<()> {
    let mut harness = harness("soak")?;
    harness.args(["--minutes", &minutes.to_string()]);
    process::run(&mut harness)
}

fn harness(name: &str) -> Result<std::process::Command> {
    let programs = workspace::build(&["outcall", "outcall-load-tests"], Profile::Proof)?;
    let results = workspace::results("bench")?;
    let mut harness = process::command(programs.join("outcall-load-tests"));
    harness
        .arg(name)
        .arg("--program")
        .arg(programs.join("outcall"))
        .arg("--out")
        .arg(results.join(format!("{name}.json")));
    Ok(harness)
}
