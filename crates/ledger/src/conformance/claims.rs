//! Who is claimed, when, and in which order.

use std::collections::HashSet;
use std::sync::Arc;

use crossbeam_channel::bounded;
use outcall_campaign::lifecycle::{CampaignCommand, CampaignState};
use outcall_campaign::{CampaignId, ContactId, Disposition, RetryRule, RetryRules, UnixMillis};

use super::world::{HOUR_MS, MINUTE_MS, NOON, Rules, SEND_WITHIN_MS, World, try_ask};
use super::{Make, Sample};
use crate::{AttemptEnd, Claimed, Epoch, Intent, LedgerError, Reply};

fn samples(numbers: std::ops::Range<u16>) -> Vec<Sample> {
    numbers.map(|number| Sample::with(&[number])).collect()
}

/// Rules that let a failed attempt follow another after `delay_s`, time and again.
pub(super) fn again_after(delay_s: u32) -> Rules {
    let rule = RetryRule { max_attempts: 99, delay_s, other_daypart: false, next_number: false };
    let mut retry = RetryRules::default();
    retry.max_attempts = 99;
    let retry = retry.with(Disposition::Failed, rule);
    Rules { retry: retry.expect("invariant: failed can be configured"), ..Rules::default() }
}

pub(super) fn intents_are_unique_and_attempts_count_upwards(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, _) = world.running("c", &samples(0..5));
    let rules = world.rules(campaign, &again_after(60));
    let mut seen = HashSet::new();
    for round in 1..=3 {
        let now = NOON + i64::from(round) * 2 * MINUTE_MS;
        let claimed = world.claim(campaign, &rules, now, 100);
        assert_eq!(claimed.intents.len(), 5, "round {round}: {claimed:?}");
        world.claim_none(campaign, &rules, now);
        for intent in &claimed.intents {
            assert_eq!(intent.attempt.attempt_no, round, "attempts count from 1");
            assert!(seen.insert(intent.attempt), "the same attempt twice");
        }
        let failed = |intent: &Intent| AttemptEnd::new(intent.attempt, Disposition::Failed, now);
        world.close(campaign, &rules, claimed.intents.iter().map(failed).collect());
    }
    let held: HashSet<_> =
        world.fixture.attempts(campaign).iter().map(|facts| facts.attempt).collect();
    assert_eq!(held, seen, "the ledger holds what it handed out");
}

pub(super) fn nothing_is_claimed_unless_the_campaign_runs(make: Make<'_>) {
    let mut world = World::new(make);
    let campaign = world.fixture.campaign("c");
    world.fixture.contacts(campaign, &samples(0..3), NOON);
    let rules = world.rules(campaign, &Rules::default());
    let check = |world: &World, state: CampaignState| {
        let claimed = world.claim(campaign, &rules, NOON, 1);
        assert_eq!(claimed.state, state);
        assert_eq!(claimed.intents.len(), usize::from(state.may_dial()), "{state}");
    };
    check(&world, CampaignState::Draft);
    for command in [
        CampaignCommand::Prepare,
        CampaignCommand::Start,
        CampaignCommand::Pause,
        CampaignCommand::CallsEnded,
        CampaignCommand::Start,
        CampaignCommand::Stop,
    ] {
        let state = world.command(campaign, command);
        check(&world, state);
    }
    assert_eq!(world.fixture.attempts(campaign).len(), 2, "it ran twice");
}

pub(super) fn no_more_is_claimed_than_is_wanted(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, _) = world.running("c", &samples(0..50));
    let rules = world.rules(campaign, &Rules::default());
    let mut seen = HashSet::new();
    for (want, have) in [(0, 0), (3, 3), (30, 30), (30, 17), (30, 0)] {
        let claimed = world.claim(campaign, &rules, NOON, want);
        assert_eq!(claimed.intents.len(), have);
        seen.extend(claimed.intents.iter().map(|intent| intent.attempt.contact));
    }
    assert_eq!(seen.len(), 50, "everybody once");
}

pub(super) fn a_closed_window_claims_nothing_and_says_when_it_opens(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, _) = world.running("c", &samples(0..2));
    let rules = world.rules(campaign, &Rules::default());
    let (closes, opens) = (NOON + 5 * HOUR_MS, NOON + 21 * HOUR_MS);
    for now in [closes, opens - 1] {
        let claimed = world.claim_none(campaign, &rules, now);
        assert_eq!(claimed.next_due, Some(opens));
        assert_eq!(claimed.refused, [], "a window that all share refuses nobody singly");
    }
    assert_eq!(world.claim(campaign, &rules, opens, 100).intents.len(), 2);
    assert_eq!(world.claim_none(campaign, &rules, opens).next_due, None, "nobody is left");
}

pub(super) fn an_intent_is_not_to_be_sent_after_its_window_or_its_age(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, _) = world.running("c", &samples(0..2));
    let rules = world.rules(campaign, &Rules::default());
    let intent = world.claim_one(campaign, &rules, NOON);
    assert_eq!(intent.send_by, NOON + SEND_WITHIN_MS);
    let closes = NOON + 5 * HOUR_MS;
    let intent = world.claim_one(campaign, &rules, closes - 1_000);
    assert_eq!(intent.send_by, closes - 1, "the window is half open");
}

