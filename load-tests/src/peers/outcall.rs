//! The program under test on SIP: its configuration, its list, its run and what its ledger says.
//!
//! This is the only place that knows the form of its configuration file.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use outcall_campaign::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ports::{self, Transport};
use super::process::Peer;
use crate::crash::list::open_place;

/// Area codes of the United States. With the exchanges 550 to 559 they give numbers that can
/// exist; no call leaves this machine.
const AREAS: [u64; 12] = [202, 205, 206, 212, 213, 214, 215, 216, 301, 302, 303, 304];

/// An area of its own, for routes that a part of the list is to take.
const OTHER_AREA: u64 = 614;

/// The digits that begin the numbers of [`other_number`], as routes want them.
pub(crate) const OTHER_PREFIX: &str = "1614";

/// How many numbers an area has.
const NUMBERS_PER_AREA: u64 = 100_000;

/// The nth number in E.164 form; distinct up to 1,200,000.
pub(crate) fn number(nth: u64) -> String {
    let area = AREAS[(nth / NUMBERS_PER_AREA) as usize % AREAS.len()];
    format!("+1{area}55{:05}", nth % NUMBERS_PER_AREA)
}

/// The nth number that begins with [`OTHER_PREFIX`]; distinct up to 60,000. Its last two digits are
/// from 40 to 99: the farm's callees with these answer and speak.
pub(crate) fn other_number(nth: u64) -> String {
    let (hundreds, rest) = (nth / 60 % (NUMBERS_PER_AREA / 100), 40 + nth % 60);
    format!("+1{OTHER_AREA}55{hundreds:03}{rest:02}")
}

/// A trunk of the configuration.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Trunk {
    /// Its name.
    pub name: &'static str,
    /// Where it is.
    pub uri: String,
    /// How many calls at once; the setup's when it is written.
    pub channels: u32,
    /// How many calls per second; the setup's when it is written.
    pub calls_per_second: f64,
    /// How long the rate rises, in s.
    pub ramp_s: u32,
    /// How often it is asked whether it is there, in s; 0 for never.
    pub options_every_s: u32,
    /// The name for digest authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<&'static str>,
    /// The password for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<&'static str>,
    /// Whether reliable provisional responses are acknowledged.
    #[serde(skip_serializing_if = "is_false")]
    pub prack: bool,
    /// The session timer, in s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_timer_s: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Trunk {
    /// A trunk to a port of this machine.
    pub(crate) fn new(name: &'static str, port: u16, transport: Transport) -> Self {
        let parameter = match transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
        };
        Self {
            name,
            uri: format!("sip:127.0.0.1:{port}{parameter}"),
            channels: 0,
            calls_per_second: 0.0,
            ramp_s: 1,
            options_every_s: 0,
            username: None,
            password: None,
            prack: false,
            session_timer_s: None,
        }
    }
}

/// Which numbers take which trunk.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Route {
    /// The first digits of the number, without `+`.
    pub prefix: &'static str,
    /// The trunk.
    pub trunk: &'static str,
    /// Its price.
    pub cost: f64,
}

/// What the robot does when somebody answers.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Conversation {
    /// What it plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// How long it stays after that, in ms.
    pub hold_ms: u64,
    /// Where it records to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<PathBuf>,
}

/// Everything that a run is told.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// The trunks; channels and rates are set from those below.
    pub trunks: Vec<Trunk>,
    /// Which numbers go where; with none, everywhere.
    pub routes: Vec<Route>,
    /// What robots do.
    pub conversation: Conversation,
    /// How many calls and robots at once.
    pub channels: u32,
    /// How many calls per second.
    pub calls_per_s: u32,
    /// The first and the last media port.
    pub media: (u16, u16),
    /// How long it may ring, in s; the rules of the place ask for 15 at least.
    pub ring_timeout_s: u32,
    /// After how many s who was busy is called once more; never when left out.
    pub busy_again_s: Option<u32>,
}

impl Setup {
    /// A handful of calls over one trunk.
    pub(crate) fn handful(trunk: Trunk) -> Result<Self> {
        Ok(Self {
            trunks: vec![trunk],
            routes: Vec::new(),
            conversation: Conversation::default(),
            channels: 100,
            calls_per_s: 20,
            media: ports::media_range()?,
            ring_timeout_s: 15,
            busy_again_s: None,
        })
    }

