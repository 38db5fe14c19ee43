//! A day of calls through hearing and synthesis: memory, files and threads must stay where they
//! are.
//!
//! The calls are composed, 64 at a time, from recordings of a person, numbers and tones with the
//! pauses of a conversation between them, and a robot that says other words each time. They go
//! through what the program has: the hearing thread with voice activity in batches, who answered,
//! turns, interruptions; the pools of recognition and melody; a pool of voices. Another program
//! (`outcall-ears`) runs them, up to twice as fast as they were, and is measured from outside.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::child::Killed;
use super::speech::{self, MODELS};
use super::{BenchArgs, Figure, tenth};
use crate::flatness::{growth, median, slope};
use crate::peers::procfs::{self, now};

/// How often the process is read until it ends.
const READINGS: u64 = 240;
/// Growth up to this is none, as in the soak.
const RSS_BAR: &str = "<= 10: none";
const SAMPLES_PER_HOUR: f64 = 3_600.0 * 8_000.0;

/// Readings of the process.
#[derive(Default)]
struct Readings {
    /// Hours of calls.
    hours: Vec<f64>,
    rss_mib: Vec<f64>,
    files: Vec<f64>,
    threads: Vec<f64>,
    cpu_s: f64,
    peak_mib: f64,
    /// The last thing that it told.
    told: Value,
}

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let started = now();
    let mut child = Killed(ears(args)?.spawn().context("outcall-ears")?);
    let readings = watch(&mut child, args.hours)?;
    let status = child.0.wait()?;
    ensure!(status.success(), "outcall-ears ended with {status}");
    figures(&readings, started.elapsed().as_secs_f64())
}

