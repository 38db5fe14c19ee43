//! Backup and restore.

use outcall_campaign::ContactId;
use outcall_ledger::conformance::{Fixture, sample_number};
use outcall_ledger::sqlite::{Reader, Sync};
use outcall_ledger::{LedgerError, SqliteLedger};
use rusqlite::Connection;

use crate::bad_files::damage;
use crate::support::{
    NOON, OtherProcess, Sqlite, as_other_process, campaign, database, import, new_contacts, tell,
    wait_to_be_released,
};

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn a_backup_beside_a_writer_is_one_instant_of_the_ledger() {
    let mut sqlite = Sqlite::new();
    let target = sqlite.folder().join("backup.db");
    let campaign = sqlite.campaign("c");
    import(&sqlite.ledger, campaign, new_contacts(0..1_000), NOON);
    let ledger = &sqlite.ledger;
    let tenant = ledger.tenant("t", NOON).unwrap();
    let (go_on, is_over) = crossbeam_channel::bounded::<()>(0);
    let facts = std::thread::scope(|scope| {
        let (begun, has_begun) = crossbeam_channel::bounded(1);
        scope.spawn(move || {
            // Pairs of suppressions, each pair in one transaction.
            for number in (0..9_000).step_by(2) {
                let pair = vec![sample_number(number), sample_number(number + 1)];
                ledger.suppress(tenant, None, pair, "test", NOON).unwrap();
                if number == 20 {
                    begun.send(()).unwrap();
                }
                if is_over.try_recv() == Err(crossbeam_channel::TryRecvError::Disconnected) {
                    break;
                }
            }
        });
        has_begun.recv().unwrap();
        let facts = ledger.backup(&target).unwrap();
        drop(go_on);
        facts
    });
    assert_eq!((facts.campaigns, facts.contacts, facts.attempts), (1, 1_000, 0));
    let copy = Connection::open(&target).unwrap();
    let pairs: i64 =
        copy.query_row("SELECT count(*) FROM suppression", [], |row| row.get(0)).unwrap();
    assert!(pairs >= 22 && pairs % 2 == 0, "{pairs}");
}

#[test]
fn a_backup_never_replaces_a_file() {
    let sqlite = Sqlite::new();
    let target = sqlite.folder().join("backup.db");
    sqlite.ledger.backup(&target).unwrap();
    let before = fs_err::read(&target).unwrap();
    campaign(&sqlite.ledger, "c");
    let refused = sqlite.ledger.backup(&target);
    assert!(matches!(refused, Err(LedgerError::Exists { .. })), "{refused:?}");
    assert!(fs_err::read(&target).unwrap() == before);
}

#[test]
fn a_restore_brings_the_backup_and_keeps_what_was_there() {
    let sqlite = Sqlite::new();
    let (folder, backups) = (sqlite.folder().to_owned(), tempfile::tempdir().unwrap());
    let target = backups.path().join("backup.db");
    let of = campaign(&sqlite.ledger, "c");
    import(&sqlite.ledger, of, new_contacts(0..10), NOON);
    let facts = sqlite.ledger.backup(&target).unwrap();
    import(&sqlite.ledger, of, new_contacts(10..15), NOON);
    let sqlite = sqlite.reopened();
    assert_eq!(SqliteLedger::restore(&folder, &target).unwrap(), facts);
    assert_eq!(SqliteLedger::restore(&folder, &target).unwrap(), facts, "and again");
    let contacts = |folder| {
        let reader = Reader::open(folder).unwrap();
        reader.contacts(of, ContactId(0), 100).unwrap().len()
    };
    assert_eq!(contacts(&folder), 10);
    let kept = names(&folder);
    assert!(!kept.iter().any(|name| name.contains("restoring")), "{kept:?}");
    let elsewhere = tempfile::tempdir().unwrap();
    let first = folder.join("outcall.before-restore-1.db");
    fs_err::copy(first, database(elsewhere.path())).unwrap();
    let log = folder.join("outcall.before-restore-1.db-wal");
    if log.exists() {
        fs_err::copy(log, elsewhere.path().join("outcall.db-wal")).unwrap();
    }
    drop(SqliteLedger::open(elsewhere.path(), Sync::Off).unwrap());
    assert_eq!(contacts(elsewhere.path()), 15);
    assert!(folder.join("outcall.before-restore-2.db").exists());
    drop(sqlite);
}

#[test]
fn what_is_damaged_is_no_backup_and_gives_none() {
    let sqlite = Sqlite::new();
    let of = campaign(&sqlite.ledger, "c");
    import(&sqlite.ledger, of, new_contacts(0..500), NOON);
    let backups = tempfile::tempdir().unwrap();
    let target = backups.path().join("backup.db");
    sqlite.ledger.backup(&target).unwrap();
    damage(&target);
    let refused = SqliteLedger::restore(sqlite.folder(), &target);
    assert!(matches!(refused, Err(LedgerError::Damaged { .. })), "{refused:?}");
    assert_eq!(sqlite.ledger.reader().unwrap().contacts(of, ContactId(0), 999).unwrap().len(), 500);

    // A damaged ledger, on the other hand, gives no backup, and nothing that looks like one.
    let folder = tempfile::tempdir().unwrap();
    fs_err::copy(&target, database(folder.path())).unwrap();
    let copy = folder.path().join("backup.db");
    let failed = SqliteLedger::open(folder.path(), Sync::Off)
        .and_then(|ledger| ledger.backup(&copy))
        .unwrap_err();
    assert!(!failed.is_passing(), "{failed:?}");
    let left = names(folder.path());
    assert!(!left.iter().any(|name| name.contains("backup")), "{left:?}");
}

#[test]
fn a_sound_backup_replaces_a_ledger_that_cannot_be_opened() {
    let sqlite = Sqlite::new();
    let of = campaign(&sqlite.ledger, "c");
    import(&sqlite.ledger, of, new_contacts(0..10), NOON);
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("backup.db");
    sqlite.ledger.backup(&target).unwrap();
    fs_err::write(database(folder.path()), "not a database, by now").unwrap();
    SqliteLedger::restore(folder.path(), &target).unwrap();
    let ledger = SqliteLedger::open(folder.path(), Sync::Off).unwrap();
    assert_eq!(ledger.reader().unwrap().contacts(of, ContactId(0), 100).unwrap().len(), 10);
    let kept = fs_err::read(folder.path().join("outcall.before-restore-1.db")).unwrap();
    assert_eq!(kept, b"not a database, by now");
}

#[test]
fn nothing_is_restored_under_a_process_that_dials() {
    let test = "backup::nothing_is_restored_under_a_process_that_dials";
    if let Some(folder) = as_other_process() {
        let ledger = SqliteLedger::open(&folder, Sync::Off).unwrap();
        let _lock = ledger.lock_for_dialling().unwrap();
        tell("dialling");
        return wait_to_be_released();
    }
    let sqlite = Sqlite::new();
    let target = sqlite.folder().join("backup.db");
    sqlite.ledger.backup(&target).unwrap();
    let mut other = OtherProcess::start(test, sqlite.folder());
    assert_eq!(other.hear().as_deref(), Some("dialling"));
    let before = names(sqlite.folder());
    let refused = SqliteLedger::restore(sqlite.folder(), &target);
    assert!(matches!(refused, Err(LedgerError::Locked { .. })), "{refused:?}");
    assert_eq!(names(sqlite.folder()), before);
    other.release();
    let folder = sqlite.folder().to_owned();
    let sqlite = sqlite.reopened();
    SqliteLedger::restore(&folder, &target).unwrap();
    drop(sqlite);
}
