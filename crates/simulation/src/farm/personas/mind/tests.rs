use jiff::civil::{Time, date};
use outcall_telephony::simulated::random::SplitMix64;
use proptest::prelude::*;

use super::*;
use crate::farm::personas::wish::WishBounds;

const PATIENCE_MS: u64 = 600;
const SILENCE_MS: u64 = 8_000;

fn topic(name: &str, phrase: &str, turns: Vec<Turn>) -> Topic {
    Topic { name: name.to_owned(), phrases: vec![Phrase::new(phrase).unwrap()], turns }
}

fn says(saying: usize) -> Turn {
    Turn { says: vec![saying], ..Turn::default() }
}

fn manner(topics: Vec<Topic>) -> Manner {
    Manner {
        opening: None,
        lets_begin: false,
        unmatched: vec![90],
        nudges: vec![80, 81],
        patience_ms: PATIENCE_MS,
        doubt_ms: 2_000,
        silence_ms: SILENCE_MS,
        leaves_at_ms: 100_000,
        leaves_why: "patience is over",
        topics,
    }
}

/// A call in which the robot's prompts take no time of the machine.
struct Call {
    mind: Mind,
    now_ms: u64,
}

impl Call {
    fn new(topics: Vec<Topic>) -> Self {
        Self { mind: Mind::new(manner(topics)), now_ms: 0 }
    }

    /// The robot speaks for a second.
    fn robot(&mut self, text: &str) {
        let start_ms = self.now_ms;
        assert_eq!(self.mind.on(Event::Began, start_ms), None);
        assert_eq!(self.pass(1_000), None, "nobody speaks while the robot does");
        self.mind.on(Event::Paused { end_ms: self.now_ms }, self.now_ms);
        self.mind.on(Event::Words { start_ms, text }, self.now_ms);
    }

    /// Time passes until the person does something, or that long.
    fn pass(&mut self, most_ms: u64) -> Option<Act> {
        for _ in 0..most_ms / 20 {
            self.now_ms += 20;
            if let Some(act) = self.mind.on(Event::Tick, self.now_ms) {
                return Some(act);
            }
        }
        None
    }

    /// What the person says within ten seconds, which takes a second.
    fn answer(&mut self) -> Option<usize> {
        let Some(Act::Say { saying, .. }) = self.pass(10_000) else { return None };
        self.now_ms += 1_000;
        assert_eq!(self.mind.on(Event::Spoken, self.now_ms), None);
        Some(saying)
    }
}

#[test]
fn the_last_question_is_answered_when_the_robot_has_finished() {
    let topics =
        vec![topic("who", "is this", vec![says(1)]), topic("come", "will you come", vec![says(2)])];
    let mut call = Call::new(topics);
    call.robot("Is this Ann? You have an appointment.");
    call.robot("Will you come?");
    let before_ms = call.now_ms;
    let act = call.pass(5_000);
    let topic = Some("come".to_owned());
    assert_eq!(act, Some(Act::Say { saying: 2, topic, interrupts: false }));
    assert_eq!(call.now_ms - before_ms, PATIENCE_MS);
    // What was answered is not answered again.
    call.mind.on(Event::Spoken, call.now_ms);
    assert_eq!(call.pass(SILENCE_MS - 1_000), None);
}

#[test]
fn the_words_are_waited_for() {
    let mut call = Call::new(vec![topic("who", "is this", vec![says(1)])]);
    call.mind.on(Event::Began, 0);
    call.mind.on(Event::Paused { end_ms: 500 }, 780);
    call.now_ms = 780;
    assert_eq!(call.pass(2_000), None);
    call.mind.on(Event::Words { start_ms: 0, text: "Is this Ann?" }, call.now_ms);
    assert_eq!(call.answer(), Some(1));
}

#[test]
fn answers_change_from_time_to_time_and_the_last_stays() {
    let turns = vec![says(1), Turn { says: vec![2, 3], ..Turn::default() }];
    let mut call = Call::new(vec![topic("who", "is this", turns)]);
    let mut said = Vec::new();
    for _ in 0..4 {
        call.robot("Is this Ann?");
        said.extend(call.answer());
    }
    assert_eq!(said, [1, 3, 2, 3]);
}

