#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one act among all")]

use outcall_speech::answer::Class;
use outcall_speech::recognition::Word;
use outcall_speech::turn::{EndReason, InterruptionPolicy, Reaction};
use proptest::prelude::*;

use super::*;

/// Feeds packets of a loud tone with probabilities of speech by time.
struct Test {
    ear: Ear,
    now_ms: u64,
    acts: Vec<Act>,
}

impl Test {
    fn new(attention: Attention) -> Self {
        Self { ear: Ear::new(attention), now_ms: 0, acts: Vec::new() }
    }

    /// Sound for a while, speech or not; what the ear wants meanwhile.
    fn pass(&mut self, ms: u64, speech: bool) -> Vec<Act> {
        let mut packet = [0; PACKET];
        for (place, sample) in packet.iter_mut().enumerate() {
            *sample = if speech { ((place * 7_919) % 8_000) as i16 - 4_000 } else { 3 };
        }
        let end_ms = self.now_ms + ms;
        while self.now_ms < end_ms {
            self.ear.packet(self.now_ms, &packet);
            self.now_ms += 20;
            while let Some(frame) = self.ear.next_frame() {
                self.ear.judged(&frame, if speech { 0.95 } else { 0.02 }, &mut self.acts);
            }
        }
        std::mem::take(&mut self.acts)
    }

    fn read(&mut self, purpose: Purpose, text: &str) -> Vec<Act> {
        let words = text
            .split_whitespace()
            .map(|text| Word { text: text.to_owned(), confidence: 0.9 })
            .collect();
        let transcript = Transcript { text: text.to_owned(), words, ..Transcript::default() };
        let read = Read { transcript, awaited: true };
        self.ear.read(purpose, Some(read), &mut self.acts);
        if let Purpose::Trial(trial) = purpose {
            self.ear.sounded(trial, Some(0.99), &mut self.acts);
        }
        std::mem::take(&mut self.acts)
    }
}

fn trial(acts: &[Act]) -> Option<(Purpose, usize)> {
    acts.iter().find_map(|act| match act {
        Act::Recognise { purpose: purpose @ Purpose::Trial(_), samples, .. } => {
            Some((*purpose, samples.len()))
        }
        _ => None,
    })
}

fn said(acts: &[Act]) -> Option<&Utterance> {
    acts.iter().find_map(|act| match act {
        Act::Tell(Heard::Said(utterance)) => Some(utterance),
        _ => None,
    })
}

fn reactions(acts: &[Act]) -> Vec<Reaction> {
    let reaction = |act: &Act| match act {
        Act::Tell(Heard::Interrupted(reaction)) => Some(*reaction),
        _ => None,
    };
    acts.iter().filter_map(reaction).collect()
}

fn classes(acts: &[Act]) -> Vec<Class> {
    let class = |act: &Act| match act {
        Act::Tell(Heard::Answered(decision)) => Some(decision.class),
        _ => None,
    };
    acts.iter().filter_map(class).collect()
}

#[test]
fn a_reply_is_recognised_at_its_first_pause_and_told_when_it_is_over() {
    let mut test = Test::new(Attention::default());
    test.pass(500, false);
    let acts = test.pass(1_000, true);
    assert!(matches!(acts[0], Act::Tell(Heard::SpeechStarted { from_ms: 480..=520 })), "{acts:?}");
    let acts = test.pass(120, false);
    let (purpose, samples) = trial(&acts).expect("a trial");
    assert!((9_600..11_500).contains(&samples), "1 s and what is around it: {samples}");
    assert_eq!(said(&acts), None);
    let mut acts = test.read(purpose, "Yes.");
    acts.extend(test.pass(200, false));
    let said = said(&acts).expect("it is over");
    assert_eq!(said.text.as_deref(), Some("Yes."));
    assert_eq!(said.reason, EndReason::Complete);
    assert!((1_450..1_550).contains(&said.to_ms), "{said:?}");
}

#[test]
fn a_reply_that_nobody_could_recognise_ends_all_the_same() {
    let mut test = Test::new(Attention::default());
    test.pass(500, false);
    test.pass(1_000, true);
    let acts = test.pass(100, false);
    let (purpose, _) = trial(&acts).expect("a trial");
    test.ear.read(purpose, None, &mut test.acts);
    let acts = test.pass(2_000, false);
    assert_eq!(said(&acts).expect("it is over").text, None);
}

