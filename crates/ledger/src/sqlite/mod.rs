//! The embedded ledger: one SQLite database, one writer thread, readers beside it.
//!
//! - [`connection`]: opening, migrations, the lock of the dialling process.
//! - `owner`, `claim`, `close`, `recover`: the dial protocol.
//! - `campaigns`, [`lists`], [`suppression`]: what the protocol works on.
//! - [`attempts`]: single calls, for whoever reads them.
//! - [`callee`]: what a robot has to know of whom it calls. [`inbound`]: calls that came in.
//! - [`report`], [`backup`]: what people ask for.
//! - `history`: what attempt caps count.
//! - `cells`: what the writer remembers between claims. `values`: how values are stored.

pub mod attempts;
pub mod backup;
pub mod callee;
mod campaigns;
pub(crate) mod cells;
mod claim;
mod close;
pub mod connection;
mod history;
pub mod inbound;
pub mod lists;
mod owner;
pub mod preview;
mod recover;
pub mod report;
pub mod suppression;
mod values;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use outcall_campaign::gate::DialRules;
use outcall_campaign::lifecycle::{CampaignCommand, CampaignState};
use outcall_campaign::{
    AttemptId, CampaignId, ContactId, ListId, PhoneNumber, TenantId, UnixMillis,
};
use rusqlite::Connection;

use self::connection::{EngineLock, Paths, open_reader, open_writer};
use self::inbound::InboundRecord;
use self::lists::{AddVerdict, ListRecord, NewContact};
use self::suppression::Suppression;
pub use self::values::ContactState;
use crate::LedgerError;
use crate::seam::{
    AttemptEnd, CampaignRecord, ClaimRequest, Claimed, Closed, Epoch, Ledger, LocaleRecord,
    ProgressMark, Reply, UncertainAttempt,
};
use crate::writer::{Durability, Work, Writer};

/// How many contacts of a broken import are cleared away in one step.
const CLEAR_AT_ONCE: u32 = 1_000;

/// How a ledger is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// A commit is on the disk when it is answered.
    Full,
    /// Nothing waits for the disk: for simulations, whose ledger nobody keeps.
    Off,
}

/// The embedded ledger.
pub struct SqliteLedger {
    paths: Paths,
    writer: Writer,
}

impl SqliteLedger {
    /// Opens the ledger in a folder, making it when there is none.
    ///
    /// # Errors
    /// When it cannot be written, is damaged, or was written by a newer program.
    pub fn open(folder: &Path, sync: Sync) -> Result<Self, LedgerError> {
        let paths = Paths::in_folder(folder);
        let writer = Writer::start(open_writer(&paths)?, sync == Sync::Full)?;
        Ok(Self { paths, writer })
    }

    /// The right to dial from this ledger.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] when another process has it.
    pub fn lock_for_dialling(&self) -> Result<EngineLock, LedgerError> {
        EngineLock::take(&self.paths)
    }

    /// Whether some process dials from this ledger now.
    pub fn is_dialling(&self) -> bool {
        EngineLock::is_taken(&self.paths)
    }

