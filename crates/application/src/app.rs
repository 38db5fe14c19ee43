//! A ledger, the regulations, and a tenant: what every use starts from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use outcall_campaign::Regulations;
use outcall_ledger::sqlite::{Reader, Sync};
use outcall_ledger::{LedgerError, SqliteLedger};

use crate::AppError;

/// The application: what a user's requests are asked of.
pub struct App {
    /// Where the ledger is.
    pub folder: PathBuf,
    /// The ledger, open for writing.
    pub ledger: Arc<SqliteLedger>,
    /// The rules of every jurisdiction.
    pub regulations: Arc<Regulations>,
    /// Whose records are meant.
    pub tenant: String,
}

impl App {
    /// Opens the ledger of a folder, making it when there is none.
    ///
    /// # Errors
    /// When the ledger cannot be opened.
    pub fn open(
        folder: &Path,
        sync: Sync,
        regulations: Regulations,
        tenant: &str,
    ) -> Result<Self, AppError> {
        let ledger = Arc::new(SqliteLedger::open(folder, sync)?);
        let regulations = Arc::new(regulations);
        Ok(Self { folder: folder.to_owned(), ledger, regulations, tenant: tenant.to_owned() })
    }

    /// A view of the ledger as it is now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn reader(&self) -> Result<Reader, LedgerError> {
        self.ledger.reader()
    }
}