#[test]
fn who_is_not_understood_says_it_again() {
    let again = Turn { repeats: true, ..Turn::default() };
    let topics = vec![
        topic("who", "is this", vec![says(1), says(2)]),
        topic("again", "did not understand", vec![again]),
    ];
    let mut call = Call::new(topics);
    call.robot("Is this Ann?");
    assert_eq!(call.answer(), Some(1));
    call.robot("Sorry, I did not understand.");
    assert_eq!(call.answer(), Some(2));
    // Before they have said anything, they can only say that they are there.
    let mut call = Call::new(call.mind.manner.topics);
    call.robot("Sorry, I did not understand.");
    assert_eq!(call.answer(), Some(80));
}

#[test]
fn what_makes_no_sense_is_waited_for_and_then_asked_about() {
    let mut call = Call::new(vec![topic("wait", "one moment", vec![Turn::default()])]);
    call.robot("The address is Hill Road.");
    let before_ms = call.now_ms;
    assert!(matches!(call.pass(9_000), Some(Act::Say { saying: 90, .. })));
    assert_eq!(call.now_ms - before_ms, PATIENCE_MS + 2_000);
    call.mind.on(Event::Spoken, call.now_ms);
    // A topic without an answer is understood.
    call.robot("One moment.");
    assert_eq!(call.pass(SILENCE_MS - 100), None);
}

#[test]
fn a_long_silence_is_asked_into_and_ends_the_call() {
    let mut call = Call::new(Vec::new());
    assert_eq!(call.answer(), Some(80));
    assert_eq!(call.answer(), Some(81));
    assert_eq!(call.pass(SILENCE_MS), Some(Act::HangUp { why: "nobody spoke" }));
    assert_eq!(call.pass(SILENCE_MS), None, "it is over");
}

#[test]
fn who_says_goodbye_hangs_up_behind_it() {
    let bye = Turn { says: vec![1], hangs_up: true, ..Turn::default() };
    let mut call = Call::new(vec![topic("bye", "goodbye", vec![bye])]);
    call.robot("Goodbye.");
    assert_eq!(call.answer(), Some(1));
    let from_ms = call.now_ms;
    assert_eq!(call.pass(9_000), Some(Act::HangUp { why: "said goodbye" }));
    assert_eq!(call.now_ms - from_ms, PARTING_MS);
}

#[test]
fn somebody_interrupts_as_soon_as_they_know_what_it_is_about() {
    let interrupts = |saying| Turn { interrupts: true, ..says(saying) };
    let turns = vec![interrupts(1), interrupts(2)];
    let mut call = Call::new(vec![topic("come", "you have an appointment", turns)]);
    call.mind.on(Event::Began, 0);
    assert_eq!(call.pass(5_000), Some(Act::ReadSoFar));
    assert_eq!(call.now_ms, GIST_MS);
    assert_eq!(call.pass(5_000), None, "one reading at a time");
    assert_eq!(call.mind.on(Event::SoFar { text: "Hello, this is" }, call.now_ms), None);
    assert_eq!(call.pass(5_000), Some(Act::ReadSoFar));
    let act = call.mind.on(Event::SoFar { text: "you have an appointment at" }, call.now_ms);
    assert!(matches!(act, Some(Act::Say { saying: 1, interrupts: true, .. })), "{act:?}");
    // The rest of the prompt is neither interrupted nor answered a second time.
    call.mind.on(Event::Spoken, call.now_ms);
    assert_eq!(call.pass(2_000), None);
    call.mind.on(Event::Paused { end_ms: call.now_ms }, call.now_ms);
    let text = "you have an appointment at Hill";
    call.mind.on(Event::Words { start_ms: 0, text }, call.now_ms);
    assert_eq!(call.pass(SILENCE_MS - 100), None);
    // And the next one is listened to again.
    call.mind.on(Event::Began, call.now_ms);
    assert_eq!(call.pass(5_000), Some(Act::ReadSoFar));
}

