//! The folder, the programs and the ports of a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::civil::DateTime;
use serde_json::Value;

use super::truth::{self, Truth};
use super::{DemoArgs, show};
use crate::peers::ports::{self, Transport};
use crate::peers::process::Peer;
use crate::peers::procfs;

/// Numbers that the import must refuse, whoever else is on the list.
const BROKEN: &[&str] = &["call me", "+1202555"];
/// How long a program may take to end, and how often a run is looked at.
const FAREWELL: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(1_000);

/// Where a run takes place.
pub(super) struct Stage {
    program: PathBuf,
    folder: PathBuf,
    farm_port: u16,
    seed: u64,
    contacts: usize,
    /// A run before this one did not come to its end: this one goes on with it.
    goes_on: bool,
}

impl Stage {
    /// Makes the folder: the list with its appointments in the coming weeks, the people, the
    /// settings with ports that are free. A folder with a campaign that has not ended is kept.
    pub(super) fn set(arguments: &DemoArgs, program: &Path, booking: u16) -> Result<Self> {
        let scenario = fs_err::canonicalize(&arguments.scenario)?;
        let (sip, farm_port) = (ports::free()?, ports::free()?);
        fs_err::create_dir_all(&arguments.folder)?;
        let folder = fs_err::canonicalize(&arguments.folder)?;
        let goes_on = folder.join("unfinished").exists();
        if !goes_on {
            for name in ["data", "recordings", "far", "report.html"] {
                remove(&folder.join(name))?;
            }
            for entry in fs_err::read_dir(&folder)?.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with("truth-") {
                    fs_err::remove_file(entry.path())?;
                }
            }
        }
        let read =
            |name: &str| fs_err::read_to_string(scenario.join(name)).map_err(anyhow::Error::from);
        let whole = read("contacts.csv")?;
        let whole = lengthened(&whole, arguments.contacts.unwrap_or_default());
        let list = list(&whole, arguments.contacts, today()?)?;
        let contacts = list.lines().count() - 1 - BROKEN.len();
        fs_err::write(folder.join("contacts.csv"), list)?;
        let people = match &arguments.people {
            Some(file) => fs_err::read_to_string(file)?,
            None => read("people.yaml")?,
        };
        fs_err::write(folder.join("people.yaml"), people)?;
        let mut campaign = read("campaign.toml")?;
        let mut trunk = Vec::new();
        if let Some(at_once) = arguments.at_once {
            for name in ["max_concurrency", "robots"] {
                campaign = set(&campaign, name, &at_once.to_string())?;
            }
            // A call takes some 20 s: they are to be reached before the first ones end.
            let calls_per_second = (f64::from(at_once) / 8.0).max(2.0);
            trunk.push(("channels", (at_once + 4).to_string()));
            trunk.push(("calls_per_second", format!("{calls_per_second:.1}")));
        }
        fs_err::write(folder.join("campaign.toml"), campaign)?;
        let models = fs_err::canonicalize(&arguments.models)
            .context("the models are missing: `cargo xtask models` fetches them")?;
        let practice = scenario.join("../practice/practice.toml");
        let mut settings = read("outcall.toml")?;
        for (name, value) in &trunk {
            settings = set(&settings, name, value)?;
        }
        let settings = settings
            .replace("../practice/practice.toml", &practice.display().to_string())
            .replace("\"scenario.yaml\"", &format!("{:?}", scenario.join("scenario.yaml")))
            .replace("127.0.0.1:5060", &format!("127.0.0.1:{sip}"))
            .replace("127.0.0.1:5070", &format!("127.0.0.1:{farm_port}"))
            .replace("127.0.0.1:8099", &format!("127.0.0.1:{booking}"));
        let settings = format!("models_dir = {models:?}\n{settings}");
        fs_err::write(folder.join("outcall.toml"), settings)?;
        let program = fs_err::canonicalize(program)
            .with_context(|| format!("there is no program {}", program.display()))?;
        let seed = arguments.seed;
        Ok(Self { program, folder, farm_port, seed, contacts, goes_on })
    }

    /// The same in an empty folder.
    pub(super) fn set_anew(arguments: &DemoArgs, program: &Path, booking: u16) -> Result<Self> {
        remove(&arguments.folder.join("unfinished"))?;
        Self::set(arguments, program, booking)
    }

    /// Where everything is kept.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn outcall(&self, arguments: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.folder).args(["--config", "outcall.toml"]);
        command.args(arguments.split(' '));
        command
    }

    /// Runs a command to its end; what it prints.
    fn ask(&self, arguments: &str) -> Result<String> {
        let output = self.outcall(arguments).output()?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "outcall {arguments}: {complaint}");
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The same, shown with what it is for.
    fn show(&self, purpose: &str, arguments: &str) -> Result<()> {
        println!("\n# {purpose}\n$ outcall {arguments}");
        print!("{}", self.ask(arguments)?);
        Ok(())
    }

    /// The rows of its list, by column.
    pub(super) fn rows(&self) -> Result<Vec<BTreeMap<String, String>>> {
        let text = fs_err::read_to_string(self.folder.join("contacts.csv"))?;
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().context("the list is empty")?.split(',').collect();
        let row = |line: &str| {
            let fields = header.iter().zip(line.split(','));
            fields.map(|(name, field)| ((*name).to_owned(), field.to_owned())).collect()
        };
        Ok(lines.map(row).collect())
    }

    /// Sends each number over a trunk of its own, to a port of this machine.
    pub(super) fn route(&self, ports: &[(String, u16)]) -> Result<()> {
        let file = self.folder.join("outcall.toml");
        let settings = fs_err::read_to_string(&file)?;
        let (before, rest) =
            settings.split_once("[[sip.trunks]]").context("the settings have no trunk")?;
        let after = rest.find("\n[").map_or("", |end| &rest[end..]);
        let mut trunks = String::new();
        for (nth, (number, port)) in ports.iter().enumerate() {
            let digits = number.trim_start_matches('+');
            trunks += &format!(
                "[[sip.trunks]]\nname = \"telephone-{nth}\"\nuri = \"sip:127.0.0.1:{port}\"\n\
                 channels = 1\ncalls_per_second = 1.0\n\n[[sip.routes]]\n\
                 prefix = \"{digits}\"\ntrunk = \"telephone-{nth}\"\n\n"
            );
        }
        fs_err::write(&file, format!("{before}{trunks}{after}"))?;
        Ok(())
    }

    /// Holds the campaign with whoever takes the calls; what the ledger says of it.
    pub(super) fn call_others(&self, limit: Duration) -> Result<String> {
        self.show("a campaign", "campaign create --file campaign.toml")?;
        self.show("its list", "contacts import --campaign 1 contacts.csv")?;
        println!("\n# call them\n$ outcall campaign run 1 --carrier sip");
        let mut outcall = Run::dial(self)?;
        let ended = outcall.wait(limit)?;
        ensure!(ended.status.success(), "the campaign failed: {}", outcall.last_words());
        self.show("what came of it", "campaign report 1")?;
        let export = self.ask("campaign export 1")?;
        fs_err::write(self.folder.join("attempts.jsonl"), &export)?;
        Ok(export)
    }

    fn truths(&self) -> Result<Vec<Truth>> {
        let mut all = Vec::new();
        let mut files: Vec<PathBuf> =
            fs_err::read_dir(&self.folder)?.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with("truth-") {
                all.extend(truth::read(&file)?);
            }
        }
        Ok(all)
    }

    fn start_farm(&self) -> Result<Peer> {
        println!("\n# the people: their voices are rendered, once, and they wait to be called");
        let mut prepare = self.outcall("farm --people people.yaml --voices ../voices --prepare");
        prepare.arg("--seed").arg(self.seed.to_string());
        ensure!(prepare.status()?.success(), "what people say cannot be rendered");
        let nth = fs_err::read_dir(&self.folder)?
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("truth-"))
            .count();
        let mut command = Command::new(&self.program);
        command.arg("--config").arg("outcall.toml");
        command.args(["farm", "--json", "--people", "people.yaml", "--voices", "../voices"]);
        command.args(["--record", "far", "--truth", &format!("truth-{}.jsonl", nth + 1)]);
        command.args(["--sip", &format!("127.0.0.1:{}", self.farm_port)]);
        command.args(["--seed", &self.seed.to_string()]);
        let mut farm = Peer::start("farm", &self.folder, &mut command)?;
        ports::wait_bound(&mut farm, self.farm_port, Transport::Udp)?;
        Ok(farm)
    }
}

