mod doubt;
mod taking_back;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::tz::TimeZone;
use outcall_dialogue::{Files, FilesError, load};
use outcall_media::playback::PlaybackId;
use outcall_speech::answer::voicemail::{Reason, Step};
use outcall_speech::answer::{Class, Decision, Evidence};
use outcall_speech::turn::{EndReason, Reaction};
use outcall_understanding::reading::{Guess, Reading};
use proptest::prelude::*;

use super::*;
use crate::dialogue::record::Speaker;
use crate::hearing::{Heard, Utterance};

const VISIT: &str = r#"
schema: 1
name: visit
about: Asks whether somebody comes.
languages: [en]
jurisdictions: []
variables: { name: text }
slots:
  coming: yes_no
  call_back_at: date_time
outcomes:
  { comes: completed, stays: declined, call_back: incomplete, stopped: opted_out, lost: incomplete,
    left: incomplete }
start: greet
voicemail: message
nodes:
  greet:
    say: Hello, this is the robot.
    discloses: [robot]
    next: ask
  ask:
    say: "Will you come, {name}?"
    ask: coming
    silence_ms: 3000
    retry: { no_match: 1, no_input: 1, say_no_match: Pardon?, say_no_input: Still there? }
    on: { yes: book, no: stays_end, later: when, no_match: lost_end, no_input: lost_end }
  when:
    say: When then?
    ask: call_back_at
    next: later_end
    on: { no_match: lost_end, no_input: lost_end }
  book:
    call:
      url: "https://a.example/book"
      body: { name: name }
      timeout_ms: 1500
    next: comes_end
    on: { failed: lost_end, timeout: lost_end }
  comes_end: { say: See you. Goodbye., end: comes }
  stays_end: { say: Goodbye., end: stays }
  later_end: { say: Until then., end: call_back }
  lost_end: { say: Goodbye., end: lost }
  stopped_end: { say: You will not be called again., end: stopped }
  message: { say: Please call us., discloses: [robot], end: left }
intents:
  later: [another time, not now, call me later]
  stop: [stop calling, never call again, no more calls]
globals:
  stop: { to: stopped_end, confirm: No more calls? }
"#;

struct One;

impl Files for One {
    fn read(&self, _: &str) -> Result<String, FilesError> {
        Ok(VISIT.to_owned())
    }

    fn beside(&self, _: &str, include: &str) -> String {
        include.to_owned()
    }
}

fn scenario() -> Arc<Scenario> {
    static LOADED: OnceLock<Arc<Scenario>> = OnceLock::new();
    let loaded = LOADED.get_or_init(|| match load(&One, "visit.yaml") {
        Ok(loaded) => Arc::new(loaded.scenario),
        Err(problems) => panic!("{problems}"),
    });
    Arc::clone(loaded)
}

/// A call in which prompts last a second and everything is understood as a test says.
struct Test {
    talk: Talk,
    now: i64,
    acts: Vec<Act>,
    plays: u64,
}

impl Test {
    fn new() -> Self {
        let callee = Callee {
            language: None,
            jurisdiction: "us".to_owned(),
            zone: TimeZone::get("America/New_York").unwrap(),
            variables: BTreeMap::from([("name".to_owned(), "Ann".to_owned())]),
        };
        let (talk, acts) = Talk::begin(scenario(), Arc::new(callee), None, 1, UnixMillis(0));
        let mut test = Self { talk, now: 0, acts: Vec::new(), plays: 0 };
        test.carry_out(acts);
        test
    }

    fn carry_out(&mut self, acts: Vec<Act>) {
        for act in &acts {
            if let Act::Say(_) = act {
                self.plays += 1;
                self.talk.plays(PlaybackId(self.plays));
                self.talk.sounds(PlaybackId(self.plays), UnixMillis(self.now));
            }
        }
        self.acts.extend(acts);
    }

    /// Time passes; what the robot did in it.
    fn pass(&mut self, ms: i64) -> Vec<Act> {
        self.now += ms;
        let acts = self.talk.pass_time(UnixMillis(self.now));
        self.carry_out(acts);
        std::mem::take(&mut self.acts)
    }

