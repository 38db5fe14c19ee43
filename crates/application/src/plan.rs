//! From a campaign to what its actor needs, and the recovery that comes before.

use std::sync::Arc;

use outcall_actors::CampaignPlan;
use outcall_campaign::breaker::CircuitBreaker;
use outcall_campaign::gate::DialRules;
use outcall_campaign::settings::CampaignSettings;
use outcall_campaign::{CampaignId, Regulations, UnixMillis};
use outcall_ledger::{Epoch, Ledger, LocaleRecord, UncertainAttempt};

use crate::rules::dial_rules;
use crate::{App, AppError};

/// The wait for a robot after which an answered call counts as abandoned, when no jurisdiction of
/// the campaign says less, in ms.
const ROBOT_WAIT_MS: i64 = 2_000;

/// What a run needs to begin.
pub struct Beginning {
    /// What this process writes under.
    pub epoch: Epoch,
    /// What each campaign's actor needs, in the order asked for.
    pub plans: Vec<CampaignPlan>,
    /// The attempts of earlier processes whose end nobody knows.
    pub uncertain: Vec<UncertainAttempt>,
}

impl App {
    /// Becomes the owner of the ledger, recovers what earlier processes left open, and starts these
    /// campaigns.
    ///
    /// # Errors
    /// When the clock is behind the ledger, a campaign cannot start, or the ledger cannot be
    /// written.
    pub fn begin(&self, campaigns: &[CampaignId], now: UnixMillis) -> Result<Beginning, AppError> {
        let (epoch, uncertain) = self.take_over(now)?;
        let mut plans = Vec::with_capacity(campaigns.len());
        for &campaign in campaigns {
            self.start_campaign(campaign, now)?;
            plans.push(self.plan(campaign)?);
        }
        Ok(Beginning { epoch, plans, uncertain })
    }

    /// What the actor of a campaign needs.
    fn plan(&self, campaign: CampaignId) -> Result<CampaignPlan, AppError> {
        let (record, settings) = self.campaign(campaign)?;
        let locales = self.reader()?.locales(campaign)?;
        let invalid = |problem: String| AppError::NotReady { campaign, problem };
        let pacer = settings.pacing.build().map_err(|error| invalid(error.to_string()))?;
        let breaker =
            CircuitBreaker::new(settings.breaker).map_err(|error| invalid(error.to_string()))?;
        let robot_wait_ms = robot_wait_ms(&self.regulations, &locales);
        let plan = CampaignPlan {
            id: campaign,
            state: record.state,
            pacer,
            breaker,
            caller_ids: settings.caller_ids.clone(),
            priority: settings.priority,
            min_concurrency: settings.min_concurrency,
            max_concurrency: settings.max_concurrency,
            robots: settings.robots,
            ring_ms: i64::from(settings.ring_timeout_s) * 1_000,
            robot_wait_ms,
            talk_ms: i64::from(settings.max_talk_s) * 1_000,
            rule_book: rule_book(settings, Arc::clone(&self.regulations)),
            locales,
        };
        Ok(plan)
    }

    /// Becomes the owner of the ledger and turns what earlier processes left open into uncertain
    /// attempts, in every campaign of every state.
    fn take_over(&self, now: UnixMillis) -> Result<(Epoch, Vec<UncertainAttempt>), AppError> {
        let epoch = wait(|reply| self.ledger.take_over(now, reply))?;
        let mut uncertain = Vec::new();
        for campaign in self.campaigns()? {
            let rules = self.rules_of(campaign.id)?;
            uncertain.extend(wait(|reply| {
                self.ledger.recover(epoch, campaign.id, rules, now, reply);
            })?);
        }
        Ok((epoch, uncertain))
    }

    /// The rules of a campaign as of now.
    ///
    /// # Errors
    /// When there is no such campaign, or its settings are not sound any more.
    pub fn rules_of(&self, campaign: CampaignId) -> Result<Arc<DialRules>, AppError> {
        let (_, settings) = self.campaign(campaign)?;
        let locales = self.reader()?.locales(campaign)?;
        Ok(Arc::new(dial_rules(&settings, &self.regulations, &locales)))
    }
}

fn rule_book(
    settings: CampaignSettings,
    regulations: Arc<Regulations>,
) -> outcall_actors::campaign::plan::RuleBook {
    Arc::new(move |locales| Arc::new(dial_rules(&settings, &regulations, locales)))
}

/// The shortest wait that a jurisdiction of the campaign's contacts allows.
fn robot_wait_ms(regulations: &Regulations, locales: &[LocaleRecord]) -> i64 {
    locales
        .iter()
        .filter_map(|locale| regulations.by_code(&locale.jurisdiction))
        .map(|jurisdiction| i64::from(jurisdiction.abandonment.rule.answer_within_ms))
        .fold(ROBOT_WAIT_MS, i64::min)
}

/// Waits for a reply. Not for actors.
fn wait<T: Send + 'static>(
    request: impl FnOnce(outcall_ledger::Reply<T>),
) -> Result<T, outcall_ledger::LedgerError> {
    let (answer, answered) = std::sync::mpsc::sync_channel(1);
    request(Box::new(move |result| drop(answer.send(result))));
    answered.recv().unwrap_or(Err(outcall_ledger::LedgerError::Closed))
}
