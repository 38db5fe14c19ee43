//! A number of calls at once.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::interop::audio;
use crate::peers::farm::Farm;
use crate::peers::outcall::{Conversation, Outcall, Setup, Trunk, other_number};
use crate::peers::ports::Transport;
use crate::peers::procfs::{self, now};

/// In how many s all calls are placed.
const RAMP_S: u64 = 5;

/// How long the robot talks, in s: the ramp, the time to settle, the measurement, and some more.
const TALK_S: usize = 30;

/// How long to wait after the last call was answered, before measuring.
const SETTLE: Duration = Duration::from_secs(2);

/// How long processor time is measured.
const WINDOW: Duration = Duration::from_secs(10);

/// Packets of a call per second, both ways: one each 20 ms.
const PACKETS_PER_S: f64 = 100.0;

/// Bounds from which on a number of calls is too many.
const JITTER_MAX_MS: f64 = 5.0;
const LOSS_MAX_PCT: f64 = 0.1;

/// What a number of calls has cost, and how it sounded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub calls: u64,
    pub failed: u64,
    /// Of the program under test while all calls talked.
    pub cpu_us_per_packet: f64,
    /// As the farm measured it.
    pub jitter_p99_ms: f64,
    pub farm_jitter_p99_ms: f64,
    pub loss_pct: f64,
    pub rss_peak_mib: f64,
}

impl Step {
    pub(super) fn is_good(&self) -> bool {
        self.failed == 0 && self.jitter_p99_ms < JITTER_MAX_MS && self.loss_pct < LOSS_MAX_PCT
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, failed, cpu_us_per_packet, jitter_p99_ms, farm_jitter_p99_ms, .. } = self;
        write!(
            f,
            "{calls} calls: {failed} failed, {cpu_us_per_packet:.2} us a packet, jitter p99 \
             {jitter_p99_ms:.2} ms (the farm's own {farm_jitter_p99_ms:.2} ms), loss {} %",
            self.loss_pct
        )
    }
}

pub(super) fn run(program: &Path, calls: u64) -> Result<Step> {
    let folder = tempfile::tempdir()?;
    let farm = Farm::start(program, &folder.path().join("farm"))?;
    let mut setup = Setup::handful(Trunk::new("a", farm.port(), Transport::Udp))?;
    let file = folder.path().join("talk.wav");
    audio::write(&file, &audio::noise(1, TALK_S))?;
    let record = folder.path().join("recordings");
    fs_err::create_dir_all(&record)?;
    setup.conversation = Conversation { file: Some(file), hold_ms: 0, record: Some(record) };
    setup.channels = u32::try_from(calls)?;
    setup.calls_per_s = u32::try_from(calls.div_ceil(RAMP_S))?;
    setup.media = (20_000, 29_999);
    let numbers: Vec<String> = (0..calls).map(other_number).collect();
    let outcall = Outcall::prepare(program, folder.path(), &setup, &numbers)?;

    let mut peer = outcall.start()?;
    let cpu_s = |pid| procfs::stat(pid).map(|stat| stat.cpu_s).context("outcall is gone");
    let deadline = now() + Duration::from_secs(4 * RAMP_S);
    // When calls fail, they are never all there at once; the verdict says so below.
    while outcall.in_flight()? < calls && now() < deadline {
        std::thread::sleep(Duration::from_millis(500));
        ensure!(!peer.has_ended()?, "outcall ended early: {}", peer.last_words());
    }
    std::thread::sleep(SETTLE);
    let (before_s, start) = (cpu_s(peer.id())?, now());
    std::thread::sleep(WINDOW);
    let used_s = cpu_s(peer.id())? - before_s;
    let packets = start.elapsed().as_secs_f64() * PACKETS_PER_S * calls as f64;
    let ended = peer.wait(Duration::from_secs(TALK_S as u64 + 60))?;
    ensure!(ended.status.success(), "outcall ended with {}: {}", ended.status, peer.last_words());
    let attempts = outcall.export()?;
    let right = |one: &&_| -> bool {
        let one: &crate::peers::outcall::Attempt = one;
        one.disposition.as_deref() == Some("completed")
    };
    let completed = attempts.iter().filter(right).count() as u64;
    let heard = farm.stop()?;
    ensure!(heard.packets > 0 || heard.calls == 0, "the farm heard nothing of its calls");
    Ok(Step {
        calls,
        failed: calls.saturating_sub(completed.min(heard.calls)),
        cpu_us_per_packet: used_s * 1e6 / packets,
        jitter_p99_ms: heard.jitter_p99_ms,
        farm_jitter_p99_ms: heard.own_jitter_p99_ms,
        loss_pct: heard.loss_pct,
        rss_peak_mib: ended.rss_peak_mib,
    })
}