/// What a run took.
#[derive(Debug, Default)]
pub(super) struct Usage {
    /// Calls at once, each second.
    pub at_once: Vec<u64>,
    pub seconds: f64,
    /// Processor time of the program and of the people, in s.
    pub cpu_s: f64,
    pub farm_cpu_s: f64,
    /// Processor time of both so far, in s, each second.
    pub cpu_by_then_s: Vec<f64>,
    /// What the program has printed.
    pub log: String,
}

/// The programs at work.
pub(super) struct Run {
    farm: Peer,
    outcall: Peer,
}

impl Run {
    /// Starts the people and the campaign.
    pub(super) fn start(stage: &Stage) -> Result<Self> {
        let farm = stage.start_farm()?;
        if stage.goes_on {
            println!("\n# an earlier run did not come to its end: this one goes on with it");
        } else {
            stage.show("a campaign", "campaign create --file campaign.toml")?;
            stage.show("its list", "contacts import --campaign 1 contacts.csv")?;
            fs_err::write(stage.folder.join("unfinished"), "")?;
        }
        println!("\n# call them\n$ outcall campaign run 1 --carrier sip");
        let outcall = Self::dial(stage)?;
        Ok(Self { farm, outcall })
    }

    fn dial(stage: &Stage) -> Result<Peer> {
        let mut command = stage.outcall("--quiet campaign run 1 --carrier sip");
        Peer::start("outcall", &stage.folder, &mut command)
    }

