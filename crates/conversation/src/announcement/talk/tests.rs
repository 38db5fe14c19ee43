use outcall_speech::answer::Decision;
use outcall_speech::answer::ivr::Press;
use outcall_speech::answer::voicemail::Reason;
use outcall_speech::turn::EndReason;
use proptest::prelude::*;

use super::*;
use crate::hearing::Utterance;

const OUTLINE: Outline =
    Outline { main: true, voicemail: true, introduction: true, hold_ms: 5_000 };
const NOW: UnixMillis = UnixMillis(1_000_000);

/// A robot whose sounds get the names 1, 2, 3.
struct Robot {
    talk: Talk,
    played: u64,
}

impl Robot {
    fn begin(outline: Outline) -> (Self, Vec<Act>) {
        let (talk, acts) = Talk::begin(outline, None, NOW);
        let mut robot = Self { talk, played: 0 };
        let acts = robot.note(acts);
        (robot, acts)
    }

    fn note(&mut self, acts: Vec<Act>) -> Vec<Act> {
        for act in &acts {
            if let Act::Play(track) = act {
                self.played += 1;
                self.talk.plays(PlaybackId(self.played), *track);
            }
        }
        acts
    }

    fn hears(&mut self, heard: Heard) -> Vec<Act> {
        let acts = self.talk.heard(heard, NOW);
        self.note(acts)
    }

    fn is(&mut self, class: Class) -> Vec<Act> {
        let decision =
            Decision { class, confidence: 0.97, at_ms: 900, evidence: Vec::new(), revises: None };
        self.hears(Heard::Answered(decision))
    }

    fn finishes(&mut self, playback: u64) -> Vec<Act> {
        let acts = self.talk.finished(PlaybackId(playback), 2_000, PlaybackEnd::Finished, NOW);
        self.note(acts)
    }

    fn at(&mut self, later_ms: i64) -> Vec<Act> {
        let acts = self.talk.pass_time(NOW + later_ms);
        self.note(acts)
    }
}

fn said(text: &str) -> Heard {
    Heard::Said(Utterance {
        from_ms: 0,
        to_ms: 500,
        asked_ms: 200,
        decided_ms: 700,
        text: Some(text.to_owned()),
        confidence: 0.9,
        reason: EndReason::Complete,
        goes_on: false,
    })
}

fn leave(in_ms: u64) -> Heard {
    Heard::Voicemail { step: Step::Leave { at_ms: 9_000, reason: Reason::Beep }, in_ms }
}

#[test]
fn a_person_hears_the_announcement_and_is_waited_for() {
    let (mut robot, acts) = Robot::begin(OUTLINE);
    assert_eq!(acts, [Act::Play(Track::Main)]);
    assert_eq!(robot.is(Class::Human), []);
    assert_eq!(robot.finishes(1), []);
    assert_eq!(robot.at(4_999), []);
    robot.hears(Heard::SpeechStarted { from_ms: 0 });
    assert_eq!(robot.at(5_000), [], "nobody is hung up on in the middle of a word");
    assert_eq!(robot.hears(said("yes please")), []);
    assert_eq!(robot.at(5_000), [Act::End(ConversationEnd::Completed)]);
    assert_eq!(robot.talk.record().said.len(), 1);
}

#[test]
fn the_announcement_pauses_goes_on_and_stops_as_it_is_interrupted() {
    let (mut robot, _) = Robot::begin(OUTLINE);
    assert!(robot.talk.can_be_interrupted());
    assert_eq!(robot.hears(Heard::Interrupted(Reaction::Pause)), [Act::Pause]);
    assert_eq!(robot.hears(Heard::Interrupted(Reaction::Resume)), [Act::Resume]);
    assert_eq!(robot.hears(Heard::Interrupted(Reaction::Stop)), [Act::Stop]);
    assert!(!robot.talk.can_be_interrupted());
    assert_eq!(robot.finishes(1), [], "that of what was stopped means nothing");
    assert_eq!(robot.hears(Heard::Interrupted(Reaction::Pause)), []);
    assert_eq!(robot.at(5_000), [Act::End(ConversationEnd::Completed)]);
    assert_eq!(robot.talk.record().interruptions, 1);
}

#[test]
fn a_voicemail_is_left_a_message_after_its_beep() {
    let (mut robot, _) = Robot::begin(OUTLINE);
    assert_eq!(robot.is(Class::Voicemail), [Act::Stop]);
    assert_eq!(robot.at(60_000), [], "the ear knows when to give up");
    assert_eq!(robot.hears(leave(300)), []);
    assert_eq!(robot.at(299), []);
    assert_eq!(robot.at(300), [Act::Play(Track::Voicemail)]);
    assert_eq!(robot.finishes(2), [Act::End(ConversationEnd::Machine)]);
    assert_eq!(robot.talk.record().message_ms, Some(2_000));
}

