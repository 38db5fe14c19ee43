use proptest::prelude::*;

use super::*;

/// Drives a machine with speech and silence, in frames; collects what it does.
struct Stream {
    turns: Turns,
    frames: u64,
    actions: Vec<(u64, TurnAction)>,
}

impl Stream {
    fn new() -> Self {
        let turns = Turns::new(TurnSettings::default(), Patience::default());
        Self { turns, frames: 0, actions: Vec::new() }
    }

    fn hear(&mut self, frames: u64, probability: f32) -> &mut Self {
        for _ in 0..frames {
            self.frames += 1;
            let now_ms = self.frames * FRAME_MS;
            let actions = self.turns.frame(now_ms, probability);
            self.actions.extend(actions.into_iter().map(|action| (now_ms, action)));
        }
        self
    }

    fn read(&mut self, trial: u32, completeness: Completeness, confidence: f32) -> &mut Self {
        let reading =
            Reading { completeness, confidence, finished: None, awaited: false, empty: false };
        let actions = self.turns.recognised(trial, reading);
        self.actions.extend(actions.into_iter().map(|action| (self.frames * FRAME_MS, action)));
        self
    }

    fn end(&self) -> Option<(u64, EndReason)> {
        self.actions.iter().find_map(|(at_ms, action)| match action {
            TurnAction::Ended { reason, .. } => Some((*at_ms, *reason)),
            TurnAction::Started { .. }
            | TurnAction::Try { .. }
            | TurnAction::Abandon { .. }
            | TurnAction::Dropped { .. } => None,
        })
    }

    fn asked_ms(&self) -> Option<u64> {
        self.actions.iter().find_map(|(_, action)| match *action {
            TurnAction::Ended { asked_ms, .. } => Some(asked_ms),
            TurnAction::Started { .. }
            | TurnAction::Try { .. }
            | TurnAction::Abandon { .. }
            | TurnAction::Dropped { .. } => None,
        })
    }
}

#[test]
fn a_complete_answer_ends_after_a_short_silence() {
    let mut stream = Stream::new();
    stream.hear(3, 0.0).hear(20, 0.9).hear(2, 0.1);
    let spoken = (3 * FRAME_MS, 23 * FRAME_MS);
    let tried = TurnAction::Try { trial: 1, from_ms: spoken.0, to_ms: spoken.1 };
    assert_eq!(stream.actions[0].1, TurnAction::Started { from_ms: spoken.0 });
    assert_eq!(stream.actions[1], (25 * FRAME_MS, tried), "two frames after the speech");
    stream.read(1, Completeness::Whole, 0.9).hear(10, 0.1);
    let (at_ms, reason) = stream.end().unwrap();
    assert_eq!((at_ms - spoken.1, reason), (192, EndReason::Complete));
}

#[test]
fn a_late_reading_ends_the_turn_as_it_comes() {
    let mut stream = Stream::new();
    stream.hear(20, 0.9).hear(12, 0.1);
    assert_eq!(stream.end(), None);
    stream.read(1, Completeness::Complete, 0.9);
    assert_eq!(stream.end(), Some((32 * FRAME_MS, EndReason::Complete)));
    assert_eq!(stream.asked_ms(), Some(224), "the rest was spent waiting for the reading");
}

#[test]
fn a_turn_that_was_not_read_asked_for_no_more_than_half_a_sentence_does() {
    let mut stream = Stream::new();
    stream.hear(20, 0.9).hear(120, 0.1);
    assert_eq!(stream.end(), Some((120 * FRAME_MS, EndReason::GaveUp)));
    assert_eq!(stream.asked_ms(), Some(1_408));
}

#[test]
fn half_a_sentence_gets_time_and_doubtful_words_some() {
    for (completeness, confidence, silence_ms, reason) in [
        (Completeness::Number, 0.6, 128, EndReason::Complete),
        (Completeness::Number, 0.4, 800, EndReason::Silence),
        (Completeness::Whole, 0.2, 192, EndReason::Complete),
        (Completeness::Answer, 0.2, 224, EndReason::Complete),
        (Completeness::Complete, 0.9, 224, EndReason::Complete),
        (Completeness::Open, 0.9, 1_408, EndReason::GaveUp),
        (Completeness::Unclear, 0.9, 800, EndReason::Silence),
        (Completeness::Complete, 0.8, 800, EndReason::Silence),
    ] {
        let mut stream = Stream::new();
        stream.hear(20, 0.9).hear(3, 0.1).read(1, completeness, confidence).hear(60, 0.1);
        assert_eq!(stream.end(), Some((20 * FRAME_MS + silence_ms, reason)), "{completeness:?}");
    }
}

