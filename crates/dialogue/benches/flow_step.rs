//! One step of the flow engine, without understanding: what was heard is in the event.
//!
//! `cargo bench -p outcall-dialogue`. `cargo xtask bench flow-step` measures the same from outside
//! and writes it down; its bar is 20 us.

use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use outcall_dialogue::engine::{Event, State, step};
use outcall_dialogue::wander::wander;
use outcall_dialogue::{Files, FilesError, NearestExample, Scenario, load};

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

/// Calls with random callees whose steps are measured.
const CALLS: u64 = 40;

fn main() {
    divan::main();
}

/// The scenarios of the repository.
struct Repository;

impl Files for Repository {
    fn read(&self, path: &str) -> Result<String, FilesError> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(path);
        fs_err::read_to_string(path).map_err(|error| FilesError(error.to_string()))
    }

    fn beside(&self, _: &str, include: &str) -> String {
        include.trim_start_matches("../").to_owned()
    }
}

/// Every step of some calls: where the call was, and what happened.
fn steps(scenario: &Scenario) -> Vec<(State, Event)> {
    let understander = NearestExample::new(scenario, "USD");
    let mut steps = Vec::new();
    for seed in 0..CALLS {
        let mut state = State::new(scenario);
        for record in wander(scenario, &understander, seed) {
            let next = step(scenario, &state, &record.event).0;
            steps.push((std::mem::replace(&mut state, next), record.event));
        }
    }
    steps
}

/// All steps of the calls; a step is an item.
#[divan::bench(args = ["appointment-reminder", "debt-reminder", "product-update"])]
fn steps_of_calls(bencher: Bencher<'_, '_>, name: &str) {
    let path = format!("{name}/scenario.yaml");
    let loaded = load(&Repository, &path).unwrap_or_else(|problems| panic!("{problems}"));
    let scenario = loaded.scenario;
    let steps = steps(&scenario);
    bencher.counter(ItemsCount::new(steps.len())).bench_local(|| {
        for (state, event) in &steps {
            divan::black_box(step(&scenario, divan::black_box(state), event));
        }
    });
}
