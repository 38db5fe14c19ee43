//! The program under test against sipp's callee.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::callers::callee;
use crate::peers::outcall::{OTHER_PREFIX, Outcall, Route, Setup, Trunk, number, other_number};
use crate::peers::ports::Transport;
use crate::peers::procfs::{self, now};
use crate::peers::sipp::{Sipp, SippOptions};

/// For how long it calls, in s: a minute, and the ramp.
pub(super) const SECONDS: u64 = 62;

/// Finished transactions are kept for 32 s (RFC 3261, 64 times T1); then memory must be free again.
const LINGERING: Duration = Duration::from_secs(35);

/// Contacts that are busy and are called again when everything else is over: they keep the program
/// at work while its memory is looked at.
const BUSY: u64 = 3;

/// After how long they are called again, in s: longer than dialling and lingering together.
const BUSY_AGAIN_S: u32 = 120;

/// How often the ledger is asked whether all calls have ended.
const POLL: Duration = Duration::from_secs(2);

/// What the program has done and cost.
pub(super) struct Ours {
    pub calls: u64,
    pub calls_per_s: f64,
    pub dialled_for_s: f64,
    /// Contacts whose call has no durable end, or another than expected.
    pub lost: u64,
    /// Calls that sipp found wrong.
    pub callee_failed: u64,
    /// Processor time until the last call had ended, in s.
    pub cpu_s: f64,
    /// From sipp's 200 to the ACK.
    pub ack_p50_ms: Option<u64>,
    pub ack_p99_ms: Option<u64>,
    /// From just after the start to the time when all transactions are gone.
    pub rss_growth_mib: f64,
    pub rss_peak_mib: f64,
}

pub(super) fn run(program: &Path, per_s: u64, calls: u64) -> Result<Ours> {
    let folder = tempfile::tempdir()?;
    let (mut answers, port) = callee(&folder.path().join("sipp"))?;
    let busy = SippOptions { limit_s: 3_600, ..SippOptions::taking("uas/refuse_486", 2 * BUSY)? };
    let _busy = Sipp::start(&busy, &folder.path().join("sipp"))?;
    let mut setup = Setup::handful(Trunk::new("a", port, Transport::Udp))?;
    setup.trunks.push(Trunk::new("b", busy.port, Transport::Udp));
    setup.routes = [("12", "a"), ("13", "a"), (OTHER_PREFIX, "b")]
        .map(|(prefix, trunk)| Route { prefix, trunk, cost: 1.0 })
        .to_vec();
    setup.channels = 5_000;
    setup.calls_per_s = u32::try_from(per_s)?;
    setup.media = (20_000, 29_999);
    setup.busy_again_s = Some(BUSY_AGAIN_S);
    let mut numbers: Vec<String> = (0..calls).map(number).collect();
    numbers.extend((0..BUSY).map(other_number));
    let outcall = Outcall::prepare(program, folder.path(), &setup, &numbers)?;

    let mut peer = outcall.start()?;
    let rss_before_mib = procfs::rss_mib(peer.id()).context("outcall is gone")?;
    let limit = Duration::from_secs(2 * calls / per_s + 60);
    let deadline = now() + limit;
    while outcall.ended()? < calls + BUSY {
        ensure!(!peer.has_ended()?, "outcall ended early: {}", peer.last_words());
        ensure!(now() < deadline, "calls have not ended in {limit:?}: {}", peer.last_words());
        std::thread::sleep(POLL);
    }
    let cpu_s = procfs::stat(peer.id()).context("outcall is gone")?.cpu_s;
    let report = outcall.ask(&["campaign", "report", "1"])?;
    let at = |field: &str| report[field].as_i64().context("the report has no intents");
    let dialled_for_s = (at("last_intent")? - at("first_intent")?) as f64 / 1_000.0;
    std::thread::sleep(LINGERING);
    ensure!(!peer.has_ended()?, "outcall ended early: {}", peer.last_words());
    let rss_after_mib = procfs::rss_mib(peer.id()).context("outcall is gone")?;
    let ended = peer.wait(Duration::from_secs(u64::from(BUSY_AGAIN_S) + 60))?;
    ensure!(ended.status.success(), "outcall ended with {}: {}", ended.status, peer.last_words());

    Ok(Ours {
        calls,
        calls_per_s: calls as f64 / dialled_for_s.max(0.1),
        dialled_for_s,
        lost: lost(&outcall, calls)?,
        callee_failed: failed(&mut answers)?,
        cpu_s,
        ack_p50_ms: answers.response_time_ms("ack", 0.5)?,
        ack_p99_ms: answers.response_time_ms("ack", 0.99)?,
        rss_growth_mib: rss_after_mib - rss_before_mib,
        rss_peak_mib: ended.rss_peak_mib,
    })
}

/// Contacts that cannot be told to have been called and hung up on.
fn lost(outcall: &Outcall, calls: u64) -> Result<u64> {
    let attempts = outcall.export()?;
    let completed = attempts
        .iter()
        .filter(|one| !one.number.starts_with(&format!("+{OTHER_PREFIX}")))
        .filter(|one| one.disposition.as_deref() == Some("completed"))
        .count() as u64;
    Ok(calls.saturating_sub(completed))
}

fn failed(callee: &mut Sipp) -> Result<u64> {
    ensure!(!callee.peer().has_ended()?, "sipp has ended: {}", callee.peer().last_words());
    callee.statistic("FailedCall(C)")
}
