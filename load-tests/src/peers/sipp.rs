//! sipp, which takes or places calls as a scenario says and fails the calls that differ from it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::ports::{self, Transport};
use super::process::{Ended, Peer};
use super::scenarios;

/// How much longer than its own limit sipp is waited for.
const GRACE: Duration = Duration::from_secs(10);

/// Whom sipp calls, when it calls.
#[derive(Clone, Debug)]
pub(crate) struct Calling {
    /// The callee's port.
    pub to: u16,
    /// The number in the request URI.
    pub number: String,
    /// Calls per second.
    pub per_s: u64,
}

/// What sipp is to do.
#[derive(Clone, Debug)]
pub(crate) struct SippOptions {
    /// The scenario, for example `uas/answer`.
    pub scenario: &'static str,
    /// Its port.
    pub port: u16,
    /// How the messages travel.
    pub transport: Transport,
    /// After how many calls it ends.
    pub calls: u64,
    /// After how many s it gives up and fails.
    pub limit_s: u64,
    /// Which share of the messages it drops, both ways, in percent.
    pub lost_percent: u8,
    /// Where callers shall send audio.
    pub audio_port: u16,
    /// Where they shall send it after a re-INVITE.
    pub moved_port: u16,
    /// Whom it calls; it takes calls when left out.
    pub calling: Option<Calling>,
    /// Whether to keep every message: for a handful of calls only.
    pub keep_messages: bool,
}

impl SippOptions {
    /// Takes a number of calls over UDP and keeps the messages.
    pub(crate) fn taking(scenario: &'static str, calls: u64) -> Result<Self> {
        Ok(Self {
            scenario,
            port: ports::free()?,
            transport: Transport::Udp,
            calls,
            limit_s: 60,
            lost_percent: 0,
            audio_port: 9,
            moved_port: 9,
            calling: None,
            keep_messages: true,
        })
    }

    /// Places a number of calls over UDP and keeps the messages.
    pub(crate) fn placing(scenario: &'static str, calls: u64, calling: Calling) -> Result<Self> {
        Ok(Self { calling: Some(calling), ..Self::taking(scenario, calls)? })
    }

    fn command(&self, file: &Path, name: &str) -> Command {
        let mut command = Command::new("sipp");
        if let Some(calling) = &self.calling {
            command.arg(format!("127.0.0.1:{}", calling.to));
            command.args(["-s", &calling.number, "-r", &calling.per_s.to_string()]);
            // It would place no more calls than this at once; the default is three seconds' worth.
            command.args(["-l", "100000"]);
        }
        command.arg("-sf").arg(file).args(["-i", "127.0.0.1", "-nostdin", "-timeout_error"]);
        command.args(["-p", &self.port.to_string(), "-m", &self.calls.to_string()]);
        command.args(["-timeout", &format!("{}s", self.limit_s), "-buff_size", "4000000"]);
        command.args(["-trace_err", "-error_file", &format!("{name}.errors")]);
        command.args(["-trace_stat", "-fd", "1", "-stf", &format!("{name}.csv")]);
        command.args(["-key", "audio_port", &self.audio_port.to_string()]);
        command.args(["-key", "moved_port", &self.moved_port.to_string()]);
        if self.transport == Transport::Tcp {
            command.args(["-t", "t1"]);
        }
        if self.lost_percent > 0 {
            command.args(["-lost", &self.lost_percent.to_string()]);
        }
        if self.keep_messages {
            command.args(["-trace_msg", "-message_file", &format!("{name}.messages")]);
        }
        command
    }
}

/// A sipp at work.
pub(crate) struct Sipp {
    peer: Peer,
    statistics: PathBuf,
    messages: PathBuf,
    limit: Duration,
}

impl Sipp {
    /// Starts it and, when it takes calls, waits until it can. Its files are in the folder under
    /// the scenario's name and port.
    pub(crate) fn start(options: &SippOptions, folder: &Path) -> Result<Self> {
        let name = format!("{}-{}", options.scenario.replace('/', "-"), options.port);
        fs_err::create_dir_all(folder)?;
        let folder = fs_err::canonicalize(folder)?;
        let file = folder.join(format!("{name}.xml"));
        fs_err::write(&file, scenarios::text(options.scenario)?)?;
        let mut peer = Peer::start(&name, &folder, &mut options.command(&file, &name))?;
        if options.calling.is_none() {
            ports::wait_bound(&mut peer, options.port, options.transport)?;
        }
        Ok(Self {
            peer,
            statistics: folder.join(format!("{name}.csv")),
            messages: folder.join(format!("{name}.messages")),
            limit: Duration::from_secs(options.limit_s) + GRACE,
        })
    }

    /// Waits until it has had all its calls.
    pub(crate) fn wait(&mut self) -> Result<Ended> {
        self.peer.wait(self.limit)
    }

    /// Waits for its end, and fails when any of its calls has failed, or it had too few.
    pub(crate) fn verdict(&mut self) -> Result<Ended> {
        let ended = self.wait()?;
        ensure!(
            ended.status.success(),
            "{} found {} of its calls wrong: {}",
            self.peer.name(),
            self.statistic("FailedCall(C)").map_or("some".to_owned(), |count| count.to_string()),
            self.peer.last_words()
        );
        Ok(ended)
    }

