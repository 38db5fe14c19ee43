//! Files that cannot be used: each a clear error, and nothing is changed.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use outcall_campaign::ContactId;
use outcall_ledger::conformance::Fixture;
use outcall_ledger::sqlite::connection::NEWEST_FORMAT;
use outcall_ledger::sqlite::{Reader, Sync};
use outcall_ledger::{Ledger, LedgerError, SqliteLedger};
use rusqlite::Connection;

use crate::support::{
    NOON, OtherProcess, Sqlite, as_other_process, campaign, database, import, new_contacts, tell,
};

fn open(folder: &Path) -> Result<SqliteLedger, LedgerError> {
    SqliteLedger::open(folder, Sync::Off)
}

#[track_caller]
fn refused(folder: &Path) -> LedgerError {
    let before = fs_err::read(database(folder)).unwrap();
    let Err(error) = open(folder) else { panic!("it opens") };
    assert!(Reader::open(folder).is_err() || matches!(error, LedgerError::Damaged { .. }));
    assert!(fs_err::read(database(folder)).unwrap() == before, "the file was changed");
    error
}

/// Overwrites everything but the first pages of a ledger: what a failing disk may do.
pub(crate) fn damage(database: &Path) {
    let mut bytes = fs_err::read(database).unwrap();
    assert!(bytes.len() > 40_000, "there is something to damage");
    bytes[8_192..].fill(0xA5);
    fs_err::write(database, bytes).unwrap();
}

#[test]
fn an_empty_file_becomes_a_ledger_of_the_newest_format() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(database(folder.path()), b"").unwrap();
    drop(open(folder.path()).unwrap());
    let connection = Connection::open(database(folder.path())).unwrap();
    let format: i64 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(format, NEWEST_FORMAT);
}

#[test]
fn a_ledger_of_a_newer_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let connection = Connection::open(database(folder.path())).unwrap();
    connection.pragma_update(None, "user_version", NEWEST_FORMAT + 1).unwrap();
    drop(connection);
    let error = refused(folder.path());
    assert!(
        matches!(error, LedgerError::Newer { found, known }
            if found == NEWEST_FORMAT + 1 && known == NEWEST_FORMAT),
        "{error:?}"
    );
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = "name,phone\nAda,+12025550101\n".repeat(1_000);
    fs_err::write(database(folder.path()), text).unwrap();
    let error = refused(folder.path());
    assert!(matches!(error, LedgerError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("restore a backup"), "{error}");
}

#[test]
fn another_programs_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(database(folder.path())).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.execute_batch("CREATE TABLE bookmark (url TEXT)").unwrap();
    drop(connection);
    let error = refused(folder.path());
    assert!(error.to_string().contains("tables of another program"), "{error}");
}

#[test]
fn damage_is_reported_as_such_and_not_as_something_that_passes() {
    let sqlite = Sqlite::new();
    let campaign = campaign(&sqlite.ledger, "c");
    import(&sqlite.ledger, campaign, new_contacts(0..500), NOON);
    let folder = tempfile::tempdir().unwrap();
    let copy = database(folder.path());
    sqlite.ledger.backup(&copy).unwrap();
    damage(&copy);
    let error = match open(folder.path()) {
        Err(error) => error,
        Ok(ledger) => {
            let reader = ledger.reader().unwrap();
            let read = reader.contacts(campaign, ContactId(0), 1_000).map(|_| ());
            read.and_then(|()| {
                ledger
                    .suppress(outcall_campaign::TenantId(1), None, Vec::new(), "", NOON)
                    .map(|_| ())
            })
            .unwrap_err()
        }
    };
    assert!(!error.is_passing(), "{error:?}");
    assert!(error.to_string().contains("malformed"), "{error}");
}

#[test]
fn a_clock_that_stepped_back_while_nothing_ran_is_refused() {
    let mut sqlite = Sqlite::new();
    sqlite.campaign("c");
    let (answer, answered) = crossbeam_channel::bounded(2);
    let taking = answer.clone();
    sqlite.ledger.take_over(NOON, Box::new(move |result| taking.send(result).unwrap()));
    let sqlite = sqlite.reopened();
    let an_hour_ago = NOON - 3_600_000;
    sqlite.ledger.take_over(an_hour_ago, Box::new(move |result| answer.send(result).unwrap()));
    assert!(answered.recv().unwrap().is_ok());
    let error = answered.recv().unwrap().unwrap_err();
    assert!(!error.is_passing());
    assert_eq!(
        error.to_string(),
        "the system clock says 2026-03-02T11:00:00.000Z, but the ledger was last written at \
         2026-03-02T12:00:00.000Z: the clock has stepped back; set it right before dialling"
    );
}

/// This test program as somebody whom file permissions bind. The superuser may write anything.
fn bound_by_permissions(folder: &Path) -> Command {
    let program = std::env::current_exe().unwrap();
    if fs_err::metadata("/proc/self").unwrap().uid() != 0 {
        return Command::new(program);
    }
    // Where nobody in particular can read it.
    let copy = folder.join("program");
    fs_err::copy(program, &copy).unwrap();
    let mut command = Command::new(copy);
    command.uid(65_534).gid(65_534);
    command
}

fn allow(path: &Path, mode: u32) {
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Opens the ledger there, as somebody whom permissions bind, and says how that went.
fn outcome_of_opening(folder: &Path, test: &str) -> String {
    let programs = tempfile::tempdir().unwrap();
    allow(programs.path(), 0o755);
    let command = bound_by_permissions(programs.path());
    let mut other = OtherProcess::start_as(command, test, folder);
    let outcome = other.hear().expect("it tells how it went");
    other.release();
    outcome
}

fn tell_how_opening_goes(folder: &Path) {
    match open(folder).and_then(|ledger| ledger.tenant("new", NOON)) {
        Ok(_) => tell("opened"),
        Err(error) => tell(&error.to_string()),
    }
}

#[test]
fn a_ledger_that_may_only_be_read_says_so() {
    let test = "bad_files::a_ledger_that_may_only_be_read_says_so";
    if let Some(folder) = as_other_process() {
        return tell_how_opening_goes(&folder);
    }
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    allow(folder.path(), 0o777);
    allow(&database(folder.path()), 0o444);
    let outcome = outcome_of_opening(folder.path(), test);
    assert!(outcome.ends_with("cannot be written; check its owner and permissions"), "{outcome}");
    allow(&database(folder.path()), 0o666);
    assert_eq!(outcome_of_opening(folder.path(), test), "opened");
}

#[test]
fn a_folder_that_may_only_be_read_says_so() {
    let test = "bad_files::a_folder_that_may_only_be_read_says_so";
    if let Some(folder) = as_other_process() {
        return tell_how_opening_goes(&folder);
    }
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    allow(&database(folder.path()), 0o444);
    allow(folder.path(), 0o555);
    let outcome = outcome_of_opening(folder.path(), test);
    let inside: PathBuf = folder.path().join("new");
    let of_new = outcome_of_opening(&inside, test);
    allow(folder.path(), 0o755);
    assert!(outcome.ends_with("cannot be written; check its owner and permissions"), "{outcome}");
    assert!(of_new.contains("cannot be written; check its owner and permissions"), "{of_new}");
}
