use proptest::prelude::*;

use super::*;

const LIMITS: Limits =
    Limits { send_by: UnixMillis(5_000), ring_ms: 20_000, robot_wait_ms: 2_000, talk_ms: 60_000 };

fn attempt() -> Attempt {
    Attempt::new(LIMITS, UnixMillis(0))
}

fn run(events: &[(i64, Event)]) -> (Attempt, Vec<Effect>) {
    let mut attempt = attempt();
    let effects =
        events.iter().filter_map(|&(at, event)| attempt.apply(event, UnixMillis(at))).collect();
    (attempt, effects)
}

const START: Event = Event::Start { may_send: true };

#[test]
fn a_conversation_ends_with_its_result_once_the_carrier_has_released_the_call() {
    let (attempt, effects) = run(&[
        (1, START),
        (900, Event::Ringing),
        (4_000, Event::Answered),
        (4_010, Event::RobotReady),
        (30_000, Event::Conversed(ConversationEnd::Completed)),
        (30_100, Event::Released(EndCause::LocalHangUp)),
    ]);
    assert_eq!(
        effects,
        [
            Effect::Place,
            Effect::AskForRobot,
            Effect::Converse,
            Effect::HangUp,
            Effect::End(Disposition::Completed)
        ]
    );
    assert_eq!(attempt.answered_at, Some(UnixMillis(4_000)));
}

#[test]
fn a_callee_who_hangs_up_during_the_goodbye_changes_nothing() {
    let talking = [(1, START), (4_000, Event::Answered), (4_010, Event::RobotReady)];
    let hangs_up = (20_000, Event::Released(EndCause::RemoteHangUp));
    let ends = |said: &[ConversationEnd]| {
        let said = said.iter().map(|&end| (9_000, Event::Settled(end)));
        let events: Vec<_> = talking.into_iter().chain(said).chain([hangs_up]).collect();
        let (attempt, effects) = run(&events);
        (effects.last().copied(), attempt.call_back_at)
    };
    assert_eq!(ends(&[]), (Some(Effect::End(Disposition::HungUp)), None));
    let at = UnixMillis(90_000);
    let call_back = ConversationEnd::CallBack { at };
    assert_eq!(ends(&[call_back]), (Some(Effect::End(Disposition::CallBack)), Some(at)));
    let opted_out = (Some(Effect::End(Disposition::OptedOut)), None);
    assert_eq!(ends(&[call_back, ConversationEnd::OptedOut]), opted_out);
    let early = [(1, START), (2, Event::Settled(ConversationEnd::OptedOut)), hangs_up];
    assert_eq!(run(&early).1.last(), Some(&Effect::End(Disposition::Failed)));
}

#[test]
fn an_intent_that_waited_too_long_is_not_sent() {
    let (_, effects) = run(&[(5_001, START)]);
    assert_eq!(effects, [Effect::End(Disposition::NotSent)]);
}

#[test]
fn a_deposed_owner_does_not_send() {
    let (_, effects) = run(&[(1, Event::Start { may_send: false })]);
    assert_eq!(effects, [Effect::End(Disposition::NotSent)]);
}

#[test]
fn an_answer_that_crosses_the_cancel_is_hung_up_again() {
    let (_, effects) = run(&[
        (1, START),
        (2, Event::Cancel),
        (3, Event::Answered),
        (4, Event::Released(EndCause::LocalHangUp)),
    ]);
    assert_eq!(
        effects,
        [Effect::Place, Effect::HangUp, Effect::HangUp, Effect::End(Disposition::Cancelled)]
    );
}

#[test]
fn an_answer_in_the_moment_that_the_carrier_gives_up_is_abandoned() {
    let (_, effects) = run(&[
        (1, START),
        (2, Event::Ringing),
        (30_000, Event::Answered),
        (30_001, Event::RobotReady),
        (30_002, Event::Released(EndCause::NoAnswer)),
    ]);
    assert_eq!(effects.last(), Some(&Effect::End(Disposition::Abandoned)));
}

#[test]
fn an_answered_call_without_a_robot_is_abandoned_at_the_limit() {
    let (_, effects) = run(&[
        (1, START),
        (1_000, Event::Answered),
        (2_999, Event::Deadline),
        (3_000, Event::Deadline),
        (3_001, Event::Released(EndCause::LocalHangUp)),
    ]);
    assert_eq!(effects.last(), Some(&Effect::End(Disposition::Abandoned)));
    assert_eq!(effects[2], Effect::HangUp);
}