fn order(world: &World, campaign: CampaignId, rules: &Rules, now: UnixMillis) -> Vec<ContactId> {
    let rules = world.rules(campaign, rules);
    let mut order = Vec::new();
    while let [intent] = world.claim(campaign, &rules, now, 1).intents[..] {
        order.push(intent.attempt.contact);
    }
    order
}

pub(super) fn call_backs_come_first_and_then_the_priorities(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, first) = world.running("c", &samples(0..1));
    let rules = Rules::default();
    let dial = world.rules(campaign, &rules);
    let intent = world.claim_one(campaign, &dial, NOON);
    let agreed = NOON + HOUR_MS;
    let call_back = AttemptEnd {
        call_back_at: Some(agreed),
        ..AttemptEnd::new(intent.attempt, Disposition::CallBack, NOON + MINUTE_MS)
    };
    world.close(campaign, &dial, vec![call_back]);
    assert_eq!(world.fixture.contact(first[0]).due, agreed);
    let with = |number, priority| Sample { priority, ..Sample::with(&[number]) };
    let others = world.fixture.contacts(campaign, &[with(1, -5), with(2, 0), with(3, 7)], NOON);
    world.claim(campaign, &dial, agreed - 1, 0);
    let wanted = [first[0], others[2], others[1], others[0]];
    assert_eq!(order(&world, campaign, &rules, agreed), wanted);
}

pub(super) fn a_long_list_does_not_starve_a_short_one(make: Make<'_>) {
    let mut world = World::new(make);
    let rules = again_after(1);
    let (campaign, _) = world.running("c", &samples(0..4));
    let late = world.fixture.contacts(campaign, &samples(10..12), NOON + 1_500);
    let dial = world.rules(campaign, &rules);
    // The first list's contacts fail and are due again within a second, for ever.
    let mut dialled = HashSet::new();
    for second in 0..8 {
        let now = NOON + second * 1_000;
        let claimed = world.claim(campaign, &dial, now, 2);
        dialled.extend(claimed.intents.iter().map(|intent| intent.attempt.contact));
        let failed = |intent: &Intent| AttemptEnd::new(intent.attempt, Disposition::Failed, now);
        world.close(campaign, &dial, claimed.intents.iter().map(failed).collect());
    }
    assert!(late.iter().all(|contact| dialled.contains(contact)), "the second list waits");
}

pub(super) fn replies_come_in_the_order_of_the_requests(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, _) = world.running("c", &samples(0..100));
    let rules = world.rules(campaign, &Rules::default());
    let (answers, answered) = bounded(100);
    for index in 0..50 {
        let (first, second) = (answers.clone(), answers.clone());
        let request = world.request(campaign, &rules, NOON, 1);
        let told = "the check waits for it";
        let reply: Reply<Claimed> =
            Box::new(move |result| first.send((2 * index, result.is_ok())).expect(told));
        world.ledger().claim(request, reply);
        let reply: Reply<()> =
            Box::new(move |result| second.send((2 * index + 1, result.is_ok())).expect(told));
        world.ledger().mark(Vec::new(), reply);
    }
    let got: Vec<_> = answered.iter().take(100).collect();
    assert_eq!(got, (0..100).map(|index| (index, true)).collect::<Vec<_>>());
}

pub(super) fn a_request_that_fails_leaves_nothing(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, contacts) = world.running("c", &samples(0..3));
    let rules = world.rules(campaign, &Rules::default());
    let before: Vec<_> = contacts.iter().map(|&id| world.fixture.contact(id)).collect();
    let mut request = world.request(campaign, &rules, NOON, 10);
    request.epoch = Epoch(world.epoch.0 + 1);
    let refused = try_ask(|reply| world.ledger().claim(request, reply));
    assert!(matches!(refused, Err(LedgerError::Deposed { .. })), "{refused:?}");
    let nowhere = world.request(CampaignId(i64::MAX), &rules, NOON, 10);
    let refused = try_ask(|reply| world.ledger().claim(nowhere, reply));
    assert!(matches!(refused, Err(LedgerError::NotFound { .. })), "{refused:?}");
    let refused = try_ask(|reply| {
        world.ledger().change_state(campaign, CampaignCommand::Prepare, NOON, reply);
    });
    assert!(matches!(refused, Err(LedgerError::Transition(_))), "{refused:?}");
    let after: Vec<_> = contacts.iter().map(|&id| world.fixture.contact(id)).collect();
    assert_eq!(after, before);
    assert_eq!(world.fixture.attempts(campaign), []);
    let claimed = world.claim(campaign, &Arc::clone(&rules), NOON, 10);
    assert_eq!(claimed.state, CampaignState::Running);
    assert_eq!(claimed.intents.len(), 3, "what failed does not stand in the way");
}
