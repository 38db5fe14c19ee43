//! What a step of the flow engine costs, without understanding: what was heard is in the event.
//! `crates/dialogue/benches` has the same for one scenario at a time.

use std::hint::black_box;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use outcall_dialogue::engine::{Event, State, step};
use outcall_dialogue::wander::wander;
use outcall_dialogue::{Files, FilesError, NearestExample, Scenario, load};

use super::speech::{quantile, timed};
use super::{BenchArgs, Figure};

/// Where the scenarios are, from the root of the project.
const SCENARIOS: &str = "scenarios";
/// Calls with random callees of each scenario.
const CALLS: u64 = 40;
/// How often all steps of a call are done to measure one of them.
const ROUNDS: u64 = 100;

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let folder = args.data.clone().unwrap_or_else(|| SCENARIOS.into());
    let rounds = args.scaled(ROUNDS);
    // Of each call: the time of a step, and how many there are.
    let (mut each_us, mut steps, mut scenarios) = (Vec::new(), 0, 0_u64);
    for scenario in read(&folder)? {
        scenarios += 1;
        for call in calls(&scenario) {
            let ((), cpu_s) = timed(|| {
                for _ in 0..rounds {
                    for (state, event) in &call {
                        black_box(step(&scenario, black_box(state), event));
                    }
                }
                Ok(())
            })?;
            each_us.push((cpu_s * 1e6 / (rounds * call.len() as u64) as f64, call.len()));
            steps += call.len();
        }
    }
    ensure!(steps > 0, "{} holds no scenario", folder.display());
    let sum_us: f64 = each_us.iter().map(|(us, count)| us * *count as f64).sum();
    let slowest: Vec<f64> = each_us.iter().map(|(us, _)| *us).collect();
    let hundredth = |us: f64| (us * 100.0).round() / 100.0;
    Ok(vec![
        Figure::new("step_us", hundredth(sum_us / steps as f64), "< 20"),
        Figure::new("step_us_of_slowest_call", hundredth(quantile(&slowest, 1.0)), ""),
        Figure::new("steps", steps, ""),
        Figure::new("scenarios", scenarios, ""),
    ])
}

/// Files of the disk; includes are beside the file that names them.
struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, FilesError> {
        fs_err::read_to_string(path).map_err(|error| FilesError(error.to_string()))
    }

    fn beside(&self, file: &str, include: &str) -> String {
        let folder = Path::new(file).parent().unwrap_or_else(|| Path::new(""));
        folder.join(include).to_string_lossy().into_owned()
    }
}

/// The scenarios in the folders of a folder.
fn read(folder: &Path) -> Result<Vec<Scenario>> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let file = entry?.path().join("scenario.yaml");
        if file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    files.iter().map(|file| read_scenario(file)).collect()
}

/// A scenario with what it includes.
pub(crate) fn read_scenario(file: &Path) -> Result<Scenario> {
    let loaded = load(&Disk, &file.to_string_lossy());
    Ok(loaded.with_context(|| format!("the scenario {}", file.display()))?.scenario)
}

/// The steps of calls with random callees: where the call was, and what happened.
fn calls(scenario: &Scenario) -> Vec<Vec<(State, Event)>> {
    let understander = NearestExample::new(scenario, "USD");
    let call = |seed| {
        let mut state = State::new(scenario);
        let records = wander(scenario, &understander, seed).into_iter();
        let steps = records.map(|record| {
            let next = step(scenario, &state, &record.event).0;
            (std::mem::replace(&mut state, next), record.event)
        });
        steps.collect()
    };
    (0..CALLS).map(call).collect()
}
