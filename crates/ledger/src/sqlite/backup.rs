//! Backup and restore, each verified.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::connection::{EngineLock, NEWEST_FORMAT, Paths};
use crate::LedgerError;

fn storage(error: &std::io::Error) -> LedgerError {
    LedgerError::Storage { problem: error.to_string() }
}

/// What a verified copy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BackupFacts {
    /// Its size.
    pub bytes: u64,
    /// Its format.
    pub format: i64,
    /// How many campaigns it holds.
    pub campaigns: u64,
    /// How many contacts.
    pub contacts: u64,
    /// How many attempts.
    pub attempts: u64,
}

/// Writes a consistent copy beside a running engine, then opens and checks it. The file appears
/// under its name only when it is sound.
pub(crate) fn backup(source: &Connection, target: &Path) -> Result<BackupFacts, LedgerError> {
    if target.exists() {
        let id = target.display().to_string();
        return Err(LedgerError::Exists { what: "file", id });
    }
    let mut partial = target.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    if partial.exists() {
        fs_err::remove_file(partial).map_err(|error| storage(&error))?;
    }
    let name = partial.to_str().ok_or_else(|| LedgerError::Storage {
        problem: "the backup's path is not UTF-8; choose another".to_owned(),
    })?;
    let copied = source.execute("VACUUM INTO ?1", [name]).map_err(LedgerError::from);
    let facts = copied.and_then(|_| verify(partial)).inspect_err(|_| {
        if let Err(error) = fs_err::remove_file(partial) {
            tracing::debug!(%error, "no partial backup to remove");
        }
    })?;
    fs_err::OpenOptions::new()
        .write(true)
        .open(partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs_err::rename(partial, target))
        .map_err(|error| storage(&error))?;
    Ok(facts)
}

/// Checks that a file is a sound ledger of a format known here.
pub(crate) fn verify(path: &Path) -> Result<BackupFacts, LedgerError> {
    let damaged = |problem: String| LedgerError::Damaged { path: path.to_owned(), problem };
    let bytes = fs_err::metadata(path).map_err(|error| storage(&error))?.len();
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|error| damaged(error.to_string()))?;
    let check: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|error| damaged(error.to_string()))?;
    if check != "ok" {
        return Err(damaged(check));
    }
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format > NEWEST_FORMAT {
        return Err(LedgerError::Newer { found: format, known: NEWEST_FORMAT });
    }
    let count = |table: &str| -> Result<u64, LedgerError> {
        connection
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
            .map_err(|error| damaged(error.to_string()))
    };
    Ok(BackupFacts {
        bytes,
        format,
        campaigns: count("campaign")?,
        contacts: count("contact")?,
        attempts: count("attempt")?,
    })
}

/// Puts a backup in the place of the ledger. The ledger that was there is kept under another name.
/// Refused while a process dials from it.
///
/// A restored ledger does not know the calls that were placed after its backup. Its contacts are
/// therefore to be dialled again only after a look at the carrier's records.
pub(crate) fn restore(paths: &Paths, backup: &Path) -> Result<BackupFacts, LedgerError> {
    let facts = verify(backup)?;
    if let Some(folder) = paths.database.parent() {
        fs_err::create_dir_all(folder).map_err(|error| storage(&error))?;
    }
    let _lock = EngineLock::take(paths)?;
    let restoring = paths.database.with_extension("restoring");
    fs_err::copy(backup, &restoring).map_err(|error| storage(&error))?;
    fs_err::OpenOptions::new()
        .write(true)
        .open(&restoring)
        .and_then(|file| file.sync_all())
        .map_err(|error| storage(&error))?;
    if paths.database.exists() {
        keep(&paths.database).map_err(|error| storage(&error))?;
    }
    fs_err::rename(&restoring, &paths.database).map_err(|error| storage(&error))?;
    Ok(facts)
}

/// Gives a ledger another name beside its own. Its own name stays in use until the restored one
/// takes its place, so that at no instant there is no ledger.
fn keep(database: &Path) -> std::io::Result<()> {
    // Folds the log into the file. It may fail: a damaged ledger is what people restore from.
    let folded = Connection::open(database)
        .and_then(|connection| connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)"));
    if let Err(error) = folded {
        tracing::warn!(%error, "the replaced ledger's log could not be folded into it");
    }
    let kept = (1..)
        .map(|number| database.with_extension(format!("before-restore-{number}.db")))
        .find(|kept| !kept.exists())
        .expect("invariant: numbers do not run out");
    fs_err::hard_link(database, &kept).or_else(|_| fs_err::copy(database, &kept).map(drop))?;
    // What could not be folded stays with the kept file. A log of the old ledger must not lie
    // beside the new one: it would be taken for its own.
    let log = database.with_extension("db-wal");
    if log.exists() {
        fs_err::rename(log, kept.with_extension("db-wal"))?;
    }
    let index = database.with_extension("db-shm");
    if index.exists() {
        fs_err::remove_file(index)?;
    }
    Ok(())
}
