//! What a campaign is told at its start.

use std::sync::Arc;

use outcall_campaign::CampaignId;
use outcall_campaign::breaker::CircuitBreaker;
use outcall_campaign::caller_id::CallerIdPool;
use outcall_campaign::gate::DialRules;
use outcall_campaign::lifecycle::CampaignState;
use outcall_campaign::pacing::Pacer;
use outcall_ledger::LocaleRecord;

/// Makes the rules for the locales that a campaign has contacts in. Called again when a list brings
/// a new one.
pub type RuleBook = Arc<dyn Fn(&[LocaleRecord]) -> Arc<DialRules> + Send + Sync>;

/// Everything the campaign actor needs to know.
pub struct CampaignPlan {
    /// Which campaign.
    pub id: CampaignId,
    /// Its state in the ledger.
    pub state: CampaignState,
    /// Makes its rules.
    pub rule_book: RuleBook,
    /// The locales known now.
    pub locales: Vec<LocaleRecord>,
    /// How many calls are wanted at each moment.
    pub pacer: Box<dyn Pacer>,
    /// Stops the dialling on a spike of failures.
    pub breaker: CircuitBreaker,
    /// The numbers to present.
    pub caller_ids: CallerIdPool,
    /// The higher comes first when campaigns compete.
    pub priority: u8,
    /// How many calls it is guaranteed when campaigns compete.
    pub min_concurrency: u32,
    /// How many calls it may have at once.
    pub max_concurrency: u32,
    /// How many conversations it may have at once.
    pub robots: u32,
    /// How long a call may ring, in ms.
    pub ring_ms: i64,
    /// How long an answered call may wait for a robot, in ms.
    pub robot_wait_ms: i64,
    /// How long a conversation may last, in ms.
    pub talk_ms: i64,
}