    /// What is being said ends a second from now.
    fn end_prompt(&mut self) -> Vec<Act> {
        self.now += 1_000;
        let acts = self.talk.finished(PlaybackId(self.plays), UnixMillis(self.now));
        self.carry_out(acts);
        std::mem::take(&mut self.acts)
    }

    fn hear(&mut self, heard: Heard) -> Vec<Act> {
        let acts = self.talk.heard(heard, UnixMillis(self.now));
        self.carry_out(acts);
        std::mem::take(&mut self.acts)
    }

    /// The callee has said something that began some ms ago and ended 300 ms ago.
    fn say(&mut self, text: &str, ago_ms: i64, intent: Option<(&str, f32)>) -> Vec<Act> {
        self.utter(text, ago_ms, intent, false)
    }

    fn utter(
        &mut self,
        text: &str,
        ago_ms: i64,
        intent: Option<(&str, f32)>,
        goes_on: bool,
    ) -> Vec<Act> {
        let now = self.now.unsigned_abs();
        let said = Utterance {
            from_ms: now.saturating_sub(ago_ms.unsigned_abs()),
            to_ms: now.saturating_sub(300),
            asked_ms: 220,
            decided_ms: now.saturating_sub(20),
            text: Some(text.to_owned()),
            confidence: 0.9,
            reason: EndReason::Complete,
            goes_on,
        };
        let asked = self.hear(Heard::Said(said));
        assert!(
            asked.iter().any(|act| matches!(act, Act::Understand(ask) if ask.text == text)),
            "{asked:?}"
        );
        self.now += 5;
        let guess =
            |(intent, confidence): (&str, f32)| Guess { intent: intent.to_owned(), confidence };
        let intents = intent.map(guess).into_iter().collect();
        let reading = Reading { text: text.to_owned(), intents, out_of_scope: 0.0 };
        let acts = self.talk.understood(reading, UnixMillis(self.now));
        self.carry_out(acts);
        std::mem::take(&mut self.acts)
    }

    fn reach_question(&mut self) {
        self.end_prompt();
        self.end_prompt();
    }
}

fn says(acts: &[Act]) -> Vec<&str> {
    let said = |act: &'_ Act| -> Option<String> {
        let Act::Say(say) = act else { return None };
        Some(say.text.clone())
    };
    let texts: Vec<String> = acts.iter().filter_map(said).collect();
    // Leaked in tests only: the texts outlive the acts that way.
    texts.into_iter().map(|text| &*text.leak()).collect()
}

fn ended(acts: &[Act]) -> Option<ConversationEnd> {
    acts.iter().find_map(|act| if let Act::End(end) = act { Some(*end) } else { None })
}

fn settled(acts: &[Act]) -> Option<ConversationEnd> {
    acts.iter().find_map(|act| if let Act::Settled(end) = act { Some(*end) } else { None })
}

fn answered(class: Class) -> Heard {
    Heard::Answered(Decision {
        class,
        confidence: 0.9,
        at_ms: 0,
        evidence: Vec::new(),
        revises: None,
    })
}