#[test]
fn the_words_of_an_abandoned_trial_are_not_what_was_said() {
    let mut test = Test::new(Attention::default());
    test.pass(500, false);
    test.pass(1_000, true);
    let acts = test.pass(100, false);
    let (first, _) = trial(&acts).expect("a trial");
    let acts = test.pass(600, true);
    assert!(acts.contains(&Act::Forget(first)), "{acts:?}");
    let acts = test.pass(100, false);
    let (second, _) = trial(&acts).expect("another");
    test.read(first, "I");
    assert_eq!(said(&test.pass(2_000, false)), None, "the second may still be read");
    let acts = test.pass(2_000, false);
    assert_eq!(said(&acts).expect("it is over").text, None, "the second was not read");
    assert_ne!(first, second);
}

#[test]
fn the_robot_pauses_for_a_cough_and_stops_for_words() {
    let mut test = Test::new(Attention::default());
    test.ear.robot_talks(Some(InterruptionSettings::default()));
    test.pass(500, false);
    assert_eq!(reactions(&test.pass(200, true)), [Reaction::Pause]);
    let acts = test.pass(100, false);
    let (purpose, _) = trial(&acts).expect("a trial");
    assert_eq!(reactions(&test.read(purpose, "")), [Reaction::Resume]);
    test.pass(2_000, false);
    assert_eq!(reactions(&test.pass(400, true)), [Reaction::Pause]);
    let acts = test.pass(100, false);
    let (purpose, _) = trial(&acts).expect("a trial");
    assert_eq!(reactions(&test.read(purpose, "No, wait.")), [Reaction::Stop]);
}

#[test]
fn a_click_holds_the_robot_for_a_tenth_of_a_second_only() {
    let mut test = Test::new(Attention::default());
    test.ear.robot_talks(Some(InterruptionSettings::default()));
    test.pass(512, false);
    let mut acts = test.pass(40, true);
    acts.extend(test.pass(100, false));
    assert_eq!(reactions(&acts), [Reaction::Pause, Reaction::Resume]);
}

#[test]
fn nobody_interrupts_a_robot_that_does_not_talk_or_does_not_let_itself() {
    let mut test = Test::new(Attention::default());
    test.pass(500, false);
    assert_eq!(reactions(&test.pass(1_000, true)), []);
    let mut test = Test::new(Attention::default());
    let policy = InterruptionPolicy::Never;
    test.ear.robot_talks(Some(InterruptionSettings { policy, ..InterruptionSettings::default() }));
    assert_eq!(reactions(&test.pass(3_000, true)), []);
}

#[test]
fn a_greeting_without_a_pause_is_read_while_it_lasts_and_proves_a_machine() {
    let mut test = Test::new(Attention::default());
    test.pass(300, false);
    let acts = test.pass(2_000, true);
    let partial = acts.iter().any(|act| {
        matches!(act, Act::Recognise { purpose: Purpose::Partial, mode: Mode::Free, .. })
    });
    assert!(partial, "{acts:?}");
    let text = "you have reached the voicemail of Ann, please leave a message after the tone";
    let acts = test.read(Purpose::Partial, text);
    assert_eq!(classes(&acts), [Class::Voicemail]);
    // A beep: 1 kHz.
    let mut steps = Vec::new();
    for packet in 0..50_u64 {
        let mut samples = [0; PACKET];
        for (place, sample) in samples.iter_mut().enumerate() {
            let at = (packet as usize * PACKET + place) as f64 / 8_000.0;
            let loud = if packet < 25 { 8_000.0 } else { 0.0 };
            *sample = (loud * (at * 1_000.0 * std::f64::consts::TAU).sin()) as i16;
        }
        test.ear.packet(test.now_ms, &samples);
        test.now_ms += 20;
        while let Some(frame) = test.ear.next_frame() {
            test.ear.judged(&frame, 0.02, &mut test.acts);
        }
        steps.extend(
            test.acts.drain(..).filter(|act| matches!(act, Act::Tell(Heard::Voicemail { .. }))),
        );
    }
    let Some(Act::Tell(Heard::Voicemail { in_ms, .. })) = steps.first() else {
        panic!("the beep is the moment: {steps:?}")
    };
    assert!(*in_ms <= 300, "{in_ms}");
}

