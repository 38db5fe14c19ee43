//! What is wrong with a file is told with its place and what to do.

use outcall_dialogue::check::check;
use outcall_dialogue::{Scenario, load};
use proptest::prelude::*;

use crate::shelf::Shelf;

const SMALL: &str = "\
schema: 1
name: small
jurisdictions: [us]
slots:
  coming: yes_no
outcomes: { done: completed, stop: opted_out }
globals:
  stop_it: { to: stop_end, first: true }
intents:
  stop_it: [stop calling me, no more calls, remove my number]
start: hello
nodes:
  hello:
    say: This is the robot of Park Dental. Say stop to get no more calls.
    discloses: [caller, robot, opt_out]
    next: question
  question:
    say: Will you come?
    ask: coming
    next: end
    on: { no_match: end, no_input: end }
  end: { say: Goodbye., end: done }
  stop_end: { say: We will not call again., end: stop }
  message:
    say: This is the robot of Park Dental. Call us to get no more calls.
    discloses: [caller, robot, opt_out]
    end: done
voicemail: message
";

fn small() -> Scenario {
    load(&Shelf::with("s.yaml", SMALL), "s.yaml").expect("it is right").scenario
}

/// The errors of the small scenario after a change, as `line:column: message`.
fn errors(from: &str, to: &str) -> Vec<String> {
    assert!(SMALL.contains(from), "{from}");
    let files = Shelf::with("s.yaml", &SMALL.replacen(from, to, 1));
    let problems = match load(&files, "s.yaml") {
        Ok(loaded) => check(&loaded),
        Err(problems) => problems.0,
    };
    problems.iter().map(|problem| problem.to_string().replace("s.yaml:", "")).collect()
}

fn expect(from: &str, to: &str, place: &str, message: &str) {
    let errors = errors(from, to);
    let found = errors.iter().any(|error| error.starts_with(place) && error.contains(message));
    assert!(found, "{place} {message}\n{}", errors.join("\n"));
}

#[test]
fn a_small_scenario_has_nothing_but_the_want_of_tests() {
    let errors = errors("Goodbye.", "Goodbye.");
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].contains("no tests"));
}

#[test]
fn a_wrong_field_or_name_is_told_with_its_place_and_the_nearest_one() {
    expect("    ask: coming", "    aks: coming", "19:5:", "did you mean 'ask'?");
    expect("next: question", "next: questoin", "16:5:", "did you mean 'question'?");
    expect("ask: coming", "ask: comming", "19:5:", "did you mean 'coming'?");
    expect("end: done", "end: doen", "22:", "did you mean 'done'?");
    expect("yes_no", "yesno", "5:11:", "did you mean 'yes_no'?");
    expect("Will you come?", "Will {you} come?", "18:5:", "no variable or slot 'you'");
    expect("{ to: stop_end,", "{ to: stopend,", "8:14:", "did you mean 'stop_end'?");
}

#[test]
fn several_faults_are_told_at_once() {
    let text =
        SMALL.replace("    ask: coming", "    aks: coming").replacen("discloses:", "disclose:", 1);
    let problems = load(&Shelf::with("s.yaml", &text), "s.yaml").unwrap_err();
    assert_eq!(problems.0.len(), 2, "{problems}");
}

#[test]
fn what_cannot_be_a_scenario_is_refused() {
    expect("schema: 1", "schema: 2", "1:1:", "write 1");
    expect("name: small", "name: &a small\nabout: *a", "3:", "alias");
    expect("name: small", "name: small\nname: other", "3:", "second time");
    expect("name: small", "name: !x small", "2:", "tag");
    let deep = format!("about: {}{}", "[".repeat(200), "]".repeat(200));
    expect("name: small", &deep, "2:", "nested deeper");
    let files = Shelf::with("s.yaml", &"#".repeat(2 << 20));
    assert!(load(&files, "s.yaml").unwrap_err().to_string().contains("larger"));
}

#[test]
fn what_a_call_would_fail_at_is_found_before() {
    expect("    on: { no_match: end, no_input: end }\n", "", "17:3:", "'no_match' leads nowhere");
    expect("    next: question\n", "    next: end\n", "17:3:", "nothing leads to");
    expect("    next: question\n", "    next: hello\n", "13:3:", "without asking");
    expect("[caller, robot, opt_out]", "[caller, robot]", "17:3:", "no further calls");
    expect(", first: true", "", "7:1:", "nobody can ask for no further calls");
    expect(
        "remove my number]",
        "remove my number]\n  again: [stop calling me]",
        "10:3:",
        "told apart",
    );
    let long = "word ".repeat(80);
    expect("Will you come?", &long, "18:5:", "s to speak");
    expect(
        "jurisdictions: [us]",
        "jurisdictions: [us]\nlanguages: [en, zh]",
        "",
        "missing in 'zh'",
    );
}

#[test]
fn a_message_on_an_answering_machine_tells_who_called_and_asks_nothing() {
    expect("voicemail: message\n", "", "11:1:", "no message for answering machines");
    expect("voicemail: message\n", "", "24:3:", "nothing leads to the node 'message'");
    expect("voicemail: message", "voicemail: mesage", "28:", "did you mean 'message'?");
    expect("voicemail: message", "voicemail: stop_end", "23:3:", "not say that a machine");
    expect("voicemail: message", "voicemail: hello", "17:3:", "'question', which nobody answers");
    expect("Call us to", "Call us {coming} to", "25:5:", "'coming' may not be known here");
}

#[test]
fn the_version_follows_what_a_call_depends_on_and_nothing_else() {
    let version =
        |text: &str| load(&Shelf::with("s.yaml", text), "s.yaml").unwrap().scenario.version;
    let commented = SMALL.replace("start: hello", "# a comment\nstart: hello");
    assert_eq!(version(&commented), small().version);
    assert_eq!(version(&format!("{SMALL}tests: []\n")), small().version);
    assert_ne!(version(&SMALL.replace("Goodbye.", "Bye.")), small().version);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,300}") {
        let _problems = load(&Shelf::with("s.yaml", &text), "s.yaml");
    }

    #[test]
    fn no_change_of_a_scenario_makes_the_reader_or_the_checks_panic(
        at in 0..SMALL.len(),
        with in "[a-z{}\\[\\]:,&*\\n \"'-]{0,8}",
        cut in 0..20_usize,
    ) {
        let end = (at + cut).min(SMALL.len());
        let text = format!("{}{with}{}", &SMALL[..at], &SMALL[end..]);
        if let Ok(loaded) = load(&Shelf::with("s.yaml", &text), "s.yaml") {
            check(&loaded);
        }
    }
}

#[test]
fn the_example_of_the_guide_is_right() {
    let guide =
        fs_err::read_to_string(crate::shelf::root().join("docs/guide/scenarios.md")).unwrap();
    let begin = guide.find("schema: 1").unwrap();
    let end = begin + guide[begin..].find("```").unwrap();
    let loaded = load(&Shelf::with("visit.yaml", &guide[begin..end]), "visit.yaml")
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(check(&loaded), []);
    let understander = outcall_dialogue::NearestExample::new(&loaded.scenario, "USD");
    for test in outcall_dialogue::rehearsal::rehearse(&loaded.scenario, &understander) {
        assert_eq!(test.failure, None, "{}", test.name);
    }
}
