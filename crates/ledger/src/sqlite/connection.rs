//! Opening the database: settings of a connection, migrations, and the lock of the dialling
//! process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::LedgerError;

/// The migrations, oldest first. A database's `user_version` says how many it has had. A migration
/// that was ever released is never edited; a change is a new one.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_inbound_calls.sql"),
    include_str!("../migrations/0003_outcomes.sql"),
];

/// The newest format that this program knows.
pub const NEWEST_FORMAT: i64 = MIGRATIONS.len() as i64;

/// How long a connection waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a ledger's files are.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The database.
    pub database: PathBuf,
    /// The lock of the process that dials.
    pub lock: PathBuf,
}

impl Paths {
    /// The files of the ledger in a data folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self { database: folder.join("outcall.db"), lock: folder.join("engine.lock") }
    }
}

fn storage_error(path: &Path, error: rusqlite::Error) -> LedgerError {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            LedgerError::ReadOnly { path: path.to_owned() }
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            LedgerError::Damaged { path: path.to_owned(), problem: error.to_string() }
        }
        _ => error.into(),
    }
}

/// Opens the database for writing, creating and migrating it as needed.
pub fn open_writer(paths: &Paths) -> Result<Connection, LedgerError> {
    let path = &paths.database;
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder).map_err(|error| {
            let read_only = [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem];
            if read_only.contains(&error.kind()) {
                return LedgerError::ReadOnly { path: path.to_owned() };
            }
            LedgerError::Storage { problem: error.to_string() }
        })?;
    }
    let mut connection = Connection::open(path).map_err(|error| storage_error(path, error))?;
    // SQLite opens what it may not write for reading, without a word.
    if connection.is_readonly("main")? {
        return Err(LedgerError::ReadOnly { path: path.to_owned() });
    }
    prepare(&mut connection, paths).map_err(|error| match error {
        Prepare::Ledger(error) => error,
        Prepare::Sqlite(error) => storage_error(path, error),
    })?;
    Ok(connection)
}

