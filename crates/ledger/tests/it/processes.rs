//! Two processes on one ledger, and a process whose disk is full.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;

use outcall_campaign::attempt::Phase;
use outcall_campaign::gate::{DialRules, LocaleRules};
use outcall_campaign::lifecycle::{CampaignCommand, CampaignState};
use outcall_campaign::regulation::Consent;
use outcall_campaign::{Calendar, CallingCalendar, CampaignId, RetryRules, UnixMillis, ZoneSet};
use outcall_ledger::conformance::{Fixture, sample_number};
use outcall_ledger::sqlite::Sync;
use outcall_ledger::{
    ClaimRequest, Claimed, Epoch, Ledger, LedgerError, ProgressMark, Reply, SqliteLedger,
};

use crate::support::{
    NOON, OtherProcess, Sqlite, as_other_process, campaign, import, new_contacts, tell,
    wait_to_be_released,
};

fn ask<T: Send + 'static>(ask: impl FnOnce(Reply<T>)) -> Result<T, LedgerError> {
    let (answer, answered) = crossbeam_channel::bounded(1);
    ask(Box::new(move |result| assert!(answer.send(result).is_ok(), "it is waited for")));
    answered.recv().unwrap()
}

fn always_open(ledger: &SqliteLedger, campaign: CampaignId) -> Arc<DialRules> {
    let calendar = Arc::new(CallingCalendar::new([Calendar::always()]));
    let locales = ledger.reader().unwrap().locales(campaign).unwrap();
    let rules = |zones: &str| LocaleRules {
        zones: ZoneSet::parse(zones).unwrap(),
        calendar: Arc::clone(&calendar),
        caps: Arc::new([]),
        consent: Consent::None,
    };
    let locales = locales.iter().map(|locale| (locale.id, rules(&locale.zones))).collect();
    Arc::new(DialRules { locales, retry: RetryRules::default() })
}

fn claim(
    ledger: &SqliteLedger,
    epoch: Epoch,
    campaign: CampaignId,
    now: UnixMillis,
    want: u32,
) -> Result<Claimed, LedgerError> {
    let rules = always_open(ledger, campaign);
    let request = ClaimRequest { epoch, campaign, rules, now, want, send_within_ms: 5_000 };
    ask(|reply| ledger.claim(request, reply))
}

fn running(ledger: &SqliteLedger, contacts: u16) -> CampaignId {
    let campaign = campaign(ledger, "c");
    import(ledger, campaign, new_contacts(0..contacts), NOON);
    ledger.command(campaign, CampaignCommand::Prepare, NOON).unwrap();
    ledger.command(campaign, CampaignCommand::Start, NOON).unwrap();
    campaign
}

fn take_over(ledger: &SqliteLedger) -> Epoch {
    ask(|reply| ledger.take_over(NOON, reply)).unwrap()
}

#[test]
fn one_process_dials_at_a_time_and_a_death_lets_go() {
    let test = "processes::one_process_dials_at_a_time_and_a_death_lets_go";
    if let Some(folder) = as_other_process() {
        let ledger = SqliteLedger::open(&folder, Sync::Off).unwrap();
        let _lock = ledger.lock_for_dialling().unwrap();
        tell(&std::process::id().to_string());
        return wait_to_be_released();
    }
    let sqlite = Sqlite::new();
    assert!(!sqlite.ledger.is_dialling());
    let mut other = OtherProcess::start(test, sqlite.folder());
    let id = other.hear().unwrap();
    assert!(sqlite.ledger.is_dialling());
    let refused = sqlite.ledger.lock_for_dialling().unwrap_err();
    assert!(
        matches!(&refused, LedgerError::Locked { holder } if *holder == format!("process {id}")),
        "{refused:?}"
    );
    // Whoever does not dial may write beside it.
    campaign(&sqlite.ledger, "c");
    other.kill();
    assert!(!sqlite.ledger.is_dialling());
    let mine = sqlite.ledger.lock_for_dialling().unwrap();
    assert!(sqlite.ledger.lock_for_dialling().is_err());
    drop(mine);
    assert!(!sqlite.ledger.is_dialling());
}

#[test]
fn looking_whether_somebody_dials_keeps_nobody_from_dialling() {
    let sqlite = Sqlite::new();
    let (stop, stopped) = crossbeam_channel::bounded::<()>(0);
    let ledger = &sqlite.ledger;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while stopped.try_recv() == Err(crossbeam_channel::TryRecvError::Empty) {
                ledger.is_dialling();
            }
        });
        for _ in 0..2_000 {
            drop(ledger.lock_for_dialling().unwrap());
        }
        drop(stop);
    });
}