#[test]
fn a_call_goes_from_greeting_to_goodbye_and_writes_down_what_was_said() {
    let mut test = Test::new();
    assert_eq!(says(&std::mem::take(&mut test.acts)), ["Hello, this is the robot."]);
    assert!(!test.talk.can_be_interrupted(), "what the law wants is heard");
    let acts = test.end_prompt();
    assert_eq!(says(&acts), ["Will you come, Ann?"]);
    assert!(test.talk.can_be_interrupted());
    test.end_prompt();
    test.now += 1_500;
    let acts = test.say("yes I will", 1_000, None);
    let request =
        acts.iter().any(|act| matches!(act, Act::Request(it) if it.body["name"] == "Ann"));
    assert!(request, "{acts:?}");
    let acts = test.talk.answered(ApiResult::Answered(BTreeMap::new()), UnixMillis(test.now + 40));
    test.now += 40;
    assert_eq!(settled(&acts), Some(ConversationEnd::Completed));
    assert_eq!(says(&acts), ["See you. Goodbye."]);
    test.carry_out(acts);
    assert!(!test.talk.can_be_interrupted(), "there is nothing more to be answered");
    test.end_prompt();
    assert_eq!(ended(&test.pass(TAIL_MS - 1)), None);
    assert_eq!(ended(&test.pass(1)), Some(ConversationEnd::Completed));
    let record = test.talk.record();
    assert_eq!(
        (record.outcome.as_deref(), record.slots["coming"].as_str()),
        (Some("comes"), "yes")
    );
    let who: Vec<Speaker> = record.turns.iter().map(|turn| turn.who).collect();
    assert_eq!(who, [Speaker::Robot, Speaker::Robot, Speaker::Callee, Speaker::Robot]);
    let latency = record.turns[3].latency.unwrap();
    assert_eq!((latency.end_of_turn, latency.recognition), (220, 60));
    assert_eq!((latency.delivery, latency.understanding), (20, 5));
    assert_eq!((latency.decision, latency.synthesis, latency.total), (40, 0, 345));
}

#[test]
fn a_hello_at_the_beginning_is_no_answer_but_a_wish_is_heard_at_any_time() {
    let mut test = Test::new();
    test.end_prompt();
    // It began while the greeting was said and ended during the question.
    let acts = test.say("yes, hello", 1_200, Some(("later", 0.9)));
    assert_eq!(says(&acts), Vec::<&str>::new());
    assert!(test.talk.record().turns.last().unwrap().aside);
    let acts = test.say("stop calling", 1_300, Some(("stop", 0.9)));
    assert_eq!(settled(&acts), Some(ConversationEnd::OptedOut));
    assert_eq!(says(&acts), ["You will not be called again."]);
    assert!(acts.contains(&Act::Stop), "{acts:?}");
}

#[test]
fn what_shows_that_somebody_listens_is_no_answer_while_the_robot_speaks() {
    let mut test = Test::new();
    test.end_prompt();
    test.now += 1_500;
    let acts = test.say("yeah", 600, None);
    assert!(says(&acts).is_empty() && test.talk.record().turns.last().unwrap().aside);
    let acts = test.say("no I stay", 600, None);
    assert_eq!(says(&acts), ["Goodbye."], "an answer before the end of the question is one");
}

#[test]
fn an_interruption_stops_the_question_and_what_is_said_answers_it() {
    let mut test = Test::new();
    test.end_prompt();
    test.now += 900;
    assert_eq!(test.hear(Heard::Interrupted(Reaction::Pause)), [Act::Pause]);
    assert_eq!(test.hear(Heard::Interrupted(Reaction::Resume)), [Act::Resume]);
    let acts = test.hear(Heard::Interrupted(Reaction::Stop));
    assert_eq!(acts, [Act::Stop]);
    assert!(test.talk.record().turns.last().unwrap().interrupted);
    test.now += 600;
    let acts = test.say("no", 800, None);
    assert_eq!(says(&acts), ["Goodbye."]);
    assert_eq!(test.talk.record().line.interruptions, 1);
}

#[test]
fn what_goes_on_with_an_earlier_turn_is_no_answer_and_the_question_is_said_again() {
    let mut test = Test::new();
    test.end_prompt();
    test.now += 400;
    assert_eq!(test.hear(Heard::Interrupted(Reaction::Stop)), [Act::Stop]);
    test.now += 500;
    // It began 300 ms after the question did.
    let acts = test.say("yes that's me", 600, None);
    assert_eq!(says(&acts), ["Will you come, Ann?"]);
    assert!(test.talk.record().turns.iter().any(|turn| turn.aside));
}

