//! Importing contact lists: the real thing and its dry run, with the same report.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use outcall_campaign::settings::CampaignSettings;
use outcall_campaign::{CampaignId, Consent, ListId, PhoneNumber, Regulations, UnixMillis};
use outcall_contacts::{
    ContactRow, ContactSink, FileFacts, ImportOptions, ImportReport, ListSource, Progress,
    SinkError, SinkVerdict,
};
use outcall_ledger::sqlite::lists::{AddVerdict, NewContact};
use outcall_ledger::sqlite::preview::ImportPreview;
use outcall_ledger::{LedgerError, SqliteLedger};

use crate::rules::jurisdiction_code;
use crate::{App, AppError};

/// How many contacts are added in one step while a process dials from the same ledger.
const AT_ONCE_WHILE_DIALLING: usize = 1_000;

/// How long an import rests after each such step while a process dials from the same ledger,
/// so that its intents get their turn at the database.
const REST_WHILE_DIALLING: Duration = Duration::from_millis(20);

/// What an import is asked to do.
pub struct ImportRequest<'a> {
    /// Into which campaign.
    pub campaign: CampaignId,
    /// The file.
    pub file: &'a Path,
    /// How to read it. Region and zone default to the campaign's.
    pub options: ImportOptions,
    /// The consent of contacts whose row says nothing: attested by whoever imports.
    pub consent: Consent,
    /// Where to write the rows that were not taken.
    pub rejects: Option<&'a Path>,
    /// Only say what would happen.
    pub dry_run: bool,
}

/// What an import did, or would do.
pub struct Imported {
    /// What became of the rows. The same for a dry run and the real one.
    pub report: ImportReport,
    /// The new list; none after a dry run.
    pub list: Option<ListId>,
    /// Accepted contacts in countries whose rules are not known: they are held, by region.
    pub without_rules: Vec<(String, u64)>,
}

