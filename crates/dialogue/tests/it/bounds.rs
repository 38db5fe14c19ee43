//! Whatever happens on a call, the engine neither panics nor goes on for ever.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use outcall_dialogue::document::Task;
use outcall_dialogue::engine::{Action, ApiResult, Event, Phase, State, step};
use outcall_dialogue::{Files, Heard, Scenario, load};
use outcall_understanding::reading::{Guess, Reading};
use outcall_understanding::slots::{Found, Language, Value};
use proptest::prelude::*;

use crate::shelf::{Repository, Shelf};

/// Read once: every case of a property would read it again.
static REMINDER: LazyLock<Scenario> = LazyLock::new(|| {
    load(&Repository, "scenarios/appointment-reminder/scenario.yaml").expect("it is right").scenario
});

fn reminder() -> &'static Scenario {
    &REMINDER
}

fn heard(intent: &str, value: Option<Value>) -> Event {
    let intents = vec![Guess { intent: intent.to_owned(), confidence: 0.9 }];
    let reading = Reading { text: String::new(), intents, out_of_scope: 0.0 };
    let found = value.map(|value| Found { value, span: 0..0, confidence: 0.95 });
    Event::Heard(Heard { reading, found: found.into_iter().collect() })
}

fn started() -> Event {
    let jurisdiction = "us".to_owned();
    Event::Started { language: Language::En, jurisdiction, seed: 1, variables: BTreeMap::new() }
}

fn any_event() -> impl Strategy<Value = Event> {
    let intents = ["repeat", "who_is_this", "move_it", "cancel_it", "call_me_later", "a_person"];
    prop_oneof![
        Just(started()),
        Just(Event::Silence),
        Just(Event::Voicemail),
        Just(Event::PromptFinished),
        Just(Event::PromptFinished),
        Just(Event::Timer),
        Just(Event::Api(ApiResult::Failed)),
        Just(Event::Interrupted { played_ms: 5 }),
        any::<char>().prop_map(Event::Digit),
        any::<bool>().prop_map(|answered| Event::Transfer { answered }),
        (0..9_usize).prop_map(|index| Event::Chosen { index, probability: 1.0 }),
        (0..intents.len(), any::<Option<bool>>())
            .prop_map(move |(index, yes)| heard(intents[index], yes.map(Value::YesNo))),
    ]
}

proptest! {
    #[test]
    fn any_events_in_any_order_lead_to_an_end_that_comes_once(
        events in proptest::collection::vec(any_event(), 0..400),
    ) {
        let scenario = reminder();
        let (mut state, mut actions) = step(scenario, &State::new(scenario), &started());
        let mut ends = 0;
        for event in &events {
            ends += actions.iter().filter(|action| matches!(action, Action::End { .. })).count();
            (state, actions) = step(scenario, &state, event);
            prop_assert!(actions.len() <= 200);
        }
        ends += actions.iter().filter(|action| matches!(action, Action::End { .. })).count();
        prop_assert!(ends <= 1);
        prop_assert_eq!(ends == 1, state.phase == Phase::Ended);
        prop_assert!(events.len() < 300 || state.phase == Phase::Ended);
    }

    #[test]
    fn a_call_is_taken_up_again_where_it_was_written_down(
        events in proptest::collection::vec(any_event(), 0..30),
    ) {
        let scenario = reminder();
        let mut state = step(scenario, &State::new(scenario), &started()).0;
        for event in &events {
            let written = serde_json::to_string(&state).unwrap();
            let again: State = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(&again, &state);
            let next = step(scenario, &state, event);
            prop_assert_eq!(&step(scenario, &again, event), &next);
            state = next.0;
        }
    }
}

#[test]
fn what_is_asked_for_everywhere_wins_over_the_answer_that_was_said_with_it() {
    let scenario = reminder();
    let (state, _) = step(scenario, &State::new(scenario), &started());
    let (state, _) = step(scenario, &state, &Event::PromptFinished);
    let event = heard("stop_calling", Some(Value::YesNo(true)));
    let (state, actions) = step(scenario, &state, &event);
    assert_eq!(state.outcome.as_deref(), Some("opted_out"));
    assert!(matches!(actions.last(), Some(Action::End { .. })));
}

#[test]
fn a_digression_returns_to_the_node_and_is_bounded() {
    let scenario = reminder();
    let (state, _) = step(scenario, &State::new(scenario), &started());
    let (mut state, _) = step(scenario, &state, &Event::PromptFinished);
    let node = state.node.clone();
    for _ in 1..scenario.limits.visits {
        (state, _) = step(scenario, &state, &heard("who_is_this", None));
        assert_eq!((state.node.as_str(), state.phase), (node.as_str(), Phase::Listening));
    }
    (state, _) = step(scenario, &state, &heard("who_is_this", None));
    assert_eq!(state.outcome.as_deref(), Some("exhausted"));
}

#[test]
fn after_a_beep_the_message_is_left_wherever_the_call_is_and_the_call_ends() {
    let scenario = reminder();
    let (greeting, _) = step(scenario, &State::new(scenario), &started());
    let (question, _) = step(scenario, &greeting, &Event::PromptFinished);
    for state in [greeting, question] {
        let (left, actions) = step(scenario, &state, &Event::Voicemail);
        assert_eq!(left.outcome.as_deref(), Some("message_left"));
        assert_eq!(left.values, state.values);
        let [Action::Say { text, .. }, Action::End { task, .. }] = &actions[..] else {
            panic!("{actions:?}");
        };
        // The list names no number to call back.
        assert!(text.contains("We will call you another time"), "{text}");
        assert_eq!(*task, Task::Incomplete);
        assert_eq!(step(scenario, &left, &Event::Voicemail), (left, Vec::new()));
    }
}

#[test]
fn without_a_message_or_before_anything_is_known_an_answering_machine_ends_the_call() {
    let scenario = reminder();
    let (state, actions) = step(scenario, &State::new(scenario), &Event::Voicemail);
    let end = Action::End { outcome: "voicemail".to_owned(), task: Task::Incomplete };
    assert_eq!((state.phase, actions), (Phase::Ended, vec![end.clone()]));
    let basics = Repository.read("scenarios/library/basics.yaml").expect("the library");
    let basics = basics.replace("voicemail: leave_message", "");
    let (own, include) = ("scenarios/appointment-reminder/scenario.yaml", "basics.yaml");
    let text = Repository.read(own).expect("the scenario");
    let text = text.replace("../library/basics.yaml", include);
    let files = Shelf(BTreeMap::from([("s".to_owned(), text), (include.to_owned(), basics)]));
    let scenario = load(&files, "s").unwrap_or_else(|problems| panic!("{problems}")).scenario;
    let (state, _) = step(&scenario, &State::new(&scenario), &started());
    let (state, actions) = step(&scenario, &state, &Event::Voicemail);
    assert_eq!((state.phase, actions), (Phase::Ended, vec![end]));
}
