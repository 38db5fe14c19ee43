//! Files of others, read, checked and rehearsed.

use outcall_understanding::slots::Language;

use super::*;
use crate::check::check;
use crate::load::{Files, FilesError, load};
use crate::nearest_example::NearestExample;
use crate::problem::Severity;
use crate::rehearsal::rehearse;
use crate::scenario::Scenario;

const NLU: &str = "version: '3.1'\nnlu:\n- intent: affirm\n  examples: |\n    - sure\n    - that \
                   suits me on [Monday](day)\n    - fine by me\n- intent: deny\n  examples: |\n    \
                   - rather not\n    - I would not like to\n    - no way\n- intent: ask_price\n  \
                   examples: |\n    - what does it cost\n    - how much is that\n    - is it \
                   expensive\n- intent: yes\n  examples:\n  - text: |\n      - right you are\n\
                   - synonym: x\n  examples: |\n    - y\n";

const DOMAIN: &str = "responses:\n  utter_offer:\n  - text: \"We have a new plan, {name}.\"\n  - \
                      text: A new plan is there.\n  utter_ask:\n  - text: Shall I send it?\n    \
                      buttons:\n    - title: Yes\n      payload: /affirm\n  utter_sent:\n  - text: \
                      It is on its way. Goodbye.\n  utter_pity:\n  - text: \"What a pity: \
                      goodbye.\"\n  utter_price:\n  - text: Nine pounds a month.\nslots:\n  day:\n\
                      \x20   type: text\n";

const STORIES: &str = "stories:\n- story: sends it\n  steps:\n  - action: utter_offer\n  - \
                       action: utter_ask\n  - intent: affirm\n    entities:\n    - day\n  - \
                       action: action_send\n  - action: utter_sent\n- story: does not\n  steps:\n  \
                       - intent: deny\n  - action: utter_pity\n- story: says it otherwise\n  \
                       steps:\n  - or:\n    - intent: affirm\n    - intent: yes\n  - action: \
                       utter_sent\n- story: goes on otherwise\n  steps:\n  - intent: deny\n  - \
                       action: utter_ask\n- story: by a slot\n  steps:\n  - intent: affirm\n  - \
                       slot_was_set:\n    - day: Monday\n  - action: utter_ask\nrules:\n- rule: \
                       price\n  steps:\n  - intent: ask_price\n  - action: utter_price\n- rule: \
                       lost\n  steps:\n  - intent: nlu_fallback\n  - action: utter_ask\n";

struct One(String);

impl Files for One {
    fn read(&self, _: &str) -> Result<String, FilesError> {
        Ok(self.0.clone())
    }

    fn beside(&self, _: &str, include: &str) -> String {
        include.to_owned()
    }
}

fn wishes(language: Language) -> Wishes {
    Wishes { name: "plan".to_owned(), language, jurisdictions: vec!["us".to_owned()] }
}

fn brought(sources: &[(&str, &str)]) -> Result<Imported, Problems> {
    let sources: Vec<Source<'_>> =
        sources.iter().map(|&(name, text)| Source { name, text }).collect();
    import(&sources, &wishes(Language::En))
}

