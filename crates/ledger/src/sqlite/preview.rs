//! A dry run: what an import would do, without writing anything to the ledger.

use outcall_campaign::{CampaignId, PhoneNumber};
use rusqlite::{Connection, OptionalExtension, params};

use super::Reader;
use super::lists::{self, AddVerdict, Target};
use crate::LedgerError;

/// Gives the verdicts that [`super::SqliteLedger::add_contacts`] would give. What the file itself
/// has brought so far is kept in a private database on disk, which goes with this value, so that a
/// list of any length needs little memory.
pub struct ImportPreview {
    reader: Reader,
    target: Target,
    seen: Connection,
}

impl ImportPreview {
    /// A preview of an import into a campaign.
    ///
    /// # Errors
    /// When there is no such campaign, or no temporary file can be made.
    pub fn new(reader: Reader, campaign: CampaignId) -> Result<Self, LedgerError> {
        let tenant = reader.campaign(campaign)?.tenant;
        let target = Target { tenant, campaign, list: outcall_campaign::ListId(0) };
        // An empty name is a temporary file that SQLite deletes when it is closed.
        let seen = Connection::open("")?;
        seen.execute_batch(
            "PRAGMA synchronous = off; PRAGMA journal_mode = off; PRAGMA cache_size = -32768;
             CREATE TABLE seen (number INTEGER PRIMARY KEY, line INTEGER NOT NULL) STRICT;
             BEGIN",
        )?;
        Ok(Self { reader, target, seen })
    }

    /// The verdict on the next contact of the file.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn add(&mut self, line: u64, numbers: &[PhoneNumber]) -> Result<AddVerdict, LedgerError> {
        let verdict = lists::preview(&self.reader.connection, self.target, numbers)?;
        // What belongs to another list stays with it, even when a row of this file names it too.
        if verdict != AddVerdict::Added {
            return Ok(verdict);
        }
        let mut digits = numbers.iter().map(|number| number.digits().cast_signed());
        let Some(first) = digits.next() else { return Ok(verdict) };
        let before = self
            .seen
            .prepare_cached("SELECT line FROM seen WHERE number = ?1")?
            .query_row([first], |row| row.get(0))
            .optional()?;
        if let Some(first_line) = before {
            return Ok(AddVerdict::DuplicateInList { first_line });
        }
        let mut insert = self.seen.prepare_cached(
            "INSERT INTO seen (number, line) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?;
        for number in std::iter::once(first).chain(digits) {
            insert.execute(params![number, line])?;
        }
        Ok(verdict)
    }
}
