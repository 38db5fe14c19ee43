//! The import: rows are read and judged on the calling thread, and stored on another.

use std::panic::resume_unwind;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::columns::Columns;
use crate::error::ImportError;
use crate::intake::{Intake, Taken};
use crate::options::ImportOptions;
use crate::raw_row::{Header, RawRow, RowConsumer};
use crate::reject::Rejection;
use crate::report::ImportReport;
use crate::sink::ContactSink;
use crate::source::{ListSource, Survey};
use crate::validate::Validator;
use crate::{contact::ContactRow, phone_reader};

/// Rows are handed over in chunks of so many, or as many as make [`CHUNK_BYTES`].
const CHUNK_ROWS: usize = 8_000;
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// Chunks on their way; together with one at either end, they bound the memory.
const CHUNKS_WAITING: usize = 2;

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows read.
    pub rows: u64,
    /// Bytes of the file read; 0 for workbooks, where that is not known.
    pub bytes_read: u64,
    /// The file's size.
    pub bytes_total: u64,
}

/// What goes to the storing thread.
pub(crate) enum Message {
    Header(Header, Columns),
    Chunk(Chunk),
}

/// Rows in the order of the file, with what became of them.
#[derive(Default)]
pub(crate) struct Chunk {
    pub outcomes: Vec<Outcome>,
    pub contacts: Vec<ContactRow>,
    pub warnings: Vec<(u64, Rejection)>,
    /// The rows as they were read, for the rejects file; empty when there is none.
    pub raw: Vec<RawRow>,
    bytes: usize,
}

pub(crate) enum Outcome {
    /// The next of the chunk's contacts.
    Contact,
    Rejected(u64, Rejection),
}

/// Imports a list: every good row goes to the sink, every other into the rejects file.
///
/// `rejects` is where that file is to be; it is not written when nothing is rejected. The report of
/// a dry run, which is an import into a sink that keeps nothing, equals the real one's.
///
/// # Errors
/// When the file as a whole cannot be read, or the sink or the rejects file fails; then the sink
/// was told to abort, and nothing is imported.
pub fn import(
    source: &ListSource<'_>,
    options: &ImportOptions,
    rejects: Option<&std::path::Path>,
    sink: &mut dyn ContactSink,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportReport, ImportError> {
    let survey = source.survey()?;
    let stored = |source| ImportError::Sink { file: survey.facts.name.clone(), source };
    let outcome = sink
        .begin(&survey.facts)
        .map_err(stored)
        .and_then(|()| transfer(source, &survey, options, rejects, sink, progress))
        .and_then(|mut taken| {
            source.check_unchanged(&survey)?;
            taken.sync_rejects()?;
            let (report, rejects) = taken.into_report(&survey.facts);
            sink.finish(&report).map_err(stored)?;
            Ok((report, rejects))
        });
    match outcome {
        Ok((report, rejects)) => {
            rejects.map_or(Ok(()), Intake::publish)?;
            Ok(report)
        }
        Err(error) => {
            sink.abort();
            Err(error)
        }
    }
}

/// Brings all rows to the sink, without finishing.
fn transfer(
    source: &ListSource<'_>,
    survey: &Survey,
    options: &ImportOptions,
    rejects: Option<&std::path::Path>,
    sink: &mut dyn ContactSink,
    progress: &mut dyn FnMut(Progress),
) -> Result<Taken, ImportError> {
    let file = survey.facts.name.as_str();
    let (sender, receiver) = bounded(CHUNKS_WAITING);
    let joined = thread::scope(|scope| {
        let receiver: Receiver<Message> = receiver;
        let intake = Intake { file, rejects, sink: &mut *sink };
        let worker = scope.spawn(move || intake.run(&receiver));
        let mut pipeline = Pipeline {
            file,
            options,
            keeps_raw: rejects.is_some(),
            sender,
            validator: None,
            chunk: Chunk::default(),
            rows: 0,
            bytes_total: survey.facts.bytes,
            progress,
        };
        let read = source.read(survey, options, &mut pipeline).and_then(|()| pipeline.finish());
        drop(pipeline);
        worker.join().map(|taken| (read, taken))
    });
    match joined {
        // What the storing thread says comes first: it is why the reading was interrupted.
        Ok((_, Err(error)) | (Err(error), Ok(_))) => Err(error),
        Ok((Ok(()), Ok(taken))) => taken.ok_or_else(|| interrupted(file)),
        Err(panic) => {
            sink.abort();
            resume_unwind(panic)
        }
    }
}

fn interrupted(file: &str) -> ImportError {
    ImportError::Interrupted { file: file.to_owned() }
}

/// The reading side.
struct Pipeline<'a> {
    file: &'a str,
    options: &'a ImportOptions,
    keeps_raw: bool,
    sender: Sender<Message>,
    validator: Option<Validator>,
    chunk: Chunk,
    rows: u64,
    bytes_total: u64,
    progress: &'a mut dyn FnMut(Progress),
}

impl Pipeline<'_> {
    fn send(&self, message: Message) -> Result<(), ImportError> {
        self.sender.send(message).map_err(|_| interrupted(self.file))
    }

    fn flush(&mut self, bytes_read: u64) -> Result<(), ImportError> {
        let chunk = std::mem::take(&mut self.chunk);
        self.send(Message::Chunk(chunk))?;
        let bytes_total = self.bytes_total;
        (self.progress)(Progress { rows: self.rows, bytes_read, bytes_total });
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ImportError> {
        if self.rows == 0 {
            return Err(ImportError::HeaderOnly { file: self.file.to_owned() });
        }
        self.flush(self.bytes_total)
    }
}

impl RowConsumer for Pipeline<'_> {
    fn header(&mut self, header: Header) -> Result<(), ImportError> {
        let resolved = Columns::resolve(self.file, &header.columns, &self.options.mappings);
        let columns = match resolved {
            Err(ImportError::NoPhoneColumn { .. }) if is_contact(&header.columns) => {
                let file = self.file.to_owned();
                return Err(ImportError::MissingHeader { file, line: header.line });
            }
            other => other?,
        };
        self.validator = Some(Validator::new(&columns, self.options));
        self.send(Message::Header(header, columns))
    }

    fn row(&mut self, row: &RawRow, bytes_read: u64) -> Result<(), ImportError> {
        let Some(validator) = &mut self.validator else { return Err(interrupted(self.file)) };
        self.rows += 1;
        match validator.validate(row, &mut self.chunk.warnings) {
            Ok(contact) => {
                self.chunk.contacts.push(contact);
                self.chunk.outcomes.push(Outcome::Contact);
            }
            Err(rejection) => {
                self.chunk.outcomes.push(Outcome::Rejected(row.line, rejection));
            }
        }
        self.chunk.bytes += row.bytes();
        if self.keeps_raw {
            self.chunk.raw.push(row.clone());
        }
        if self.chunk.outcomes.len() >= CHUNK_ROWS || self.chunk.bytes >= CHUNK_BYTES {
            self.flush(bytes_read)?;
        }
        Ok(())
    }
}

/// Whether the header is in truth the first contact.
fn is_contact(columns: &[String]) -> bool {
    let digits = |cell: &str| cell.chars().filter(|c| c.is_numeric()).count();
    columns.iter().any(|cell| {
        let text = phone_reader::without_habits(cell);
        let letters = text.chars().any(char::is_alphabetic);
        !letters && (7..=20).contains(&digits(text))
    })
}