    /// A connection for reading. It sees what was committed before each of its queries.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub fn reader(&self) -> Result<Reader, LedgerError> {
        Reader::open_at(&self.paths)
    }

    fn durable<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Work<'_>) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.writer.call(Durability::Power, run)
    }

    /// The tenant with this name, made when there is none.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn tenant(&self, name: &str, now: UnixMillis) -> Result<TenantId, LedgerError> {
        let name = name.to_owned();
        self.durable(move |work| campaigns::tenant(work.connection, &name, now))
    }

    /// A new campaign, in the state draft.
    ///
    /// # Errors
    /// When the tenant has one of that name, or the ledger cannot be written.
    pub fn create_campaign(
        &self,
        tenant: TenantId,
        name: &str,
        settings: &str,
        now: UnixMillis,
    ) -> Result<CampaignId, LedgerError> {
        let (name, settings) = (name.to_owned(), settings.to_owned());
        self.durable(move |work| campaigns::create(work.connection, tenant, &name, &settings, now))
    }

    /// Moves a campaign to another state, waiting for it.
    ///
    /// # Errors
    /// When its lifecycle does not allow it, or the ledger cannot be written.
    pub fn command(
        &self,
        campaign: CampaignId,
        command: CampaignCommand,
        now: UnixMillis,
    ) -> Result<CampaignState, LedgerError> {
        self.durable(move |work| campaigns::change_state(work.connection, campaign, command, now))
    }

    /// Begins an import. What an earlier one left unfinished in this campaign is cleared away.
    ///
    /// # Errors
    /// When there is no such campaign, or the ledger cannot be written.
    pub fn begin_list(
        &self,
        campaign: CampaignId,
        file_name: &str,
        sha256: &str,
        now: UnixMillis,
    ) -> Result<ListId, LedgerError> {
        let unfinished = self.durable(move |work| lists::unfinished(work.connection, campaign))?;
        for list in unfinished {
            self.abort_list(list)?;
        }
        let (file_name, sha256) = (file_name.to_owned(), sha256.to_owned());
        self.durable(move |work| lists::begin(work.connection, campaign, &file_name, &sha256, now))
    }

    /// Adds contacts to a list that is being imported. They are invisible until it is finished, so
    /// that this need not wait for the disk; the finish does.
    ///
    /// # Errors
    /// When the list is not being imported, or the ledger cannot be written.
    pub fn add_contacts(
        &self,
        list: ListId,
        contacts: Vec<NewContact>,
    ) -> Result<Vec<AddVerdict>, LedgerError> {
        self.writer.call(Durability::Process, move |work| {
            let target = lists::target(work.connection, list)?;
            lists::add(work, target, &contacts)
        })
    }

    /// Makes a list visible to the dialler, whole and at once.
    ///
    /// # Errors
    /// When the list is not being imported, or the ledger cannot be written.
    pub fn finish_list(
        &self,
        list: ListId,
        contacts: u64,
        report: &str,
    ) -> Result<(), LedgerError> {
        let report = report.to_owned();
        self.durable(move |work| {
            let target = lists::target(work.connection, list)?;
            lists::finish(work, target, contacts, &report)
        })
    }

    /// Takes an unfinished list away, in small steps, so that dialling goes on meanwhile.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn abort_list(&self, list: ListId) -> Result<(), LedgerError> {
        loop {
            let done = self.writer.call(Durability::Process, move |work| {
                lists::clear_some(work.connection, list, CLEAR_AT_ONCE)
            })?;
            if done {
                return Ok(());
            }
        }
    }

    /// Suppresses numbers; says how many were not suppressed before.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn suppress(
        &self,
        tenant: TenantId,
        campaign: Option<CampaignId>,
        numbers: Vec<PhoneNumber>,
        reason: &str,
        now: UnixMillis,
    ) -> Result<u64, LedgerError> {
        let reason = reason.to_owned();
        self.durable(move |work| {
            let mut added = 0;
            for number in numbers {
                added += u64::from(suppression::add(
                    work.connection,
                    tenant,
                    number,
                    campaign,
                    &reason,
                    now,
                )?);
            }
            Ok(added)
        })
    }

    /// Lifts suppressions; says how many there were.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn lift_suppression(
        &self,
        tenant: TenantId,
        campaign: Option<CampaignId>,
        numbers: Vec<PhoneNumber>,
    ) -> Result<u64, LedgerError> {
        self.durable(move |work| {
            let mut removed = 0;
            for number in numbers {
                let was = suppression::remove(work.connection, tenant, number, campaign)?;
                removed += u64::from(was);
            }
            Ok(removed)
        })
    }

    /// Writes down a call that came in, when the writer finds the time. Returns at once.
    pub fn note_inbound(&self, tenant: String, record: InboundRecord, reply: Reply<()>) {
        let run = move |work: &mut Work<'_>| inbound::add(work.connection, &tenant, &record);
        self.writer.submit(Durability::Power, run, reply);
    }

    /// Writes down that a caller asked not to be called again, when the writer finds the time.
    /// Returns at once.
    pub fn note_opt_out(
        &self,
        tenant: String,
        caller: PhoneNumber,
        now: UnixMillis,
        reply: Reply<()>,
    ) {
        let run =
            move |work: &mut Work<'_>| inbound::opt_out(work.connection, &tenant, caller, now);
        self.writer.submit(Durability::Power, run, reply);
    }

    /// Brings everything that was committed to the disk, for a ledger opened with [`Sync::Off`].
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sync_to_disk(&self) -> Result<(), LedgerError> {
        let database = &self.paths.database;
        for file in [database.with_extension("db-wal"), database.clone()] {
            if file.exists() {
                fs_err::OpenOptions::new()
                    .write(true)
                    .open(&file)
                    .and_then(|file| file.sync_all())
                    .map_err(|error| LedgerError::Storage { problem: error.to_string() })?;
            }
        }
        Ok(())
    }

    /// Writes a verified copy, beside a running engine.
    ///
    /// # Errors
    /// When the file exists already, cannot be written, or its check fails.
    pub fn backup(&self, target: &Path) -> Result<backup::BackupFacts, LedgerError> {
        backup::backup(&open_reader(&self.paths)?, target)
    }

    /// Puts a verified backup in the place of the ledger of a folder.
    ///
    /// # Errors
    /// When the backup is not sound, or a process dials from the ledger.
    pub fn restore(folder: &Path, backup: &Path) -> Result<backup::BackupFacts, LedgerError> {
        backup::restore(&Paths::in_folder(folder), backup)
    }
}

