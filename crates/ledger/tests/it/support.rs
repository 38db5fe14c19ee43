//! A ledger in a folder of its own, and other processes.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use outcall_campaign::regulation::Consent;
use outcall_campaign::{AttemptId, CampaignId, ContactId, ListId, PhoneNumber, UnixMillis};
use outcall_ledger::conformance::{
    AttemptFacts, ContactFacts, Fixture, RefusalFacts, Sample, sample_number,
};
use outcall_ledger::sqlite::ContactState;
use outcall_ledger::sqlite::Sync;
use outcall_ledger::sqlite::lists::{AddVerdict, NewContact};
use outcall_ledger::{Ledger, SqliteLedger};
use rusqlite::{Connection, params};

/// Monday, 2026-03-02, 12:00 UTC.
pub(crate) const NOON: UnixMillis = UnixMillis(1_772_452_800_000);

/// A ledger in a temporary folder.
pub(crate) struct Sqlite {
    // Dropped in this order: the writer ends before its folder goes.
    pub(crate) ledger: SqliteLedger,
    folder: tempfile::TempDir,
}

impl Sqlite {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The tests kill processes, not power: nothing here depends on waiting for the disk.
        Self { ledger: SqliteLedger::open(folder.path(), Sync::Off).unwrap(), folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn reopened(self) -> Self {
        let Self { ledger, folder } = self;
        drop(ledger);
        Self { ledger: SqliteLedger::open(folder.path(), Sync::Off).unwrap(), folder }
    }

    fn read(&self) -> Connection {
        Connection::open(database(self.folder())).unwrap()
    }
}

pub(crate) fn database(folder: &Path) -> PathBuf {
    folder.join("outcall.db")
}

/// A contact for an import.
pub(crate) fn new_contact(line: u64, sample: &Sample) -> NewContact {
    NewContact {
        line,
        numbers: sample.numbers.clone(),
        jurisdiction: "us".to_owned(),
        zones: sample.zones.to_owned(),
        consent: sample.consent,
        priority: sample.priority,
        name: format!("contact {line}"),
        language: None,
        external_id: sample.external_id.clone(),
        attributes: None,
    }
}

/// Contacts with the numbers `+1 202 555 NNNN`.
pub(crate) fn new_contacts(numbers: std::ops::Range<u16>) -> Vec<NewContact> {
    numbers.map(|number| new_contact(u64::from(number) + 1, &Sample::with(&[number]))).collect()
}

/// A campaign of the tenant `t`.
pub(crate) fn campaign(ledger: &SqliteLedger, name: &str) -> CampaignId {
    let tenant = ledger.tenant("t", NOON).unwrap();
    ledger.create_campaign(tenant, name, "", NOON).unwrap()
}

/// Imports contacts, whole.
pub(crate) fn import(
    ledger: &SqliteLedger,
    campaign: CampaignId,
    contacts: Vec<NewContact>,
    now: UnixMillis,
) -> (ListId, Vec<AddVerdict>) {
    let list = ledger.begin_list(campaign, "list.csv", "00", now).unwrap();
    let verdicts = ledger.add_contacts(list, contacts).unwrap();
    let added = verdicts.iter().filter(|&&verdict| verdict == AddVerdict::Added).count();
    ledger.finish_list(list, added as u64, "{}").unwrap();
    (list, verdicts)
}

impl Fixture for Sqlite {
    fn ledger(&self) -> &dyn Ledger {
        &self.ledger
    }

    fn campaign(&mut self, name: &str) -> CampaignId {
        campaign(&self.ledger, name)
    }

    fn contacts(
        &mut self,
        campaign: CampaignId,
        samples: &[Sample],
        now: UnixMillis,
    ) -> Vec<ContactId> {
        let contacts = (1..).zip(samples).map(|(line, sample)| new_contact(line, sample));
        let (list, _) = import(&self.ledger, campaign, contacts.collect(), now);
        let connection = self.read();
        let mut ids =
            connection.prepare("SELECT id FROM contact WHERE list_id = ?1 ORDER BY line").unwrap();
        ids.query_map([list.0], |row| row.get(0).map(ContactId))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    fn suppress(&mut self, campaign: Option<CampaignId>, number: PhoneNumber) {
        let tenant = self.ledger.tenant("t", NOON).unwrap();
        self.ledger.suppress(tenant, campaign, vec![number], "test", NOON).unwrap();
    }

    fn contact(&self, contact: ContactId) -> ContactFacts {
        let sql = "SELECT state, attempts, due_ms, number_index, hold, finish, last_disposition
                   FROM contact WHERE id = ?1";
        let facts = |row: &rusqlite::Row<'_>| {
            let last: Option<String> = row.get(6)?;
            Ok(ContactFacts {
                state: ContactState::from_code(row.get(0)?).unwrap(),
                attempts: row.get(1)?,
                due: UnixMillis(row.get(2)?),
                number_index: row.get(3)?,
                hold: row.get(4)?,
                finish: row.get(5)?,
                last_disposition: last.map(|code| code.parse().unwrap()),
            })
        };
        self.read().query_row(sql, [contact.0], facts).unwrap()
    }

