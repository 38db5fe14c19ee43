//! Who is refused, by which rule, and until when.

use outcall_campaign::gate::Rule;
use outcall_campaign::regulation::Consent;
use outcall_campaign::{ContactId, UnixMillis};

use super::world::{HOUR_MS, MINUTE_MS, NOON, Rules, World};
use super::{Make, RefusalFacts, Sample, sample_number};
use crate::Claimed;
use crate::sqlite::ContactState;

/// The claim refused one contact, said so, and wrote it down.
#[track_caller]
fn assert_refused(
    world: &World,
    claimed: &Claimed,
    contact: ContactId,
    rule: Rule,
    at: UnixMillis,
    retry_at: Option<UnixMillis>,
) {
    assert_eq!(claimed.refused, [(rule, 1)]);
    let wanted = RefusalFacts { contact, rule, at, retry_at };
    assert_eq!(world.fixture.refusals(contact), [wanted]);
    assert_eq!(world.fixture.contact(contact).hold.as_deref(), Some(rule.code()));
}

pub(super) fn a_number_suppressed_for_the_tenant_is_refused_everywhere(make: Make<'_>) {
    let mut world = World::new(make);
    let (one, of_one) = world.running("one", &[Sample::with(&[1])]);
    let (two, of_two) = world.running("two", &[Sample::with(&[1])]);
    world.fixture.suppress(None, sample_number(1));
    for (campaign, contact) in [(one, of_one[0]), (two, of_two[0])] {
        let rules = world.rules(campaign, &Rules::default());
        let claimed = world.claim_none(campaign, &rules, NOON);
        assert_refused(&world, &claimed, contact, Rule::Suppressed, NOON, None);
        let facts = world.fixture.contact(contact);
        assert_eq!(facts.state, ContactState::Finished);
        assert_eq!(facts.finish.as_deref(), Some("suppressed"));
        assert_eq!(claimed.next_due, None);
    }
}

pub(super) fn a_number_suppressed_for_a_campaign_is_refused_there_only(make: Make<'_>) {
    let mut world = World::new(make);
    let (one, of_one) = world.running("one", &[Sample::with(&[1])]);
    let (two, of_two) = world.running("two", &[Sample::with(&[1])]);
    world.fixture.suppress(Some(one), sample_number(1));
    let rules = world.rules(one, &Rules::default());
    let claimed = world.claim_none(one, &rules, NOON);
    assert_refused(&world, &claimed, of_one[0], Rule::Suppressed, NOON, None);
    let rules = world.rules(two, &Rules::default());
    assert_eq!(world.claim_one(two, &rules, NOON).attempt.contact, of_two[0]);
}

pub(super) fn the_next_number_is_dialled_when_the_first_is_suppressed(make: Make<'_>) {
    let mut world = World::new(make);
    let (campaign, contacts) = world.running("c", &[Sample::with(&[1, 2, 3])]);
    world.fixture.suppress(None, sample_number(1));
    world.fixture.suppress(Some(campaign), sample_number(2));
    let rules = world.rules(campaign, &Rules::default());
    let intent = world.claim_one(campaign, &rules, NOON);
    assert_eq!(intent.number, sample_number(3));
    assert_eq!(world.fixture.contact(contacts[0]).number_index, 2);
    assert_eq!(world.fixture.attempts(campaign)[0].number, sample_number(3));
}

pub(super) fn too_little_consent_holds_a_contact(make: Make<'_>) {
    let mut world = World::new(make);
    let unwilling = Sample { consent: Consent::ExistingRelationship, ..Sample::with(&[1]) };
    let (campaign, contacts) = world.running("c", &[unwilling]);
    let rules = world.rules(campaign, &Rules::default());
    let claimed = world.claim_none(campaign, &rules, NOON);
    assert_refused(&world, &claimed, contacts[0], Rule::Consent, NOON, None);
    assert_eq!(world.fixture.contact(contacts[0]).state, ContactState::Held);
    assert_eq!(world.claim_none(campaign, &rules, NOON + HOUR_MS).refused, [], "asked once");
}

pub(super) fn caps_count_across_campaigns(make: Make<'_>) {
    let mut world = World::new(make);
    let (one, _) = world.running("one", &[Sample::with(&[1])]);
    let (two, of_two) = world.running("two", &[Sample::with(&[2, 1]), Sample::with(&[3])]);
    let rules = world.rules(one, &Rules::default());
    world.claim_one(one, &rules, NOON);
    world.fixture.suppress(None, sample_number(2));
    let rules = world.rules(two, &Rules::capped(1, "3h"));
    let (now, frees_at) = (NOON + MINUTE_MS, NOON + 3 * HOUR_MS);
    // The call to this number is in progress, and counts.
    let claimed = world.claim(two, &rules, now, 100);
    let dialled: Vec<_> = claimed.intents.iter().map(|intent| intent.number).collect();
    assert_eq!(dialled, [sample_number(3)]);
    assert_refused(&world, &claimed, of_two[0], Rule::AttemptCap, now, Some(frees_at));
    assert_eq!(world.fixture.contact(of_two[0]).state, ContactState::Pending);
    assert_eq!(world.fixture.contact(of_two[0]).due, frees_at);
    assert_eq!(world.claim_none(two, &rules, frees_at - 1).next_due, Some(frees_at));
    assert_eq!(world.claim_one(two, &rules, frees_at).number, sample_number(1));
}

pub(super) fn caps_count_a_person_by_the_users_own_identity(make: Make<'_>) {
    let mut world = World::new(make);
    let person =
        |number, id: &str| Sample { external_id: Some(id.to_owned()), ..Sample::with(&[number]) };
    let (one, _) = world.running("one", &[person(1, "ada")]);
    let (two, of_two) = world.running("two", &[person(2, "ada"), person(3, "grace")]);
    let rules = world.rules(one, &Rules::default());
    world.claim_one(one, &rules, NOON);
    let rules = world.rules(two, &Rules::capped(1, "24h"));
    let claimed = world.claim(two, &rules, NOON, 100);
    let dialled: Vec<_> = claimed.intents.iter().map(|intent| intent.attempt.contact).collect();
    assert_eq!(dialled, [of_two[1]], "another number of the same person");
    let frees_at = Some(NOON + 24 * HOUR_MS);
    assert_refused(&world, &claimed, of_two[0], Rule::AttemptCap, NOON, frees_at);
}
