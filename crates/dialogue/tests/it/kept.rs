//! The scenarios of the repository.

use outcall_dialogue::check::check;
use outcall_dialogue::mutation::mutate;
use outcall_dialogue::record::{Mismatch, replay};
use outcall_dialogue::rehearsal::rehearse;
use outcall_dialogue::wander::wander;
use outcall_dialogue::{
    Asked, Loaded, NearestExample, Severity, Trained, Understander, document, load,
};
use outcall_understanding::slots::Language;

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
fn nothing_is_deleted_twice_and_all_that_there_is_at_most() {
    let path = "scenarios/fraud-check/scenario.yaml";
    let mutants = mutate(&Repository, path, (7, 10_000)).unwrap();
    let mut deleted: Vec<_> = mutants.iter().map(|mutant| &mutant.deleted).collect();
    deleted.sort();
    deleted.dedup();
    assert_eq!(deleted.len(), mutants.len());
    assert!((30..1_000).contains(&deleted.len()), "{}", deleted.len());
    let few = mutate(&Repository, path, (7, 3)).unwrap();
    assert_eq!(few, mutants[..3]);
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

#[test]
fn trained_intents_understand_what_no_example_says_and_only_what_is_expected() {
    let path = "scenarios/debt-reminder/scenario.yaml";
    let scenario = load(&Repository, path).expect("it is right").scenario;
    // Letters and sounds alone: the tests need no model.
    let trained = Trained::train(&scenario, "GBP", |_| None).expect("it can be trained");
    let now = jiff::civil::date(2026, 3, 2).at(10, 0, 0, 0);
    let asked = |intents| Asked {
        language: Language::En,
        now,
        intents,
        kinds: Vec::new(),
        before: None,
        name: None,
    };
    let text = "please take my number off the list";
    let heard = trained.understand(text, &asked(vec!["stop_calling", "repeat"]));
    assert_eq!(heard.reading.intents[0].intent, "stop_calling");
    let heard = trained.understand(text, &asked(vec!["repeat"]));
    assert!(heard.reading.intents.iter().all(|guess| guess.intent == "repeat"));
}