/// The program beside this one, with what it is to hear.
fn ears(args: &BenchArgs) -> Result<Command> {
    let data = speech::data(args.data.as_deref());
    let list = data.join("prompts.tsv");
    let mut command = Command::new(beside()?);
    command.arg("--models").arg(MODELS).arg("--prompts").arg(&list);
    command.arg("--sounds").arg(speech::sounds(&data, &list)?);
    let digits = data.join("digits");
    if digits.is_dir() {
        command.arg("--digits").arg(digits);
    } else {
        println!("no folder {}: no numbers are said", digits.display());
    }
    command.args(["--hours", &args.hours.to_string(), "--readings", &READINGS.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    Ok(command)
}

fn beside() -> Result<PathBuf> {
    let own = std::env::current_exe().context("where this program is")?;
    Ok(Path::new(&own).with_file_name("outcall-ears"))
}

/// Reads the process whenever it tells something.
fn watch(child: &mut Killed, hours: u64) -> Result<Readings> {
    let style = "{spinner} {wide_bar} {percent} % of {msg}, {elapsed}, {eta} left";
    let bar = ProgressBar::new(READINGS).with_style(ProgressStyle::with_template(style)?);
    bar.set_message(format!("{hours} h"));
    let pid = child.0.id();
    let out = child.0.stdout.take().context("its output is read")?;
    let mut readings = Readings::default();
    for line in BufReader::new(out).lines() {
        let told: Value = serde_json::from_str(&line?).context("outcall-ears tells JSON")?;
        let read = || {
            let (rss_mib, peak_mib) = (procfs::rss_mib(pid)?, procfs::rss_peak_mib(pid)?);
            Some((rss_mib, peak_mib, procfs::open_files(pid)?, procfs::stat(pid)?))
        };
        // With the last line it ends.
        if let Some((rss_mib, peak_mib, files, stat)) = read().filter(|(.., stat)| !stat.ended) {
            readings.hours.push(sum(&told, "heard_samples") / SAMPLES_PER_HOUR);
            readings.rss_mib.push(rss_mib);
            readings.files.push(files as f64);
            readings.threads.push(stat.threads as f64);
            (readings.cpu_s, readings.peak_mib) = (stat.cpu_s, peak_mib);
        }
        readings.told = told;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(readings)
}

fn sum(told: &Value, name: &str) -> f64 {
    told[name].as_f64().unwrap_or(0.0)
}

fn figures(readings: &Readings, wall_s: f64) -> Result<Vec<Figure>> {
    let count = readings.rss_mib.len();
    // What loads and fills at the start is no growth: the first tenth is left out.
    let warm = count / 10;
    let start = |of: &[f64]| of.get(warm..2 * warm).and_then(median).context("too few readings");
    let end = |of: &[f64]| of.get(count - warm..).and_then(median).context("too few readings");
    let grown = |of: &[f64]| growth(of).context("too few readings");
    let rise = slope(&readings.hours[warm..], &readings.rss_mib[warm..]);
    let rise = rise.context("too few readings")?;
    let told = |name: &str| sum(&readings.told, name);
    let hours = |name: &str| hundredth(told(name) / SAMPLES_PER_HOUR);
    let understood_pct = told("understood") * 100.0 / told("turns").max(1.0);
    Ok(vec![
        Figure::new("hours", hours("heard_samples"), ""),
        Figure::new("of_it_sounding_h", hours("sounding_samples"), ""),
        Figure::new("said_h", hours("said_samples"), ""),
        Figure::new("wall_s", wall_s.round(), ""),
        Figure::new("cpu_s", readings.cpu_s.round(), ""),
        Figure::new("rss_start_mib", tenth(start(&readings.rss_mib)?), "after warm-up"),
        Figure::new("rss_end_mib", tenth(end(&readings.rss_mib)?), ""),
        Figure::new("rss_growth_mib", tenth(grown(&readings.rss_mib)?), RSS_BAR),
        Figure::new("rss_mib_per_hour", hundredth(rise), "report"),
        Figure::new("rss_peak_mib", tenth(readings.peak_mib), ""),
        Figure::new("threads_start", start(&readings.threads)?, ""),
        Figure::new("threads_end", end(&readings.threads)?, "as at the start"),
        Figure::new("files_start", start(&readings.files)?, ""),
        Figure::new("files_end", end(&readings.files)?, "as at the start"),
        Figure::new("calls", told("calls"), ""),
        Figure::new("turns", told("turns"), ""),
        Figure::new("read_in_time_pct", tenth(understood_pct), ""),
        Figure::new("decisions", told("decisions"), ""),
        Figure::new("interruptions", told("interruptions"), ""),
        Figure::new("frames", told("frames"), ""),
        Figure::new("recognised", told("recognised"), ""),
        Figure::new("taken_back", told("abandoned"), ""),
        Figure::new("late", told("late"), "report: a busy machine"),
        Figure::new("failures", told("failures"), "0"),
        Figure::new("events_lost", told("dropped"), "0"),
        Figure::new("unsaid", told("unsaid"), "0"),
    ])
}

fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_grows_is_told_from_one_that_stays() {
        let told = serde_json::json!({ "heard_samples": 24.0 * SAMPLES_PER_HOUR, "turns": 4,
            "understood": 3 });
        let mut readings = Readings { told, ..Readings::default() };
        for nth in 0..READINGS {
            let hours = nth as f64 / 10.0;
            readings.hours.push(hours);
            readings.rss_mib.push(if nth < 5 { 100.0 } else { 300.0 + 2.0 * hours });
            readings.files.push(9.0);
            readings.threads.push(8.0);
        }
        let figures = figures(&readings, 1_000.0).unwrap();
        let at = |name: &str| {
            figures.iter().find(|figure| figure.name == name).unwrap().value.as_f64().unwrap()
        };
        assert_eq!((at("hours"), at("read_in_time_pct")), (24.0, 75.0));
        assert_eq!(at("rss_mib_per_hour"), 2.0);
        // From the middle of the second tenth of the readings to that of the last one: 19.2 h.
        assert_eq!(at("rss_growth_mib"), 38.4);
        assert_eq!((at("threads_start"), at("threads_end")), (8.0, 8.0));
        readings.rss_mib.truncate(5);
        assert!(super::figures(&readings, 1.0).is_err(), "of five readings nothing is known");
    }
}