    /// The process.
    pub(crate) fn peer(&mut self) -> &mut Peer {
        &mut self.peer
    }

    /// When requests of a method came, in s since midnight; of kept messages only.
    pub(crate) fn arrivals_s(&self, method: &str) -> Result<Vec<f64>> {
        let messages = fs_err::read(&self.messages)?;
        Ok(arrivals_s(&String::from_utf8_lossy(&messages), method))
    }

    /// A figure of its statistics, as of its last second.
    pub(crate) fn statistic(&self, column: &str) -> Result<u64> {
        let rows = Statistics::read(&self.statistics)?;
        let value = rows.pairs().find(|(name, _)| *name == column).map(|(_, value)| value);
        let value = value.with_context(|| format!("sipp counts no '{column}'"))?;
        value.parse().with_context(|| format!("sipp's '{column}' is '{value}'"))
    }

    /// The upper bound of the class in which a quantile of a response time lies, in ms; none above
    /// the last class, or when nothing was measured.
    pub(crate) fn response_time_ms(&self, timer: &str, quantile: f64) -> Result<Option<u64>> {
        let rows = Statistics::read(&self.statistics)?;
        let prefix = format!("ResponseTimeRepartition{timer}_<");
        let classes: Vec<(u64, u64)> = rows
            .pairs()
            .filter_map(|(name, count)| {
                Some((name.strip_prefix(&prefix)?.parse().ok()?, count.parse().ok()?))
            })
            .collect();
        let over = rows
            .pairs()
            .find(|(name, _)| name.starts_with(&format!("ResponseTimeRepartition{timer}_>")))
            .and_then(|(_, count)| count.parse::<u64>().ok())
            .unwrap_or(0);
        Ok(class_of(&classes, over, quantile))
    }
}

/// A message in sipp's log is headed by a line of dashes that ends with date and time, and by one
/// that says where it went; then comes an empty line.
fn arrivals_s(log: &str, method: &str) -> Vec<f64> {
    let lines: Vec<&str> = log.lines().collect();
    let time_s = |line: &str| {
        let parts = line.rsplit(' ').next()?.split(':').map(str::parse::<f64>);
        parts.collect::<Result<Vec<f64>, _>>().ok()
    };
    lines
        .windows(4)
        .filter(|four| four[0].starts_with("-----") && four[1].contains("message received"))
        .filter(|four| four[3].split(' ').next() == Some(method))
        .filter_map(|four| match time_s(four[0])?.as_slice() {
            [hours, minutes, seconds] => Some((hours * 60.0 + minutes) * 60.0 + seconds),
            _ => None,
        })
        .collect()
}

/// The class in which the quantile lies; `over` more lie above the last.
fn class_of(classes: &[(u64, u64)], over: u64, quantile: f64) -> Option<u64> {
    let all: u64 = classes.iter().map(|(_, count)| count).sum::<u64>() + over;
    let wanted = (all as f64 * quantile).ceil().max(1.0) as u64;
    let mut seen = 0;
    classes.iter().find_map(|&(bound, count)| {
        seen += count;
        (seen >= wanted).then_some(bound)
    })
}

/// The first and the last line of sipp's statistics.
struct Statistics {
    head: String,
    last: String,
}

impl Statistics {
    fn read(file: &Path) -> Result<Self> {
        let text = fs_err::read_to_string(file)?;
        let mut lines = text.lines();
        let head = lines.next().context("sipp has written no statistics")?.to_owned();
        let last = lines.next_back().context("sipp has counted nothing")?.to_owned();
        Ok(Self { head, last })
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.split(';').zip(self.last.split(';'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_in_the_class_that_holds_it() {
        let classes = [(1, 90), (2, 9), (5, 1)];
        assert_eq!(class_of(&classes, 0, 0.5), Some(1));
        assert_eq!(class_of(&classes, 0, 0.99), Some(2));
        assert_eq!(class_of(&classes, 0, 1.0), Some(5));
        assert_eq!(class_of(&classes, 900, 0.5), None);
        assert_eq!(class_of(&[], 0, 0.5), None);
    }

    #[test]
    fn arrivals_are_told_from_departures_and_from_other_methods() {
        let log = "----- 2026-11-24 09:23:52.5\nUDP message received [7] bytes :\n\nINVITE sip:a\n\
                   ----- 2026-11-24 09:23:53.5\nUDP message sent (328 bytes):\n\nINVITE sip:a\n\
                   ----- 2026-11-24 09:23:54.5\nUDP message received [9] bytes :\n\nACK sip:a\n";
        assert_eq!(arrivals_s(log, "INVITE"), [9.0 * 3_600.0 + 23.0 * 60.0 + 52.5]);
    }

    #[test]
    fn the_last_line_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        fs_err::write(&file, "FailedCall(C);Other;\n1;2;\n3;4;\n").unwrap();
        let pairs = Statistics::read(&file).unwrap();
        assert_eq!(pairs.pairs().next(), Some(("FailedCall(C)", "3")));
    }
}
