//! What has happened in a campaign.

use outcall_campaign::{CampaignId, UnixMillis};
use outcall_ledger::sqlite::report::{CampaignFigures, UncertainView};
use serde::Serialize;

use crate::{App, AppError};

/// How many uncertain attempts a report lists.
const UNCERTAIN_AT_MOST: u32 = 100;

/// The report of a campaign.
#[derive(Clone, Debug, Serialize)]
pub struct CampaignReport {
    /// Its name in the ledger.
    pub id: CampaignId,
    /// What it is called.
    pub name: String,
    /// Where it stands.
    pub state: String,
    /// How many contacts its lists brought.
    pub imported: u64,
    /// The figures.
    #[serde(flatten)]
    pub figures: CampaignFigures,
    /// Of all ended attempts that reached the network: how many were answered, in percent.
    pub answered_percent: Option<f64>,
    /// Of the calls that a person answered: how many found no robot in time, in percent.
    pub abandoned_percent: Option<f64>,
    /// Attempts whose end nobody knows: the first hundred.
    pub uncertain: Vec<UncertainView>,
}

fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 1_000.0).round() / 10.0)
}

impl App {
    /// The report of a campaign.
    ///
    /// # Errors
    /// When there is no such campaign.
    pub fn report(&self, campaign: CampaignId) -> Result<CampaignReport, AppError> {
        let (record, _) = self.campaign(campaign)?;
        let reader = self.reader()?;
        let figures = reader.figures(campaign)?;
        let count = |test: fn(outcall_campaign::Disposition) -> bool| -> u64 {
            let matching = figures.attempts.iter().filter(|(disposition, _)| test(*disposition));
            matching.map(|(_, count)| count).sum()
        };
        let answered = count(outcall_campaign::Disposition::was_answered);
        let by_person = count(outcall_campaign::Disposition::was_answered_by_person);
        let abandoned =
            count(|disposition| disposition == outcall_campaign::Disposition::Abandoned);
        let placed = count(|disposition| disposition != outcall_campaign::Disposition::NotSent);
        let lists = reader.lists(campaign)?;
        let ready = lists.iter().filter(|list| list.state == "ready");
        Ok(CampaignReport {
            id: campaign,
            name: record.name,
            state: record.state.code().to_owned(),
            imported: ready.map(|list| list.contacts).sum(),
            answered_percent: percent(answered, placed),
            abandoned_percent: percent(abandoned, by_person),
            uncertain: reader.uncertain(campaign, UNCERTAIN_AT_MOST)?,
            figures,
        })
    }

    /// When a campaign's engine last said something, and what.
    ///
    /// # Errors
    /// When there is no such campaign.
    pub fn last_status(
        &self,
        campaign: CampaignId,
    ) -> Result<Option<(serde_json::Value, UnixMillis)>, AppError> {
        let status = self.reader()?.status(campaign)?;
        Ok(status.and_then(|(text, at)| Some((serde_json::from_str(&text).ok()?, at))))
    }
}
