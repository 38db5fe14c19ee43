//! Signalling under load, in one run on the same cores: how many calls per second with every intent
//! and outcome durable, and what a call costs beside sipp's caller and the bare SIP library.
//!
//! The callee is the same for all: sipp, which rings and answers at once. The caller hangs up at
//! once. Processor time is read from `/proc` after the caller has ended.
//!
//! # Layout
//! - [`callers`]: sipp and the bare library. [`library`]: the latter's process.
//! - [`ours`]: the program under test.

mod callers;
mod library;
mod ours;

use anyhow::Result;

pub(crate) use self::library::CallerArgs;
use super::{BenchArgs, Figure, tenth};

/// The rate that is asked of every caller: a tenth above the bar.
const CALLS_PER_S: u64 = 1_100;

/// For how long the others call, in s.
const OTHERS_S: u64 = 20;

/// Runs the bare library as a caller, in a process of its own.
pub(crate) fn call_with_library(args: &CallerArgs) -> Result<()> {
    library::run(args)
}

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let calls = args.scaled(CALLS_PER_S * OTHERS_S);
    let sipp = callers::sipp(CALLS_PER_S, calls)?;
    let library = callers::library(CALLS_PER_S, calls)?;
    let program = args.program()?;
    let ours = ours::run(&program, CALLS_PER_S, args.scaled(CALLS_PER_S * ours::SECONDS))?;
    let us_per_call = |caller: &callers::Cost| tenth(caller.cpu_s * 1e6 / caller.calls as f64);
    let (ours_us, library_us) =
        (tenth(ours.cpu_s * 1e6 / ours.calls as f64), us_per_call(&library));
    let bound = |class: Option<u64>| class.map_or_else(|| "> 500".into(), |ms| ms.into());
    Ok(vec![
        Figure::new("calls", ours.calls, ""),
        Figure::new("calls_per_s", tenth(ours.calls_per_s), "> 1,000"),
        Figure::new("dialled_for_s", tenth(ours.dialled_for_s), "60"),
        Figure::new("lost", ours.lost, "0"),
        Figure::new("callee_failed", ours.callee_failed, "0"),
        Figure::new("cpu_us_per_call", ours_us, ""),
        Figure::new("cpu_us_per_call_rsipstack", library_us, ""),
        Figure::new("cpu_us_per_call_sipp", us_per_call(&sipp), ""),
        Figure::new("ratio", tenth(ours_us / library_us.max(0.1)), "ours / rsipstack"),
        Figure { name: "ack_p50_ms", value: bound(ours.ack_p50_ms), bar: "class's upper bound" },
        Figure { name: "ack_p99_ms", value: bound(ours.ack_p99_ms), bar: "class's upper bound" },
        Figure::new("calls_per_s_rsipstack", tenth(library.calls_per_s), ""),
        Figure::new("failed_rsipstack", library.failed, "0"),
        Figure::new("rss_peak_mib_rsipstack", tenth(library.rss_peak_mib), ""),
        Figure::new("calls_per_s_sipp", tenth(sipp.calls_per_s), ""),
        Figure::new("failed_sipp", sipp.failed, "0"),
        Figure::new("rss_growth_mib", tenth(ours.rss_growth_mib), ""),
        Figure::new("rss_peak_mib", tenth(ours.rss_peak_mib), ""),
    ])
}
