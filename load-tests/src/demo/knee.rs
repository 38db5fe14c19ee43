//! How many spoken calls go at once: the same people, called by more and more robots at a time,
//! until the replies come late.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;

use super::booking::Booking;
use super::stage::{Run, Stage, Usage};
use super::{AT_MOST, DemoArgs, judge};
use crate::results::Figures;

/// Robots at a time: twice as many each time until replies come late, and then half way between
/// the most that was in time and the fewest that was not.
const FIRST: u32 = 4;
/// There are no more people than three times as many.
const MOST: u32 = 64;
/// The knee is known to so many robots.
const NEAR: u32 = 4;
/// Replies are late that take so much longer than with the fewest calls (95th percentile).
const LATE: f64 = 1.5;
/// The first version's bar, in ms: what is below it is not late.
const IN_TIME_MS: f64 = 900.0;

/// What was measured with so many robots at a time.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub robots: u32,
    /// Calls that really went at once, in the middle of the run.
    pub at_once: u64,
    pub reply_p50_ms: f64,
    pub reply_p95_ms: f64,
    pub greeting_p95_ms: f64,
    pub completion_pct: f64,
    /// Of all the processors' time.
    pub program_pct: f64,
    pub farm_pct: f64,
    /// Processor time of the program for a minute of a call, in s.
    pub cpu_s_per_minute: f64,
    /// What the program says of recognition that came late.
    pub late: String,
}

/// Calls the people with more and more robots at a time. With `scale_percent` below 100 fewer
/// people are called.
pub(crate) fn measure(program: &Path, scale_percent: u64) -> Result<Vec<Step>> {
    let booking = Booking::start()?;
    let mut steps: Vec<Step> = Vec::new();
    while let Some(robots) = next(&steps) {
        steps.push(step(program, &booking, robots, scale_percent)?);
        steps.sort_by_key(|step| step.robots);
        table(&steps);
    }
    ensure!(!steps.is_empty(), "nothing was measured");
    Ok(steps)
}

/// The most calls at once below the first whose replies were late, and their delay.
pub(crate) fn knee(steps: &[Step]) -> Option<&Step> {
    let first = steps.first()?;
    steps.iter().take_while(|step| !step.is_late(first)).last()
}

/// How many robots to try next, after these steps in the order of their robots.
fn next(steps: &[Step]) -> Option<u32> {
    let Some(first) = steps.first() else { return Some(FIRST) };
    let known = knee(steps)?.robots;
    match steps.iter().find(|step| step.is_late(first)).map(|late| late.robots) {
        Some(late) => (late - known > NEAR).then(|| (known + late) / 2),
        None => (known < MOST).then_some(known * 2),
    }
}

impl Step {
    fn is_late(&self, first: &Self) -> bool {
        self.reply_p95_ms > (first.reply_p95_ms * LATE).max(IN_TIME_MS)
    }
}

fn step(program: &Path, booking: &Booking, robots: u32, scale_percent: u64) -> Result<Step> {
    // So many that the middle of the run has all robots at work.
    let (least, all) = (u64::from(robots) * 3 / 2, 98);
    let contacts = ((u64::from(robots) * 3).clamp(24, all) * scale_percent / 100).clamp(least, all);
    let arguments = DemoArgs {
        program: None,
        out: PathBuf::new(),
        scenario: PathBuf::from("scenarios/appointment-reminder"),
        folder: PathBuf::from("target/demo/knee"),
        people: None,
        models: PathBuf::from("models"),
        contacts: Some(usize::try_from(contacts.max(4))?),
        at_once: Some(robots),
        seed: 1,
        kill_after_s: None,
        strict: false,
    };
    println!("\n## {robots} robots");
    let stage = Stage::set_anew(&arguments, program, booking.port())?;
    let mut run = Run::start(&stage)?;
    let usage = run.watch_for(&stage, AT_MOST)?;
    let (export, truths) = run.end(&stage)?;
    let attempts = judge::attempts(&export)?;
    let judged = judge::judge(&truths, &attempts);
    let talked_ms: u64 = truths.iter().filter_map(|truth| truth.end.at_ms).sum();
    Ok(read(robots, &judge::figures(&judged, 0.0), &usage, talked_ms))
}