#[test]
fn silence_is_asked_about_and_then_given_up_and_nobody_is_cut_off() {
    let mut test = Test::new();
    test.reach_question();
    assert!(test.pass(2_999).is_empty());
    test.hear(Heard::SpeechStarted { from_ms: 0 });
    assert!(test.pass(5_000).is_empty(), "the callee speaks");
    test.hear(Heard::Noise);
    assert_eq!(says(&test.pass(3_000)), ["Still there?"]);
    assert_eq!(says(&test.end_prompt()), ["Will you come, Ann?"]);
    test.end_prompt();
    let acts = test.pass(3_000);
    assert_eq!(settled(&acts), Some(ConversationEnd::Incomplete));
}

#[test]
fn nonsense_is_asked_about_and_then_given_up() {
    let mut test = Test::new();
    test.reach_question();
    test.now += 1_000;
    assert_eq!(says(&test.say("purple monkey", 800, None)), ["Pardon?"]);
    test.reach_question();
    test.now += 1_000;
    let acts = test.say("purple monkey", 800, None);
    assert_eq!(settled(&acts), Some(ConversationEnd::Incomplete));
}

#[test]
fn an_agreed_time_is_on_the_callees_clock() {
    let mut test = Test::new();
    test.reach_question();
    test.now += 1_000;
    test.say("another time", 800, Some(("later", 0.9)));
    test.end_prompt();
    test.now += 1_000;
    // It is 19:00 on the 31st of December in New York.
    let acts = test.say("tomorrow at five pm", 800, None);
    let at = UnixMillis::from_jiff("1970-01-01T22:00:00Z".parse().unwrap());
    assert_eq!(settled(&acts), Some(ConversationEnd::CallBack { at }));
}

#[test]
fn a_service_that_is_late_is_not_waited_for_and_its_answer_changes_nothing() {
    let mut test = Test::new();
    test.reach_question();
    test.now += 1_000;
    test.say("yes", 800, None);
    assert!(test.pass(1_499).is_empty());
    let acts = test.pass(1);
    assert_eq!(settled(&acts), Some(ConversationEnd::Incomplete));
    let late = test.talk.answered(ApiResult::Answered(BTreeMap::new()), UnixMillis(test.now));
    assert!(late.is_empty());
}

#[test]
fn a_voicemail_is_left_its_message_after_the_beep_and_again_after_a_later_one() {
    let mut test = Test::new();
    test.acts.clear();
    assert_eq!(test.hear(answered(Class::Voicemail)), [Act::Stop]);
    assert!(test.pass(20_000).is_empty(), "nothing is said to a greeting");
    let leave =
        |in_ms| Heard::Voicemail { step: Step::Leave { at_ms: 0, reason: Reason::Beep }, in_ms };
    test.hear(leave(500));
    assert_eq!(says(&test.pass(500)), ["Please call us."]);
    test.hear(leave(200));
    let acts = test.pass(200);
    assert_eq!(says(&acts), ["Please call us."], "the first beep was another sound");
    test.end_prompt();
    assert_eq!(ended(&test.pass(TAIL_MS)), Some(ConversationEnd::Machine));
    let record = test.talk.record();
    assert_eq!((record.outcome.as_deref(), record.line.message_ms), (Some("left"), Some(1_000)));
}

#[test]
fn a_menu_is_passed_and_the_dialogue_begins_anew_with_the_person_behind_it() {
    let mut test = Test::new();
    test.end_prompt();
    assert_eq!(test.hear(answered(Class::Ivr)), [Act::Stop]);
    assert!(test.pass(5_000).is_empty());
    let acts = test.hear(answered(Class::Human));
    assert_eq!(says(&acts), ["Hello, this is the robot."]);
    let mut test = Test::new();
    test.hear(answered(Class::Ivr));
    let acts = test.pass(90_000);
    assert_eq!(ended(&acts), Some(ConversationEnd::Machine));
    assert_eq!(test.talk.due(), None);
    let mut test = Test::new();
    assert_eq!(ended(&test.hear(answered(Class::Fax))), Some(ConversationEnd::Machine));
}

#[test]
fn a_screening_service_is_told_once_who_calls() {
    let mut test = Test::new();
    test.hear(answered(Class::Screening));
    assert_eq!(says(&test.hear(Heard::Noise)), ["Hello, this is the robot."]);
    test.end_prompt();
    assert!(says(&test.hear(Heard::Noise)).is_empty());
}