#[test]
fn a_wrong_read_back_is_put_right() {
    let from = Time::constant(14, 0, 0, 0);
    let bounds = WishBounds { days: (2, 2), from, to: from, step_min: 60, working_days: false };
    // A Tuesday; the wish is a Thursday at two.
    let wish = bounds.draw(date(2026, 12, 1), &mut SplitMix64::new(1));
    let turn = Turn { checks: Some((wish, vec![2])), ..says(1) };
    let mut call = Call::new(vec![topic("right", "is that right", vec![turn])]);
    call.robot("So it is Friday at 2 PM. Is that right?");
    assert_eq!(call.answer(), Some(2));
    call.robot("So it is Thursday at 2 PM. Is that right?");
    assert_eq!(call.answer(), Some(1));
}

#[test]
fn an_opening_comes_by_itself_and_whoever_has_no_nudges_is_silent() {
    let mut silent = manner(Vec::new());
    silent.nudges.clear();
    silent.opening = Some((7, 300));
    silent.leaves_at_ms = 30_000;
    let mut call = Call { mind: Mind::new(silent.clone()), now_ms: 0 };
    assert!(matches!(call.pass(1_000), Some(Act::Say { saying: 7, .. })));
    assert_eq!(call.now_ms, 300);
    call.mind.on(Event::Spoken, 900);
    assert_eq!(call.pass(60_000), Some(Act::HangUp { why: "patience is over" }));
    assert_eq!(call.now_ms, 30_000);
    // A robot that speaks first is spoken to, or not.
    for (lets_begin, begins_at_ms) in [(false, Some(300)), (true, None)] {
        let mut call = Call { mind: Mind::new(Manner { lets_begin, ..silent.clone() }), now_ms: 0 };
        call.mind.on(Event::Began, 100);
        let says = call.pass(2_000).map(|_| call.now_ms);
        assert_eq!(says, begins_at_ms);
    }
}

#[derive(Clone, Debug)]
enum Happens {
    Began,
    Paused,
    Words(&'static str),
    SoFar(&'static str),
    Spoken,
    Ticks(u64),
}

fn happens() -> impl Strategy<Value = Happens> {
    let text = prop::sample::select(vec!["", "is this", "goodbye", "will you come", "again"]);
    prop_oneof![
        Just(Happens::Began),
        Just(Happens::Paused),
        text.clone().prop_map(Happens::Words),
        text.prop_map(Happens::SoFar),
        Just(Happens::Spoken),
        (1..400_u64).prop_map(Happens::Ticks),
    ]
}

proptest! {
    /// Whatever happens, in any order: nobody speaks twice at once, nothing follows the end, and
    /// everybody hangs up in the end.
    #[test]
    fn one_utterance_at_a_time_and_every_call_ends(
        all in prop::collection::vec(happens(), 0..120),
    ) {
        let again = Turn { repeats: true, ..Turn::default() };
        let bye = Turn { hangs_up: true, ..says(3) };
        let mut mind = Mind::new(manner(vec![
            topic("who", "is this", vec![Turn { interrupts: true, ..says(1) }]),
            topic("bye", "goodbye", vec![bye]),
            topic("again", "again", vec![again]),
        ]));
        let (mut now_ms, mut speaking, mut over) = (0, false, false);
        for happens in all.into_iter().chain([Happens::Spoken, Happens::Ticks(6_000)]) {
            let ticks = if let Happens::Ticks(count) = happens { count } else { 1 };
            for _ in 0..ticks {
                let event = match happens {
                    Happens::Began => Event::Began,
                    Happens::Paused => Event::Paused { end_ms: now_ms },
                    Happens::Words(text) => Event::Words { start_ms: now_ms, text },
                    Happens::SoFar(text) => Event::SoFar { text },
                    Happens::Spoken => Event::Spoken,
                    Happens::Ticks(_) => {
                        now_ms += 20;
                        Event::Tick
                    }
                };
                speaking &= event != Event::Spoken;
                let act = mind.on(event, now_ms);
                prop_assert!(act.is_none() || !over);
                match act {
                    Some(Act::Say { .. }) => {
                        prop_assert!(!speaking);
                        speaking = true;
                    }
                    Some(Act::HangUp { .. }) => over = true,
                    Some(Act::ReadSoFar) | None => {}
                }
            }
        }
        prop_assert!(over, "it goes on at {now_ms} ms");
    }
}