fn read(robots: u32, figures: &Figures, usage: &Usage, talked_ms: u64) -> Step {
    let figure = |name: &str| figures.get(name).and_then(|it| it.as_f64()).unwrap_or(f64::NAN);
    let processors = std::thread::available_parallelism().map_or(1.0, |it| it.get() as f64);
    let share = |cpu_s: f64| (cpu_s / usage.seconds / processors * 1_000.0).round() / 10.0;
    let mut at_once = usage.at_once.clone();
    at_once.sort_unstable();
    let late = usage.log.lines().find(|line| line.contains("not all was understood"));
    Step {
        robots,
        // The start and the end of a run have fewer.
        at_once: at_once.get(at_once.len() * 3 / 4).copied().unwrap_or_default(),
        reply_p50_ms: figure("reply_p50_ms"),
        reply_p95_ms: figure("reply_p95_ms"),
        greeting_p95_ms: figure("greeting_p95_ms"),
        completion_pct: figure("completion_pct"),
        program_pct: share(usage.cpu_s),
        farm_pct: share(usage.farm_cpu_s),
        cpu_s_per_minute: usage.cpu_s / (talked_ms as f64 / 60_000.0).max(0.01),
        late: late.map_or_else(|| "none".to_owned(), of_counts),
    }
}

/// The counts in a line of the log.
fn of_counts(line: &str) -> String {
    let counts = line.split_whitespace().filter(|word| {
        ["late=", "failures=", "dropped=", "readings="].iter().any(|name| word.starts_with(name))
    });
    counts.collect::<Vec<_>>().join(" ")
}

fn table(steps: &[Step]) {
    let mut rows = Table::new();
    rows.load_style(UTF8_HORIZONTAL_ONLY).set_header([
        "robots",
        "at once",
        "reply p50, ms",
        "p95, ms",
        "greeting p95, ms",
        "completed, %",
        "program, % of all CPU",
        "people, %",
        "CPU s a call minute",
        "recognition late",
    ]);
    for step in steps {
        rows.add_row([
            step.robots.to_string(),
            step.at_once.to_string(),
            step.reply_p50_ms.to_string(),
            step.reply_p95_ms.to_string(),
            step.greeting_p95_ms.to_string(),
            step.completion_pct.to_string(),
            step.program_pct.to_string(),
            step.farm_pct.to_string(),
            format!("{:.2}", step.cpu_s_per_minute),
            step.late.clone(),
        ]);
    }
    println!("{rows}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(robots: u32, reply_p95_ms: f64) -> Step {
        let (usage, figures) = (Usage { seconds: 1.0, ..Usage::default() }, Figures::new());
        Step { reply_p95_ms, ..read(robots, &figures, &usage, 60_000) }
    }

    #[test]
    fn the_knee_is_the_last_step_whose_replies_are_in_time() {
        let steps = [at(4, 700.0), at(8, 890.0), at(12, 1_000.0), at(16, 1_900.0)];
        assert_eq!(knee(&steps).map(|step| step.robots), Some(12));
        assert_eq!(knee(&steps[..1]).map(|step| step.robots), Some(4));
        assert!(knee(&[]).is_none());
    }

    #[test]
    fn the_knee_is_looked_for_by_doubling_and_then_between() {
        let tried = |late_from: u32| {
            let mut steps: Vec<Step> = Vec::new();
            let mut tried = Vec::new();
            while let Some(robots) = next(&steps) {
                tried.push(robots);
                steps.push(at(robots, if robots < late_from { 700.0 } else { 2_000.0 }));
                steps.sort_by_key(|step| step.robots);
            }
            (tried, knee(&steps).unwrap().robots)
        };
        assert_eq!(tried(20), (vec![4, 8, 16, 32, 24, 20], 16));
        assert_eq!(tried(7), (vec![4, 8], 4));
        assert_eq!(tried(1_000), (vec![4, 8, 16, 32, 64], 64), "not reached");
    }

    #[test]
    fn what_came_late_is_read_from_the_log() {
        let usage = Usage {
            log:
                "x\nWARN not all was understood readings=40 late=3 failures=0 dropped=0 advice=a\n"
                    .to_owned(),
            seconds: 10.0,
            cpu_s: 10.0,
            at_once: vec![0, 4, 4, 3],
            ..Usage::default()
        };
        let step = read(4, &Figures::new(), &usage, 60_000);
        assert_eq!(step.late, "readings=40 late=3 failures=0 dropped=0");
        assert_eq!((step.at_once, step.cpu_s_per_minute), (4, 10.0));
    }
}