fn readings(acts: &[Act]) -> Vec<(Purpose, usize)> {
    let reading = |act: &Act| match act {
        Act::Recognise { purpose, samples, .. } => Some((*purpose, samples.len())),
        _ => None,
    };
    acts.iter().filter_map(reading).collect()
}

fn partials(acts: &[Act]) -> Vec<(u64, u64, &str)> {
    let mut partials = Vec::new();
    for act in acts {
        if let Act::Tell(Heard::Partial { from_ms, to_ms, text, .. }) = act {
            partials.push((*from_ms, *to_ms, text.as_str()));
        }
    }
    partials
}

#[test]
fn what_was_said_so_far_is_read_every_second_where_it_is_wanted_and_told() {
    let wanted = Attention { partials: true, ..Attention::default() };
    let mut test = Test::new(wanted);
    test.pass(25_000, false);
    let acts = test.pass(3_500, true);
    let read = readings(&acts);
    assert_eq!(read.len(), 3, "{read:?}");
    assert!(read.iter().all(|(purpose, _)| *purpose == Purpose::SoFar), "{read:?}");
    assert!(read[2].1 > 3 * 8_000, "from the beginning of the turn on: {read:?}");
    let acts = test.read(Purpose::SoFar, "I would like to");
    let [(from_ms, to_ms, "I would like to")] = partials(&acts)[..] else { panic!("{acts:?}") };
    assert!((24_900..=25_100).contains(&from_ms) && to_ms >= 27_900, "{from_ms} {to_ms}");
    assert_eq!(partials(&test.read(Purpose::SoFar, "")), [], "no words");
    let acts = test.pass(15_000, true);
    let longest = readings(&acts).into_iter().map(|(_, samples)| samples).max();
    assert!(longest <= Some(12_300 * 8), "{longest:?}");
    let acts = test.pass(200, false);
    assert!(acts.contains(&Act::Forget(Purpose::SoFar)), "the trial reads all of it: {acts:?}");
    test.pass(3_000, false);
    assert_eq!(partials(&test.read(Purpose::SoFar, "too late")), []);
}

#[test]
fn what_was_said_so_far_is_not_read_where_nobody_wants_it() {
    let mut test = Test::new(Attention::default());
    test.pass(25_000, false);
    let acts = test.pass(5_000, true);
    assert_eq!(readings(&acts), []);
    assert_eq!(partials(&test.read(Purpose::Partial, "hello")), []);
}

#[test]
fn an_answer_to_a_yes_or_no_question_is_recognised_as_one() {
    let expected = Expected::YesNo;
    let mut test = Test::new(Attention { expected, ..Attention::default() });
    test.pass(500, false);
    test.pass(600, true);
    let acts = test.pass(120, false);
    let is_yes_no = |act: &Act| matches!(act, Act::Recognise { mode: Mode::YesNo, .. });
    assert!(acts.iter().any(is_yes_no), "{acts:?}");
}

#[test]
fn a_menu_is_answered_and_whoever_comes_after_it_is_asked_for_anew() {
    let mut test = Test::new(Attention::default());
    test.pass(300, false);
    test.pass(2_000, true);
    let text = "thank you for calling, for sales press 1, to speak to a representative, press 0";
    let acts = test.read(Purpose::Partial, text);
    assert_eq!(classes(&acts), [Class::Ivr]);
    let pressed = acts.iter().find_map(|act| match act {
        Act::Tell(Heard::Menu(press)) => Some(press.digits.as_str()),
        _ => None,
    });
    assert_eq!(pressed, Some("0"));
    test.pass(3_000, false);
    test.pass(700, true);
    let acts = test.pass(100, false);
    let (purpose, _) = trial(&acts).expect("a trial");
    let mut acts = test.read(purpose, "Hello, Ann speaking?");
    acts.extend(test.pass(2_000, false));
    assert!(classes(&acts).contains(&Class::Human), "{acts:?}");
}

