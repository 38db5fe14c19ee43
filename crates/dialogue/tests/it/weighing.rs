//! How sure an intent must be where it leads on, where it ends the call, and beside a yes, a no or
//! a value that another question was to ask for.

use std::collections::BTreeMap;

use jiff::civil;
use outcall_dialogue::engine::{Event, State, asked, step};
use outcall_dialogue::{Asked, Heard, Scenario, Understander, load};
use outcall_understanding::reading::{Guess, Reading};
use outcall_understanding::slots::Language;

use crate::shelf::Shelf;

const VISIT: &str = "\
schema: 1
name: visit
languages: [en]
jurisdictions: [us]
variables: { appointment: date_time }
slots:
  coming: yes_no
  at: { kind: date_time, confirm: 'So {at}?' }
outcomes: { comes: completed, moved: completed, open: incomplete, person: incomplete }
globals:
  bye: { to: open }
  human: { to: person, says_no: true }
  later: { to: when }
intents:
  move: [another day]
  come: [I will be there]
  never: [not interested]
  bye: [good day to you]
  human: [a person please]
  later: [call me later]
start: coming
defaults: { on: { no_match: open, no_input: open } }
nodes:
  coming:
    say: Will you come?
    ask: coming
    on: { yes: comes, no: when, move: when, come: comes, never: never, at: when }
  when: { say: When?, ask: at, next: moved }
  comes: { say: See you., end: comes }
  never: { say: What a pity., end: open }
  moved: { say: 'Then {at}.', end: moved }
  open: { say: Goodbye., end: open }
  person: { say: Wait., next: transfer }
  transfer: { transfer: { to: agents }, on: { next: handed, failed: open } }
  handed: { end: person }
";

fn visit() -> Scenario {
    let files = Shelf::with("s.yaml", VISIT);
    load(&files, "s.yaml").unwrap_or_else(|problems| panic!("{problems}")).scenario
}

/// Takes words for what it is told they mean.
struct Told(Vec<(&'static str, f32)>);

impl Understander for Told {
    fn understand(&self, text: &str, asked: &Asked<'_>) -> Heard {
        let guess = |(intent, confidence): &(&str, f32)| Guess {
            intent: (*intent).to_owned(),
            confidence: *confidence,
        };
        let intents = self.0.iter().map(guess).collect();
        let reading = Reading { text: text.to_owned(), intents, out_of_scope: 0.5 };
        let found = asked.values(text, "USD");
        Heard { reading, found }
    }
}

/// Where the call is after the question and these words. It is Monday, March 2.
fn after(text: &str, intents: &[(&'static str, f32)]) -> String {
    let scenario = visit();
    let variables = BTreeMap::from([("appointment".to_owned(), "2026-03-12T15:00".to_owned())]);
    let jurisdiction = "us".to_owned();
    let start = Event::Started { language: Language::En, jurisdiction, seed: 1, variables };
    let (state, _) = step(&scenario, &State::new(&scenario), &start);
    let now = civil::date(2026, 3, 2).at(10, 0, 0, 0);
    let told = Told(intents.to_vec());
    let heard = told.understand(text, &asked(&scenario, &state, now));
    step(&scenario, &state, &Event::Heard(heard)).0.node
}

#[test]
fn what_leads_to_a_question_is_believed_sooner_than_what_ends_the_call() {
    let text = "something else would suit us";
    assert_eq!(after(text, &[("move", 0.4), ("bye", 0.1)]), "when");
    assert_eq!(after(text, &[("move", 0.4), ("bye", 0.3)]), "coming", "nothing is clear");
    assert_eq!(after(text, &[("move", 0.3)]), "coming", "it is not likely enough");
    assert_eq!(after(text, &[("bye", 0.55)]), "coming", "it would end the call");
    assert_eq!(after(text, &[("bye", 0.7)]), "open");
    assert_eq!(after(text, &[("later", 0.55)]), "coming", "it would leave the question");
    assert_eq!(after(text, &[("later", 0.65)]), "when");
    assert_eq!(after(text, &[("human", 0.4)]), "coming", "to hand over is no question");
    assert_eq!(after(text, &[("human", 0.6)]), "person");
}

#[test]
fn before_a_call_ends_on_a_yes_what_else_was_said_is_asked() {
    assert_eq!(after("yes", &[]), "comes");
    assert_eq!(after("yes", &[("move", 0.5)]), "comes", "it is all that was said");
    assert_eq!(after("yes about that I have to do it later", &[("move", 0.5)]), "when");
    assert_eq!(after("yes that works for me", &[("move", 0.4)]), "comes", "it is not likely");
    assert_eq!(after("I do not talk to machines", &[("human", 0.6)]), "person");
}

#[test]
fn what_the_node_asks_for_wins_over_as_likely_a_wish_and_over_the_no_in_it() {
    let both = [("bye", 0.92), ("never", 0.91)];
    assert_eq!(after("no I really do not want any of this", &both), "never");
    assert_eq!(
        after("no I really do not want any of this", &[("bye", 0.92), ("never", 0.6)]),
        "when"
    );
    assert_eq!(after("not interested", &[("never", 0.83)]), "never");
    assert_eq!(after("no thanks", &[("never", 0.7)]), "when", "it is all that was said");
}

#[test]
fn what_contradicts_itself_ends_no_call() {
    let text = "no I will not be coming at all";
    assert_eq!(after(text, &[("come", 0.7)]), "when");
    assert_eq!(after("no no leave it I am coming", &[("come", 0.9)]), "comes");
    assert_eq!(after("yes please I will never need it", &[("never", 0.7)]), "coming");
    assert_eq!(after("yes I will be there", &[("come", 0.7)]), "comes");
}

#[test]
fn a_time_for_another_question_is_taken_there_when_it_is_whole_and_news() {
    assert_eq!(after("could we do Monday at nine instead", &[]), "when");
    assert_eq!(after("yes but Monday at nine would be better", &[]), "when");
    assert_eq!(after("yes Thursday at three pm is fine", &[]), "comes", "it is the appointment's");
    assert_eq!(after("on Monday", &[]), "coming", "at which time?");
    assert_eq!(after("ask me on Monday at nine", &[("bye", 0.8)]), "open", "it is wished for");
}

#[test]
fn an_exit_of_a_slot_leads_to_the_node_that_asks_for_it() {
    for (from, to, message) in [
        ("at: when }", "at: comes }", "must lead to a node that asks for it"),
        ("at: when }", "coming: when }", "cannot be told from other words"),
        ("at: when }", "att: when }", "did you mean 'at'?"),
    ] {
        let files = Shelf::with("s.yaml", &VISIT.replacen(from, to, 1));
        let problems = load(&files, "s.yaml").err().map(|it| it.to_string()).unwrap_or_default();
        assert!(problems.contains(message), "{to}: {problems}");
    }
}
