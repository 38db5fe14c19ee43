use proptest::prelude::*;

use super::*;
use crate::{Calendar, Holidays, WeeklyHours};

fn at(text: &str) -> UnixMillis {
    UnixMillis::from_jiff(text.parse().unwrap())
}

fn calendar(range: &str) -> CallingCalendar {
    let hours = WeeklyHours::every_day(&vec![range.parse().unwrap()].into());
    CallingCalendar::new([Calendar { hours, holidays: Holidays::default() }])
}

/// A first attempt to the first of two numbers, on 2026-01-15 at 10:00 in London.
fn facts(disposition: Disposition) -> RetryFacts {
    RetryFacts {
        disposition,
        attempts: uses_up_attempt(disposition).into(),
        attempts_with_disposition: 1,
        numbers: 2,
        number_index: 0,
        ended_at: at("2026-01-15T10:00:00Z"),
        retry_after_ms: None,
        call_back_at: None,
    }
}

fn next(facts: &RetryFacts, hours: &str) -> NextStep {
    let zones = ZoneSet::parse("Europe/London").unwrap();
    next_step(&RetryRules::default(), facts, &calendar(hours), &zones)
}

fn retry(due: &str, number_index: u8) -> NextStep {
    NextStep::Retry { due: at(due), number_index }
}

fn finished(reason: FinishReason) -> NextStep {
    NextStep::Finished { reason }
}

#[test]
fn a_completed_or_opted_out_contact_is_finished() {
    let step = next(&facts(Disposition::Completed), "08:00-20:00");
    assert_eq!(step, finished(FinishReason::Completed));
    let step = next(&facts(Disposition::OptedOut), "08:00-20:00");
    assert_eq!(step, finished(FinishReason::OptedOut));
}

#[test]
fn busy_is_retried_on_the_same_number_after_its_delay() {
    let step = next(&facts(Disposition::Busy), "08:00-20:00");
    assert_eq!(step, retry("2026-01-15T10:15:00Z", 0));
    let step = next(&facts(Disposition::Busy), "08:00-10:05");
    assert_eq!(step, retry("2026-01-16T08:00:00Z", 0));
}

#[test]
fn no_answer_goes_on_to_another_number_in_another_part_of_the_day() {
    let step = next(&facts(Disposition::NoAnswer), "08:00-20:00");
    assert_eq!(step, retry("2026-01-15T14:00:00Z", 1));
    let last = RetryFacts {
        number_index: 1,
        ended_at: at("2026-01-15T12:30:00Z"),
        ..facts(Disposition::NoAnswer)
    };
    assert_eq!(next(&last, "08:00-20:00"), retry("2026-01-15T17:00:00Z", 0));
}

#[test]
fn a_window_with_one_part_of_the_day_only_is_used_all_the_same() {
    let step = next(&facts(Disposition::NoAnswer), "09:00-11:30");
    assert_eq!(step, retry("2026-01-16T09:00:00Z", 1));
}

#[test]
fn an_agreed_call_back_keeps_its_time_where_the_window_is_open() {
    let agreed = |when| RetryFacts {
        call_back_at: Some(at(when)),
        attempts: 100, // it is owed even when the attempts are used up
        ..facts(Disposition::CallBack)
    };
    let next = |when| next(&agreed(when), "08:00-20:00");
    assert_eq!(next("2026-01-15T18:30:00Z"), retry("2026-01-15T18:30:00Z", 0));
    assert_eq!(next("2026-01-15T21:00:00Z"), retry("2026-01-16T08:00:00Z", 0));
    assert_eq!(next("2026-01-01T09:00:00Z"), retry("2026-01-15T10:00:00Z", 0));
}

#[test]
fn call_backs_have_their_own_bound_and_a_delay_when_no_time_was_agreed() {
    let step = next(&facts(Disposition::CallBack), "08:00-20:00");
    assert_eq!(step, retry("2026-01-15T14:00:00Z", 0));
    let third = RetryFacts {
        attempts_with_disposition: 3,
        call_back_at: Some(at("2026-01-16T10:00:00Z")),
        ..facts(Disposition::CallBack)
    };
    assert_eq!(next(&third, "08:00-20:00"), finished(FinishReason::DispositionUsedUp));
}

#[test]
fn a_number_of_nobody_leads_to_the_next_at_once_and_ends_after_the_last() {
    for disposition in [Disposition::Unallocated, Disposition::OutOfService] {
        let first = facts(disposition);
        assert_eq!(next(&first, "08:00-20:00"), retry("2026-01-15T10:00:00Z", 1));
        let last = RetryFacts { number_index: 1, attempts_with_disposition: 2, ..first };
        assert_eq!(next(&last, "08:00-20:00"), finished(FinishReason::NumbersUsedUp));
    }
    // Of the one it is certain that no phone rang, of the other it is not.
    assert!(!uses_up_attempt(Disposition::Unallocated));
    assert!(uses_up_attempt(Disposition::OutOfService));
}

