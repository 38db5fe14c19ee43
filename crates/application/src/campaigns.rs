//! Creating, starting, pausing, stopping campaigns.

use outcall_campaign::lifecycle::{CampaignCommand, CampaignState};
use outcall_campaign::settings::CampaignSettings;
use outcall_campaign::{CampaignId, UnixMillis};
use outcall_ledger::CampaignRecord;

use crate::error::Problems;
use crate::{App, AppError};

impl App {
    /// Reads and checks the settings of a campaign. `file` names them in errors.
    ///
    /// # Errors
    /// With every problem and its field.
    pub fn read_settings(&self, file: &str, text: &str) -> Result<CampaignSettings, AppError> {
        let settings: CampaignSettings =
            toml::from_str(text).map_err(|error| AppError::SettingsForm {
                file: file.to_owned(),
                problem: error.to_string().trim_end().to_owned(),
            })?;
        let problems = settings.validate(&self.regulations);
        if problems.is_empty() {
            return Ok(settings);
        }
        Err(AppError::Settings { file: file.to_owned(), problems: Problems(problems) })
    }

    /// Creates a campaign from its settings, in the state draft.
    ///
    /// # Errors
    /// When the settings are not sound, or the tenant has a campaign of that name.
    pub fn create_campaign(
        &self,
        file: &str,
        text: &str,
        now: UnixMillis,
    ) -> Result<CampaignRecord, AppError> {
        let settings = self.read_settings(file, text)?;
        let tenant = self.ledger.tenant(&self.tenant, now)?;
        let id = self.ledger.create_campaign(tenant, &settings.name, text, now)?;
        Ok(self.campaign(id)?.0)
    }

    /// A campaign of this tenant and its settings.
    ///
    /// # Errors
    /// When there is none, or its stored settings cannot be read.
    pub fn campaign(
        &self,
        campaign: CampaignId,
    ) -> Result<(CampaignRecord, CampaignSettings), AppError> {
        let reader = self.reader()?;
        let record = reader.campaign(campaign)?;
        let mine = reader.campaigns(&self.tenant)?.iter().any(|other| other.id == campaign);
        if !mine {
            // Another tenant's campaign does not exist for this one.
            let id = campaign.to_string();
            return Err(outcall_ledger::LedgerError::NotFound { what: "campaign", id }.into());
        }
        let settings = self.read_settings(&format!("campaign {campaign}"), &record.settings)?;
        Ok((record, settings))
    }

    /// Every campaign of the tenant.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn campaigns(&self) -> Result<Vec<CampaignRecord>, AppError> {
        Ok(self.reader()?.campaigns(&self.tenant)?)
    }

    /// Brings a campaign to the state running, through ready when it is a draft.
    ///
    /// # Errors
    /// When it has no contacts, or has ended.
    pub fn start_campaign(
        &self,
        campaign: CampaignId,
        now: UnixMillis,
    ) -> Result<CampaignState, AppError> {
        let (record, _) = self.campaign(campaign)?;
        let mut state = record.state;
        if state == CampaignState::Draft {
            self.check_ready(campaign)?;
            state = self.ledger.command(campaign, CampaignCommand::Prepare, now)?;
        }
        if state == CampaignState::Running {
            return Ok(state);
        }
        if state == CampaignState::Pausing && !self.ledger.is_dialling() {
            // The process that was to finish the pause has ended.
            self.ledger.command(campaign, CampaignCommand::CallsEnded, now)?;
        }
        Ok(self.ledger.command(campaign, CampaignCommand::Start, now)?)
    }

    fn check_ready(&self, campaign: CampaignId) -> Result<(), AppError> {
        let lists = self.reader()?.lists(campaign)?;
        let contacts: u64 = lists.iter().map(|list| list.contacts).sum();
        if contacts == 0 {
            return Err(AppError::NotReady {
                campaign,
                problem: format!(
                    "it has no contacts; import a list with \
                     `outcall contacts import --campaign {campaign} FILE`"
                ),
            });
        }
        Ok(())
    }

    /// Pauses a campaign. While a process dials, calls in progress come to their end first.
    ///
    /// # Errors
    /// When it is not running.
    pub fn pause_campaign(
        &self,
        campaign: CampaignId,
        now: UnixMillis,
    ) -> Result<CampaignState, AppError> {
        self.campaign(campaign)?;
        let state = self.ledger.command(campaign, CampaignCommand::Pause, now)?;
        if self.ledger.is_dialling() {
            return Ok(state);
        }
        Ok(self.ledger.command(campaign, CampaignCommand::CallsEnded, now)?)
    }

    /// Ends a campaign for good.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn stop_campaign(
        &self,
        campaign: CampaignId,
        now: UnixMillis,
    ) -> Result<CampaignState, AppError> {
        self.campaign(campaign)?;
        Ok(self.ledger.command(campaign, CampaignCommand::Stop, now)?)
    }
}