#[test]
fn what_another_process_writes_is_seen_by_the_next_claim() {
    let sqlite = Sqlite::new();
    let engine = &sqlite.ledger;
    let campaign = running(engine, 1);
    let epoch = take_over(engine);
    let claim = |want| claim(engine, epoch, campaign, NOON, want).unwrap();
    assert_eq!(claim(9).intents.len(), 1);
    assert_eq!(claim(9).next_due, None, "and the engine remembers that");
    let command = SqliteLedger::open(sqlite.folder(), Sync::Off).unwrap();
    import(&command, campaign, new_contacts(1..5), NOON);
    assert_eq!(claim(1).intents.len(), 1);
    let tenant = command.tenant("t", NOON).unwrap();
    command.suppress(tenant, None, (0..4).map(sample_number).collect(), "test", NOON).unwrap();
    assert_eq!(claim(1).intents[0].number, sample_number(4));
    import(&command, campaign, new_contacts(6..8), NOON);
    command.command(campaign, CampaignCommand::Pause, NOON).unwrap();
    let claimed = claim(9);
    assert_eq!((claimed.state, claimed.intents.len()), (CampaignState::Pausing, 0));
}

#[test]
fn what_a_killed_process_was_told_is_in_the_ledger() {
    let test = "processes::what_a_killed_process_was_told_is_in_the_ledger";
    if let Some(folder) = as_other_process() {
        let ledger = SqliteLedger::open(&folder, Sync::Full).unwrap();
        let campaign = ledger.reader().unwrap().campaigns("t").unwrap()[0].id;
        let epoch = take_over(&ledger);
        let claimed = claim(&ledger, epoch, campaign, NOON, 7).unwrap();
        for intent in &claimed.intents {
            let mark = ProgressMark { attempt: intent.attempt, phase: Phase::Invited, at: NOON };
            ask(|reply| ledger.mark(vec![mark], reply)).unwrap();
            tell(&intent.attempt.to_string());
        }
        tell("all");
        return wait_to_be_released();
    }
    let sqlite = Sqlite::new();
    let campaign = running(&sqlite.ledger, 20);
    let mut other = OtherProcess::start(test, sqlite.folder());
    let mut told = BTreeSet::new();
    while let Some(attempt) = other.hear().filter(|word| word != "all") {
        told.insert(attempt);
    }
    other.kill();
    let epoch = take_over(&sqlite.ledger);
    let rules = always_open(&sqlite.ledger, campaign);
    let found = ask(|reply| sqlite.ledger.recover(epoch, campaign, rules, NOON, reply)).unwrap();
    assert!(found.iter().all(|found| found.phase == Phase::Invited));
    let found: BTreeSet<_> = found.iter().map(|found| found.attempt.to_string()).collect();
    assert_eq!((told.len(), &found), (7, &told));
}

/// Claims one by one until the ledger fails, and tells what was claimed.
fn claim_until_it_fails(ledger: &SqliteLedger, epoch: Epoch, campaign: CampaignId) {
    loop {
        match claim(ledger, epoch, campaign, NOON, 1) {
            Ok(claimed) => {
                assert_eq!(claimed.intents.len(), 1, "the disk is full before the list ends");
                tell(&claimed.intents[0].attempt.to_string());
            }
            Err(error) => {
                assert!(error.is_passing(), "{error:?}");
                return tell("full");
            }
        }
    }
}

/// This test program with a limit on the size of the files that it may write, in KiB.
fn with_small_files(limit_kib: u32) -> Command {
    let mut command = Command::new("sh");
    // Without the trap the limit would end the process instead of failing the write.
    let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\" \"$@\"", 2 * limit_kib);
    command.arg("-c").arg(script).arg(std::env::current_exe().unwrap());
    command
}

#[test]
fn a_full_disk_loses_nothing_and_dialling_goes_on_when_there_is_room() {
    let test = "processes::a_full_disk_loses_nothing_and_dialling_goes_on_when_there_is_room";
    if let Some(folder) = as_other_process() {
        let ledger = SqliteLedger::open(&folder, Sync::Full).unwrap();
        let campaign = ledger.reader().unwrap().campaigns("t").unwrap()[0].id;
        let epoch = take_over(&ledger);
        claim_until_it_fails(&ledger, epoch, campaign);
        let process = std::process::id().to_string();
        let raised =
            Command::new("prlimit").args(["--fsize=unlimited:", "--pid", &process]).status();
        assert!(raised.unwrap().success());
        for _ in 0..20 {
            let claimed = claim(&ledger, epoch, campaign, NOON, 1).unwrap();
            tell(&claimed.intents[0].attempt.to_string());
        }
        return;
    }
    let sqlite = Sqlite::new();
    let campaign = running(&sqlite.ledger, 1_000);
    let sqlite = sqlite.reopened();
    let mut other = OtherProcess::start_as(with_small_files(1_024), test, sqlite.folder());
    let (mut told, mut full) = (BTreeSet::new(), 0);
    while let Some(word) = other.hear() {
        match word.as_str() {
            "full" => full += 1,
            attempt => assert!(told.insert(attempt.to_owned()), "{attempt} twice"),
        }
    }
    other.release();
    assert_eq!(full, 1);
    assert!(told.len() > 21, "some before and some after: {}", told.len());
    let sqlite = sqlite.reopened();
    let held: BTreeSet<_> =
        sqlite.attempts(campaign).iter().map(|facts| facts.attempt.to_string()).collect();
    assert_eq!(held, told, "what was told is there, and what failed is not");
}
