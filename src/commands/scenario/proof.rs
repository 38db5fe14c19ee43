//! What a scenario's tests are worth, and whether its calls can be replayed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use outcall_dialogue::mutation::{Mutant, mutate as mutate_one};
use outcall_dialogue::record::replay as replay_one;
use outcall_dialogue::wander::wander;
use outcall_dialogue::{Loaded, NearestExample};
use serde_json::json;

use super::files::{Disk, scenarios};
use crate::commands::Style;
use crate::output::{answer, table};

/// Least share of deletions that must be noticed, in percent.
const CAUGHT_MIN: f64 = 90.0;

/// Deletes at random, and fails when too little of it was noticed.
pub(super) fn mutate(
    paths: &[PathBuf],
    seed_and_count: (u64, usize),
    style: Style,
) -> anyhow::Result<ExitCode> {
    let mut rows = table(&["scenario", "deletions#", "noticed#", "%#"]);
    let mut all = Vec::new();
    let mut enough = true;
    let mut missed = Vec::new();
    for path in scenarios(paths)? {
        let mutants: Vec<Mutant> = mutate_one(&Disk, &path, seed_and_count)?;
        let caught = mutants.iter().filter(|mutant| mutant.caught.is_some()).count();
        let percent = 100.0 * caught as f64 / mutants.len().max(1) as f64;
        enough &= percent >= CAUGHT_MIN;
        let (count, caught) = (mutants.len().to_string(), caught.to_string());
        rows.add_row([path.as_str(), &count, &caught, &format!("{percent:.1}")]);
        let unseen = mutants.iter().filter(|mutant| mutant.caught.is_none());
        missed.extend(unseen.map(|mutant| format!("{path}: {}", mutant.deleted)));
        all.push(json!({ "scenario": path, "percent": percent, "mutants": mutants }));
    }
    missed.sort();
    missed.dedup();
    answer(style.json, &all, || {
        for missed in &missed {
            println!("not noticed: {missed}");
        }
        println!("{rows}");
    })?;
    Ok(if enough { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Holds calls with random callees and replays them; fails at the first that goes another way.
pub(super) fn replay(file: &Path, calls: u64, seed: u64, style: Style) -> anyhow::Result<ExitCode> {
    let Loaded { scenario, .. } = super::read(&file.to_string_lossy())?;
    let understander = NearestExample::new(&scenario, super::CURRENCY);
    let mut steps = 0;
    for call in 0..calls {
        let records = wander(&scenario, &understander, seed.wrapping_add(call));
        // What is replayed is what would be read from a file.
        let written = serde_json::to_string(&records)?;
        let read: Vec<_> = serde_json::from_str(&written)?;
        replay_one(&scenario, &scenario.version, &read)?;
        steps += records.len();
    }
    let summary = json!({ "calls": calls, "steps": steps, "identical": true });
    answer(style.json, &summary, || {
        println!("{calls} calls, {steps} steps, all replayed to identical steps");
    })?;
    Ok(ExitCode::SUCCESS)
}