    /// The configuration file.
    fn configuration(&self, udp: u16, tcp: u16) -> Result<String> {
        #[derive(Serialize)]
        struct File<'a> {
            channels: u32,
            robots: u32,
            calls_per_second: f64,
            ramp_s: u32,
            sip: Sip<'a>,
            media: Media,
            conversation: Robot<'a>,
        }
        #[derive(Serialize)]
        struct Sip<'a> {
            udp: String,
            tcp: String,
            trunks: Vec<Trunk>,
            routes: &'a [Route],
        }
        #[derive(Serialize)]
        struct Media {
            bind: &'static str,
            ports: std::ops::RangeInclusive<u16>,
        }
        #[derive(Serialize)]
        struct Robot<'a> {
            kind: &'static str,
            #[serde(flatten)]
            conversation: &'a Conversation,
        }
        let calls_per_second = f64::from(self.calls_per_s);
        let channels = self.channels;
        let trunks = self.trunks.iter().cloned();
        let file = File {
            channels,
            robots: channels,
            calls_per_second,
            ramp_s: 1,
            sip: Sip {
                udp: format!("127.0.0.1:{udp}"),
                tcp: format!("127.0.0.1:{tcp}"),
                trunks: trunks.map(|one| Trunk { channels, calls_per_second, ..one }).collect(),
                routes: &self.routes,
            },
            media: Media { bind: "127.0.0.1", ports: self.media.0..=self.media.1 },
            conversation: Robot { kind: "announcement", conversation: &self.conversation },
        };
        Ok(toml::to_string(&file)?)
    }

    fn campaign(&self, jurisdiction: &str) -> String {
        let busy = self.busy_again_s.map_or_else(
            || "max_attempts = 1".to_owned(),
            |delay_s| format!("max_attempts = 2, delay_s = {delay_s}"),
        );
        let mut text = format!(
            "name = \"peers\"\n\
             purpose = \"informational\"\n\
             jurisdiction = \"{jurisdiction}\"\n\
             default_region = \"US\"\n\
             ring_timeout_s = {}\n\
             max_concurrency = {}\n\
             robots = {}\n\
             [breaker]\n\
             max_failure_percent = 99\n\
             [retry]\n\
             max_attempts = 2\n\
             [retry.on]\n\
             busy = {{ {busy} }}\n\
             not_sent = {{ max_attempts = 20, delay_s = 1 }}\n",
            self.ring_timeout_s, self.channels, self.channels
        );
        for once in ONCE {
            text.push_str(once);
            text.push_str(" = { max_attempts = 1 }\n");
        }
        text
    }
}

/// Dispositions after which nobody is called again, so that every call has one meaning.
const ONCE: &[&str] = &[
    "call_back",
    "incomplete",
    "hung_up",
    "abandoned",
    "machine",
    "no_answer",
    "rejected",
    "congestion",
    "failed",
    "cancelled",
    "internal_error",
    "uncertain",
];

/// An attempt as the ledger exports it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Attempt {
    /// The number.
    pub number: String,
    /// When it was answered, in ms of the Unix epoch.
    #[serde(default)]
    pub answered_ms: Option<i64>,
    /// When it ended.
    #[serde(default)]
    pub ended_ms: Option<i64>,
    /// How it ended; none while it is in flight.
    pub disposition: Option<String>,
    /// The carrier's own words, JSON in a text.
    #[serde(default)]
    pub detail: Option<Value>,
}

