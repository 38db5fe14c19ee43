//! A ledger under test with its owner, and shorthand for what the checks do with them.

use std::fmt::Debug;
use std::sync::Arc;

use crossbeam_channel::bounded;
use outcall_campaign::gate::{DialRules, LocaleRules};
use outcall_campaign::lifecycle::{CampaignCommand, CampaignState};
use outcall_campaign::regulation::Consent;
use outcall_campaign::{
    AttemptCap, AttemptId, Calendar, CallingCalendar, CampaignId, ContactId, Holidays, LocalRange,
    RetryRules, UnixMillis, WeeklyHours, ZoneSet,
};

use super::{Fixture, Make, Sample};
use crate::{
    AttemptEnd, ClaimRequest, Claimed, Closed, Epoch, Intent, Ledger, LedgerError, Reply,
    UncertainAttempt,
};

pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Monday, 2026-03-02, 12:00 UTC: every check begins here.
pub(super) const NOON: UnixMillis = UnixMillis(1_772_452_800_000);

/// How old an intent may be when it is sent.
pub(super) const SEND_WITHIN_MS: i64 = 5_000;

/// Rules for every locale of a campaign.
pub(super) struct Rules {
    pub hours: &'static str,
    pub caps: Vec<AttemptCap>,
    pub consent: Consent,
    pub retry: RetryRules,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            hours: "09:00-17:00",
            caps: Vec::new(),
            consent: Consent::Express,
            retry: RetryRules::default(),
        }
    }
}

impl Rules {
    pub(super) fn capped(max: u32, window: &str) -> Self {
        let window = window.parse().expect("invariant: the checks write windows that parse");
        Self { caps: vec![AttemptCap { max, window }], ..Self::default() }
    }

    fn calendar(&self) -> CallingCalendar {
        let range: LocalRange =
            self.hours.parse().expect("invariant: the checks write hours that parse");
        let hours = WeeklyHours::every_day(&vec![range].into());
        CallingCalendar::new([Calendar { hours, holidays: Holidays::default() }])
    }
}

/// Asks a ledger and waits for its answer.
pub(super) fn try_ask<T: Send + 'static>(ask: impl FnOnce(Reply<T>)) -> Result<T, LedgerError> {
    let (answer, answered) = bounded(1);
    ask(Box::new(move |result| drop(answer.send(result))));
    answered.recv().expect("every request is answered")
}

#[track_caller]
pub(super) fn ask<T: Debug + Send + 'static>(ask: impl FnOnce(Reply<T>)) -> T {
    try_ask(ask).expect("the ledger does what it is asked")
}

/// A ledger and its owner.
pub(super) struct World {
    pub fixture: Box<dyn Fixture>,
    pub epoch: Epoch,
}

impl World {
    pub(super) fn new(make: Make<'_>) -> Self {
        Self::own(make(), NOON)
    }

    fn own(fixture: Box<dyn Fixture>, now: UnixMillis) -> Self {
        let epoch = ask(|reply| fixture.ledger().take_over(now, reply));
        Self { fixture, epoch }
    }

    /// The process dies and another one takes over.
    pub(super) fn die(self, now: UnixMillis) -> Self {
        let before = self.epoch;
        let after = Self::own(self.fixture.reopen(), now);
        assert!(after.epoch > before, "an epoch outlives its process");
        after
    }

    pub(super) fn ledger(&self) -> &dyn Ledger {
        self.fixture.ledger()
    }

    pub(super) fn command(&self, campaign: CampaignId, command: CampaignCommand) -> CampaignState {
        ask(|reply| self.ledger().change_state(campaign, command, NOON, reply))
    }

    /// A running campaign with these contacts.
    pub(super) fn running(
        &mut self,
        name: &str,
        samples: &[Sample],
    ) -> (CampaignId, Vec<ContactId>) {
        let campaign = self.fixture.campaign(name);
        let contacts = self.fixture.contacts(campaign, samples, NOON);
        self.command(campaign, CampaignCommand::Prepare);
        self.command(campaign, CampaignCommand::Start);
        (campaign, contacts)
    }

    pub(super) fn rules(&self, campaign: CampaignId, rules: &Rules) -> Arc<DialRules> {
        let locales = ask(|reply| self.ledger().locales(campaign, reply));
        let calendar = Arc::new(rules.calendar());
        let of_locale = |zones: &str| LocaleRules {
            zones: ZoneSet::parse(zones).expect("a locale's zones read back"),
            calendar: Arc::clone(&calendar),
            caps: rules.caps.clone().into(),
            consent: rules.consent,
        };
        let locales = locales.iter().map(|locale| (locale.id, of_locale(&locale.zones)));
        Arc::new(DialRules { locales: locales.collect(), retry: rules.retry.clone() })
    }

    pub(super) fn request(
        &self,
        campaign: CampaignId,
        rules: &Arc<DialRules>,
        now: UnixMillis,
        want: u32,
    ) -> ClaimRequest {
        let (epoch, rules) = (self.epoch, Arc::clone(rules));
        ClaimRequest { epoch, campaign, rules, now, want, send_within_ms: SEND_WITHIN_MS }
    }

    #[track_caller]
    pub(super) fn claim(
        &self,
        campaign: CampaignId,
        rules: &Arc<DialRules>,
        now: UnixMillis,
        want: u32,
    ) -> Claimed {
        let request = self.request(campaign, rules, now, want);
        let claimed = ask(|reply| self.ledger().claim(request, reply));
        assert!(claimed.intents.len() <= want as usize, "more than wanted: {claimed:?}");
        for intent in &claimed.intents {
            assert_eq!((intent.at, intent.attempt.campaign), (now, campaign));
        }
        claimed
    }

    /// Claims one contact.
    #[track_caller]
    pub(super) fn claim_one(
        &self,
        campaign: CampaignId,
        rules: &Arc<DialRules>,
        now: UnixMillis,
    ) -> Intent {
        let claimed = self.claim(campaign, rules, now, 1);
        *claimed.intents.first().unwrap_or_else(|| panic!("somebody is due: {claimed:?}"))
    }

    #[track_caller]
    pub(super) fn claim_none(
        &self,
        campaign: CampaignId,
        rules: &Arc<DialRules>,
        now: UnixMillis,
    ) -> Claimed {
        let claimed = self.claim(campaign, rules, now, 100);
        assert_eq!(claimed.intents, [], "nobody may be dialled");
        claimed
    }

    #[track_caller]
    pub(super) fn close(
        &self,
        campaign: CampaignId,
        rules: &Arc<DialRules>,
        ends: Vec<AttemptEnd>,
    ) -> Vec<Closed> {
        let attempts: Vec<AttemptId> = ends.iter().map(|end| end.attempt).collect();
        let rules = Arc::clone(rules);
        let closed = ask(|reply| self.ledger().close(campaign, rules, ends, reply));
        let answered: Vec<AttemptId> = closed.iter().map(|closed| closed.attempt).collect();
        assert_eq!(answered, attempts, "each end is answered, in order");
        closed
    }

    #[track_caller]
    pub(super) fn recover(
        &self,
        campaign: CampaignId,
        rules: &Arc<DialRules>,
        now: UnixMillis,
    ) -> Vec<UncertainAttempt> {
        let rules = Arc::clone(rules);
        ask(|reply| self.ledger().recover(self.epoch, campaign, rules, now, reply))
    }
}