#[test]
fn who_has_answered_is_no_machine_because_they_talk_much() {
    let by = |evidence: Vec<Evidence>| {
        let class = Class::Voicemail;
        Heard::Answered(Decision { class, confidence: 0.9, at_ms: 0, evidence, revises: None })
    };
    let long = || by(vec![Evidence::LongSpeech { speech_ms: 6_800 }]);
    for (answers, is_machine) in [(true, false), (false, true)] {
        let mut test = Test::new();
        test.reach_question();
        test.now += 1_500;
        if answers {
            test.say("Another time.", 700, Some(("later", 0.9)));
        }
        test.hear(long());
        assert_eq!(test.talk.who.is_machine(), is_machine, "answers: {answers}");
    }
    let mut test = Test::new();
    test.reach_question();
    test.now += 1_500;
    test.say("Another time.", 700, Some(("later", 0.9)));
    let weight = 3.0;
    let phrase = "leave a message".to_owned();
    test.hear(by(vec![Evidence::Phrase { phrase, class: Class::Voicemail, weight, at_ms: 0 }]));
    assert!(test.talk.who.is_machine());
}

#[derive(Clone, Debug)]
enum Happens {
    Pass(i64),
    EndPrompt,
    Say(usize, i64, bool),
    Hear(usize),
    Digit(char),
    Service(bool),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        (0i64..7_000).prop_map(Happens::Pass),
        Just(Happens::EndPrompt),
        (0usize..5, 300i64..3_000, any::<bool>())
            .prop_map(|(text, ago, goes_on)| Happens::Say(text, ago, goes_on)),
        (0usize..9).prop_map(Happens::Hear),
        prop::char::range('0', '9').prop_map(Happens::Digit),
        any::<bool>().prop_map(Happens::Service),
    ]
}

proptest! {
    /// Whatever happens, in any order: the call ends once, is never waited on for nothing, and says
    /// nothing once it is over.
    #[test]
    fn every_call_comes_to_one_end(events in prop::collection::vec(happens(), 0..60)) {
        let mut test = Test::new();
        let mut ends = 0;
        for event in events {
            let over = test.talk.over;
            let acts = match event {
                Happens::Pass(ms) => test.pass(ms),
                Happens::EndPrompt => test.end_prompt(),
                Happens::Say(which, ago, goes_on) => {
                    let text = ["yes", "no", "stop calling", "blah", "another time"][which];
                    let intent = [None, None, Some("stop"), None, Some("later")][which];
                    let now = test.now.unsigned_abs();
                    let said = Utterance {
                        from_ms: now.saturating_sub(ago.unsigned_abs()),
                        to_ms: now.saturating_sub(300),
                        asked_ms: 300,
                        decided_ms: now,
                        text: Some(text.to_owned()),
                        confidence: 0.9,
                        reason: EndReason::Complete,
                        goes_on,
                    };
                    let mut acts = test.hear(Heard::Said(said));
                    let guess = |intent: &str| Guess { intent: intent.to_owned(), confidence: 0.9 };
                    let intents = intent.map(guess).into_iter().collect();
                    let reading = Reading { text: text.to_owned(), intents, out_of_scope: 0.0 };
                    let more = test.talk.understood(reading, UnixMillis(test.now));
                    test.carry_out(more);
                    acts.append(&mut test.acts);
                    acts
                }
                Happens::Hear(which) => test.hear(match which {
                    0 => Heard::Interrupted(Reaction::Pause),
                    1 => Heard::Interrupted(Reaction::Stop),
                    2 => Heard::Noise,
                    3 => answered(Class::Voicemail),
                    4 => answered(Class::Ivr),
                    5 => answered(Class::Human),
                    6 => Heard::Voicemail { step: Step::GiveUp, in_ms: 0 },
                    7 => {
                        let step = Step::Leave { at_ms: 0, reason: Reason::Beep };
                        Heard::Voicemail { step, in_ms: 400 }
                    }
                    _ => Heard::SpeechStarted { from_ms: 0 },
                }),
                Happens::Digit(digit) => {
                    let acts = test.talk.digit(digit, UnixMillis(test.now));
                    test.carry_out(acts);
                    std::mem::take(&mut test.acts)
                }
                Happens::Service(fails) => {
                    let result = match fails {
                        true => ApiResult::Failed,
                        false => ApiResult::Answered(BTreeMap::new()),
                    };
                    let acts = test.talk.answered(result, UnixMillis(test.now));
                    test.carry_out(acts);
                    std::mem::take(&mut test.acts)
                }
            };
            ends += acts.iter().filter(|act| matches!(act, Act::End(_))).count();
            prop_assert!(!over || says(&acts).is_empty(), "{acts:?}");
        }
        for _ in 0..2_000 {
            if test.talk.over {
                break;
            }
            test.hear(Heard::Noise);
            if test.talk.speaking.is_some() {
                let acts = test.end_prompt();
                ends += acts.iter().filter(|act| matches!(act, Act::End(_))).count();
            }
            let acts = test.pass(7_000);
            ends += acts.iter().filter(|act| matches!(act, Act::End(_))).count();
            if matches!(test.talk.who, Who::Greeting) {
                // Its beep will tell, or that there was none.
                let acts = test.hear(Heard::Voicemail { step: Step::GiveUp, in_ms: 0 });
                ends += acts.iter().filter(|act| matches!(act, Act::End(_))).count();
            }
        }
        prop_assert_eq!(ends, 1);
    }
}