impl App {
    /// Imports a list, or says what that would do.
    ///
    /// # Errors
    /// When the file is broken as a whole or cannot be stored; then nothing is imported.
    pub fn import_list(
        &self,
        request: ImportRequest<'_>,
        now: UnixMillis,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Imported, AppError> {
        let (_, settings) = self.campaign(request.campaign)?;
        let mut options = request.options;
        if options.default_region.is_none()
            && let Some(region) = &settings.default_region
        {
            options.default_region = region.parse().ok();
        }
        if options.default_zone.is_none()
            && let Some(zone) = &settings.time_zone
        {
            options.default_zone = zone.key().parse().ok();
        }
        let converter = Converter {
            settings,
            regulations: Arc::clone(&self.regulations),
            consent: request.consent,
            codes: HashMap::new(),
            without_rules: HashMap::new(),
        };
        let mut sink = if request.dry_run {
            let preview = ImportPreview::new(self.reader()?, request.campaign)?;
            Sink { converter, to: To::Nowhere(Box::new(preview)) }
        } else {
            let writing = Writing {
                ledger: Arc::clone(&self.ledger),
                campaign: request.campaign,
                now,
                list: None,
            };
            Sink { converter, to: To::Ledger(writing) }
        };
        let source = ListSource::Path(request.file);
        let report =
            outcall_contacts::import(&source, &options, request.rejects, &mut sink, progress)?;
        let list = match sink.to {
            To::Ledger(writing) => writing.list,
            To::Nowhere(_) => None,
        };
        let mut without_rules: Vec<(String, u64)> =
            sink.converter.without_rules.into_iter().collect();
        without_rules.sort_unstable();
        Ok(Imported { report, list, without_rules })
    }
}

/// From what the file says to what the ledger stores.
struct Converter {
    settings: CampaignSettings,
    regulations: Arc<Regulations>,
    consent: Consent,
    codes: HashMap<[u8; 2], String>,
    without_rules: HashMap<String, u64>,
}

impl Converter {
    fn convert(&mut self, row: ContactRow) -> NewContact {
        let region = row.numbers.first().map_or(*b"ZZ", |number| number.region);
        let jurisdiction = self
            .codes
            .entry(region)
            .or_insert_with(|| {
                jurisdiction_code(&self.settings, &self.regulations, region).to_owned()
            })
            .clone();
        if jurisdiction.is_empty() {
            let region = String::from_utf8_lossy(&region).into_owned();
            *self.without_rules.entry(region).or_default() += 1;
        }
        NewContact {
            line: row.line,
            numbers: numbers_of(&row),
            jurisdiction,
            zones: row.zones.to_string(),
            consent: row.consent.unwrap_or(self.consent),
            priority: row.priority,
            name: row.name,
            language: row.language,
            external_id: row.external_id,
            attributes: (row.attributes != "{}" && !row.attributes.is_empty())
                .then_some(row.attributes),
        }
    }
}

fn numbers_of(row: &ContactRow) -> Vec<PhoneNumber> {
    row.numbers.iter().map(|number| number.phone).collect()
}

fn verdict(verdict: AddVerdict) -> SinkVerdict {
    match verdict {
        AddVerdict::Added => SinkVerdict::Added,
        AddVerdict::DuplicateInList { first_line } => {
            SinkVerdict::DuplicateInList { first_line: Some(first_line) }
        }
        AddVerdict::DuplicateInCampaign => SinkVerdict::DuplicateInCampaign,
        AddVerdict::Suppressed => SinkVerdict::Suppressed,
    }
}

enum To {
    Ledger(Writing),
    Nowhere(Box<ImportPreview>),
}

struct Writing {
    ledger: Arc<SqliteLedger>,
    campaign: CampaignId,
    now: UnixMillis,
    list: Option<ListId>,
}

impl Writing {
    /// Adds contacts: in one step when the ledger is ours alone, in small ones with rests between
    /// them while a process dials from it.
    fn add(&self, list: ListId, contacts: Vec<NewContact>) -> Result<Vec<AddVerdict>, LedgerError> {
        if !self.ledger.is_dialling() {
            return self.ledger.add_contacts(list, contacts);
        }
        let mut verdicts = Vec::with_capacity(contacts.len());
        for some in contacts.chunks(AT_ONCE_WHILE_DIALLING) {
            verdicts.extend(self.ledger.add_contacts(list, some.to_vec())?);
            std::thread::sleep(REST_WHILE_DIALLING);
        }
        Ok(verdicts)
    }
}

struct Sink {
    converter: Converter,
    to: To,
}

impl ContactSink for Sink {
    fn begin(&mut self, file: &FileFacts) -> Result<(), SinkError> {
        if let To::Ledger(to) = &mut self.to {
            let list = to.ledger.begin_list(to.campaign, &file.name, &file.sha256, to.now)?;
            to.list = Some(list);
        }
        Ok(())
    }

    fn add(&mut self, rows: Vec<ContactRow>) -> Result<Vec<SinkVerdict>, SinkError> {
        match &mut self.to {
            To::Nowhere(preview) => {
                let mut verdicts = Vec::with_capacity(rows.len());
                for row in rows {
                    let contact = self.converter.convert(row);
                    verdicts.push(verdict(preview.add(contact.line, &contact.numbers)?));
                }
                Ok(verdicts)
            }
            To::Ledger(to) => {
                let list = to.list.ok_or("the import has not begun")?;
                let contacts = rows.into_iter().map(|row| self.converter.convert(row)).collect();
                Ok(to.add(list, contacts)?.into_iter().map(verdict).collect())
            }
        }
    }

    fn finish(&mut self, report: &ImportReport) -> Result<(), SinkError> {
        let To::Ledger(to) = &self.to else { return Ok(()) };
        let list = to.list.ok_or("the import has not begun")?;
        let text = serde_json::to_string(report)?;
        Ok(to.ledger.finish_list(list, report.accepted, &text)?)
    }

    fn abort(&mut self) {
        let To::Ledger(to) = &mut self.to else { return };
        if let Some(list) = to.list.take()
            && let Err(error) = to.ledger.abort_list(list)
        {
            // Its contacts are invisible; the next import of this campaign clears them away.
            tracing::warn!(%error, %list, "an unfinished list could not be cleared away yet");
        }
    }
}