    /// Shows how far the campaign is, until it has ended or the time has passed.
    pub(super) fn watch_for(&mut self, stage: &Stage, limit: Duration) -> Result<Usage> {
        let began = super::now();
        let until = began + limit;
        let mut bar = show::Bar::new(stage.contacts);
        let mut usage = Usage::default();
        while !self.outcall.has_ended()? && super::now() < until {
            std::thread::sleep(LOOK);
            // The database may be between two states of its files for a moment.
            let report = stage.ask("--json campaign report 1").unwrap_or_default();
            let report: Value = serde_json::from_str(&report).unwrap_or_default();
            bar.update(&report, &stage.truths()?);
            usage.at_once.push(report["open_attempts"].as_u64().unwrap_or_default());
            let both = [self.outcall.id(), self.farm.id()].map(procfs::stat);
            usage.cpu_by_then_s.push(both.iter().flatten().map(|stat| stat.cpu_s).sum());
        }
        bar.end();
        usage.farm_cpu_s = procfs::stat(self.farm.id()).map_or(0.0, |stat| stat.cpu_s);
        usage.seconds = super::now().duration_since(began).as_secs_f64();
        if self.outcall.has_ended()? {
            usage.cpu_s = self.outcall.wait(FAREWELL)?.cpu_s;
            usage.log = self.outcall.log()?;
        }
        Ok(usage)
    }

    /// Kills the dialling program without a word, and starts it again.
    pub(super) fn kill_and_restart(&mut self, stage: &Stage) -> Result<()> {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.outcall.id())?);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL)?;
        self.outcall.wait(FAREWELL)?;
        self.outcall = Self::dial(stage)?;
        Ok(())
    }

    /// Ends the people, when the campaign has ended; what the ledger and what they say.
    pub(super) fn end(mut self, stage: &Stage) -> Result<(String, Vec<Truth>)> {
        let ended = self.outcall.wait(FAREWELL)?;
        // 3: the campaign cannot go on by itself, which uncertain calls are the reason of.
        let well = ended.status.success() || ended.status.code() == Some(3);
        ensure!(well, "the campaign failed: {}", self.outcall.last_words());
        self.farm.terminate();
        self.farm.wait(FAREWELL)?;
        drop(self.farm);
        remove(&stage.folder.join("unfinished"))?;
        stage.show("what came of it", "campaign report 1")?;
        let export = stage.ask("campaign export 1")?;
        fs_err::write(stage.folder.join("attempts.jsonl"), &export)?;
        Ok((export, stage.truths()?))
    }
}

/// A list with so many contacts at least: those of the list again and again, with numbers of their
/// own, which differ in the last digit but three.
fn lengthened(text: &str, contacts: usize) -> String {
    let rows: Vec<&str> = text.lines().skip(1).filter(|row| row.starts_with('+')).collect();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for copy in ['1', '2', '3'] {
        for row in &rows {
            if lines.len() > contacts {
                break;
            }
            let Some((number, rest)) = row.split_once(',') else { continue };
            let at = number.len().saturating_sub(4);
            if number.get(at..=at) == Some("0") {
                lines.push(format!("{}{copy}{},{rest}", &number[..at], &number[at + 1..]));
            }
        }
    }
    lines.join("\n") + "\n"
}

