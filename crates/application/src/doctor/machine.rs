//! Configuration, data folder, disk, database, clock.

use std::path::PathBuf;

use super::{Finding, bytes};

/// Less free than this is a warning: a day of recordings of one line.
const SPACE_WARN: u64 = 1 << 30;
/// With less than this, the ledger's log and a backup may find no room.
const SPACE_FAIL: u64 = 100 << 20;

/// The settings, and where they come from.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Where one is looked for otherwise.
    pub looked_for: PathBuf,
    /// What comes from elsewhere: `environment OUTCALL_CHANNELS`, `flag --data-dir`.
    pub others: Vec<String>,
    /// Settings of SIP and of the audio that cannot be: which, and what would be right.
    pub problems: Vec<String>,
    /// How many jurisdictions are known.
    pub regulations: Result<usize, String>,
}

/// Judges the configuration.
pub fn configuration(facts: &Configuration) -> Vec<Finding> {
    let mut found = match &facts.file {
        Some(file) => file.display().to_string(),
        None => format!("built-in defaults: there is no {}", facts.looked_for.display()),
    };
    for other in &facts.others {
        found = format!("{found}; {other}");
    }
    let mut all = vec![Finding::ok("configuration", found)];
    for problem in &facts.problems {
        let advice = "write it as told; `outcall config show` prints what is in force";
        all.push(Finding::failed("setting", problem, advice));
    }
    all.push(match &facts.regulations {
        Ok(count) => Finding::ok("regulation", format!("{count} jurisdictions")),
        Err(problem) => Finding::failed(
            "regulation",
            problem,
            "mend the file, or leave it out of regulation_files",
        ),
    });
    all
}

/// The data folder and its ledger.
#[derive(Clone, Debug)]
pub struct Data {
    /// The folder.
    pub folder: PathBuf,
    /// Whether it is there.
    pub exists: bool,
    /// Whether it can be written, or made when it is not there.
    pub writable: Result<(), String>,
    /// Room on the disk, in bytes, of the folder and of those that recordings go to.
    pub spaces: Vec<Space>,
    /// The format of the database, and the newest known here; `None` when there is none yet.
    pub database: Result<Option<(i64, i64)>, String>,
    /// The process that dials from it now.
    pub holder: Option<String>,
}

/// Room on the disk of a folder.
#[derive(Clone, Debug)]
pub struct Space {
    /// The folder.
    pub folder: PathBuf,
    /// Bytes that we may still write.
    pub free: Result<u64, String>,
}

/// Judges the data folder.
pub fn data(facts: &Data) -> Vec<Finding> {
    let folder = facts.folder.display();
    let mut all = vec![match &facts.writable {
        Ok(()) if facts.exists => Finding::ok("data_folder", folder.to_string()),
        Ok(()) => Finding::ok("data_folder", format!("{folder}: made when first needed")),
        Err(problem) => Finding::failed(
            "data_folder",
            format!("{folder} cannot be written: {problem}"),
            "give the user that runs outcall the right to write it, or name another by --data-dir",
        ),
    }];
    all.extend(facts.spaces.iter().map(space));
    all.push(database(facts));
    all
}

fn space(facts: &Space) -> Finding {
    let check = "disk_space";
    let folder = facts.folder.display();
    let advice = "make room: when the disk is full dialling stops and recordings are cut";
    let finding = match &facts.free {
        Err(problem) => Finding::warning(
            check,
            format!("unknown: {problem}"),
            "look at it with `df`: dialling stops when the disk is full",
        ),
        Ok(free) if *free < SPACE_FAIL => {
            Finding::failed(check, format!("{} free", bytes(*free)), advice)
        }
        Ok(free) if *free < SPACE_WARN => {
            Finding::warning(check, format!("{} free", bytes(*free)), advice)
        }
        Ok(free) => Finding::ok(check, format!("{} free", bytes(*free))),
    };
    finding.of(folder.to_string())
}

fn database(facts: &Data) -> Finding {
    let check = "database";
    let mut found = match &facts.database {
        Err(problem) => {
            let advice = "see docs/guide/operating.md; `outcall restore FILE` puts a backup in its \
                          place";
            return Finding::failed(check, problem, advice);
        }
        Ok(None) => "none yet: made when first needed".to_owned(),
        Ok(Some((format, newest))) if format < newest => {
            format!("format {format}: brought to {newest} when it is next opened")
        }
        Ok(Some((format, _))) => format!("format {format}, the newest"),
    };
    if let Some(holder) = &facts.holder {
        found = format!("{found}; {holder} dials from it now, a second one would be refused");
    }
    Finding::ok(check, found)
}

/// Who keeps the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// This program, and the clock is right.
    Synchronised(&'static str),
    /// This program runs; how well it does only it can tell, by this command.
    Runs(&'static str, &'static str),
    /// This program runs, and has not set the clock yet.
    NotYet(&'static str),
    /// Nobody that is known here.
    Nobody,
}

/// The clock and the zones.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Who keeps it.
    pub keeper: Keeper,
    /// Whether time zones are known.
    pub zones: Result<(), String>,
}

