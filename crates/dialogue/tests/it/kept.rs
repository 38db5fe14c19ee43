//! The scenarios of the repository.

use outcall_dialogue::check::check;
use outcall_dialogue::mutation::mutate;
use outcall_dialogue::record::{Mismatch, replay};
use outcall_dialogue::rehearsal::rehearse;
use outcall_dialogue::wander::wander;
use outcall_dialogue::{Loaded, NearestExample, Severity, document, load};

use crate::shelf::{Repository, root, scenarios};

fn all() -> Vec<(String, Loaded)> {
    let read = |path: String| {
        let loaded = load(&Repository, &path).unwrap_or_else(|problems| panic!("{problems}"));
        (path, loaded)
    };
    scenarios().into_iter().map(read).collect()
}

#[test]
fn every_scenario_has_no_error() {
    let mut errors = Vec::new();
    for (_, loaded) in all() {
        let problems = check(&loaded).into_iter();
        errors.extend(
            problems
                .filter(|found| found.severity == Severity::Error)
                .map(|found| found.to_string()),
        );
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn every_exchange_goes_as_written() {
    let mut failures = Vec::new();
    for (path, loaded) in all() {
        let understander = NearestExample::new(&loaded.scenario, "USD");
        let rehearsed = rehearse(&loaded.scenario, &understander);
        assert!(rehearsed.len() >= 12, "{path} has {} exchanges", rehearsed.len());
        for test in rehearsed {
            failures.extend(test.failure.map(|why| format!("{path}: {}: {why}", test.name)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn nine_of_ten_deletions_are_noticed() {
    // The first 60 of the 200 that `outcall scenario mutate` makes.
    for path in scenarios() {
        let mutants = mutate(&Repository, &path, (1, 60)).unwrap();
        let missed: Vec<_> = mutants.iter().filter(|mutant| mutant.caught.is_none()).collect();
        assert!(missed.len() * 10 <= mutants.len(), "{path}: {missed:#?}");
    }
}

#[test]
fn calls_with_random_callees_end_and_replay_to_identical_steps() {
    for (path, Loaded { scenario, .. }) in all() {
        let understander = NearestExample::new(&scenario, "USD");
        for seed in 0..40 {
            let records = wander(&scenario, &understander, seed);
            let written = serde_json::to_string(&records).unwrap();
            let read: Vec<_> = serde_json::from_str(&written).unwrap();
            let end = replay(&scenario, &scenario.version, &read)
                .unwrap_or_else(|mismatch| panic!("{path}, seed {seed}: {mismatch}"));
            assert!(end.outcome.is_some());
        }
    }
}

#[test]
fn a_replay_points_at_the_first_step_that_went_another_way() {
    let (_, Loaded { scenario, .. }) = all().remove(0);
    let understander = NearestExample::new(&scenario, "USD");
    let mut records = wander(&scenario, &understander, 3);
    records[1].node = "elsewhere".to_owned();
    let mismatch = replay(&scenario, &scenario.version, &records).unwrap_err();
    assert!(matches!(mismatch, Mismatch::Step { step: 2, what: "the node", .. }), "{mismatch}");
    let other = replay(&scenario, "0", &records).unwrap_err();
    assert!(matches!(other, Mismatch::Version { .. }));
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let path = root().join("docs/scenario.schema.json");
    let published = fs_err::read_to_string(&path).unwrap_or_default();
    let current = document::schema().unwrap();
    assert!(published == current, "write `outcall scenario schema` to docs/scenario.schema.json");
}
