//! What happened to each call, for a judge.

use std::io::Write;
use std::path::Path;

use outcall_media::plane::StreamReport;
use outcall_sip::EndedBy;
use serde::Serialize;

/// How many entries are kept in memory.
const KEPT: usize = 100_000;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// An INVITE came.
    Invited {
        /// The number that was called.
        called: String,
        /// Who called.
        caller: String,
    },
    /// The call was answered, and the answer acknowledged.
    Answered,
    /// The call is over.
    Ended {
        /// By whom: `local` is the callee, `remote` the caller.
        by: EndedBy,
        /// With what the callee, or the network in its place, refused the call.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// What its audio came to. Behind the end.
    Audio {
        /// The figures.
        report: Box<StreamReport>,
    },
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogEntry {
    /// When, in ms since 1970 UTC.
    pub at_ms: i64,
    /// The call's Call-ID.
    pub call_id: String,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// The log: the latest entries in memory, all of them in a file if there is one.
pub(super) struct Log {
    file: Option<std::io::BufWriter<fs_err::File>>,
}

impl Log {
    pub(super) fn new(file: Option<&Path>) -> std::io::Result<Self> {
        let file = file.map(fs_err::File::create).transpose()?.map(std::io::BufWriter::new);
        Ok(Self { file })
    }

    pub(super) fn note(&mut self, kept: &mut Vec<LogEntry>, entry: LogEntry) {
        if let Some(file) = &mut self.file {
            let written = serde_json::to_writer(&mut *file, &entry)
                .map_err(std::io::Error::from)
                .and_then(|()| file.write_all(b"\n"));
            if let Err(error) = written {
                tracing::error!(%error, "the farm's log cannot be written any more");
                self.file = None;
            }
        }
        if kept.len() >= KEPT {
            kept.drain(..KEPT / 2);
        }
        kept.push(entry);
    }

    /// Brings what was noted into the file.
    pub(super) fn flush(&mut self) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.flush()
        {
            tracing::error!(%error, "the farm's log cannot be written");
        }
    }
}