/// The program with its data folder.
pub(crate) struct Outcall {
    program: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Outcall {
    /// Writes the configuration, creates the campaign and imports the list. With the list go zones
    /// in which calls are allowed now.
    pub(crate) fn prepare(
        program: &Path,
        folder: &Path,
        setup: &Setup,
        numbers: &[String],
    ) -> Result<Self> {
        fs_err::create_dir_all(folder.join("data"))?;
        // Programs are started in folders of their own.
        let folder = fs_err::canonicalize(folder)?;
        let program = fs_err::canonicalize(program)?;
        let (port, tcp) = (ports::free()?, ports::free()?);
        let configuration = setup.configuration(port, tcp)?;
        fs_err::write(folder.join("data/outcall.toml"), configuration)?;
        let place = open_place(UnixMillis(unix_ms()?))?;
        let (settings, list) = (folder.join("campaign.toml"), folder.join("list.csv"));
        fs_err::write(&settings, setup.campaign(&place.jurisdiction))?;
        fs_err::write(&list, csv(numbers, &place.zones))?;
        let made = Self { program, folder, port };
        made.ask(&["campaign", "create", "--file", &settings.to_string_lossy()])?;
        let import = ["contacts", "import", "--campaign", "1", &list.to_string_lossy()];
        let answer = made.ask(&import)?;
        let accepted = answer["report"]["accepted"].as_u64();
        ensure!(
            accepted == Some(numbers.len() as u64),
            "of {} contacts {accepted:?} were accepted: {answer}",
            numbers.len()
        );
        Ok(made)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data-dir").arg(self.folder.join("data"));
        command.args(["--json", "--quiet"]).args(arguments);
        command
    }

    /// Runs a command to its end and reads its answer.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null());
        let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            bail!("outcall {arguments:?} ended with {}: {complaint}", output.status);
        }
        serde_json::from_slice(&output.stdout).context("the program's answer is not JSON")
    }

    /// Starts dialling, and returns when it can be reached.
    pub(crate) fn start(&self) -> Result<Peer> {
        let mut command = self.command(&["campaign", "run", "1", "--carrier", "sip"]);
        let mut peer = Peer::start("outcall", &self.folder, &mut command)?;
        ports::wait_bound(&mut peer, self.port, Transport::Udp)?;
        Ok(peer)
    }

    /// How many attempts have ended.
    pub(crate) fn ended(&self) -> Result<u64> {
        let report = self.ask(&["campaign", "report", "1"])?;
        let attempts = report["attempts"].as_array().context("the report has no attempts")?;
        Ok(attempts.iter().filter_map(|pair| pair[1].as_u64()).sum())
    }

    /// How many attempts are in flight.
    pub(crate) fn in_flight(&self) -> Result<u64> {
        let report = self.ask(&["campaign", "report", "1"])?;
        report["open_attempts"].as_u64().context("the report has no open attempts")
    }

    /// Every attempt that the ledger knows.
    pub(crate) fn export(&self) -> Result<Vec<Attempt>> {
        let out = self.folder.join("attempts.jsonl");
        self.ask(&["campaign", "export", "1", "--out", &out.to_string_lossy()])?;
        let text = fs_err::read_to_string(&out)?;
        let attempt = |line: &str| serde_json::from_str(line).with_context(|| line.to_owned());
        text.lines().map(attempt).collect()
    }
}

/// The time of day that the program writes down too, in ms of the Unix epoch.
pub(crate) fn unix_ms() -> Result<i64> {
    #[expect(clippy::disallowed_methods, reason = "the harness runs in the world's time")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is not set")?;
    Ok(i64::try_from(now.as_millis())?)
}

fn csv(numbers: &[String], zones: &[&str]) -> String {
    let mut text = "phone,name,time_zone,consent\n".to_owned();
    for (index, number) in numbers.iter().enumerate() {
        let zone = zones[index % zones.len()];
        let line = format_args!("{number},contact {index},{zone},express_written\n");
        text.write_fmt(line).expect("invariant: a String takes every text");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_are_distinct_and_the_others_begin_differently() {
        let numbers: HashSet<String> = (0..250_000).map(number).collect();
        assert_eq!(numbers.len(), 250_000);
        let others: HashSet<String> = (0..60_000).map(other_number).collect();
        assert_eq!(others.len(), 60_000);
        assert!(others.iter().all(|one| one[one.len() - 2..] >= *"40"));
        assert!(other_number(7).starts_with(&format!("+{OTHER_PREFIX}")));
        assert!(!numbers.iter().any(|one| one.starts_with(&format!("+{OTHER_PREFIX}"))));
    }

    #[test]
    fn the_configuration_is_toml_with_the_documented_tables() {
        let mut setup = Setup::handful(Trunk::new("a", 5_060, Transport::Tcp)).unwrap();
        setup.routes.push(Route { prefix: OTHER_PREFIX, trunk: "a", cost: 1.0 });
        let file: toml::Table = setup.configuration(1, 2).unwrap().parse().unwrap();
        assert_eq!(file["sip"]["udp"].as_str(), Some("127.0.0.1:1"));
        let trunk = &file["sip"]["trunks"][0];
        assert_eq!(trunk["uri"].as_str(), Some("sip:127.0.0.1:5060;transport=tcp"));
        assert_eq!(trunk["calls_per_second"].as_float(), Some(20.0));
        assert!(trunk.get("username").is_none());
        assert_eq!(file["conversation"]["kind"].as_str(), Some("announcement"));
        assert_eq!(file["sip"]["routes"][0]["prefix"].as_str(), Some("1614"));
    }
}