    fn attempts(&self, campaign: CampaignId) -> Vec<AttemptFacts> {
        let connection = self.read();
        let sql = "SELECT contact_id, attempt_no, number, intent_ms, disposition FROM attempt
                   WHERE campaign_id = ?1 ORDER BY contact_id, attempt_no";
        let facts = |row: &rusqlite::Row<'_>| {
            let disposition: Option<String> = row.get(4)?;
            let (contact, attempt_no) = (ContactId(row.get(0)?), row.get(1)?);
            Ok(AttemptFacts {
                attempt: AttemptId { campaign, contact, attempt_no },
                number: PhoneNumber::from_digits(row.get(2)?).unwrap(),
                intent: UnixMillis(row.get(3)?),
                disposition: disposition.map(|code| code.parse().unwrap()),
            })
        };
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([campaign.0], facts).unwrap().map(Result::unwrap).collect()
    }

    fn refusals(&self, contact: ContactId) -> Vec<RefusalFacts> {
        let connection = self.read();
        let sql = "SELECT rule, at_ms, retry_ms FROM refusal WHERE contact_id = ?1 ORDER BY id";
        let facts = |row: &rusqlite::Row<'_>| {
            let rule: String = row.get(0)?;
            Ok(RefusalFacts {
                contact,
                rule: rule.parse().unwrap(),
                at: UnixMillis(row.get(1)?),
                retry_at: row.get::<_, Option<i64>>(2)?.map(UnixMillis),
            })
        };
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map(params![contact.0], facts).unwrap().map(Result::unwrap).collect()
    }

    fn reopen(self: Box<Self>) -> Box<dyn Fixture> {
        Box::new(self.reopened())
    }
}

#[test]
fn a_sample_is_who_it_says() {
    let sample = Sample::with(&[7, 8]);
    assert_eq!(sample.numbers, [sample_number(7), sample_number(8)]);
    assert_eq!(sample.consent, Consent::Express);
}

const CHILD_FOLDER: &str = "OUTCALL_LEDGER_TEST_FOLDER";

/// The folder to work in, when this process is one that [`OtherProcess::start`] has started.
pub(crate) fn as_other_process() -> Option<PathBuf> {
    std::env::var_os(CHILD_FOLDER).map(PathBuf::from)
}

/// Says something to the process that started this one.
pub(crate) fn tell(word: &str) {
    println!("\ntold: {word}");
}

/// Waits until the process that started this one lets go of it.
pub(crate) fn wait_to_be_released() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

/// A second process: this test program again, running the one test that started it.
pub(crate) struct OtherProcess {
    child: Child,
    release: Option<ChildStdin>,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl OtherProcess {
    /// `test` is the path of the calling test, which asks [`as_other_process`] first.
    pub(crate) fn start(test: &str, folder: &Path) -> Self {
        Self::start_as(Command::new(std::env::current_exe().unwrap()), test, folder)
    }

    /// With a command of one's own, to which the arguments of the test program are added.
    pub(crate) fn start_as(mut program: Command, test: &str, folder: &Path) -> Self {
        let mut child = program
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env(CHILD_FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let release = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, release, lines }
    }

    /// The next word that it tells; `None` when it has ended.
    pub(crate) fn hear(&mut self) -> Option<String> {
        self.lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| line.strip_prefix("told: ").map(str::to_owned))
    }

    /// Kills it without any warning.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets it go on to its end, which must be a good one.
    pub(crate) fn release(mut self) {
        drop(self.release.take());
        while self.hear().is_some() {}
        assert!(self.child.wait().unwrap().success());
    }
}