/// Judges the clock.
pub fn clock(facts: &Clock) -> Vec<Finding> {
    let check = "clock";
    let kept = match facts.keeper {
        Keeper::Synchronised(who) => Finding::ok(check, format!("synchronised by {who}")),
        Keeper::Runs(who, how) => {
            Finding::ok(check, format!("{who} keeps it; `{how}` says how well"))
        }
        Keeper::NotYet(who) => Finding::warning(
            check,
            format!("{who} runs and has not set it yet"),
            "let this machine reach a time server: calling windows go by its clock",
        ),
        Keeper::Nobody => Finding::warning(
            check,
            "nothing is known to keep it",
            "install chrony or systemd-timesyncd; in a container the host keeps it: look there",
        ),
    };
    let zones = match &facts.zones {
        Ok(()) => Finding::ok("time_zones", "known"),
        Err(problem) => Finding::failed(
            "time_zones",
            problem,
            "without them no window opens: build the program anew",
        ),
    };
    vec![kept, zones]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    fn facts() -> Data {
        Data {
            folder: "data".into(),
            exists: true,
            writable: Ok(()),
            spaces: vec![Space { folder: "data".into(), free: Ok(SPACE_WARN) }],
            database: Ok(Some((3, 3))),
            holder: None,
        }
    }

    fn states(findings: &[Finding]) -> Vec<State> {
        findings.iter().map(|finding| finding.state).collect()
    }

    #[test]
    fn a_folder_with_room_and_a_ledger_of_today_is_well() {
        assert_eq!(states(&data(&facts())), [State::Ok; 3]);
        let none = Data { exists: false, database: Ok(None), ..facts() };
        assert_eq!(states(&data(&none)), [State::Ok; 3]);
    }

    #[test]
    fn the_room_on_the_disk_warns_below_a_gibibyte_and_fails_below_100_mebibytes() {
        let of = |free| space(&Space { folder: "data".into(), free: Ok(free) }).state;
        assert_eq!(of(SPACE_WARN), State::Ok);
        assert_eq!(of(SPACE_WARN - 1), State::Warning);
        assert_eq!(of(SPACE_FAIL), State::Warning);
        assert_eq!(of(SPACE_FAIL - 1), State::Failed);
        let unknown = Space { folder: "data".into(), free: Err("no".to_owned()) };
        assert_eq!(space(&unknown).state, State::Warning);
    }

    #[test]
    fn a_folder_that_cannot_be_written_and_a_damaged_ledger_fail() {
        let closed = Data { writable: Err("permission denied".to_owned()), ..facts() };
        assert_eq!(data(&closed)[0].state, State::Failed);
        let newer = Data { database: Err("a newer program wrote it".to_owned()), ..facts() };
        assert_eq!(data(&newer)[2].state, State::Failed);
    }

    #[test]
    fn an_older_ledger_and_a_process_that_dials_are_told() {
        let older = Data { database: Ok(Some((2, 3))), ..facts() };
        assert!(data(&older)[2].found.contains("brought to 3"));
        let busy = Data { holder: Some("process 7".to_owned()), ..facts() };
        let busy = &data(&busy)[2];
        assert!(busy.state == State::Ok && busy.found.contains("process 7 dials"), "{busy:?}");
    }

    #[test]
    fn a_clock_that_nobody_keeps_is_a_warning() {
        let of = |keeper| clock(&Clock { keeper, zones: Ok(()) })[0].state;
        assert_eq!(of(Keeper::Synchronised("systemd-timesyncd")), State::Ok);
        assert_eq!(of(Keeper::Runs("chrony", "chronyc tracking")), State::Ok);
        assert_eq!(of(Keeper::NotYet("systemd-timesyncd")), State::Warning);
        assert_eq!(of(Keeper::Nobody), State::Warning);
        let blind = Clock { keeper: Keeper::Nobody, zones: Err("none".to_owned()) };
        assert_eq!(clock(&blind)[1].state, State::Failed);
    }

    #[test]
    fn where_the_settings_come_from_is_told_and_each_problem_is_a_finding() {
        let facts = Configuration {
            file: None,
            looked_for: "data/outcall.toml".into(),
            others: vec!["environment OUTCALL_CHANNELS".to_owned()],
            problems: vec!["sip.udp: there is no address to listen at".to_owned()],
            regulations: Ok(4),
        };
        let found = configuration(&facts);
        assert!(found[0].found.contains("no data/outcall.toml; environment OUTCALL_CHANNELS"));
        assert_eq!(states(&found), [State::Ok, State::Failed, State::Ok]);
        let law = Configuration { regulations: Err("us.toml: line 3".to_owned()), ..facts };
        assert_eq!(configuration(&law)[2].state, State::Failed);
    }
}
