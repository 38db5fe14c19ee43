//! How many spoken calls go at once: the same people, called by more and more robots at a time,
//! until the replies come late.
//!
//! Late is what the program takes beyond the silence that it waits for on purpose: how patient it
//! has to be depends on what people say, and differs from step to step by chance.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;

use super::booking::Booking;
use super::stage::{Run, Stage, Usage};
use super::waits::{OWN, Waits};
use super::{AT_MOST, DemoArgs, judge};
use crate::results::Figures;

/// Robots at a time: twice as many each time until replies come late, and then half way between
/// the most that was in time and the fewest that was not.
const FIRST: u32 = 4;
const MOST: u32 = 64;
/// So many calls for each robot, that the middle of a run has all of them at work; and the most.
const CALLS_PER_ROBOT: u64 = 4;
const CALLS_MOST: u64 = 256;
/// The knee is known to so many robots.
const NEAR: u32 = 4;
/// Replies are late for which the program takes so much longer than with the fewest calls (95th
/// percentile)...
const LATE: f64 = 1.5;
/// ... and longer than this, in ms: the bar of 900 ms less the 350 that are waited for after a
/// sentence.
const IN_TIME_MS: f64 = 550.0;

/// What was measured with so many robots at a time.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub robots: u32,
    /// Calls that really went at once, in the middle of the run.
    pub at_once: u64,
    pub reply_p50_ms: f64,
    pub reply_p95_ms: f64,
    /// What the program took beyond the silence that it waited for on purpose.
    pub own_p50_ms: f64,
    pub own_p95_ms: f64,
    /// The 95th percentile of each of its parts ([`OWN`]).
    pub parts_p95_ms: [f64; OWN.len()],
    pub greeting_p95_ms: f64,
    pub completion_pct: f64,
    /// Of all the processors' time.
    pub program_pct: f64,
    pub farm_pct: f64,
    /// Both together, in the busiest quarter of the seconds.
    pub busy_pct: f64,
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
        self.own_p95_ms > (first.own_p95_ms * LATE).max(IN_TIME_MS)
    }
}

/// What grew the most where replies first came late, or where the program took no more calls at
/// once though there were robots for them; in words, and nothing when neither was the case.
pub(crate) fn what_binds(steps: &[Step]) -> Option<String> {
    let (first, last) = (steps.first()?, steps.last()?);
    let holds_back = last.robots > first.robots && last.at_once < u64::from(last.robots) * 3 / 4;
    let late = steps.iter().find(|step| step.is_late(first));
    let late = late.or_else(|| holds_back.then_some(last))?;
    let grown = OWN.iter().zip(late.parts_p95_ms.iter().zip(first.parts_p95_ms));
    let (name, (now, before)) = grown.max_by(|(_, (now, before)), (_, (other, then))| {
        (*now - before).total_cmp(&(*other - then))
    })?;
    Some(format!(
        "{name}: {before} ms with {} robots, {now} ms with {} (p95), {} calls at once and {} % of \
         all processors",
        first.robots, late.robots, late.at_once, late.busy_pct
    ))
}

