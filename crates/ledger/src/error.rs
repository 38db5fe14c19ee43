//! What can go wrong in the ledger.

use std::path::PathBuf;

use outcall_campaign::UnixMillis;
use outcall_campaign::lifecycle::IllegalTransition;

/// A failure of the ledger. Cloneable: one failed commit is told to every request in it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LedgerError {
    /// The writer's queue is full: the disk cannot keep up. Nothing was written; ask again.
    #[error("the ledger's queue is full; ask again in a moment")]
    Busy,
    /// The writer thread has ended.
    #[error("the ledger is closed")]
    Closed,
    /// The disk is full. Nothing of the request was written.
    #[error("the disk that holds the ledger is full; free some space, then it goes on by itself")]
    DiskFull,
    /// The database or its folder may not be written.
    #[error("the ledger {path} cannot be written; check its owner and permissions")]
    ReadOnly {
        /// The database.
        path: PathBuf,
    },
    /// The database was written by a newer program.
    #[error(
        "the ledger has format {found}, this program knows up to {known}; use the newer program, \
         or restore a backup"
    )]
    Newer {
        /// The format found.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// The file is not one of ours, or is damaged.
    #[error("{path} is not a sound ledger: {problem}; restore a backup with `outcall restore`")]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What was found.
        problem: String,
    },
    /// Another process dials from this ledger.
    #[error(
        "another process ({holder}) dials from this ledger; stop it first, or use another data \
         folder"
    )]
    Locked {
        /// What the lock file says of its holder.
        holder: String,
    },
    /// Another owner has taken over: this process may not dial any more.
    #[error("another process has taken over this ledger (its epoch is {current}, ours {ours})")]
    Deposed {
        /// The epoch of this process.
        ours: i64,
        /// The epoch in the ledger.
        current: i64,
    },
    /// The clock is behind what the ledger has already seen.
    #[error(
        "the system clock says {now}, but the ledger was last written at {last}: the clock has \
         stepped back; set it right before dialling"
    )]
    ClockBehind {
        /// The clock's word.
        now: UnixMillis,
        /// The latest instant in the ledger.
        last: UnixMillis,
    },
    /// There is no such record.
    #[error("there is no {what} {id}")]
    NotFound {
        /// What kind of record.
        what: &'static str,
        /// Which one.
        id: String,
    },
    /// There is such a record already.
    #[error("there is already a {what} named '{id}'; choose another name")]
    Exists {
        /// What kind of record.
        what: &'static str,
        /// Which one.
        id: String,
    },
    /// The campaign's state does not allow it.
    #[error(transparent)]
    Transition(#[from] IllegalTransition),
    /// A stored value that cannot be read.
    #[error("the ledger holds {what} that cannot be read: {problem}")]
    Unreadable {
        /// What kind of value.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Anything else that the storage reports.
    #[error("the ledger's storage failed: {problem}")]
    Storage {
        /// The storage's own words.
        problem: String,
    },
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Unreadable { what: "a damaged page", problem: error.to_string() }
            }
            _ => Self::Storage { problem: error.to_string() },
        }
    }
}

impl LedgerError {
    /// Whether the same request may go through later without anybody changing it.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy | Self::DiskFull | Self::Storage { .. } | Self::ReadOnly { .. } => true,
            Self::Closed
            | Self::Newer { .. }
            | Self::Damaged { .. }
            | Self::Locked { .. }
            | Self::Deposed { .. }
            | Self::ClockBehind { .. }
            | Self::NotFound { .. }
            | Self::Exists { .. }
            | Self::Transition(_)
            | Self::Unreadable { .. } => false,
        }
    }
}
