//! What can go wrong, with a stable code each.

use std::fmt;

use outcall_campaign::CampaignId;
use outcall_campaign::phone::InvalidPhoneNumber;
use outcall_campaign::regulation::RegulationError;
use outcall_campaign::settings::SettingsProblem;
use outcall_contacts::ImportError;
use outcall_ledger::LedgerError;

/// A failure that a user sees.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A contact list.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A regulation file.
    #[error(transparent)]
    Regulation(#[from] RegulationError),
    /// A campaign file that is not of its form.
    #[error("{file}: {problem}")]
    SettingsForm {
        /// The file.
        file: String,
        /// What is wrong, with line and column.
        problem: String,
    },
    /// A campaign file whose figures cannot be.
    #[error("{file}: {problems}")]
    Settings {
        /// The file.
        file: String,
        /// Every problem with its field.
        problems: Problems,
    },
    /// Something a campaign needs before it can start.
    #[error("campaign {campaign} cannot start: {problem}")]
    NotReady {
        /// Which.
        campaign: CampaignId,
        /// What is missing, and what to do.
        problem: String,
    },
    /// A number on the command line or in a request.
    #[error("'{text}' is {source}")]
    Number {
        /// What was given.
        text: String,
        /// What is wrong with it.
        source: InvalidPhoneNumber,
    },
    /// A file that cannot be read or written.
    #[error("{0}")]
    File(String),
}

/// Several problems, one a line when there is more than one.
#[derive(Debug)]
pub struct Problems(pub Vec<SettingsProblem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => only.fmt(f),
            all => {
                write!(f, "{} problems", all.len())?;
                all.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

impl AppError {
    /// The stable code, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ledger(error) => ledger_code(error),
            Self::Import(ImportError::Sink { .. }) => "list_not_stored",
            Self::Import(_) => "invalid_list",
            Self::Regulation(_) => "invalid_regulation",
            Self::SettingsForm { .. } | Self::Settings { .. } => "invalid_settings",
            Self::NotReady { .. } => "campaign_not_ready",
            Self::Number { .. } => "invalid_number",
            Self::File(_) => "file",
        }
    }
}

fn ledger_code(error: &LedgerError) -> &'static str {
    match error {
        LedgerError::Busy => "ledger_busy",
        LedgerError::Closed => "ledger_closed",
        LedgerError::DiskFull => "disk_full",
        LedgerError::ReadOnly { .. } => "ledger_read_only",
        LedgerError::Newer { .. } => "ledger_newer",
        LedgerError::Damaged { .. } => "ledger_damaged",
        LedgerError::Locked { .. } => "ledger_locked",
        LedgerError::Deposed { .. } => "deposed",
        LedgerError::ClockBehind { .. } => "clock_behind",
        LedgerError::NotFound { .. } => "not_found",
        LedgerError::Exists { .. } => "exists",
        LedgerError::Transition(_) => "illegal_transition",
        LedgerError::Unreadable { .. } => "unreadable_record",
        LedgerError::Storage { .. } => "storage",
    }
}
