//! The `Ledger` seam: what the engine needs of durable truth to dial.
//!
//! A second implementation (a replicated log) has to pass [`crate::conformance`]. The protocol is
//! written down in `docs/protocols/intent-log.md`.

use std::sync::Arc;

use outcall_campaign::attempt::Phase;
use outcall_campaign::gate::{DialRules, LocaleId, Rule};
use outcall_campaign::lifecycle::{CampaignCommand, CampaignState};
use outcall_campaign::retry::NextStep;
use outcall_campaign::{AttemptId, CampaignId, Disposition, PhoneNumber, TenantId, UnixMillis};

pub use crate::writer::Reply;

/// Which owner wrote something. Each owner that takes over a ledger has a higher epoch than the one
/// before; what a deposed owner asks for is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub i64);

/// A request for contacts to dial now.
#[derive(Clone, Debug)]
pub struct ClaimRequest {
    /// Who asks.
    pub epoch: Epoch,
    /// For which campaign.
    pub campaign: CampaignId,
    /// The rules that the gate applies.
    pub rules: Arc<DialRules>,
    /// The instant of the decision.
    pub now: UnixMillis,
    /// How many contacts at most.
    pub want: u32,
    /// How long an intent may wait before it is sent, in ms.
    pub send_within_ms: i64,
}

/// A durable permission to place one call, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Whose.
    pub attempt: AttemptId,
    /// The number to dial.
    pub number: PhoneNumber,
    /// When the intent was written.
    pub at: UnixMillis,
    /// The call must be sent by then: the intent is stale, or the window closed, afterwards.
    pub send_by: UnixMillis,
}

/// The answer to a claim.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The campaign's state in the ledger. Nothing is claimed unless it is running.
    pub state: CampaignState,
    /// The permissions, durable by now.
    pub intents: Vec<Intent>,
    /// How many due contacts the gate refused, by rule.
    pub refused: Vec<(Rule, u32)>,
    /// When the next contact can be due, windows considered; `None` when none is pending at all.
    pub next_due: Option<UnixMillis>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptEnd {
    /// Which.
    pub attempt: AttemptId,
    /// How.
    pub disposition: Disposition,
    /// The number that was presented.
    pub caller_id: Option<PhoneNumber>,
    /// When the call was handed to the carrier.
    pub invited_at: Option<UnixMillis>,
    /// When it first rang.
    pub ringing_at: Option<UnixMillis>,
    /// When it was answered.
    pub answered_at: Option<UnixMillis>,
    /// When it was over.
    pub ended_at: UnixMillis,
    /// The agreed instant of a call-back.
    pub call_back_at: Option<UnixMillis>,
    /// The carrier's wish after congestion, in ms.
    pub retry_after_ms: Option<u64>,
    /// Anything an operator should know, without personal data.
    pub detail: Option<String>,
}

impl AttemptEnd {
    /// An end of which nothing else is known.
    pub fn new(attempt: AttemptId, disposition: Disposition, ended_at: UnixMillis) -> Self {
        Self {
            attempt,
            disposition,
            caller_id: None,
            invited_at: None,
            ringing_at: None,
            answered_at: None,
            ended_at,
            call_back_at: None,
            retry_after_ms: None,
            detail: None,
        }
    }
}

/// How far an attempt has come: written while it runs, so that recovery can say how far it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgressMark {
    /// Which.
    pub attempt: AttemptId,
    /// How far.
    pub phase: Phase,
    /// Since when.
    pub at: UnixMillis,
}

/// What follows from an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Whose end.
    pub attempt: AttemptId,
    /// What becomes of the contact; `None` when the attempt had already ended, or is unknown.
    pub next: Option<NextStep>,
}

/// An attempt whose end nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UncertainAttempt {
    /// Which.
    pub attempt: AttemptId,
    /// The last phase that is on disk.
    pub phase: Phase,
    /// What that means, in words.
    pub cause: String,
}

/// A campaign as the engine starts it.
#[derive(Clone, Debug)]
pub struct CampaignRecord {
    /// Its name in the ledger.
    pub id: CampaignId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What people call it. Unique for its tenant.
    pub name: String,
    /// Where it stands.
    pub state: CampaignState,
    /// Its settings, TOML.
    pub settings: String,
}

/// A calling locale of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocaleRecord {
    /// Its name in the ledger.
    pub id: LocaleId,
    /// The jurisdiction's code; empty when none is known for the contact's country.
    pub jurisdiction: String,
    /// The time zones that all count, joined by `|`.
    pub zones: String,
}

/// Durable truth. Every method returns at once; the reply comes when the work is durable, or has
/// failed. Replies come in the order of the requests.
pub trait Ledger: Send + Sync {
    /// Becomes the owner. From now on requests of earlier owners are refused.
    ///
    /// Refused with [`crate::LedgerError::ClockBehind`] when `now` is before what the ledger has
    /// seen.
    fn take_over(&self, now: UnixMillis, reply: Reply<Epoch>);

    /// A campaign.
    fn campaign(&self, campaign: CampaignId, reply: Reply<CampaignRecord>);

    /// The calling locales of a campaign's contacts.
    fn locales(&self, campaign: CampaignId, reply: Reply<Vec<LocaleRecord>>);

    /// Notes what the dialling process says of a campaign, JSON, for people who ask meanwhile.
    fn note_status(&self, campaign: CampaignId, status: String, now: UnixMillis, reply: Reply<()>);

    /// Moves a campaign to another state.
    fn change_state(
        &self,
        campaign: CampaignId,
        command: CampaignCommand,
        now: UnixMillis,
        reply: Reply<CampaignState>,
    );

    /// Turns every intent without an end, of owners before `epoch`, into an `uncertain` attempt.
    fn recover(
        &self,
        epoch: Epoch,
        campaign: CampaignId,
        rules: Arc<DialRules>,
        now: UnixMillis,
        reply: Reply<Vec<UncertainAttempt>>,
    );

    /// Chooses contacts that are due, asks the gate, and writes intents, all in one step.
    fn claim(&self, request: ClaimRequest, reply: Reply<Claimed>);

    /// Notes how far attempts have come. The reply may come before it would survive a power
    /// failure.
    fn mark(&self, marks: Vec<ProgressMark>, reply: Reply<()>);

    /// Writes ends and what follows from them. An end that is already there stays as it is.
    fn close(
        &self,
        campaign: CampaignId,
        rules: Arc<DialRules>,
        ends: Vec<AttemptEnd>,
        reply: Reply<Vec<Closed>>,
    );
}