/// The scenario of a text that the checks accept and whose tests pass.
fn sound(text: &str) -> Scenario {
    let loaded = load(&One(text.to_owned()), "plan.yaml").unwrap_or_else(|e| panic!("{e}\n{text}"));
    let problems = check(&loaded);
    let errors: Vec<_> = problems.iter().filter(|it| it.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    for test in rehearse(&loaded.scenario, &NearestExample::new(&loaded.scenario, "USD")) {
        assert_eq!(test.failure, None, "{}\n{text}", test.name);
    }
    loaded.scenario
}

#[test]
fn stories_become_nodes_rules_become_globals_and_each_story_is_a_test() {
    let imported =
        brought(&[("nlu.yml", NLU), ("domain.yml", DOMAIN), ("stories.yml", STORIES)]).unwrap();
    let scenario = sound(&imported.text);
    let node = |name: &str| &scenario.nodes[name];
    assert_eq!(node("opening").exits["next"], "offer");
    assert_eq!(node("offer").exits["next"], "ask");
    assert_eq!(node("offer").say[&Language::En].len(), 2);
    for intent in ["affirm", "says_yes"] {
        assert_eq!(node("ask").exits[intent], "sent", "{intent}");
    }
    assert_eq!(node("ask").exits["deny"], "pity");
    assert!(scenario.globals.contains_key("ask_price"));
    assert!(scenario.variables.contains_key("name"));
    assert_eq!(scenario.intents["affirm"].examples[&Language::En][1], "that suits me on Monday");
    let names: Vec<&str> = scenario.tests.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(names, ["sends it", "does not", "says it otherwise", "No more calls"]);
}

#[test]
fn what_is_left_out_is_told_with_its_place() {
    let imported =
        brought(&[("nlu.yml", NLU), ("domain.yml", DOMAIN), ("stories.yml", STORIES)]).unwrap();
    let told: Vec<String> = imported.left_out.iter().map(ToString::to_string).collect();
    for (place, what) in [
        ("nlu.yml:22:", "'synonym'"),
        ("domain.yml:7:", "'buttons' cannot be spoken"),
        ("domain.yml:16:", "'slots' is not read"),
        ("stories.yml:9:", "'action_send' is code"),
        ("stories.yml:21:", "another story goes on otherwise after 'deny'"),
        ("stories.yml:28:", "'slot_was_set' is not read"),
    ] {
        let found = told.iter().any(|line| line.starts_with(place) && line.contains(what));
        assert!(found, "{place} {what}: {told:#?}");
    }
    assert!(told.iter().any(|line| line.contains("'nlu_fallback' is not read")), "{told:#?}");
    assert_eq!(told.len(), 7, "{told:#?}");
}

#[test]
fn a_name_that_no_file_explains_is_an_error_with_line_and_column() {
    let problems = brought(&[("nlu.yml", NLU), ("stories.yml", STORIES)]).unwrap_err();
    let told = problems.to_string();
    assert!(told.contains("stories.yml:4:5: there is no text for 'utter_offer'"), "{told}");
    let problems = brought(&[("a.yml", "stories:\n- story: x\n  steps:\n  - intent: new\n")]);
    let told = problems.unwrap_err().to_string();
    assert!(told.contains("a.yml:4:5: there are no examples of the intent 'new'"), "{told}");
    let told = brought(&[("a.yml", "nlu:\n- intent: [\n")]).unwrap_err().to_string();
    assert!(told.starts_with("a.yml:3:") && told.contains("not YAML"), "{told}");
    let told = brought(&[("a.csv", "text,intent\nyes,\n")]).unwrap_err().to_string();
    assert!(told.starts_with("a.csv:2:5: "), "{told}");
}

#[test]
fn intents_alone_are_all_listened_for_and_a_text_with_signs_comes_through() {
    let table = "text,intent,negative\n\"when, please: now?\",when,\nat what time,when,\n\"# \
                 when\",when,\nwhenever,when,1\ntrue,who,\nwho are you,who,\nis it you,who,\n";
    let scenario = sound(&brought(&[("set.csv", table)]).unwrap().text);
    let examples = &scenario.intents["when"].examples[&Language::En];
    assert_eq!(*examples, ["when, please: now?", "at what time", "# when"]);
    assert_eq!(scenario.intents["when"].not[&Language::En], ["whenever"]);
    assert_eq!(scenario.intents["who"].examples[&Language::En][0], "true");
    let exits = &scenario.nodes["opening"].exits;
    assert!(exits.contains_key("when") && exits.contains_key("who"));
}

#[test]
fn an_intent_that_nothing_listens_for_is_left_out_and_mandarin_has_its_own_phrases() {
    let files = [Source {
        name: "all.yml",
        text: "nlu:\n- intent: 要\n  examples: |\n    - 好的\n    \
        - 可以\n    - 行\n- intent: b\n  examples: |\n    - 不知道\nresponses:\n  utter_a:\n  - text: \
        谢谢\nstories:\n- story: s\n  steps:\n  - intent: 要\n  - action: utter_a\n",
    }];
    let imported = import(&files, &wishes(Language::Zh)).unwrap();
    let scenario = sound(&imported.text);
    assert!(!scenario.intents.contains_key("b") && scenario.intents.contains_key("要"));
    assert!(imported.left_out[0].to_string().contains("the intent 'b' is left out"));
    assert!(imported.text.contains("智能语音助手"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic_and_what_it_writes_can_be_read(
        said in "\\PC{1,30}", name in "[a-zA-Z_/ ?]{1,12}", any in ".{0,200}",
    ) {
        drop(brought(&[("a.yml", &any)]));
        let said = said.replace('"', "\"\"");
        let csv = format!("text,intent\n\"{said}\",\"{name}\"\nsomething else,other\n");
        if let Ok(imported) = brought(&[("a.csv", &csv)]) {
            let loaded = load(&One(imported.text.clone()), "plan.yaml");
            proptest::prop_assert!(loaded.is_ok(), "{}\n{}", loaded.unwrap_err(), imported.text);
        }
    }
}
