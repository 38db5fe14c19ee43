//! What follows an end.

use outcall_campaign::retry::{FinishReason, NextStep};
use outcall_campaign::{Disposition, RetryRule, RetryRules};

use super::claims::again_after;
use super::world::{HOUR_MS, MINUTE_MS, NOON, Rules, World};
use super::{Make, Sample, sample_number};
use crate::seam::AttemptEnd;
use crate::sqlite::ContactState;

pub(super) fn an_end_is_written_once(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, contacts) = world.running("c", &[Sample::with(&[1])]);
    let rules = world.rules(campaign, &Rules::default());
    let attempt = world.claim_one(campaign, &rules, NOON).attempt;
    let never = outcall_campaign::AttemptId { attempt_no: 9, ..attempt };
    let ends = vec![
        AttemptEnd::new(attempt, Disposition::Completed, NOON + 1),
        AttemptEnd::new(attempt, Disposition::Busy, NOON + 2),
        AttemptEnd::new(never, Disposition::Busy, NOON + 3),
    ];
    let closed = world.close(campaign, &rules, ends);
    let completed = NextStep::Finished { reason: FinishReason::Completed };
    let next: Vec<_> = closed.iter().map(|closed| closed.next).collect();
    assert_eq!(next, [Some(completed), None, None]);
    let facts = world.fixture.contact(contacts[0]);
    let again =
        world.close(campaign, &rules, vec![AttemptEnd::new(attempt, Disposition::Busy, NOON + 4)]);
    assert_eq!(again[0].next, None);
    assert_eq!(world.fixture.contact(contacts[0]), facts);
    let attempts = world.fixture.attempts(campaign);
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].disposition, Some(Disposition::Completed));
}

pub(super) fn ends_outlive_the_process(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, contacts) = world.running("c", &[Sample::with(&[1])]);
    let rules = world.rules(campaign, &Rules::default());
    let attempt = world.claim_one(campaign, &rules, NOON).attempt;
    world.close(campaign, &rules, vec![AttemptEnd::new(attempt, Disposition::Completed, NOON + 1)]);
    let (facts, attempts) = (world.fixture.contact(contacts[0]), world.fixture.attempts(campaign));
    let world = world.die(NOON + MINUTE_MS);
    assert_eq!(world.recover(campaign, &rules, NOON + MINUTE_MS), []);
    assert_eq!(world.fixture.contact(contacts[0]), facts);
    assert_eq!(world.fixture.attempts(campaign), attempts);
    world.claim_none(campaign, &rules, NOON + MINUTE_MS);
}

pub(super) fn what_did_not_ring_frees_the_cap_and_what_may_have_does_not(make: Make<'_>) {
    for &disposition in Disposition::ALL {
        let mut world = World::new(make);
        let (one, _) = world.running("one", &[Sample::with(&[1])]);
        let (two, _) = world.running("two", &[Sample::with(&[1])]);
        let rules = world.rules(one, &Rules::capped(1, "24h"));
        let attempt = world.claim_one(one, &rules, NOON).attempt;
        world.close(one, &rules, vec![AttemptEnd::new(attempt, disposition, NOON + MINUTE_MS)]);
        // An opt-out also suppresses the number.
        let admitted = usize::from(disposition.certainly_did_not_ring());
        let claimed = world.claim(two, &rules, NOON + MINUTE_MS, 1);
        assert_eq!(claimed.intents.len(), admitted, "{disposition}");
    }
}

pub(super) fn an_opt_out_holds_for_every_campaign(make: Make<'_>) {
    let mut world = World::new(make);
    let (one, of_one) = world.running("one", &[Sample::with(&[1])]);
    let (two, of_two) = world.running("two", &[Sample::with(&[1])]);
    let rules = world.rules(one, &Rules::default());
    let attempt = world.claim_one(one, &rules, NOON).attempt;
    world.close(
        one,
        &rules,
        vec![AttemptEnd::new(attempt, Disposition::OptedOut, NOON + MINUTE_MS)],
    );
    assert_eq!(world.fixture.contact(of_one[0]).finish.as_deref(), Some("opted_out"));
    let world = world.die(NOON + MINUTE_MS);
    world.claim_none(two, &rules, NOON + MINUTE_MS);
    let facts = world.fixture.contact(of_two[0]);
    assert_eq!((facts.state, facts.attempts), (ContactState::Finished, 0));
}

pub(super) fn a_retry_has_its_instant_and_its_number(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, contacts) = world.running("c", &[Sample::with(&[1, 2])]);
    let no_answer =
        RetryRule { max_attempts: 2, delay_s: 3_600, other_daypart: false, next_number: true };
    let retry = RetryRules::default()
        .with(Disposition::NoAnswer, no_answer)
        .expect("invariant: no_answer can be configured");
    let rules = world.rules(campaign, &Rules { retry, ..Rules::default() });
    let attempt = world.claim_one(campaign, &rules, NOON).attempt;
    let due = NOON + MINUTE_MS + HOUR_MS;
    let ends = vec![AttemptEnd::new(attempt, Disposition::NoAnswer, NOON + MINUTE_MS)];
    let closed = world.close(campaign, &rules, ends);
    assert_eq!(closed[0].next, Some(NextStep::Retry { due, number_index: 1 }));
    let facts = world.fixture.contact(contacts[0]);
    assert_eq!((facts.state, facts.due), (ContactState::Pending, due));
    assert_eq!((facts.attempts, facts.number_index), (1, 1));
    assert_eq!(facts.last_disposition, Some(Disposition::NoAnswer));
    assert_eq!(world.claim_none(campaign, &rules, due - 1).next_due, Some(due));
    let intent = world.claim_one(campaign, &rules, due);
    assert_eq!((intent.number, intent.attempt.attempt_no), (sample_number(2), 2));
    let ends = vec![AttemptEnd::new(intent.attempt, Disposition::NoAnswer, due + MINUTE_MS)];
    let reason = FinishReason::DispositionUsedUp;
    let closed = world.close(campaign, &rules, ends);
    assert_eq!(closed[0].next, Some(NextStep::Finished { reason }));
    let facts = world.fixture.contact(contacts[0]);
    assert_eq!(facts.finish.as_deref(), Some(reason.code()));
}

pub(super) fn an_attempt_may_follow_in_the_same_millisecond(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, _) = world.running("c", &[Sample::with(&[1])]);
    let rules = world.rules(campaign, &again_after(0));
    for _ in 0..3 {
        let attempt = world.claim_one(campaign, &rules, NOON).attempt;
        world.close(campaign, &rules, vec![AttemptEnd::new(attempt, Disposition::Failed, NOON)]);
    }
    // Each of them counts.
    let capped = Rules { caps: Rules::capped(4, "24h").caps, ..again_after(0) };
    let rules = world.rules(campaign, &capped);
    let attempt = world.claim_one(campaign, &rules, NOON).attempt;
    world.close(campaign, &rules, vec![AttemptEnd::new(attempt, Disposition::Failed, NOON)]);
    world.claim_none(campaign, &rules, NOON);
}