proptest! {
    /// Whatever is heard: a trial is asked for at most once, turns that started end, and what is
    /// told of a call that falls silent comes to an end.
    #[test]
    fn every_turn_that_starts_ends(
        parts in prop::collection::vec((20_u64..1_500, any::<bool>(), any::<bool>()), 0..20),
    ) {
        let mut test = Test::new(Attention::default());
        let (mut started, mut ended) = (0, 0);
        let mut trials = std::collections::BTreeSet::new();
        let parts = parts.into_iter().chain([(4_000, false, true)]);
        for (ms, speech, answered) in parts {
            let mut acts = test.pass(ms, speech);
            if let (Some((purpose, _)), true) = (trial(&acts), answered) {
                acts.extend(test.read(purpose, "well I think"));
            }
            for act in acts {
                match act {
                    Act::Tell(Heard::SpeechStarted { .. }) => started += 1,
                    Act::Tell(Heard::Said(_) | Heard::Noise) => ended += 1,
                    Act::Recognise { purpose: Purpose::Trial(trial), .. } => {
                        prop_assert!(trials.insert(trial));
                    }
                    _ => {}
                }
            }
        }
        prop_assert_eq!(started, ended);
    }
}

/// A turn of a second that says "No." and ends.
fn said_no(test: &mut Test) {
    test.pass(500, false);
    test.pass(1_000, true);
    let acts = test.pass(120, false);
    let (purpose, _) = trial(&acts).expect("a trial");
    let mut acts = test.read(purpose, "No.");
    acts.extend(test.pass(200, false));
    assert!(!said(&acts).expect("it is over").goes_on);
}

#[test]
fn speech_at_once_after_a_turn_is_heard_together_with_it() {
    let mut test = Test::new(Attention::default());
    let expected = Expected::YesNo;
    test.ear.expect(Expectation { expected, ..Expectation::default() });
    said_no(&mut test);
    test.ear.robot_talks(Some(InterruptionSettings::default()));
    test.pass(200, false);
    test.pass(800, true);
    // The robot's next question, which nobody has heard yet.
    test.ear.expect(Expectation::default());
    let acts = test.pass(120, false);
    let modes = acts.iter().filter_map(|act| match act {
        Act::Recognise { samples, mode, .. } => Some((samples.len(), mode.clone())),
        _ => None,
    });
    let modes: Vec<_> = modes.collect();
    assert!(matches!(&modes[..], [(18_000..22_000, Mode::YesNo)]), "2.3 s, as then: {modes:?}");
    let (purpose, _) = trial(&acts).expect("a trial");
    let mut acts = test.read(purpose, "Noah, yes.");
    acts.extend(test.pass(1_000, false));
    let whole = said(&acts).expect("it is over");
    assert!(whole.goes_on && (480..=520).contains(&whole.from_ms), "{whole:?}");
    assert_eq!(reactions(&acts), [Reaction::Stop]);
    test.pass(2_000, false);
    test.pass(800, true);
    let acts = test.pass(120, false);
    let (_, samples) = trial(&acts).expect("a trial");
    assert!(samples < 10_000, "later speech is another turn: {samples}");
}

#[test]
fn a_noise_after_a_turn_adds_nothing_to_it() {
    let mut test = Test::new(Attention::default());
    said_no(&mut test);
    test.ear.robot_talks(Some(InterruptionSettings::default()));
    test.pass(200, false);
    test.pass(200, true);
    let acts = test.pass(120, false);
    let (purpose, _) = trial(&acts).expect("a trial");
    let mut acts = test.read(purpose, "No.");
    assert_eq!(reactions(&acts), [Reaction::Resume]);
    acts.extend(test.pass(1_000, false));
    assert!(said(&acts).is_none(), "{acts:?}");
    assert!(acts.contains(&Act::Tell(Heard::Noise)), "{acts:?}");
}

#[test]
fn an_answer_to_what_the_robot_said_is_another_turn() {
    let mut test = Test::new(Attention::default());
    said_no(&mut test);
    test.ear.robot_talks(Some(InterruptionSettings::default()));
    test.pass(900, false);
    test.pass(800, true);
    let acts = test.pass(120, false);
    let (purpose, _) = trial(&acts).expect("a trial");
    let mut acts = test.read(purpose, "Yes.");
    acts.extend(test.pass(1_000, false));
    assert!(!said(&acts).expect("it is over").goes_on);
}
