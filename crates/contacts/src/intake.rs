//! The storing side of an import: chunks into the sink, rejected rows into their file, counts.

use std::collections::BTreeMap;
use std::path::Path;

use crossbeam_channel::Receiver;

use crate::columns::Columns;
use crate::contact::{ContactRow, ZoneSource};
use crate::error::ImportError;
use crate::import::{Chunk, Message, Outcome};
use crate::raw_row::Header;
use crate::reject::{RejectReason, Rejection};
use crate::rejects_file::RejectsFile;
use crate::report::{ImportReport, Tallies};
use crate::sink::{ContactSink, FileFacts, SinkVerdict};

const NOTHING_IMPORTED: &str = "nothing was imported";
const IMPORTED: &str = "the contacts are imported, only the list of rejected rows is missing";

/// Takes the chunks as they come.
pub(crate) struct Intake<'a> {
    pub file: &'a str,
    pub rejects: Option<&'a Path>,
    pub sink: &'a mut dyn ContactSink,
}

/// What was taken.
pub(crate) struct Taken {
    header: Header,
    columns: Columns,
    rejects: Option<RejectsFile>,
    rejections: Tallies,
    warnings: Tallies,
    zones: BTreeMap<ZoneSource, u64>,
    accepted: u64,
    rejected: u64,
    numbers: u64,
}

impl Intake<'_> {
    /// Works until the other side hangs up. `None` when not even a header came.
    pub(crate) fn run(self, messages: &Receiver<Message>) -> Result<Option<Taken>, ImportError> {
        let mut taken: Option<Taken> = None;
        for message in messages {
            match (message, &mut taken) {
                (Message::Header(header, columns), slot) => {
                    *slot = Some(Taken::new(header, columns, self.rejects));
                }
                (Message::Chunk(chunk), Some(taken)) => take(self.sink, self.file, taken, chunk)?,
                (Message::Chunk(_), None) => return Ok(None),
            }
        }
        Ok(taken)
    }

    /// Gives the rejects file its name, now that the contacts are stored.
    pub(crate) fn publish(rejects: RejectsFile) -> Result<(), ImportError> {
        let path = rejects.path().display().to_string();
        rejects.publish().map_err(|source| ImportError::Rejects { path, state: IMPORTED, source })
    }
}

/// Stores a chunk and counts what became of its rows.
fn take(
    sink: &mut dyn ContactSink,
    file: &str,
    taken: &mut Taken,
    chunk: Chunk,
) -> Result<(), ImportError> {
    let failed = |source| ImportError::Sink { file: file.to_owned(), source };
    let facts: Vec<ContactFacts> = chunk.contacts.iter().map(ContactFacts::of).collect();
    let verdicts =
        if facts.is_empty() { Vec::new() } else { sink.add(chunk.contacts).map_err(failed)? };
    if verdicts.len() != facts.len() {
        let text = format!("{} verdicts for {} contacts", verdicts.len(), facts.len());
        return Err(failed(text.into()));
    }
    for (line, warning) in &chunk.warnings {
        taken.warnings.add(*line, warning, &taken.columns.columns);
    }
    let mut contacts = facts.into_iter().zip(verdicts);
    for (index, outcome) in chunk.outcomes.into_iter().enumerate() {
        let (line, rejection) = match outcome {
            Outcome::Rejected(line, rejection) => (line, rejection),
            Outcome::Contact => {
                let Some((facts, verdict)) = contacts.next() else { continue };
                match rejection_of(verdict) {
                    Some(rejection) => (facts.line, rejection),
                    None => {
                        taken.accept(&facts);
                        continue;
                    }
                }
            }
        };
        taken.rejected += 1;
        taken.rejections.add(line, &rejection, &taken.columns.columns);
        if let (Some(file), Some(row)) = (&mut taken.rejects, chunk.raw.get(index)) {
            let written = file.write(row, &rejection, &taken.columns.columns);
            written.map_err(|source| not_written(file, source))?;
        }
    }
    Ok(())
}

fn not_written(file: &RejectsFile, source: std::io::Error) -> ImportError {
    let path = file.path().display().to_string();
    ImportError::Rejects { path, state: NOTHING_IMPORTED, source }
}

fn rejection_of(verdict: SinkVerdict) -> Option<Rejection> {
    let (reason, detail) = match verdict {
        SinkVerdict::Added => return None,
        SinkVerdict::DuplicateInList { first_line: Some(line) } => {
            (RejectReason::DuplicateInList, format!("the same contact is on line {line}"))
        }
        SinkVerdict::DuplicateInList { first_line: None } => {
            (RejectReason::DuplicateInList, "the same contact came earlier".to_owned())
        }
        SinkVerdict::DuplicateInCampaign => {
            (RejectReason::DuplicateInCampaign, "the campaign has this contact".to_owned())
        }
        SinkVerdict::Suppressed => {
            (RejectReason::Suppressed, "the number is on the suppression list".to_owned())
        }
    };
    Some(Rejection::new(reason, detail))
}

/// What the report needs of a contact that the sink has taken.
struct ContactFacts {
    line: u64,
    numbers: usize,
    zone_source: ZoneSource,
}

impl ContactFacts {
    fn of(contact: &ContactRow) -> Self {
        Self {
            line: contact.line,
            numbers: contact.numbers.len(),
            zone_source: contact.zone_source,
        }
    }
}

impl Taken {
    fn new(header: Header, columns: Columns, rejects: Option<&Path>) -> Self {
        Self {
            rejects: rejects.map(|path| RejectsFile::new(path, &header.columns)),
            header,
            columns,
            rejections: Tallies::default(),
            warnings: Tallies::default(),
            zones: BTreeMap::new(),
            accepted: 0,
            rejected: 0,
            numbers: 0,
        }
    }

    fn accept(&mut self, facts: &ContactFacts) {
        self.accepted += 1;
        self.numbers += facts.numbers as u64;
        *self.zones.entry(facts.zone_source).or_default() += 1;
    }

    pub(crate) fn sync_rejects(&mut self) -> Result<(), ImportError> {
        let Some(file) = &mut self.rejects else { return Ok(()) };
        file.sync().map_err(|source| not_written(file, source))
    }

    pub(crate) fn into_report(self, file: &FileFacts) -> (ImportReport, Option<RejectsFile>) {
        let Columns { columns, phones, notes } = self.columns;
        let report = ImportReport {
            file: file.clone(),
            format: self.header.format,
            encoding: self.header.encoding.map(str::to_owned),
            delimiter: self.header.delimiter,
            sheet: self.header.sheet,
            dial_order: phones.iter().map(|&index| columns[index].name.clone()).collect(),
            columns,
            rows: self.accepted + self.rejected,
            accepted: self.accepted,
            rejected: self.rejected,
            numbers: self.numbers,
            rejections: self.rejections.into_report(),
            warnings: self.warnings.into_report(),
            zones: self.zones,
            notes: self.header.notes.into_iter().chain(notes).collect(),
        };
        (report, self.rejects)
    }
}