fn means(text: &str, intent: &str, confidence: f32) -> Reading {
    let intents = vec![Guess { intent: intent.to_owned(), confidence }];
    Reading { text: text.to_owned(), intents, out_of_scope: 0.0 }
}

#[test]
fn what_is_an_answer_so_far_is_not_waited_for_and_not_understood_twice() {
    let mut test = Test::new();
    test.reach_question();
    let text = "Better another time.";
    let paused = |trial| Heard::Paused { trial, text: text.to_owned(), confidence: 0.9 };
    let acts = test.hear(paused(7));
    assert!(matches!(&acts[..], [Act::Consider(ask)] if ask.text == text), "{acts:?}");
    let now = UnixMillis(test.now);
    assert_eq!(test.talk.would_mean(means(text, "later", 0.9), now), [Act::IsAnswer(7)]);
    let said = |now: i64| Utterance {
        from_ms: now.unsigned_abs() - 900,
        to_ms: now.unsigned_abs() - 300,
        asked_ms: 300,
        decided_ms: now.unsigned_abs(),
        text: Some(text.to_owned()),
        confidence: 0.9,
        reason: EndReason::Complete,
        goes_on: false,
    };
    test.now += 2_000;
    let acts = test.hear(Heard::Said(said(test.now)));
    assert_eq!(says(&acts), ["When then?"], "{acts:?}");
}

#[test]
fn what_is_no_sure_answer_so_far_is_waited_for() {
    let mut test = Test::new();
    test.reach_question();
    let hear = |test: &mut Test, text: &str| {
        test.hear(Heard::Paused { trial: 1, text: text.to_owned(), confidence: 0.9 })
    };
    let considered = hear(&mut test, "Well the kettle.");
    assert_eq!(considered.len(), 1, "{considered:?}");
    let now = UnixMillis(test.now);
    // Understood too weakly, not at all, and of another place than where the call is by now.
    assert_eq!(test.talk.would_mean(means("Well the kettle.", "later", 0.5), now), []);
    hear(&mut test, "Well the kettle.");
    assert_eq!(test.talk.would_mean(means("Well the kettle.", "other", 0.9), now), []);
    hear(&mut test, "Another time.");
    test.now += 2_000;
    test.say("Yes.", 800, None);
    assert_eq!(test.talk.would_mean(means("Another time.", "later", 0.9), now), []);
    assert!(hear(&mut test, "Another time.").is_empty(), "a service is waited for");
}
