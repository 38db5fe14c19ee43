//! The program's own farm of callees, which answers calls, talks, listens and counts packets.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::ports::{self, Transport};
use super::process::Peer;

/// How long it may take to say its figures.
const FAREWELL: Duration = Duration::from_secs(20);

/// Where its media ports are: above those of the callers.
const MEDIA: &str = "30000-49999";

/// A farm at work.
pub(crate) struct Farm {
    peer: Peer,
    port: u16,
}

/// What it has measured, outside of the program under test.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    /// Calls that it has answered.
    pub calls: u64,
    /// RTP packets that came.
    pub packets: u64,
    /// The share of packets that did not come, in percent.
    pub loss_pct: f64,
    /// How much the gaps between packets differ from 20 ms, at the 99th percentile, in ms.
    pub jitter_p99_ms: f64,
    /// Its own lateness in sending, at the 99th percentile, in ms: when this is large, the machine
    /// is at its end and not the program alone.
    pub own_jitter_p99_ms: f64,
}

impl Farm {
    /// Starts it.
    pub(crate) fn start(program: &Path, folder: &Path) -> Result<Self> {
        let port = ports::free()?;
        let program = fs_err::canonicalize(program)?;
        let mut command = Command::new(program);
        command.args(["farm", "--json", "--ports", MEDIA]);
        command.args(["--sip", &format!("127.0.0.1:{port}")]);
        let mut peer = Peer::start("farm", folder, &mut command)?;
        ports::wait_bound(&mut peer, port, Transport::Udp)?;
        Ok(Self { peer, port })
    }

    /// Where it takes calls.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends it and reads its figures.
    pub(crate) fn stop(mut self) -> Result<Heard> {
        self.peer.terminate();
        let ended = self.peer.wait(FAREWELL)?;
        ensure!(ended.status.success(), "the farm failed: {}", self.peer.last_words());
        let log = self.peer.log()?;
        // Complaints may stand before the figures.
        let from =
            log.find('{').with_context(|| format!("the farm's figures are missing: {log}"))?;
        let said: Value = serde_json::from_str(&log[from..])
            .with_context(|| format!("the farm's figures cannot be read: {log}"))?;
        heard(&said)
    }
}

/// The only place that knows the names of the farm's figures.
fn heard(said: &Value) -> Result<Heard> {
    let at = |field: &str| {
        said[field].as_f64().with_context(|| format!("the farm says no '{field}': {said}"))
    };
    Ok(Heard {
        calls: at("answered")? as u64,
        packets: at("packets_received")? as u64,
        loss_pct: at("loss_pct")?,
        jitter_p99_ms: at("receive_jitter_p99_ms")?,
        own_jitter_p99_ms: at("send_jitter_p99_ms")?,
    })
}
