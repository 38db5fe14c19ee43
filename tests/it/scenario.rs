//! The scenarios of the repository, checked and tested as their author does it.

use std::path::Path;

use crate::program::Program;

/// The path of a scenario of the repository.
fn of(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_scenario_is_checked_tested_drawn_and_replayed() {
    let program = Program::new();
    let reminder = of("debt-reminder/scenario.yaml");
    let checked = program.json(&["scenario", "check", &reminder]);
    assert_eq!((&checked["files"], &checked["errors"]), (&1.into(), &0.into()), "{checked}");
    let tested = program.json(&["scenario", "test", &reminder]);
    let tests = tested[0]["tests"].as_array().unwrap();
    assert!(tests.len() >= 12, "{} tests", tests.len());
    assert!(tests.iter().all(|test| test["failure"].is_null()), "{tests:?}");
    let drawn = program.run(&["scenario", "graph", &reminder]);
    let drawn = String::from_utf8(drawn.stdout).unwrap();
    assert!(drawn.starts_with("digraph") && drawn.contains("offer_plan"), "{drawn}");
    let replayed = program.json(&["scenario", "replay", &reminder, "--calls", "5", "--seed", "1"]);
    assert_eq!(replayed["identical"], true);
    let schema = program.run(&["scenario", "schema"]).stdout;
    let schema: serde_json::Value = serde_json::from_slice(&schema).unwrap();
    assert!(schema["properties"]["nodes"].is_object());
}

#[test]
fn a_scenario_that_leads_nowhere_is_refused_with_its_place() {
    let program = Program::new();
    let text = fs_err::read_to_string(of("debt-reminder/scenario.yaml")).unwrap();
    let library = of("library");
    let text = text.replace("../library", &library).replacen("yes: identify", "yes: identfy", 1);
    let file = program.write("broken.yaml", text);
    let output = program.run(&["scenario", "check", &file]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("broken.yaml:") && said.contains("did you mean 'identify'?"), "{said}");
}
