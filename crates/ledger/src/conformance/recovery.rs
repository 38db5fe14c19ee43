//! What follows the death of a process.

use std::sync::Arc;

use outcall_campaign::attempt::Phase;
use outcall_campaign::{Disposition, UnixMillis};

use super::world::{HOUR_MS, MINUTE_MS, NOON, Rules, World, ask, try_ask};
use super::{Make, Sample};
use crate::seam::AttemptEnd;
use crate::sqlite::ContactState;
use crate::{LedgerError, ProgressMark};

pub(super) fn an_open_intent_becomes_uncertain_once(make: Make<'_>) {
    let mut world = World::new(make);
    let samples: Vec<Sample> = (0..3).map(|number| Sample::with(&[number])).collect();
    let (campaign, _) = world.running("c", &samples);
    let rules = world.rules(campaign, &Rules::default());
    let mut open: Vec<_> =
        world.claim(campaign, &rules, NOON, 2).intents.iter().map(|it| it.attempt).collect();
    open.sort_unstable();
    let now = NOON + MINUTE_MS;
    let world = world.die(now);
    // This owner's own intent is not one that a death left behind.
    let mine = world.claim_one(campaign, &rules, now).attempt;
    let found: Vec<_> =
        world.recover(campaign, &rules, now).iter().map(|found| found.attempt).collect();
    assert_eq!(found, open);
    assert_eq!(world.recover(campaign, &rules, now), [], "once");
    for facts in world.fixture.attempts(campaign) {
        let uncertain = (facts.attempt != mine).then_some(Disposition::Uncertain);
        assert_eq!(facts.disposition, uncertain, "{}", facts.attempt);
    }
    // What the dead owner still had to say comes too late.
    let late = AttemptEnd::new(open[0], Disposition::Completed, now);
    assert_eq!(world.close(campaign, &rules, vec![late])[0].next, None);
    let after = world.die(now);
    let found = after.recover(campaign, &rules, now);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].attempt, mine);
}

pub(super) fn an_uncertain_attempt_counts_and_waits_for_the_next_window(make: Make<'_>) {
    let mut world = World::new(make);
    let (one, of_one) = world.running("one", &[Sample::with(&[1])]);
    let (two, _) = world.running("two", &[Sample::with(&[1])]);
    let rules = world.rules(one, &Rules::capped(1, "20h"));
    world.claim_one(one, &rules, NOON);
    let now = NOON + MINUTE_MS;
    let world = world.die(now);
    // Not before anybody has recovered it, either.
    world.claim_none(one, &rules, now);
    assert_eq!(world.recover(one, &rules, now).len(), 1);
    let (closes, opens) = (NOON + 5 * HOUR_MS, NOON + 21 * HOUR_MS);
    let facts = world.fixture.contact(of_one[0]);
    assert_eq!((facts.state, facts.due), (ContactState::Pending, opens));
    for at in [now, closes - 1, opens - 1] {
        world.claim_none(one, &rules, at);
    }
    assert_eq!(world.claim_none(two, &rules, now).refused.len(), 1, "it counts");
    assert_eq!(world.claim_one(one, &rules, opens).attempt.attempt_no, 2);
}

pub(super) fn recovery_says_how_far_an_attempt_was(make: Make<'_>) {
    let phases = [Phase::Intent, Phase::Invited, Phase::Ringing, Phase::Answered, Phase::Talking];
    let mut world = World::new(make);
    let samples: Vec<Sample> = (0..6).map(|number| Sample::with(&[number])).collect();
    let (campaign, _) = world.running("c", &samples);
    let rules = world.rules(campaign, &Rules::default());
    let mut attempts: Vec<_> =
        world.claim(campaign, &rules, NOON, 6).intents.iter().map(|it| it.attempt).collect();
    attempts.sort_unstable();
    let ended = attempts[5];
    world.close(campaign, &rules, vec![AttemptEnd::new(ended, Disposition::Busy, NOON)]);
    let mut marks = vec![ProgressMark { attempt: ended, phase: Phase::Ringing, at: NOON }];
    for (&attempt, &reached) in attempts.iter().zip(&phases) {
        let passed = phases.iter().filter(|&&phase| phase != Phase::Intent && phase <= reached);
        marks.extend(passed.map(|&phase| ProgressMark { attempt, phase, at: NOON + 1 }));
    }
    ask(|reply| world.ledger().mark(marks, reply));
    let world = world.die(NOON + MINUTE_MS);
    let found = world.recover(campaign, &rules, NOON + MINUTE_MS);
    let reached: Vec<_> = found.iter().map(|found| found.phase).collect();
    assert_eq!(reached, phases, "an end does not become a phase again");
    assert!(found.iter().all(|found| !found.cause.is_empty()));
}

pub(super) fn a_deposed_owner_is_refused(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, _) = world.running("c", &[Sample::with(&[1]), Sample::with(&[2])]);
    let rules = world.rules(campaign, &Rules::default());
    let mine = world.claim_one(campaign, &rules, NOON).attempt;
    let deposed = world.epoch;
    let current = ask(|reply| world.ledger().take_over(NOON, reply));
    assert!(current > deposed);
    let refused = |error: LedgerError| {
        let LedgerError::Deposed { ours, .. } = error else { return false };
        ours == deposed.0
    };
    let request = world.request(campaign, &rules, NOON, 1);
    let claim = try_ask(|reply| world.ledger().claim(request, reply));
    assert!(claim.is_err_and(refused), "a claim");
    let dial = Arc::clone(&rules);
    let recover = try_ask(|reply| world.ledger().recover(deposed, campaign, dial, NOON, reply));
    assert!(recover.is_err_and(refused), "a recovery");
    assert_eq!(world.fixture.attempts(campaign).len(), 1);
    // How a call ended is a fact, whoever owns the ledger by now.
    let closed = world.close(
        campaign,
        &rules,
        vec![AttemptEnd::new(mine, Disposition::Completed, NOON + 1)],
    );
    assert!(closed[0].next.is_some());
}

pub(super) fn a_clock_far_behind_is_refused(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, _) = world.running("c", &[Sample::with(&[1])]);
    let rules = world.rules(campaign, &Rules::default());
    let last = NOON + HOUR_MS;
    world.claim_one(campaign, &rules, last);
    let take_over = |now: UnixMillis| try_ask(|reply| world.ledger().take_over(now, reply));
    let refused = take_over(last - MINUTE_MS);
    assert!(
        matches!(refused, Err(LedgerError::ClockBehind { now, last: seen })
            if now == last - MINUTE_MS && seen == last),
        "{refused:?}"
    );
    let first = take_over(last - 100).expect("clocks are corrected by small steps");
    assert_eq!(first.0, world.epoch.0 + 1, "a refusal does not depose anybody");
    assert!(take_over(last - MINUTE_MS).is_err(), "a small step back is not forgotten");
}
