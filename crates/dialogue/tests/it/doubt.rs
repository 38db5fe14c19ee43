//! A wish that is understood everywhere and is not certain is asked about first.

use std::collections::BTreeMap;

use jiff::civil;
use outcall_dialogue::engine::{Action, Event, Phase, State, asked, step};
use outcall_dialogue::{Heard, Scenario, load};
use outcall_understanding::reading::{Guess, Reading};
use outcall_understanding::slots::Language;

use crate::shelf::Shelf;

const VISIT: &str = "\
schema: 1
name: visit
languages: [en]
jurisdictions: [us]
slots: { coming: yes_no, at: date_time }
outcomes: { comes: completed, open: incomplete, stopped: opted_out }
globals:
  stop: { to: stopped, first: true, digit: '9', confirm: No more calls? }
  later: { to: when, confirm: 'Another time?', confirm_below: 0.9 }
  who: { say: Park Dental., confirm: Who we are? }
intents:
  stop: [stop calling]
  later: [call me later]
  who: [who is this]
  move: [another day]
start: greet
defaults: { on: { no_match: open, no_input: open } }
nodes:
  greet: { say: Hello., next: coming }
  coming: { say: Will you come?, ask: coming, on: { yes: comes, no: when, move: when } }
  when: { say: When?, ask: at, next: open }
  comes: { say: See you., end: comes }
  open: { say: Goodbye., end: open }
  stopped: { say: Never again., end: stopped }
";

/// A call on its way. It is Monday, March 2.
struct Held {
    scenario: Scenario,
    state: State,
    said: String,
}

impl Held {
    fn new() -> Self {
        let files = Shelf::with("s.yaml", VISIT);
        let loaded = load(&files, "s.yaml").unwrap_or_else(|problems| panic!("{problems}"));
        let scenario = loaded.scenario;
        let state = State::new(&scenario);
        let mut held = Self { scenario, state, said: String::new() };
        held.happens(&Event::Started {
            language: Language::En,
            jurisdiction: "us".to_owned(),
            seed: 1,
            variables: BTreeMap::new(),
        });
        held
    }

    /// One that waits for the answer to its first question.
    fn asked() -> Self {
        let mut held = Self::new();
        held.happens(&Event::PromptFinished);
        held
    }

    fn happens(&mut self, event: &Event) {
        let (state, actions) = step(&self.scenario, &self.state, event);
        let says = actions.iter().filter_map(|action| match action {
            Action::Say { text, .. } => Some(text.as_str()),
            Action::Listen { .. }
            | Action::Choose { .. }
            | Action::Call { .. }
            | Action::Message { .. }
            | Action::Transfer { .. }
            | Action::End { .. } => None,
        });
        self.said = says.collect::<Vec<_>>().join(" ");
        self.state = state;
    }

    /// What the robot says to these words.
    fn hears(&mut self, text: &str, intents: &[(&str, f32)]) -> &str {
        let now = civil::date(2026, 3, 2).at(10, 0, 0, 0);
        let guess = |(intent, confidence): &(&str, f32)| Guess {
            intent: (*intent).to_owned(),
            confidence: *confidence,
        };
        let found = asked(&self.scenario, &self.state, now).values(text, "USD");
        let intents = intents.iter().map(guess).collect();
        let reading = Reading { text: text.to_owned(), intents, out_of_scope: 0.5 };
        self.happens(&Event::Heard(Heard { reading, found }));
        &self.said
    }

    fn is_left(&self, node: &str, phase: Phase) -> bool {
        self.state.node == node && self.state.phase == phase && self.state.doubting.is_none()
    }
}

#[test]
fn what_is_certain_counts_at_once_and_so_does_a_key() {
    assert_eq!(Held::asked().hears("cease", &[("stop", 0.8)]), "Never again.");
    let mut held = Held::asked();
    held.happens(&Event::Digit('9'));
    assert_eq!(held.said, "Never again.");
    assert_eq!(Held::asked().hears("some other hour", &[("later", 0.89)]), "Another time?");
    assert_eq!(Held::asked().hears("some other hour", &[("later", 0.9)]), "When?");
}

#[test]
fn what_is_not_is_asked_and_yes_or_the_same_words_again_settle_it() {
    for (text, intents) in
        [("yes", &[][..]), ("cease", &[("stop", 0.5)]), ("no, stop calling", &[("stop", 0.9)])]
    {
        let mut held = Held::asked();
        assert_eq!(held.hears("leave it", &[("stop", 0.45)]), "No more calls?");
        assert_eq!(held.hears(text, intents), "Never again.", "{text}");
        assert!(held.is_left("stopped", Phase::Ended), "{text}");
    }
}

