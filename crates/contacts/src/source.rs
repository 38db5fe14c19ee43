//! The file that is imported: opened as often as needed, surveyed once as a whole.

use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::encoding::{Detected, Evidence};
use crate::error::ImportError;
use crate::options::ImportOptions;
use crate::raw_row::RowConsumer;
use crate::report::FileFormat;
use crate::sink::FileFacts;
use crate::{csv_source, jsonl_source, xlsx_source};

/// Where a list comes from.
#[derive(Clone, Copy, Debug)]
pub enum ListSource<'a> {
    /// A file on disk.
    Path(&'a Path),
    /// A file in memory.
    Bytes {
        /// The name for reports; its extension counts like a file's.
        name: &'a str,
        /// The content.
        bytes: &'a [u8],
    },
}

/// What a whole pass over the file tells.
pub(crate) struct Survey {
    pub facts: FileFacts,
    evidence: Evidence,
    modified: Option<std::time::SystemTime>,
}

trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

impl<'a> ListSource<'a> {
    /// The name for messages, without the folder.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Path(path) => path
                .file_name()
                .map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned()),
            Self::Bytes { name, .. } => (*name).to_owned(),
        }
    }

    fn open(&self) -> io::Result<Box<dyn ReadSeek + 'a>> {
        Ok(match *self {
            Self::Path(path) => Box::new(fs_err::File::open(path)?),
            Self::Bytes { bytes, .. } => Box::new(Cursor::new(bytes)),
        })
    }

    fn modified(&self) -> io::Result<Option<std::time::SystemTime>> {
        match self {
            // Not every file system keeps it.
            Self::Path(path) => Ok(fs_err::metadata(path)?.modified().ok()),
            Self::Bytes { .. } => Ok(None),
        }
    }

    /// Reads the file once from end to end.
    pub(crate) fn survey(&self) -> Result<Survey, ImportError> {
        let read_error = |source| ImportError::Read { file: self.name(), source };
        let modified = self.modified().map_err(read_error)?;
        let mut file = self.open().map_err(read_error)?;
        let (mut hash, mut evidence, mut bytes) = (Sha256::new(), Evidence::default(), 0);
        let mut block = vec![0; 256 * 1024];
        loop {
            let count = match file.read(&mut block) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(read_error(error)),
            };
            bytes += count as u64;
            hash.update(&block[..count]);
            evidence.feed(&block[..count]);
        }
        if bytes == 0 {
            return Err(ImportError::Empty { file: self.name() });
        }
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let facts = FileFacts { name: self.name(), sha256, bytes };
        Ok(Survey { facts, evidence, modified })
    }

    /// Whether the file is still the one that was surveyed.
    pub(crate) fn check_unchanged(&self, survey: &Survey) -> Result<(), ImportError> {
        let file = || self.name();
        let read_error = |source| ImportError::Read { file: file(), source };
        let length = match self {
            Self::Path(path) => fs_err::metadata(path).map_err(read_error)?.len(),
            Self::Bytes { bytes, .. } => bytes.len() as u64,
        };
        let modified = self.modified().map_err(read_error)?;
        if length == survey.facts.bytes && modified == survey.modified {
            Ok(())
        } else {
            Err(ImportError::Changed { file: file() })
        }
    }

    /// Reads the rows.
    pub(crate) fn read(
        &self,
        survey: &Survey,
        options: &ImportOptions,
        consumer: &mut dyn RowConsumer,
    ) -> Result<(), ImportError> {
        let file = self.name();
        let read_error = |source| ImportError::Read { file: file.clone(), source };
        let forced = options.encoding.map(|encoding| encoding.0);
        let detected = survey.evidence.decide(forced);
        let head = survey.evidence.head();
        let format = match options.format {
            Some(format) => format,
            None => format_of(&file, head, &detected)?,
        };
        match format {
            FileFormat::Xlsx => {
                let input = BufReader::new(self.open().map_err(read_error)?);
                xlsx_source::read(&file, input, options.sheet.as_deref(), consumer)
            }
            FileFormat::Jsonl => {
                let open = || -> io::Result<Box<dyn Read + 'a>> { Ok(Box::new(self.open()?)) };
                jsonl_source::read(&file, &open, &detected, consumer)
            }
            FileFormat::Csv => {
                let input = Box::new(self.open().map_err(read_error)?);
                csv_source::read(&file, input, head, detected, options.delimiter, consumer)
            }
        }
    }
}

/// The format by content, then by the name's extension.
fn format_of(file: &str, head: &[u8], detected: &Detected) -> Result<FileFormat, ImportError> {
    const MAGIC: &[(&[u8], &str)] = &[
        (b"\xD0\xCF\x11\xE0", "this is an old Excel workbook (.xls) or one with a password"),
        (b"%PDF", "this is a PDF"),
        (b"\x1F\x8B", "this is a compressed file"),
        (b"SQLite format 3\0", "this is a database"),
    ];
    if head.starts_with(b"PK\x03\x04") {
        return Ok(FileFormat::Xlsx);
    }
    let unsupported =
        |found: &str| ImportError::Unsupported { file: file.to_owned(), found: found.to_owned() };
    if let Some((_, found)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(unsupported(found));
    }
    let (text, _) = detected.encoding.decode_without_bom_handling(&head[detected.mark_bytes..]);
    let mut visible = text.chars().filter(|c| !c.is_whitespace());
    match (visible.next(), visible.next()) {
        (Some('{'), _) => return Ok(FileFormat::Jsonl),
        (Some('['), Some('{')) => {
            return Err(unsupported("this is one JSON array; one object a line is supported"));
        }
        (Some('<'), _) => return Err(unsupported("this is HTML or XML")),
        _ => {}
    }
    let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    Ok(match extension.as_deref() {
        Some("jsonl" | "ndjson") => FileFormat::Jsonl,
        _ => FileFormat::Csv,
    })
}
