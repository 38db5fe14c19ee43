//! Spoken calls at once on this machine: the knee, and what binds there.

use anyhow::{Context, Result};
use serde_json::Value;

use super::{BenchArgs, Figure};
use crate::demo::knee;

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let program = fs_err::canonicalize(args.program()?)?;
    let steps = knee::measure(&program, args.scale_percent)?;
    let knee = knee::knee(&steps).context("nothing was measured")?;
    let list = |value: fn(&knee::Step) -> f64| -> Value {
        steps.iter().map(|step| Value::from(value(step))).collect::<Vec<_>>().into()
    };
    Ok(vec![
        Figure::new("knee_calls", knee.at_once, "report"),
        Figure::new("knee_robots", knee.robots, "report"),
        Figure::new("reply_p50_ms", knee.reply_p50_ms, "report"),
        Figure::new("reply_p95_ms", knee.reply_p95_ms, "report"),
        Figure::new("own_p50_ms", knee.own_p50_ms, "report"),
        Figure::new("own_p95_ms", knee.own_p95_ms, "report"),
        Figure::new("binds", knee::what_binds(&steps).unwrap_or_default(), "report"),
        Figure::new("greeting_p95_ms", knee.greeting_p95_ms, "report"),
        Figure::new("program_cpu_pct", knee.program_pct, "report"),
        Figure::new("people_cpu_pct", knee.farm_pct, "report"),
        Figure::new("cpu_s_per_call_minute", knee.cpu_s_per_minute, "report"),
        Figure::new("steps_robots", list(|step| f64::from(step.robots)), "report"),
        Figure::new("steps_reply_p95_ms", list(|step| step.reply_p95_ms), "report"),
        Figure::new("steps_own_p95_ms", list(|step| step.own_p95_ms), "report"),
        Figure::new("steps_at_once", list(|step| step.at_once as f64), "report"),
        Figure::new("steps_busy_pct", list(|step| step.busy_pct), "report"),
        Figure::new("steps_program_cpu_pct", list(|step| step.program_pct), "report"),
    ])
}