#[test]
fn a_no_returns_to_the_question_and_is_no_answer_to_it() {
    for again in [&[][..], &[("stop", 0.45)]] {
        let mut held = Held::asked();
        held.hears("leave it", &[("stop", 0.45)]);
        assert_eq!(held.hears("no", again), "Will you come?");
        assert!(held.is_left("coming", Phase::Listening));
        assert_eq!(held.hears("yes", &[]), "See you.");
    }
}

#[test]
fn another_answer_is_taken_for_what_it_is() {
    let mut held = Held::asked();
    held.hears("leave it", &[("stop", 0.45)]);
    assert_eq!(held.hears("no, another day", &[("move", 0.9)]), "When?");
    let mut held = Held::asked();
    held.hears("leave it", &[("stop", 0.45)]);
    assert_eq!(held.hears("I meant another day", &[("move", 0.9)]), "When?");
    // At a question for a time, the time is an answer.
    assert_eq!(held.hears("leave it", &[("stop", 0.45)]), "No more calls?");
    assert_eq!(held.hears("Friday at nine", &[]), "Goodbye.");
    assert!(held.state.values.contains_key("at"));
}

#[test]
fn what_is_wished_for_beside_a_no_is_not_lost() {
    for (text, wish, confidence, says) in [
        ("no, stop calling", "stop", 0.9, "Never again."),
        ("no, I do not want that", "stop", 0.45, "No more calls?"),
        ("no, who is that", "who", 0.9, "Park Dental. Will you come?"),
        ("no, another day", "move", 0.9, "When?"),
        ("no, not that", "who", 0.7, "Will you come?"),
        ("no, not that", "move", 0.7, "Will you come?"),
        ("no", "elsewhere", 0.9, "Will you come?"),
    ] {
        let mut held = Held::asked();
        assert_eq!(held.hears("leave it", &[("later", 0.7)]), "Another time?");
        assert_eq!(held.hears(text, &[(wish, confidence)]), says, "{text}");
    }
}

#[test]
fn without_a_clear_answer_only_a_wish_for_no_more_calls_stands() {
    let doubted = |wish, confidence| {
        let mut held = Held::asked();
        held.hears("leave it", &[(wish, confidence)]);
        held
    };
    let mut held = doubted("stop", 0.45);
    held.happens(&Event::Silence);
    assert_eq!(held.said, "Never again.");
    let mut held = doubted("later", 0.7);
    held.happens(&Event::Silence);
    assert_eq!(held.said, "Will you come?");
    assert!(held.is_left("coming", Phase::Listening));

    let mut held = doubted("stop", 0.45);
    assert_eq!(held.hears("purple monkey", &[]), "No more calls?");
    assert_eq!(held.hears("purple monkey", &[]), "Never again.");

    let mut held = doubted("stop", 0.45);
    held.happens(&Event::HungUp);
    assert_eq!(held.state.outcome.as_deref(), Some("stopped"));
    let mut held = doubted("later", 0.7);
    held.happens(&Event::HungUp);
    assert_eq!(held.state.outcome.as_deref(), Some("hung_up"));
}

#[test]
fn a_prompt_that_a_doubt_broke_off_is_said_again() {
    let mut held = Held::new();
    assert_eq!(held.said, "Hello.");
    assert_eq!(held.hears("leave it", &[("stop", 0.45)]), "No more calls?");
    assert_eq!(held.hears("no", &[]), "Hello.");
    assert!(held.is_left("greet", Phase::Speaking));
    held.hears("leave it", &[("stop", 0.45)]);
    assert_eq!(held.hears("who are you", &[("who", 0.95)]), "Park Dental. Hello.");
    assert!(held.is_left("greet", Phase::Speaking));
    held.happens(&Event::PromptFinished);
    assert_eq!(held.said, "Will you come?");
}

#[test]
fn nobody_is_asked_for_an_hour() {
    for wish in ["later", "stop"] {
        let mut held = Held::asked();
        for said in ["Will you come?", "Will you come?", "Goodbye."] {
            held.hears("leave it", &[(wish, 0.7)]);
            assert_eq!(held.hears("no", &[]), said);
        }
    }
    let mut held = Held::new();
    for _ in 0..20 {
        held.hears("leave it", &[("later", 0.7)]);
        held.hears("no", &[]);
    }
    assert_eq!(held.state.outcome.as_deref(), Some("exhausted"));
}
