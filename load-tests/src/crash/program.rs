//! The program under test and its commands.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail, ensure};
use outcall_campaign::{AttemptId, Disposition, PhoneNumber, UnixMillis};
use serde::Deserialize;

/// The file in the folder that says how callees behave: the program's robots talk to them.
pub(super) const WORLD: &str = "world.toml";

/// How much of the program's complaints is shown.
const TAIL_LINES: usize = 20;

/// An attempt as the ledger exports it.
#[derive(Clone, Debug)]
pub(super) struct LedgerAttempt {
    pub id: AttemptId,
    pub number: PhoneNumber,
    pub intent_at: UnixMillis,
    pub disposition: Option<Disposition>,
}

/// A line of the export. What is not compared is left out.
#[derive(Deserialize)]
struct ExportedAttempt {
    attempt: String,
    number: PhoneNumber,
    intent_ms: UnixMillis,
    disposition: Option<Disposition>,
}

#[derive(Deserialize)]
struct Created {
    id: i64,
}

#[derive(Deserialize)]
struct Imported {
    report: ImportReport,
}

#[derive(Deserialize)]
struct ImportReport {
    accepted: u64,
}

/// The program with its data folder.
pub(super) struct Program {
    program: PathBuf,
    folder: PathBuf,
    carrier: SocketAddr,
    channels: u32,
}

impl Program {
    pub(super) fn new(program: &Path, folder: &Path, carrier: SocketAddr, channels: u32) -> Self {
        let (program, folder) = (program.to_owned(), folder.to_owned());
        Self { program, folder, carrier, channels }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data-dir").arg(self.folder.join("data")).args(arguments);
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end and returns what it printed.
    fn run(&self, mut command: Command) -> Result<Vec<u8>> {
        let shown = format!("{command:?}");
        let output = command.output().with_context(|| format!("cannot start {shown}"))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            bail!("{shown} ended with {}:\n{complaint}", output.status);
        }
        Ok(output.stdout)
    }

    pub(super) fn create_campaign(&self, settings: &Path) -> Result<()> {
        let mut command = self.command(&["campaign", "create", "--json", "--file"]);
        command.arg(settings);
        let printed = self.run(command)?;
        let created: Created = from_json("campaign create", &printed)?;
        ensure!(created.id == 1, "the first campaign is called {}, not 1", created.id);
        Ok(())
    }

    /// Imports the list and sees to it that every contact was accepted.
    pub(super) fn import(&self, csv: &Path, contacts: u32) -> Result<()> {
        let mut command = self.command(&["contacts", "import", "--campaign", "1", "--json"]);
        command.arg(csv);
        let printed = self.run(command)?;
        let Imported { report } = from_json("contacts import", &printed)?;
        if report.accepted != u64::from(contacts) {
            let printed = String::from_utf8_lossy(&printed);
            bail!("{} of {contacts} contacts were accepted:\n{printed}", report.accepted);
        }
        Ok(())
    }

    /// Starts dialling.
    pub(super) fn start(&self) -> Result<Child> {
        let carrier = format!("tcp:{}", self.carrier);
        let channels = self.channels.to_string();
        let mut command = self.command(&["campaign", "run", "1", "--quiet"]);
        command.args(["--carrier", &carrier, "--channels", &channels]);
        command.args(["--robots", &channels, "--calls-per-second", "2000", "--ramp-s", "0"]);
        command.arg("--world").arg(self.folder.join(WORLD));
        let complaints = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.complaints())?
            .into_parts()
            .0;
        command.stdout(complaints.try_clone()?).stderr(complaints);
        command.spawn().with_context(|| format!("cannot start {command:?}"))
    }

    fn complaints(&self) -> PathBuf {
        self.folder.join("campaign-run.log")
    }

    /// What to say of a program that ended by itself, with its last words.
    pub(super) fn ended(&self, status: ExitStatus) -> String {
        let text = fs_err::read_to_string(self.complaints()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
        format!("campaign run ended with {status}; its last words:\n{tail}")
    }

    /// Every attempt that the ledger knows.
    pub(super) fn export(&self) -> Result<Vec<LedgerAttempt>> {
        let out = self.folder.join("attempts.jsonl");
        let mut command = self.command(&["campaign", "export", "1", "--out"]);
        command.arg(&out);
        self.run(command)?;
        let lines = BufReader::new(fs_err::File::open(&out)?).lines();
        lines
            .map(|line| {
                let exported: ExportedAttempt = from_json("campaign export", line?.as_bytes())?;
                let ExportedAttempt { attempt, number, intent_ms, disposition } = exported;
                Ok(LedgerAttempt {
                    id: attempt.parse()?,
                    number,
                    intent_at: intent_ms,
                    disposition,
                })
            })
            .collect()
    }
}

fn from_json<T: for<'a> Deserialize<'a>>(command: &str, printed: &[u8]) -> Result<T> {
    serde_json::from_slice(printed).with_context(|| {
        format!("{command} printed what cannot be read: {}", String::from_utf8_lossy(printed))
    })
}
