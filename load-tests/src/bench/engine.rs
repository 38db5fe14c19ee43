//! Real time: attempts per second with every outcome durable, and the memory of a ringing call.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::callees::{open_now, write_list};
use super::{BenchArgs, Figure, child, tenth};
use crate::peers::procfs;

/// One minute at the rate that the trunk allows.
const CALLS_PER_S: u64 = 5_000;
const SECONDS: u64 = 62;

const RINGING: u64 = 100_000;

/// Short calls: the rate is measured, not the waiting. Nobody lets it ring for the whole ring
/// limit,
/// nobody asks to be called hours later, and the trunk is never full (a 503 stops a whole trunk for
/// as long as it asks for).
const SHORT_CALLS: &str = "
answer_percent_by_hour = [35,35,35,35,35,35,35,35,35,35,35,35,35,35,35,35,35,35,35,35,35,35,35,35]
busy_percent = 80
unallocated_percent = 10
rejected_percent = 10
failed_percent = 0
congestion_percent = 0
call_back_percent = 0
post_dial_delay_ms = { median_ms = 50, sigma = 0.4 }
ring_ms = { median_ms = 400, sigma = 0.5 }
talk_ms = { median_ms = 800, sigma = 0.5 }
";

/// Nobody ever answers.
const ENDLESS_RINGING: &str = "
answer_percent_by_hour = [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]
busy_percent = 0
unallocated_percent = 0
congestion_percent = 0
rejected_percent = 0
failed_percent = 0
post_dial_delay_ms = { median_ms = 50, sigma = 0.0 }
ring_ms = { median_ms = 1000, sigma = 0.0 }
";

fn prepare(
    program: &Path,
    folder: &Path,
    people: u64,
    ring_timeout_s: u32,
    world: &str,
) -> Result<()> {
    let place = open_now()?;
    let settings = format!(
        "name = \"engine\"\njurisdiction = \"{}\"\nring_timeout_s = {ring_timeout_s}\n\
         max_concurrency = 200000\nrobots = 200000\n\
         [breaker]\nmax_failure_percent = 99\n[retry]\nmax_attempts = 1\n",
        place.jurisdiction
    );
    let list = folder.join("list.csv");
    write_list(&list, 1, people, &place.zones)?;
    fs_err::write(folder.join("campaign.toml"), settings)?;
    fs_err::write(folder.join("world.toml"), world)?;
    let data = folder.join("data");
    let file = folder.join("campaign.toml");
    child::ask(program, &data, &["campaign", "create", "--file", &file.to_string_lossy()])?;
    let list = list.to_string_lossy();
    child::ask(program, &data, &["contacts", "import", "--campaign", "1", &list])?;
    Ok(())
}

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let mut figures = throughput(args)?;
    figures.extend(memory(args)?);
    Ok(figures)
}

fn throughput(args: &BenchArgs) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let program = args.program()?;
    let people = args.scaled(CALLS_PER_S * SECONDS);
    prepare(&program, folder.path(), people, 30, SHORT_CALLS)?;
    let data = folder.path().join("data");
    let world = folder.path().join("world.toml");
    let rate = CALLS_PER_S.to_string();
    let cost = child::measure(
        &program,
        &data,
        &[
            "campaign",
            "run",
            "1",
            "--world",
            &world.to_string_lossy(),
            "--channels",
            "50000",
            "--robots",
            "50000",
            "--calls-per-second",
            &rate,
            "--ramp-s",
            "1",
        ],
    )?;
    let report = &cost.answer["reports"][0];
    let at = |field: &str| report[field].as_i64().context("the report has no intents");
    let dialled_s = (at("last_intent")? - at("first_intent")?) as f64 / 1_000.0;
    let export = folder.path().join("export.jsonl");
    let out = export.to_string_lossy();
    child::ask(&program, &data, &["campaign", "export", "1", "--out", &out])?;
    let (attempts, ended, twice) = read_export(&export)?;
    Ok(vec![
        Figure::new("attempts", attempts, ""),
        Figure::new("attempts_per_s", tenth(attempts as f64 / dialled_s.max(0.1)), "> 3,000"),
        Figure::new("dialled_for_s", tenth(dialled_s), "60"),
        Figure::new("lost", people.saturating_sub(ended), "0"),
        Figure::new("dialled_twice", twice, "0"),
        Figure::new("cpu_us_per_attempt", tenth(cost.cpu_s * 1e6 / attempts as f64), ""),
        Figure::new("peak_rss_mib", tenth(cost.peak_rss_mib), ""),
    ])
}

/// All attempts, those with an end, and numbers that were dialled more than once.
fn read_export(file: &Path) -> Result<(u64, u64, u64)> {
    let text = fs_err::read_to_string(file)?;
    let mut by_number: HashMap<String, u64> = HashMap::new();
    let (mut attempts, mut ended) = (0, 0);
    for line in text.lines() {
        let line: Value = serde_json::from_str(line)?;
        attempts += 1;
        ended += u64::from(line["disposition"].is_string());
        let number = line["number"].as_str().context("an attempt without a number")?;
        *by_number.entry(number.to_owned()).or_default() += 1;
    }
    let twice = by_number.values().filter(|&&count| count > 1).count() as u64;
    Ok((attempts, ended, twice))
}

fn memory(args: &BenchArgs) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let program = args.program()?;
    let people = args.scaled(RINGING);
    prepare(&program, folder.path(), people, 120, ENDLESS_RINGING)?;
    let data = folder.path().join("data");
    let world = folder.path().join("world.toml");
    let run = child::command(
        &program,
        &data,
        &[
            "campaign",
            "run",
            "1",
            "--world",
            &world.to_string_lossy(),
            "--channels",
            "200000",
            "--robots",
            "200000",
            "--calls-per-second",
            "10000",
            "--ramp-s",
            "10",
        ],
    )
    .spawn()?;
    let run = child::Killed(run);
    let rss_mib = || procfs::rss_mib(run.0.id()).context("the program has ended");
    // Started, connected, and hardly a call yet: the ramp begins slowly.
    std::thread::sleep(Duration::from_millis(150));
    let before_mib = rss_mib()?;
    for _ in 0..240 {
        std::thread::sleep(Duration::from_millis(500));
        let report = child::ask(&program, &data, &["campaign", "report", "1"])?;
        let ringing = report["open_attempts"].as_u64().unwrap_or(0);
        if ringing >= people {
            // Let the last calls ring.
            std::thread::sleep(Duration::from_secs(1));
            let grown_mib = (rss_mib()? - before_mib).max(0.0);
            let bytes_per_call = (grown_mib * 1_048_576.0) as u64 / people;
            return Ok(vec![
                Figure::new("ringing", ringing, "100,000"),
                Figure::new("bytes_per_call", bytes_per_call, "< 8,192"),
            ]);
        }
    }
    bail!("{people} calls did not ring within two minutes");
}