impl Ledger for SqliteLedger {
    fn take_over(&self, now: UnixMillis, reply: Reply<Epoch>) {
        let run = move |work: &mut Work<'_>| owner::take_over(work.connection, now);
        self.writer.submit(Durability::Power, run, reply);
    }

    fn campaign(&self, campaign: CampaignId, reply: Reply<CampaignRecord>) {
        let run = move |work: &mut Work<'_>| campaigns::get(work.connection, campaign);
        self.writer.submit(Durability::Process, run, reply);
    }

    fn locales(&self, campaign: CampaignId, reply: Reply<Vec<LocaleRecord>>) {
        let run = move |work: &mut Work<'_>| campaigns::locales(work.connection, campaign);
        self.writer.submit(Durability::Process, run, reply);
    }

    fn note_status(&self, campaign: CampaignId, status: String, now: UnixMillis, reply: Reply<()>) {
        let run = move |work: &mut Work<'_>| {
            campaigns::note_status(work.connection, campaign, &status, now)
        };
        self.writer.submit(Durability::Process, run, reply);
    }

    fn change_state(
        &self,
        campaign: CampaignId,
        command: CampaignCommand,
        now: UnixMillis,
        reply: Reply<CampaignState>,
    ) {
        let run = move |work: &mut Work<'_>| {
            campaigns::change_state(work.connection, campaign, command, now)
        };
        self.writer.submit(Durability::Power, run, reply);
    }

    fn recover(
        &self,
        epoch: Epoch,
        campaign: CampaignId,
        rules: Arc<DialRules>,
        now: UnixMillis,
        reply: Reply<Vec<UncertainAttempt>>,
    ) {
        let run = move |work: &mut Work<'_>| recover::recover(work, epoch, campaign, &rules, now);
        self.writer.submit(Durability::Power, run, reply);
    }

    fn claim(&self, request: ClaimRequest, reply: Reply<Claimed>) {
        let run = move |work: &mut Work<'_>| claim::claim(work, &request);
        self.writer.submit(Durability::Power, run, reply);
    }

    fn mark(&self, marks: Vec<ProgressMark>, reply: Reply<()>) {
        let run = move |work: &mut Work<'_>| close::mark(work.connection, &marks);
        self.writer.submit(Durability::Process, run, reply);
    }

    fn close(
        &self,
        campaign: CampaignId,
        rules: Arc<DialRules>,
        ends: Vec<AttemptEnd>,
        reply: Reply<Vec<Closed>>,
    ) {
        let run = move |work: &mut Work<'_>| close::close(work, campaign, &rules, &ends);
        self.writer.submit(Durability::Power, run, reply);
    }
}