#[test]
fn a_late_beep_starts_the_message_again() {
    let (mut robot, _) = Robot::begin(OUTLINE);
    robot.is(Class::Voicemail);
    robot.hears(leave(0));
    assert_eq!(robot.at(0), [Act::Play(Track::Voicemail)]);
    assert_eq!(robot.hears(leave(300)), [Act::Stop]);
    let stopped = robot.talk.finished(PlaybackId(2), 700, PlaybackEnd::Stopped, NOW);
    assert_eq!(stopped, []);
    assert_eq!(robot.at(300), [Act::Play(Track::Voicemail)]);
    assert_eq!(robot.finishes(3), [Act::End(ConversationEnd::Machine)]);
}

#[test]
fn a_voicemail_without_a_message_a_fax_and_the_network_are_hung_up_on() {
    for (voicemail, class) in
        [(false, Class::Voicemail), (true, Class::Fax), (true, Class::Announcement)]
    {
        let (mut robot, _) = Robot::begin(Outline { voicemail, ..OUTLINE });
        assert_eq!(robot.is(class), [Act::Stop, Act::End(ConversationEnd::Machine)]);
        assert_eq!(robot.hears(said("hello")), [], "it is over");
    }
}

#[test]
fn a_menu_is_passed_and_whoever_comes_after_it_hears_the_announcement() {
    let (mut robot, _) = Robot::begin(OUTLINE);
    assert_eq!(robot.is(Class::Ivr), [Act::Stop]);
    let press = Press { digits: "0".to_owned(), at_ms: 4_000, phrase: String::new() };
    assert_eq!(robot.hears(Heard::Menu(press)), [Act::Press("0".to_owned())]);
    assert_eq!(robot.is(Class::Human), [Act::Play(Track::Main)]);
    assert_eq!(robot.talk.record().pressed, "0");
    assert_eq!(robot.at(90_000), [], "the menu's limit is gone");
    let (mut robot, _) = Robot::begin(OUTLINE);
    robot.is(Class::Ivr);
    assert_eq!(robot.at(90_000), [Act::End(ConversationEnd::Machine)]);
}

#[test]
fn a_screening_service_is_told_once_who_calls() {
    let (mut robot, _) = Robot::begin(OUTLINE);
    assert_eq!(robot.is(Class::Screening), [Act::Stop]);
    assert_eq!(robot.hears(Heard::Beep), [Act::Play(Track::Introduction)]);
    assert_eq!(robot.hears(said("thank you")), []);
    assert_eq!(robot.is(Class::Human), [Act::Play(Track::Main)]);
}

#[test]
fn a_key_ends_the_call_as_it_means() {
    let (mut robot, _) = Robot::begin(OUTLINE);
    let acts = robot.talk.digit(DigitMeaning::CallBack, NOW);
    let at = NOW + 3_600_000;
    assert_eq!(acts, [Act::Stop, Act::End(ConversationEnd::CallBack { at })]);
}

fn events() -> impl Strategy<Value = Heard> {
    let class = prop::sample::select(Class::ALL.to_vec());
    let decision = class.prop_map(|class| {
        Heard::Answered(Decision {
            class,
            confidence: 1.0,
            at_ms: 0,
            evidence: Vec::new(),
            revises: None,
        })
    });
    prop_oneof![
        Just(Heard::SpeechStarted { from_ms: 0 }),
        Just(Heard::Noise),
        Just(Heard::Beep),
        Just(said("hello")),
        Just(leave(100)),
        Just(Heard::Voicemail { step: Step::GiveUp, in_ms: 0 }),
        prop::sample::select(vec![Reaction::Pause, Reaction::Resume, Reaction::Stop])
            .prop_map(Heard::Interrupted),
        decision,
    ]
}

proptest! {
    /// Whatever is heard in whatever order, a call that is let alone ends, and once.
    #[test]
    fn every_call_ends_once(heard in prop::collection::vec(events(), 0..40)) {
        let (mut robot, _) = Robot::begin(OUTLINE);
        let mut ends = 0;
        let mut count = |acts: Vec<Act>| {
            ends += acts.iter().filter(|act| matches!(act, Act::End(_))).count();
        };
        for event in heard {
            count(robot.hears(event));
        }
        // The callee falls silent; what plays ends; the ear gives up on a voicemail.
        count(robot.hears(Heard::Noise));
        count(robot.hears(Heard::Voicemail { step: Step::GiveUp, in_ms: 0 }));
        for round in 1..=6 {
            count(robot.at(round * 100_000));
            for playback in 1..=robot.played {
                count(robot.finishes(playback));
            }
        }
        prop_assert_eq!(ends, 1);
    }
}
