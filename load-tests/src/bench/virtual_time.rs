//! A million attempts through the real actors and the real ledger, on disk, in virtual time.

use anyhow::Result;

use super::{BenchArgs, Figure, child, tenth};

/// With the ordinary retry rules and the ordinary world these people get about 2.6 attempts each.
const PEOPLE: u64 = 400_000;

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let people = args.scaled(PEOPLE).to_string();
    let data = folder.path().join("data");
    let keep = data.to_string_lossy();
    let arguments = [
        "simulate",
        "--contacts",
        &people,
        "--seed",
        "1",
        "--channels",
        "200000",
        "--robots",
        "200000",
        "--calls-per-second",
        "20000",
        "--ramp-s",
        "1",
        "--keep",
        &keep,
    ];
    let cost = child::measure(&args.program()?, folder.path(), &arguments)?;
    let attempts = cost.answer["attempts"].as_u64().unwrap_or(0);
    let virtual_h = cost.answer["virtual_ms"].as_f64().unwrap_or(0.0) / 3_600_000.0;
    Ok(vec![
        Figure::new("attempts", attempts, ">= 1,000,000"),
        Figure::new("wall_s", tenth(cost.wall_s), "< 180, aim < 60"),
        Figure::new(
            "cpu_us_per_attempt",
            tenth(cost.cpu_s * 1e6 / attempts.max(1) as f64),
            "< 300",
        ),
        Figure::new("peak_rss_mib", tenth(cost.peak_rss_mib), "flat"),
        Figure::new("virtual_hours", tenth(virtual_h), ""),
    ])
}