/// A connection for reading.
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens the ledger of a folder for reading only; it must exist.
    ///
    /// # Errors
    /// When it does not, or cannot be read.
    pub fn open(folder: &Path) -> Result<Self, LedgerError> {
        Self::open_at(&Paths::in_folder(folder))
    }

    fn open_at(paths: &Paths) -> Result<Self, LedgerError> {
        Ok(Self { connection: open_reader(paths)? })
    }

    /// One campaign.
    ///
    /// # Errors
    /// When there is none, or the ledger cannot be read; so for all methods here.
    pub fn campaign(&self, campaign: CampaignId) -> Result<CampaignRecord, LedgerError> {
        campaigns::get(&self.connection, campaign)
    }

    /// What the dialling process last said of a campaign, and when.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn status(
        &self,
        campaign: CampaignId,
    ) -> Result<Option<(String, UnixMillis)>, LedgerError> {
        campaigns::status(&self.connection, campaign)
    }

    /// Every campaign of a tenant.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn campaigns(&self, tenant: &str) -> Result<Vec<CampaignRecord>, LedgerError> {
        campaigns::all(&self.connection, tenant)
    }

    /// The lists of a campaign.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn lists(&self, campaign: CampaignId) -> Result<Vec<ListRecord>, LedgerError> {
        lists::all(&self.connection, campaign)
    }

    /// The calling locales of a campaign's contacts.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn locales(&self, campaign: CampaignId) -> Result<Vec<LocaleRecord>, LedgerError> {
        campaigns::locales(&self.connection, campaign)
    }

    /// The figures of a campaign.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn figures(&self, campaign: CampaignId) -> Result<report::CampaignFigures, LedgerError> {
        report::figures(&self.connection, campaign)
    }

    /// Pending contacts by what they wait for.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn pending(
        &self,
        campaign: CampaignId,
        now: UnixMillis,
    ) -> Result<Vec<report::PendingGroup>, LedgerError> {
        report::pending(&self.connection, campaign, now)
    }

    /// Contacts that are held until somebody acts, by rule.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn held(&self, campaign: CampaignId) -> Result<Vec<(String, u64)>, LedgerError> {
        report::held(&self.connection, campaign)
    }

    /// Contacts after a given one.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn contacts(
        &self,
        campaign: CampaignId,
        after: ContactId,
        limit: u32,
    ) -> Result<Vec<report::ContactView>, LedgerError> {
        report::contacts(&self.connection, campaign, after, limit)
    }

    /// The latest attempts of a campaign, the latest first, without their records: all of them, or
    /// those that ended with an outcome or a disposition.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn attempts(
        &self,
        campaign: CampaignId,
        ended: Option<&str>,
        limit: u32,
    ) -> Result<Vec<attempts::AttemptView>, LedgerError> {
        attempts::latest(&self.connection, campaign, ended, limit)
    }

    /// An attempt with its record.
    ///
    /// # Errors
    /// When there is no such attempt, or see [`Self::campaign`].
    pub fn attempt(&self, attempt: AttemptId) -> Result<attempts::AttemptView, LedgerError> {
        attempts::get(&self.connection, attempt)
    }

    /// Whom an attempt calls.
    ///
    /// # Errors
    /// When there is no such contact, or see [`Self::campaign`].
    pub fn callee(&self, attempt: AttemptId) -> Result<callee::Callee, LedgerError> {
        callee::of(&self.connection, attempt)
    }

    /// Attempts whose end nobody knows.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn uncertain(
        &self,
        campaign: CampaignId,
        limit: u32,
    ) -> Result<Vec<report::UncertainView>, LedgerError> {
        report::uncertain(&self.connection, campaign, limit)
    }

    /// The latest calls that came in, the latest first.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn inbound_calls(
        &self,
        tenant: &str,
        limit: u32,
    ) -> Result<Vec<InboundRecord>, LedgerError> {
        inbound::latest(&self.connection, tenant, limit)
    }

    /// Suppressed numbers of a tenant.
    ///
    /// # Errors
    /// See [`Self::campaign`].
    pub fn suppressions(&self, tenant: &str, limit: u32) -> Result<Vec<Suppression>, LedgerError> {
        suppression::all(&self.connection, tenant, limit)
    }

    /// Writes every attempt as JSON lines; says how many.
    ///
    /// # Errors
    /// See [`Self::campaign`]; also when `out` fails.
    pub fn export(&self, campaign: CampaignId, out: &mut dyn Write) -> Result<u64, LedgerError> {
        report::export(&self.connection, campaign, out)
    }
}
