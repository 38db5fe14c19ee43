//! A number of calls at once.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::tally::{Audio, Window};
use crate::interop::audio;
use crate::peers::farm::Farm;
use crate::peers::outcall::{Attempt, Conversation, Outcall, Setup, Trunk, other_number, unix_ms};
use crate::peers::ports::Transport;
use crate::peers::process::Peer;
use crate::peers::procfs::{self, now};

/// In how many s all calls are placed.
const RAMP_S: u64 = 5;

/// How long the robot talks, in s: the ramp, the time to settle, the measurement, and some more.
const TALK_S: usize = 30;

/// How long to wait after the last call was answered, before measuring.
const SETTLE: Duration = Duration::from_secs(2);

/// How long processor time is measured.
const WINDOW: Duration = Duration::from_secs(10);

/// Bounds from which on a number of calls is too many.
const JITTER_MAX_MS: f64 = 5.0;
const LOSS_MAX_PCT: f64 = 0.1;

/// How far the packets that were sent may be from those that the time of the calls asks for, in
/// percent: a call of 30 s may end 300 ms after its last packet.
const SENT_OFF_MAX_PCT: f64 = 1.0;

/// What a number of calls has cost, and how it sounded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub calls: u64,
    pub failed: u64,
    /// Of the program under test while all calls talked, for each packet that it counted.
    pub cpu_us_per_packet: f64,
    /// As the farm measured it.
    pub jitter_p99_ms: f64,
    pub farm_jitter_p99_ms: f64,
    pub loss_pct: f64,
    /// As the program counted it.
    pub audio: Audio,
    pub rss_peak_mib: f64,
}

impl Step {
    pub(super) fn is_good(&self) -> bool {
        self.faults().is_empty()
    }

    /// What was not as it is to be, in words.
    fn faults(&self) -> Vec<String> {
        let Self { calls, audio, .. } = self;
        let (sent_pct, dropped) = (audio.sent_share_pct(), audio.recording_dropped_frames);
        let bars = [
            (self.failed > 0, format!("{} calls failed", self.failed)),
            (
                audio.throughout != *calls,
                format!("{} of {calls} talked throughout the window", audio.throughout),
            ),
            (
                audio.heard_of != *calls,
                format!("{} of {calls} told of their audio", audio.heard_of),
            ),
            (
                (sent_pct - 100.0).abs() > SENT_OFF_MAX_PCT,
                format!("{sent_pct:.2} % of the packets were sent"),
            ),
            (dropped > 0, format!("{dropped} frames of recordings were dropped")),
            (self.jitter_p99_ms >= JITTER_MAX_MS, "packets came unevenly".to_owned()),
            (self.loss_pct >= LOSS_MAX_PCT, "packets were lost".to_owned()),
        ];
        bars.into_iter().filter_map(|(missed, words)| missed.then_some(words)).collect()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, failed, cpu_us_per_packet, jitter_p99_ms, farm_jitter_p99_ms, .. } = self;
        let audio = &self.audio;
        write!(
            f,
            "{calls} calls: {failed} failed, {cpu_us_per_packet:.2} us a packet, jitter p99 \
             {jitter_p99_ms:.2} ms (the farm's own {farm_jitter_p99_ms:.2} ms), loss {} %; sent \
             {:.2} % and received {:.2} % of all packets, to the program {:.3} % lost and {:.3} % \
             late, {:.3} % concealed, {} frames of recordings dropped",
            self.loss_pct,
            audio.sent_share_pct(),
            audio.received_share_pct(),
            audio.lost_to_program_pct(),
            audio.late_to_program_pct(),
            audio.concealed_pct(),
            audio.recording_dropped_frames,
        )?;
        let faults = self.faults();
        if faults.is_empty() { Ok(()) } else { write!(f, "; too many: {}", faults.join(", ")) }
    }
}

/// The program with a list of so many callees at the farm, and a robot that plays and records.
fn prepare(program: &Path, folder: &Path, farm: &Farm, calls: u64) -> Result<Outcall> {
    let mut setup = Setup::handful(Trunk::new("a", farm.port(), Transport::Udp))?;
    let file = folder.join("talk.wav");
    audio::write(&file, &audio::noise(1, TALK_S))?;
    let record = folder.join("recordings");
    fs_err::create_dir_all(&record)?;
    setup.conversation = Conversation { file: Some(file), hold_ms: 0, record: Some(record) };
    setup.channels = u32::try_from(calls)?;
    setup.calls_per_s = u32::try_from(calls.div_ceil(RAMP_S))?;
    setup.media = (20_000, 29_999);
    let numbers: Vec<String> = (0..calls).map(other_number).collect();
    Outcall::prepare(program, folder, &setup, &numbers)
}

/// Waits until all calls are there, and some more. When calls fail, they are never all there at
/// once: what was written down of them says so later.
fn await_calls(outcall: &Outcall, peer: &mut Peer, calls: u64) -> Result<()> {
    let deadline = now() + Duration::from_secs(4 * RAMP_S);
    while outcall.in_flight()? < calls && now() < deadline {
        std::thread::sleep(Duration::from_millis(500));
        ensure!(!peer.has_ended()?, "outcall ended early: {}", peer.last_words());
    }
    std::thread::sleep(SETTLE);
    Ok(())
}

pub(super) fn run(program: &Path, calls: u64) -> Result<Step> {
    let folder = tempfile::tempdir()?;
    let farm = Farm::start(program, &folder.path().join("farm"))?;
    let outcall = prepare(program, folder.path(), &farm, calls)?;
    let mut peer = outcall.start()?;
    await_calls(&outcall, &mut peer, calls)?;
    let cpu_s = |pid| procfs::stat(pid).map(|stat| stat.cpu_s).context("outcall is gone");
    let (from_ms, before_s) = (unix_ms()?, cpu_s(peer.id())?);
    std::thread::sleep(WINDOW);
    let (used_s, to_ms) = (cpu_s(peer.id())? - before_s, unix_ms()?);
    let ended = peer.wait(Duration::from_secs(TALK_S as u64 + 60))?;
    ensure!(ended.status.success(), "outcall ended with {}: {}", ended.status, peer.last_words());
    let attempts = outcall.export()?;
    let right = |one: &&Attempt| one.disposition.as_deref() == Some("completed");
    let completed = attempts.iter().filter(right).count() as u64;
    let audio = Audio::sum(&attempts, Window { from_ms, to_ms })?;
    ensure!(audio.window_packets > 0.0, "no packet was counted while processor time was measured");
    let heard = farm.stop()?;
    ensure!(heard.packets > 0 || heard.calls == 0, "the farm heard nothing of its calls");
    Ok(Step {
        calls,
        failed: calls.saturating_sub(completed.min(heard.calls)),
        cpu_us_per_packet: used_s * 1e6 / audio.window_packets,
        jitter_p99_ms: heard.jitter_p99_ms,
        farm_jitter_p99_ms: heard.own_jitter_p99_ms,
        loss_pct: heard.loss_pct,
        audio,
        rss_peak_mib: ended.rss_peak_mib,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_calls_that_talk_is_bad_and_says_why() {
        let step = Step {
            calls: 2,
            failed: 0,
            cpu_us_per_packet: 1.0,
            jitter_p99_ms: 1.0,
            farm_jitter_p99_ms: 1.0,
            loss_pct: 0.0,
            audio: Audio::default(),
            rss_peak_mib: 1.0,
        };
        assert!(!step.is_good());
        let words = step.to_string();
        assert!(words.contains("0 of 2 talked throughout the window"), "{words}");
        assert!(words.contains("0.00 % of the packets were sent"), "{words}");
    }
}
