//! A day and a time that are said one after the other, and what was read back and is corrected.

use std::collections::BTreeMap;

use jiff::civil;
use outcall_dialogue::engine::{Action, Event, State, asked, step};
use outcall_dialogue::{NearestExample, Scenario, Understander, load};
use outcall_understanding::slots::{Language, Value};

use crate::shelf::Shelf;

const VISIT: &str = "\
schema: 1
name: visit
languages: [en, zh]
jurisdictions: [us]
slots:
  at:
    kind: date_time
    confirm: { en: 'So {at}?', zh: '{at}，对吗？' }
outcomes: { done: completed, open: incomplete }
globals:
  who: { say: { en: It is Ann., zh: 我是安。 } }
intents:
  who: { examples: { en: [who is this, who are you], zh: [你是谁] } }
start: when
nodes:
  when:
    say: { en: When?, zh: 什么时候？ }
    ask: at
    next: done
    on: { no_match: open, no_input: open }
  done: { say: { en: 'Then {at}.', zh: '{at}见。' }, end: done }
  open: { say: { en: Goodbye., zh: 再见。 }, end: open }
";

fn visit(from: &str, to: &str) -> Scenario {
    let files = Shelf::with("s.yaml", &VISIT.replacen(from, to, 1));
    load(&files, "s.yaml").unwrap_or_else(|problems| panic!("{problems}")).scenario
}

/// What the robot says after each utterance, and where the call is then. It is Monday.
fn talk(scenario: &Scenario, language: Language, said: &[&str]) -> (Vec<String>, State) {
    let understander = NearestExample::new(scenario, "USD");
    let now = civil::date(2026, 3, 2).at(10, 0, 0, 0);
    let (jurisdiction, variables) = ("us".to_owned(), BTreeMap::new());
    let start = Event::Started { language, jurisdiction, seed: 1, variables };
    let (mut state, _) = step(scenario, &State::new(scenario), &start);
    let mut answers = Vec::new();
    for text in said {
        let heard = understander.understand(text, &asked(scenario, &state, now));
        let (next, actions) = step(scenario, &state, &Event::Heard(heard));
        let says = actions.iter().filter_map(|action| {
            let Action::Say { text, .. } = action else { return None };
            Some(text.as_str())
        });
        answers.push(says.collect::<Vec<_>>().join(" "));
        state = next;
    }
    (answers, state)
}

fn english(said: &[&str]) -> Vec<String> {
    talk(&visit("", ""), Language::En, said).0
}

#[test]
fn after_a_day_only_the_time_is_asked_for_and_after_a_time_only_the_day() {
    let said = ["on Thursday", "at five", "yes"];
    let day = "Thursday, March 5 at 5 PM";
    let answers = ["And at what time?".to_owned(), format!("So {day}?"), format!("Then {day}.")];
    assert_eq!(english(&said), answers);
    let said = ["at five", "on Thursday", "yes"];
    let answers = ["And on which day?".to_owned(), format!("So {day}?"), format!("Then {day}.")];
    assert_eq!(english(&said), answers);
    let said = ["on Thursday", "in the evening", "at eight"];
    let answers = ["And at what time?", "And at what time?", "So Thursday, March 5 at 8 PM?"];
    assert_eq!(english(&said), answers);
    let (answers, _) = talk(&visit("", ""), Language::Zh, &["周四", "下午五点"]);
    assert_eq!(answers, ["请问是几点？", "3月5日星期四17点，对吗？"]);
}

#[test]
fn a_question_for_the_rest_is_asked_again_and_given_up_like_any_other() {
    let said = ["on Thursday", "who is this", "purple", "at five"];
    let answers = [
        "And at what time?",
        "It is Ann. And at what time?",
        "And at what time?",
        "So Thursday, March 5 at 5 PM?",
    ];
    assert_eq!(english(&said), answers);
    let said = ["on Thursday", "on Friday", "on Thursday", "on Friday"];
    let (answers, state) = talk(&visit("", ""), Language::En, &said);
    assert_eq!(answers.last().map(String::as_str), Some("Goodbye."));
    assert_eq!((state.outcome.as_deref(), state.values.get("at")), (Some("open"), None));
}

#[test]
fn the_question_for_the_rest_may_speak_of_what_is_known() {
    let to = "kind: date_time\n    say_missing_time: { en: 'At what time {at}?', zh: 几点？ }";
    let scenario = visit("kind: date_time", to);
    let (answers, state) = talk(&scenario, Language::En, &["on Thursday"]);
    assert_eq!(answers, ["At what time Thursday, March 5?"]);
    assert_eq!(state.values.get("at"), None);
    for kind in ["number", "date"] {
        let text = VISIT.replacen("kind: date_time", &to.replace("date_time", kind), 1);
        let error = load(&Shelf::with("s.yaml", &text), "s.yaml").unwrap_err().to_string();
        assert!(error.contains("'say_missing_time' is for kind: time or date_time"), "{error}");
    }
}

#[test]
fn what_corrects_a_read_back_changes_its_part_and_keeps_the_rest() {
    let said = ["Thursday at five", "yes, but at four", "no, Friday, not Thursday", "yes"];
    let answers = [
        "So Thursday, March 5 at 5 PM?",
        "So Thursday, March 5 at 4 PM?",
        "So Friday, March 6 at 4 PM?",
        "Then Friday, March 6 at 4 PM.",
    ];
    let (said, state) = talk(&visit("", ""), Language::En, &said);
    assert_eq!(said, answers);
    let at = civil::date(2026, 3, 6).at(16, 0, 0, 0);
    assert_eq!(state.values.get("at"), Some(&Value::DateTime(at)));
    let said = ["Thursday at five", "Thursday"];
    assert_eq!(english(&said)[1], "Then Thursday, March 5 at 5 PM.");
    let said = ["Thursday at three", "no, in the morning", "at nine"];
    let answers =
        ["So Thursday, March 5 at 3 PM?", "And at what time?", "So Thursday, March 5 at 9 AM?"];
    assert_eq!(english(&said), answers);
}