fn step(program: &Path, booking: &Booking, robots: u32, scale_percent: u64) -> Result<Step> {
    let (least, robots_wide) = (u64::from(robots) * 3 / 2, u64::from(robots));
    let contacts = (robots_wide * CALLS_PER_ROBOT).clamp(24, CALLS_MOST) * scale_percent / 100;
    let arguments = DemoArgs {
        program: None,
        out: PathBuf::new(),
        scenario: PathBuf::from("scenarios/appointment-reminder"),
        folder: PathBuf::from("target/demo/knee"),
        people: None,
        models: PathBuf::from("models"),
        contacts: Some(usize::try_from(contacts.max(least).max(4))?),
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
    let figures = judge::figures(&judged, 0.0);
    Ok(read(robots, &figures, &Waits::of(&attempts), &usage, talked_ms))
}

fn read(robots: u32, figures: &Figures, waits: &Waits, usage: &Usage, talked_ms: u64) -> Step {
    let figure = |name: &str| figures.get(name).and_then(|it| it.as_f64()).unwrap_or(f64::NAN);
    let processors = std::thread::available_parallelism().map_or(1.0, |it| it.get() as f64);
    let pct = |cpu_s: f64| (cpu_s / processors * 1_000.0).round() / 10.0;
    let mut at_once = usage.at_once.clone();
    at_once.sort_unstable();
    let mut busy: Vec<f64> = usage.cpu_by_then_s.windows(2).map(|pair| pair[1] - pair[0]).collect();
    busy.sort_by(f64::total_cmp);
    let a_second = usage.seconds / (usage.cpu_by_then_s.len() as f64).max(1.0);
    let late = usage.log.lines().find(|line| line.contains("not all was understood"));
    Step {
        robots,
        // The start and the end of a run have fewer.
        at_once: at_once.get(at_once.len() * 3 / 4).copied().unwrap_or_default(),
        reply_p50_ms: figure("reply_p50_ms"),
        reply_p95_ms: figure("reply_p95_ms"),
        own_p50_ms: waits.own_ms(50),
        own_p95_ms: waits.own_ms(95),
        parts_p95_ms: waits.parts_ms(95),
        greeting_p95_ms: figure("greeting_p95_ms"),
        completion_pct: figure("completion_pct"),
        program_pct: pct(usage.cpu_s / usage.seconds),
        farm_pct: pct(usage.farm_cpu_s / usage.seconds),
        busy_pct: pct(busy.get(busy.len() * 3 / 4).copied().unwrap_or_default() / a_second),
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
        "reply p50, p95, ms",
        "of it the program's p50, p95",
        "its parts, p95",
        "greeting p95, ms",
        "completed, %",
        "program, people, busy, % of all CPU",
        "CPU s a call minute",
        "recognition late",
    ]);
    for step in steps {
        rows.add_row([
            step.robots.to_string(),
            step.at_once.to_string(),
            format!("{}, {}", step.reply_p50_ms, step.reply_p95_ms),
            format!("{}, {}", step.own_p50_ms, step.own_p95_ms),
            step.parts_p95_ms.map(|ms| ms.to_string()).join("+"),
            step.greeting_p95_ms.to_string(),
            step.completion_pct.to_string(),
            format!("{}, {}, {}", step.program_pct, step.farm_pct, step.busy_pct),
            format!("{:.2}", step.cpu_s_per_minute),
            step.late.clone(),
        ]);
    }
    println!("{rows}\nparts: {}", OWN.join("+"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(robots: u32, own_p95_ms: f64) -> Step {
        let (usage, figures) = (Usage { seconds: 1.0, ..Usage::default() }, Figures::new());
        Step { own_p95_ms, ..read(robots, &figures, &Waits::default(), &usage, 60_000) }
    }

    #[test]
    fn the_knee_is_the_last_step_whose_replies_are_in_time() {
        let steps = [at(4, 100.0), at(8, 260.0), at(12, 550.0), at(16, 700.0)];
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
                steps.push(at(robots, if robots < late_from { 400.0 } else { 601.0 }));
                steps.sort_by_key(|step| step.robots);
            }
            (tried, knee(&steps).unwrap().robots)
        };
        assert_eq!(tried(20), (vec![4, 8, 16, 32, 24, 20], 16));
        assert_eq!(tried(7), (vec![4, 8], 4));
        assert_eq!(tried(1_000), (vec![4, 8, 16, 32, 64], 64), "not reached");
    }

    #[test]
    fn what_binds_is_the_part_that_grew_the_most() {
        let parts = |parts_p95_ms, step: Step| Step { parts_p95_ms, busy_pct: 93.0, ..step };
        let steps = [
            parts([40.0, 10.0, 5.0, 90.0, 30.0], at(4, 170.0)),
            parts([500.0, 60.0, 5.0, 95.0, 40.0], at(32, 680.0)),
        ];
        let binds = what_binds(&steps).unwrap();
        assert!(binds.starts_with("recognition: 40 ms with 4 robots, 500 ms with 32"), "{binds}");
        assert_eq!(what_binds(&steps[..1]), None, "nothing was late");
        let held = |at_once| Step { at_once, ..at(64, 440.0) };
        assert!(what_binds(&[at(4, 170.0), held(34)]).is_some(), "it took no more");
        assert_eq!(what_binds(&[at(4, 170.0), held(60)]), None);
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
        let step = read(4, &Figures::new(), &Waits::default(), &usage, 60_000);
        assert_eq!(step.late, "readings=40 late=3 failures=0 dropped=0");
        assert_eq!((step.at_once, step.cpu_s_per_minute), (4, 10.0));
    }
}