/// Opens the database for reading beside a writer.
pub fn open_reader(paths: &Paths) -> Result<Connection, LedgerError> {
    let path = &paths.database;
    if !path.exists() {
        return Err(LedgerError::NotFound { what: "ledger", id: path.display().to_string() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| storage_error(path, error))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let found = format_of(&connection).map_err(|error| storage_error(path, error))?;
    check_format(found)?;
    Ok(connection)
}

/// The format of a database, `None` when there is no database yet. Nothing is made or migrated.
///
/// # Errors
/// When it cannot be read, is damaged, or was written by a newer program.
pub fn format(paths: &Paths) -> Result<Option<i64>, LedgerError> {
    if !paths.database.exists() {
        return Ok(None);
    }
    let connection = open_reader(paths)?;
    let found = format_of(&connection);
    Ok(Some(found.map_err(|error| storage_error(&paths.database, error))?))
}

enum Prepare {
    Ledger(LedgerError),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Prepare {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<LedgerError> for Prepare {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

fn prepare(connection: &mut Connection, paths: &Paths) -> Result<(), Prepare> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Plans do not depend on bound values; without this a statement with a bound LIMIT is parsed
    // anew whenever the limit changes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    check_format(format_of(connection)?)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    // 8 MiB of pages. What falls out of them is still in the system's page cache: with 64 MiB
    // neither an import of a million contacts nor the claiming of intents is faster.
    connection.pragma_update(None, "cache_size", -8_192)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // 64 MiB between checkpoints: an import changes random pages of the number index, and a page
    // that changes often is copied into the main file once.
    connection.pragma_update(None, "wal_autocheckpoint", 16_384)?;
    connection.pragma_update(None, "journal_size_limit", 256 << 20)?;
    connection.set_prepared_statement_cache_capacity(64);
    migrate(connection, paths)
}

fn format_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn check_format(found: i64) -> Result<(), LedgerError> {
    let known = NEWEST_FORMAT;
    if found > known { Err(LedgerError::Newer { found, known }) } else { Ok(()) }
}

/// A database without our format that holds something is somebody else's: hands off.
fn check_empty(connection: &Connection) -> Result<(), Prepare> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(());
    }
    let path = connection.path().unwrap_or_default().into();
    let problem = "it holds the tables of another program".to_owned();
    Err(Prepare::Ledger(LedgerError::Damaged { path, problem }))
}

fn migrate(connection: &mut Connection, paths: &Paths) -> Result<(), Prepare> {
    loop {
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        // Read inside of the transaction: another process may be migrating too.
        let have = format_of(&transaction)?;
        check_format(have)?;
        let next = usize::try_from(have).ok().and_then(|have| MIGRATIONS.get(have));
        let Some(migration) = next else { return Ok(()) };
        if have == 0 {
            check_empty(&transaction)?;
        } else if EngineLock::is_taken(paths) {
            // The process that dials knows only the older tables.
            let holder = "an older version of this program".to_owned();
            return Err(Prepare::Ledger(LedgerError::Locked { holder }));
        }
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", have + 1)?;
        transaction.commit()?;
    }
}

/// How often a lock that somebody only looks at is asked for.
const LOOKERS_AT_MOST: u32 = 10_000;

/// Locks a file; false when another one holds the lock.
fn try_lock(file: &File) -> std::io::Result<bool> {
    for _ in 0..LOOKERS_AT_MOST {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {}
        }
        match file.try_lock_shared() {
            // Somebody shares it for an instant, in `EngineLock::is_taken`: nobody holds it.
            Ok(()) => file.unlock()?,
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        std::thread::yield_now();
    }
    Ok(false)
}

/// The right to dial from a ledger, held by one process at a time. The operating system releases it
/// when the process ends, however it ends.
#[derive(Debug)]
pub struct EngineLock {
    _file: File,
}

impl EngineLock {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] when another process has it.
    pub fn take(paths: &Paths) -> Result<Self, LedgerError> {
        let failed = |error: std::io::Error| LedgerError::Storage {
            problem: format!("{}: {error}", paths.lock.display()),
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&paths.lock)
            .map_err(failed)?;
        if !try_lock(&file).map_err(failed)? {
            return Err(LedgerError::Locked { holder: name_in(&mut file) });
        }
        file.set_len(0).map_err(failed)?;
        file.rewind().map_err(failed)?;
        write!(file, "process {}", std::process::id()).map_err(failed)?;
        Ok(Self { _file: file })
    }

    /// Whether some process dials from this ledger now.
    pub fn is_taken(paths: &Paths) -> bool {
        Self::holder(paths).is_some()
    }

    /// The process that dials from this ledger now.
    pub fn holder(paths: &Paths) -> Option<String> {
        let mut file = OpenOptions::new().read(true).open(&paths.lock).ok()?;
        let taken = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        taken.then(|| name_in(&mut file))
    }
}

/// What the holder of a lock calls itself.
fn name_in(file: &mut File) -> String {
    let mut holder = String::new();
    // The name is a courtesy; the lock itself is what counts.
    if file.read_to_string(&mut holder).is_err() || holder.trim().is_empty() {
        "unknown".clone_into(&mut holder);
    }
    holder.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_and_the_holder_are_told_without_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::in_folder(&folder.path().join("data"));
        assert_eq!(format(&paths).unwrap(), None);
        assert_eq!(EngineLock::holder(&paths), None);
        assert!(!folder.path().join("data").exists());
        drop(open_writer(&paths).unwrap());
        assert_eq!(format(&paths).unwrap(), Some(NEWEST_FORMAT));
        let lock = EngineLock::take(&paths).unwrap();
        let own = format!("process {}", std::process::id());
        assert_eq!(EngineLock::holder(&paths), Some(own));
        drop(lock);
        assert_eq!(EngineLock::holder(&paths), None);
        fs_err::write(&paths.database, "no database, but words that are long enough").unwrap();
        assert!(matches!(format(&paths), Err(LedgerError::Damaged { .. })));
    }
}
