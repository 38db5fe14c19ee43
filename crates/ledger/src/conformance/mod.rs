//! What every ledger has to do, as checks that any implementation can run.
//!
//! An implementation gives a [`Fixture`] and calls [`run`] from a test. The checks say what
//! `docs/protocols/intent-log.md` says, and nothing about how truth is stored. They look at the
//! ledger through its trait, and through the fixture at what it has written down.
//!
//! - `world`: a ledger, its owner, and shorthand for what the checks do with them.
//! - `claims`: who is claimed, when, in which order. `gate`: who is refused, and why.
//! - `ends`: what follows an end. `recovery`: what follows a death.

mod claims;
mod ends;
mod gate;
mod recovery;
mod world;

use outcall_campaign::gate::Rule;
use outcall_campaign::regulation::Consent;
use outcall_campaign::{AttemptId, CampaignId, ContactId, Disposition, PhoneNumber, UnixMillis};

use crate::Ledger;
use crate::sqlite::ContactState;

/// A ledger under test, and the ways into it that the engine has no need of.
pub trait Fixture {
    /// The ledger.
    fn ledger(&self) -> &dyn Ledger;

    /// A new campaign in the state draft. All campaigns of a fixture belong to one tenant.
    fn campaign(&mut self, name: &str) -> CampaignId;

    /// Adds a list of contacts to a campaign, due from `now` on and visible when this returns.
    fn contacts(
        &mut self,
        campaign: CampaignId,
        samples: &[Sample],
        now: UnixMillis,
    ) -> Vec<ContactId>;

    /// Suppresses a number for one campaign, or for the whole tenant.
    fn suppress(&mut self, campaign: Option<CampaignId>, number: PhoneNumber);

    /// What the ledger holds of a contact.
    fn contact(&self, contact: ContactId) -> ContactFacts;

    /// What the ledger holds of a campaign's attempts, by contact and attempt number.
    fn attempts(&self, campaign: CampaignId) -> Vec<AttemptFacts>;

    /// What the gate refused a contact, in the order of time.
    fn refusals(&self, contact: ContactId) -> Vec<RefusalFacts>;

    /// The process dies, without any warning, and another one opens the same ledger.
    fn reopen(self: Box<Self>) -> Box<dyn Fixture>;
}

/// A contact to be put into a ledger under test.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Its numbers in dial order.
    pub numbers: Vec<PhoneNumber>,
    /// Its time zones, joined by `|`.
    pub zones: &'static str,
    /// What it has agreed to.
    pub consent: Consent,
    /// Positive is dialled before others, negative after them.
    pub priority: i32,
    /// Its identity in the user's own system.
    pub external_id: Option<String>,
}

impl Sample {
    /// A contact in UTC with the numbers `+1 202 555 NNNN`.
    pub fn with(numbers: &[u16]) -> Self {
        Self {
            numbers: numbers.iter().map(|&number| sample_number(number)).collect(),
            zones: "Etc/UTC",
            consent: Consent::Express,
            priority: 0,
            external_id: None,
        }
    }
}

/// The number `+1 202 555 NNNN`.
pub fn sample_number(last_four: u16) -> PhoneNumber {
    PhoneNumber::from_digits(12_025_550_000 + u64::from(last_four % 10_000))
        .expect("invariant: eleven digits are a number")
}

/// What a ledger holds of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactFacts {
    /// Where it stands.
    pub state: ContactState,
    /// How often it was claimed.
    pub attempts: u16,
    /// When it is due; means something while it is pending.
    pub due: UnixMillis,
    /// Which of its numbers is next, from 0.
    pub number_index: usize,
    /// The rule that held it back last.
    pub hold: Option<String>,
    /// Why it is finished.
    pub finish: Option<String>,
    /// How its last attempt ended.
    pub last_disposition: Option<Disposition>,
}

/// What a ledger holds of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptFacts {
    /// Which.
    pub attempt: AttemptId,
    /// The number that it was to dial.
    pub number: PhoneNumber,
    /// When its intent was written.
    pub intent: UnixMillis,
    /// How it ended, if it did.
    pub disposition: Option<Disposition>,
}

/// What a ledger holds of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalFacts {
    /// Who was refused.
    pub contact: ContactId,
    /// By which rule.
    pub rule: Rule,
    /// When.
    pub at: UnixMillis,
    /// When to ask again, if time alone can change it.
    pub retry_at: Option<UnixMillis>,
}

/// Makes an empty ledger, a new one each time.
pub type Make<'a> = &'a mut dyn FnMut() -> Box<dyn Fixture>;

/// A check: its name as a sentence, and what it does.
#[derive(Clone, Copy)]
pub struct Check {
    /// For example `an_end_is_written_once`.
    pub name: &'static str,
    /// Panics when the ledger fails it.
    pub run: fn(Make<'_>),
}

macro_rules! checks {
    ($($module:ident::$name:ident,)*) => {
        /// Every check.
        pub const CHECKS: &[Check] =
            &[$(Check { name: stringify!($name), run: $module::$name },)*];
    };
}

checks! {
    claims::intents_are_unique_and_attempts_count_upwards,
    claims::nothing_is_claimed_unless_the_campaign_runs,
    claims::no_more_is_claimed_than_is_wanted,
    claims::a_closed_window_claims_nothing_and_says_when_it_opens,
    claims::an_intent_is_not_to_be_sent_after_its_window_or_its_age,
    claims::call_backs_come_first_and_then_the_priorities,
    claims::a_long_list_does_not_starve_a_short_one,
    claims::replies_come_in_the_order_of_the_requests,
    claims::a_request_that_fails_leaves_nothing,
    gate::a_number_suppressed_for_the_tenant_is_refused_everywhere,
    gate::a_number_suppressed_for_a_campaign_is_refused_there_only,
    gate::the_next_number_is_dialled_when_the_first_is_suppressed,
    gate::too_little_consent_holds_a_contact,
    gate::caps_count_across_campaigns,
    gate::caps_count_a_person_by_the_users_own_identity,
    ends::an_end_is_written_once,
    ends::ends_outlive_the_process,
    ends::what_did_not_ring_frees_the_cap_and_what_may_have_does_not,
    ends::an_opt_out_holds_for_every_campaign,
    ends::a_retry_has_its_instant_and_its_number,
    ends::an_attempt_may_follow_in_the_same_millisecond,
    recovery::an_open_intent_becomes_uncertain_once,
    recovery::an_uncertain_attempt_counts_and_waits_for_the_next_window,
    recovery::recovery_says_how_far_an_attempt_was,
    recovery::a_deposed_owner_is_refused,
    recovery::a_clock_far_behind_is_refused,
}

/// Runs every check, each on a ledger of its own.
///
/// # Panics
/// When the ledger fails a check.
pub fn run(make: Make<'_>) {
    for check in CHECKS {
        tracing::info!(check = check.name, "conformance");
        (check.run)(make);
    }
}
