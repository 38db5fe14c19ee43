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

#[test]
fn files_of_others_become_a_scenario_that_is_accepted_and_whose_tests_pass() {
    let program = Program::new();
    let nlu = "nlu:\n- intent: agree\n  examples: |\n    - sure\n    - fine by me\n    - go \
               ahead\n- intent: refuse\n  examples: |\n    - rather not\n    - I would not\n    - \
               leave it\n- synonym: ok\n  examples: |\n    - okay\n";
    let rest = "responses:\n  utter_bye:\n  - text: Thank you, goodbye.\nstories:\n- story: \
                agrees\n  steps:\n  - intent: agree\n  - action: utter_bye\n- story: refuses\n  \
                steps:\n  - intent: refuse\n  - action: utter_bye\n";
    let (nlu, rest) = (program.write("nlu.yml", nlu), program.write("stories.yml", rest));
    let out = program.write("taken.yaml", "");
    fs_err::remove_file(&out).unwrap();
    let told = program.json(&["scenario", "import", &nlu, &rest, "--out", &out]);
    assert_eq!((&told["errors"], &told["left_out"][0]["line"]), (&0.into(), &12.into()), "{told}");
    let checked = program.json(&["scenario", "check", &out]);
    assert_eq!(checked["errors"], 0, "{checked}");
    let tested = program.json(&["scenario", "test", &out]);
    assert_eq!(tested[0]["tests"].as_array().map(Vec::len), Some(3), "{tested}");
    assert!(tested[0]["tests"].as_array().unwrap().iter().all(|test| test["failure"].is_null()));
    let (code, said) = program.fails(&["scenario", "import", &nlu, &rest, "--out", &out]);
    assert!(code == 1 && said.contains("is there already"), "{said}");
    let (_, said) = program.fails(&["scenario", "import", &rest]);
    assert!(
        said.contains("stories.yml:7:5: there are no examples of the intent 'agree'"),
        "{said}"
    );
}