#[test]
fn an_uncertain_attempt_waits_for_another_window() {
    let uncertain = facts(Disposition::Uncertain);
    assert_eq!(next(&uncertain, "08:00-20:00"), retry("2026-01-16T08:00:00Z", 0));
    assert_eq!(next(&uncertain, "12:00-20:00"), retry("2026-01-15T12:00:00Z", 0));
    assert_eq!(next(&uncertain, "00:00-24:00"), finished(FinishReason::NoWindow));
    let again = RetryFacts { attempts_with_disposition: 2, ..uncertain };
    assert_eq!(next(&again, "08:00-20:00"), finished(FinishReason::DispositionUsedUp));
    assert!(uses_up_attempt(Disposition::Uncertain));
}

#[test]
fn congestion_waits_as_long_as_the_carrier_asks_but_not_for_ever() {
    let after = |ms| RetryFacts { retry_after_ms: Some(ms), ..facts(Disposition::Congestion) };
    assert_eq!(next(&after(1_000), "08:00-20:00"), retry("2026-01-15T10:01:00Z", 0));
    assert_eq!(next(&after(600_000), "08:00-20:00"), retry("2026-01-15T10:10:00Z", 0));
    assert_eq!(next(&after(u64::MAX), "08:00-20:00"), retry("2026-01-16T10:00:00Z", 0));
}

#[test]
fn a_trunk_without_room_is_waited_for_longer_each_time_and_for_half_a_day() {
    let nth = |n| RetryFacts { attempts_with_disposition: n, ..facts(Disposition::NotSent) };
    let due = ["10:00:30", "10:01:00", "10:02:00", "10:04:00", "10:08:00", "10:16:00", "10:32:00"];
    for (n, at) in (1..).zip(due) {
        assert_eq!(next(&nth(n), "08:00-20:00"), retry(&format!("2026-01-15T{at}Z"), 0));
    }
    for n in 8..20 {
        assert_eq!(next(&nth(n), "08:00-20:00"), retry("2026-01-15T11:00:00Z", 0), "{n}");
    }
    let last = next(&nth(20), "08:00-20:00");
    assert_eq!(last, finished(FinishReason::DispositionUsedUp));
    // A rule that is longer than that stays as it is.
    let day = RetryRule { delay_s: 86_400, ..RetryRules::default().rule(Disposition::NotSent) };
    let rules = RetryRules::default().with(Disposition::NotSent, day).unwrap();
    assert_eq!(delay_ms(rules.rule(Disposition::NotSent), &nth(5)), 86_400_000);
}

#[test]
fn attempts_and_windows_run_out() {
    let sixth = RetryFacts { attempts: 6, ..facts(Disposition::Busy) };
    assert_eq!(next(&sixth, "08:00-20:00"), finished(FinishReason::AttemptsUsedUp));
    let zones = ZoneSet::parse("Europe/London").unwrap();
    let never = CallingCalendar::new([Calendar::default()]);
    let step = next_step(&RetryRules::default(), &facts(Disposition::Busy), &never, &zones);
    assert_eq!(step, finished(FinishReason::NoWindow));
}

proptest! {
    #[test]
    fn every_contact_is_finished_and_every_retry_lies_in_an_open_window(
        dispositions in prop::collection::vec(prop::sample::select(Disposition::ALL), 200),
        numbers in 0u8..4,
        call_back_ms in prop::option::of(0i64..3 * 24 * 3_600_000),
        hours in prop::sample::select(vec!["08:00-20:00", "09:00-11:00", "13:00-24:00"]),
    ) {
        let rules = RetryRules::default();
        let calendar = calendar(hours);
        let zones = ZoneSet::parse("America/Chicago|America/New_York").unwrap();
        let mut counts = std::collections::BTreeMap::<Disposition, u16>::new();
        let (mut attempts, mut number_index) = (0, 0);
        let mut now = calendar.next_open(&zones, at("2026-03-07T10:00:00Z")).unwrap();
        let mut is_finished = false;
        for disposition in dispositions {
            attempts += u16::from(uses_up_attempt(disposition));
            let count = counts.entry(disposition).or_default();
            *count += 1;
            let facts = RetryFacts {
                disposition,
                attempts,
                attempts_with_disposition: *count,
                numbers,
                number_index,
                ended_at: now + 20_000,
                retry_after_ms: None,
                call_back_at: call_back_ms.map(|ms| now + ms),
            };
            match next_step(&rules, &facts, &calendar, &zones) {
                NextStep::Finished { .. } => {
                    is_finished = true;
                    break;
                }
                NextStep::Retry { due, number_index: next } => {
                    prop_assert!(due >= facts.ended_at);
                    prop_assert!(calendar.is_open(&zones, due));
                    prop_assert!(next < numbers.max(1));
                    if disposition == Disposition::Uncertain {
                        prop_assert!(due >= calendar.next_window(&zones, facts.ended_at).unwrap());
                    }
                    (now, number_index) = (due, next);
                }
            }
        }
        prop_assert!(is_finished);
    }
}