#[test]
fn words_that_may_be_complete_are_judged_by_their_melody() {
    let (complete, unclear) = (Completeness::Complete, Completeness::Unclear);
    for (completeness, finished, confidence, silence_ms, reason) in [
        (complete, 0.96, 0.9, 224, EndReason::Complete),
        (complete, 0.96, 0.8, 800, EndReason::Silence),
        (unclear, 0.96, 0.9, 352, EndReason::Complete),
        (complete, 0.85, 0.9, 352, EndReason::Complete),
        (complete, 0.7, 0.9, 800, EndReason::Silence),
        (unclear, 0.7, 0.9, 800, EndReason::Silence),
        (complete, 0.1, 0.9, 1_408, EndReason::GaveUp),
        (unclear, 0.1, 0.9, 1_408, EndReason::GaveUp),
    ] {
        let mut stream = Stream::new();
        stream.hear(20, 0.9).hear(3, 0.1);
        let finished = Some(finished);
        let reading = Reading { completeness, confidence, finished, awaited: false, empty: false };
        stream.turns.recognised(1, reading);
        stream.hear(60, 0.1);
        assert_eq!(stream.end(), Some((20 * FRAME_MS + silence_ms, reason)), "{reading:?}");
    }
}

#[test]
fn who_says_much_gets_more_time_to_say_more() {
    let mut stream = Stream::new();
    stream.hear(150, 0.9).hear(3, 0.1).read(1, Completeness::Complete, 0.9).hear(60, 0.1);
    assert_eq!(stream.end(), Some((150 * FRAME_MS + 352, EndReason::Complete)));
}

#[test]
fn speech_that_goes_on_throws_the_trial_away() {
    let mut stream = Stream::new();
    stream.hear(20, 0.9).hear(4, 0.1).hear(10, 0.9);
    assert!(stream.actions.iter().any(|(_, a)| *a == TurnAction::Abandon { trial: 1 }));
    stream.read(1, Completeness::Complete, 1.0).hear(20, 0.9);
    assert_eq!(stream.end(), None, "the reading of a trial that was abandoned");
    stream.hear(3, 0.1).read(2, Completeness::Complete, 1.0).hear(10, 0.1);
    let ended = stream.actions.last().unwrap().1;
    let TurnAction::Ended { trial, from_ms, .. } = ended else { panic!("{ended:?}") };
    assert_eq!((trial, from_ms), (2, 0), "one turn, from its beginning");
}

#[test]
fn clicks_are_no_speech_and_noise_is_no_turn() {
    let mut stream = Stream::new();
    stream.hear(2, 0.9).hear(20, 0.1).hear(1, 0.9).hear(20, 0.0);
    assert!(stream.actions.is_empty(), "{:?}", stream.actions);
    stream.hear(4, 0.9).hear(3, 0.1);
    let empty = Reading {
        completeness: Completeness::Unclear,
        confidence: 0.0,
        finished: None,
        awaited: false,
        empty: true,
    };
    stream.turns.recognised(1, empty);
    stream.hear(30, 0.0);
    assert_eq!(stream.actions.last().unwrap().1, TurnAction::Dropped { trial: Some(1) });
    assert!(!stream.turns.is_under_way());
}

#[test]
fn a_turn_without_end_ends_at_its_next_pause() {
    let mut stream = Stream::new();
    stream.hear(900, 0.9).hear(3, 0.1).read(1, Completeness::Open, 0.9).hear(10, 0.1);
    assert_eq!(stream.end().map(|(_, reason)| reason), Some(EndReason::TooLong));
}

proptest! {
    /// Every turn that starts ends or is dropped, trials count up, and none is tried twice.
    #[test]
    fn turns_start_and_end_in_turn(
        pieces in prop::collection::vec((1_u64..60, 0_u8..=10, 0_u8..4), 1..60),
    ) {
        let mut stream = Stream::new();
        for (frames, tenths, reading) in pieces {
            stream.hear(frames, f32::from(tenths) / 10.0);
            let completeness = match reading {
                0 => Completeness::Complete,
                1 => Completeness::Unclear,
                2 => Completeness::Open,
                3 => Completeness::Answer,
                _ => continue,
            };
            let trial = stream.turns.trials;
            stream.read(trial, completeness, 0.9);
        }
        stream.hear(200, 0.0);
        let (mut open, mut last_trial) = (false, 0);
        for (_, action) in &stream.actions {
            match *action {
                TurnAction::Started { .. } => {
                    prop_assert!(!open);
                    open = true;
                }
                TurnAction::Try { trial, from_ms, to_ms } => {
                    prop_assert!(open && trial == last_trial + 1 && from_ms < to_ms);
                    last_trial = trial;
                }
                TurnAction::Abandon { trial } => prop_assert!(open && trial == last_trial),
                TurnAction::Ended { trial, .. } => {
                    prop_assert!(open && trial == last_trial);
                    open = false;
                }
                TurnAction::Dropped { .. } => open = false,
            }
        }
        prop_assert!(!open, "a turn without end");
    }
}