/// A list with its appointments in the coming weeks, at the times of day and on the weekdays that
/// it names, and with rows that must be refused.
fn list(text: &str, contacts: Option<usize>, today: DateTime) -> Result<String> {
    let mut lines = text.lines();
    let header = lines.next().context("the list is empty")?;
    let columns: Vec<&str> = header.split(',').collect();
    let column = columns.iter().position(|name| *name == "appointment");
    let column = column.context("the list has no column 'appointment'")?;
    let mut out = vec![header.to_owned()];
    for line in lines.take(contacts.unwrap_or(usize::MAX)) {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let Some(field) = fields.get_mut(column)
            && let Ok(mut at) = field.parse::<DateTime>()
        {
            while at <= today {
                at = at.checked_add(jiff::Span::new().weeks(1))?;
            }
            *field = at.strftime("%Y-%m-%dT%H:%M").to_string();
        }
        out.push(fields.join(","));
    }
    let phone = columns.iter().position(|name| *name == "phone");
    let phone = phone.context("the list has no column 'phone'")?;
    // Otherwise these rows are as the last one.
    let last: Vec<String> =
        out.last().into_iter().flat_map(|row| row.split(',')).map(str::to_owned).collect();
    for &number in BROKEN {
        let mut fields = last.clone();
        if let Some(field) = fields.get_mut(phone) {
            number.clone_into(field);
        }
        out.push(fields.join(","));
    }
    Ok(out.join("\n") + "\n")
}

/// A file of settings in which the line of one of them has another value.
fn set(text: &str, name: &str, value: &str) -> Result<String> {
    let begins = format!("{name} = ");
    ensure!(text.lines().any(|line| line.starts_with(&begins)), "there is no setting {name}");
    let lines = text.lines().map(|line| match line.starts_with(&begins) {
        true => format!("{name} = {value}\n"),
        false => format!("{line}\n"),
    });
    Ok(lines.collect())
}

fn remove(path: &Path) -> Result<()> {
    match path {
        path if path.is_dir() => fs_err::remove_dir_all(path)?,
        path if path.exists() => fs_err::remove_file(path)?,
        _ => {}
    }
    Ok(())
}

pub(super) fn today() -> Result<DateTime> {
    use std::time::{SystemTime, UNIX_EPOCH};
    #[expect(clippy::disallowed_methods, reason = "the harness runs in the world's time")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let seconds = i64::try_from(since.as_secs())?;
    Ok(jiff::Timestamp::from_second(seconds)?.to_zoned(jiff::tz::TimeZone::UTC).datetime())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_is_not_there_is_not_set() {
        let text = "# robots = 3\nrobots = 16\nring = 2\n";
        assert_eq!(set(text, "robots", "4").unwrap(), "# robots = 3\nrobots = 4\nring = 2\n");
        assert!(set(text, "channels", "4").is_err());
    }

    #[test]
    fn a_list_that_is_too_short_is_called_again_by_other_numbers() {
        let text = "phone,name\n+14155550102,Ann\nnot known,Bo\n+442079460000,Cy\n";
        assert_eq!(lengthened(text, 3), text);
        let longer = lengthened(text, 5);
        assert_eq!(longer, format!("{text}+14155551102,Ann\n+442079461000,Cy\n"));
        assert_eq!(lengthened(text, 1_000).lines().count(), 1 + 3 + 6, "three times at most");
    }

    #[test]
    fn appointments_move_by_whole_weeks_into_the_future() {
        let text = "phone,appointment\n+1,2026-03-27T09:45\n+2,2027-01-05T10:00\n+3,none\n";
        let today = "2026-11-27T04:00:00".parse().unwrap();
        let list = list(text, Some(3), today).unwrap();
        let rows: Vec<&str> = list.lines().collect();
        assert_eq!(rows[1..4], ["+1,2026-11-27T09:45", "+2,2027-01-05T10:00", "+3,none"]);
        assert_eq!(rows.len(), 4 + BROKEN.len());
    }
}