#[test]
fn a_carrier_that_falls_silent_cannot_hold_a_channel_for_ever() {
    let mut attempt = attempt();
    attempt.apply(START, UnixMillis(0));
    let mut now = UnixMillis(0);
    let mut ended = None;
    while let Some(deadline) = attempt.next_deadline() {
        now = deadline;
        if let Some(Effect::End(disposition)) = attempt.apply(Event::Deadline, now) {
            ended = Some(disposition);
        }
    }
    assert_eq!(ended, Some(Disposition::NoAnswer));
    assert_eq!(now, UnixMillis(LIMITS.ring_ms + 2 * CARRIER_GRACE_MS));
}

#[test]
fn congestion_after_ringing_is_a_failure_and_not_a_promise_that_nothing_rang() {
    let congestion = Event::Released(EndCause::Congestion { retry_after_ms: Some(9) });
    let (_, before) = run(&[(1, START), (2, congestion)]);
    assert_eq!(before[1], Effect::End(Disposition::Congestion));
    let (_, after) = run(&[(1, START), (2, Event::Ringing), (3, congestion)]);
    assert_eq!(after[1], Effect::End(Disposition::Failed));
}

fn any_cause() -> impl Strategy<Value = EndCause> {
    prop_oneof![
        Just(EndCause::Busy),
        Just(EndCause::NoAnswer),
        Just(EndCause::Rejected),
        Just(EndCause::Unallocated),
        Just(EndCause::OutOfService),
        any::<Option<u64>>().prop_map(|retry_after_ms| EndCause::Congestion { retry_after_ms }),
        Just(EndCause::Failed),
        Just(EndCause::RemoteHangUp),
        Just(EndCause::LocalHangUp),
        Just(EndCause::NotSent),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        any::<bool>().prop_map(|may_send| Event::Start { may_send }),
        Just(Event::Ringing),
        Just(Event::Answered),
        Just(Event::RobotReady),
        Just(Event::Settled(ConversationEnd::OptedOut)),
        Just(Event::Conversed(ConversationEnd::Completed)),
        Just(Event::Conversed(ConversationEnd::OptedOut)),
        Just(Event::Conversed(ConversationEnd::Machine)),
        (0_i64..1 << 40)
            .prop_map(|at| Event::Conversed(ConversationEnd::CallBack { at: UnixMillis(at) })),
        any_cause().prop_map(Event::Released),
        Just(Event::Deadline),
        Just(Event::Cancel),
        Just(Event::OwnerFailed),
    ]
}

/// What must hold for every sequence of events, in any order and at any pace.
fn check(events: &[(i64, Event)]) {
    let mut attempt = attempt();
    let mut now = UnixMillis(0);
    let (mut places, mut ends) = (0, 0);
    for &(after_ms, event) in events {
        let before = attempt.clone();
        now = now + after_ms;
        let effect = attempt.apply(event, now);
        assert!(attempt.phase >= before.phase, "went back: {before:?} {event:?}");
        assert!(before.phase != Phase::Ended || effect.is_none(), "an effect after the end");
        match effect {
            Some(Effect::Place) => {
                places += 1;
                assert!(now <= LIMITS.send_by, "sent too late");
                assert_eq!(event, START);
            }
            Some(Effect::End(disposition)) => {
                ends += 1;
                assert!(
                    !disposition.certainly_did_not_ring() || attempt.ringing_at.is_none(),
                    "{disposition} although it rang"
                );
                assert!(
                    disposition != Disposition::NotSent
                        || places == 0
                        || event == Event::Released(EndCause::NotSent),
                    "not sent, although placed"
                );
                assert!(
                    !disposition.was_answered() || attempt.answered_at.is_some(),
                    "{disposition} although never answered"
                );
            }
            Some(Effect::Converse) => assert!(attempt.answered_at.is_some()),
            Some(Effect::AskForRobot | Effect::HangUp) | None => {}
        }
    }
    assert!(places <= 1, "placed twice");
    assert!(ends <= 1, "ended twice");
    assert_eq!(ends == 1, attempt.phase == Phase::Ended);
    // Left alone, every attempt that was sent comes to its end by its deadlines.
    let mut steps = 0;
    while let Some(deadline) = attempt.next_deadline() {
        attempt.apply(Event::Deadline, deadline.max(now));
        steps += 1;
        assert!(steps <= 4, "never ends");
    }
}

proptest! {
    // 1,000,000 attempts in all, the sequences half ordinary and half arbitrary.
    #![proptest_config(ProptestConfig { cases: 500_000, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_breaks_an_attempt(
        events in prop::collection::vec((0_i64..4_000, any_event()), 0..10)
    ) {
        check(&events);
    }

    #[test]
    fn no_order_of_events_breaks_an_attempt_that_was_sent(
        events in prop::collection::vec((0_i64..9_000, any_event()), 0..10)
    ) {
        let mut sequence = vec![(0, START)];
        sequence.extend(events);
        check(&sequence);
    }
}
