//! Media under load: calls that play and are recorded, against the farm of callees, which measures
//! from outside. More and more of them, until packets come late or not at all, or the program says
//! itself that it did not send or record them all.

mod step;
mod tally;

use anyhow::{Context, Result};

use self::step::Step;
use super::{BenchArgs, Figure, tenth};

/// With how many calls the search begins, and by how many it goes on.
const FIRST: u64 = 1_000;
const MORE: u64 = 250;

/// The calls whose figures count: the bar is set for them.
const COUNTED: u64 = 1_000;

/// More do not fit the ports of the caller: two for each call.
const CALLS_MAX: u64 = 5_000;

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let program = args.program()?;
    let (mut counted, mut knee): (Option<Step>, _) = (None, 0);
    for calls in (FIRST..=CALLS_MAX).step_by(MORE as usize) {
        let step = step::run(&program, args.scaled(calls))?;
        eprintln!("{step}");
        let good = step.is_good();
        if good {
            knee = step.calls;
        }
        if calls == COUNTED {
            counted = Some(step);
        }
        if !good {
            break;
        }
    }
    let counted = counted.context("invariant: there is a first step")?;
    let audio = counted.audio;
    Ok(vec![
        Figure::new("calls", counted.calls, "1,000"),
        Figure::new("calls_failed", counted.failed, "0"),
        Figure::new("cpu_us_per_packet", hundredth(counted.cpu_us_per_packet), "< 4"),
        Figure::new("jitter_p99_ms", hundredth(counted.jitter_p99_ms), "< 5"),
        Figure::new("farm_jitter_p99_ms", hundredth(counted.farm_jitter_p99_ms), ""),
        Figure::new("loss_pct", counted.loss_pct, "< 0.1"),
        Figure::new("calls_throughout", audio.throughout, "1,000"),
        Figure::new("sent_share_pct", hundredth(audio.sent_share_pct()), "99 to 101"),
        Figure::new("received_share_pct", hundredth(audio.received_share_pct()), ""),
        Figure::new("lost_to_program_pct", thousandth(audio.lost_to_program_pct()), ""),
        Figure::new("late_to_program_pct", thousandth(audio.late_to_program_pct()), ""),
        Figure::new("concealed_pct", thousandth(audio.concealed_pct()), ""),
        Figure::new("recording_dropped_frames", audio.recording_dropped_frames, "0"),
        Figure::new("rss_peak_mib", tenth(counted.rss_peak_mib), ""),
        Figure::new("knee_calls", knee, "5,000 is the most that is tried"),
    ])
}

fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn thousandth(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
