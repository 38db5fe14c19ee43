//! The callers that ours is compared with.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::peers::outcall::number;
use crate::peers::ports;
use crate::peers::process::{Ended, Peer};
use crate::peers::procfs::now;
use crate::peers::sipp::{Calling, Sipp, SippOptions};

/// How much longer than planned a caller is waited for, in s: transactions that fail need 32 s.
const GRACE_S: u64 = 60;

/// What a caller has done and cost.
pub(super) struct Cost {
    pub calls: u64,
    pub failed: u64,
    pub calls_per_s: f64,
    /// Processor time of the caller, in s.
    pub cpu_s: f64,
    pub rss_peak_mib: f64,
}

/// The callee of every run. It never ends by itself: it must answer what is sent again.
pub(super) fn callee(folder: &Path) -> Result<(Sipp, u16)> {
    let options = SippOptions {
        limit_s: 3_600,
        keep_messages: false,
        ..SippOptions::taking("uas/load", u64::from(u32::MAX))?
    };
    Ok((Sipp::start(&options, folder)?, options.port))
}

/// sipp's own caller.
pub(super) fn sipp(per_s: u64, calls: u64) -> Result<Cost> {
    let folder = tempfile::tempdir()?;
    let (_callee, to) = callee(folder.path())?;
    let options = SippOptions {
        limit_s: calls / per_s + GRACE_S,
        keep_messages: false,
        ..SippOptions::placing("uac/answer", calls, Calling { to, number: number(1), per_s })?
    };
    let start = now();
    let mut caller = Sipp::start(&options, folder.path())?;
    let ended = caller.wait()?;
    let failed = caller.statistic("FailedCall(C)")?;
    Ok(cost(&ended, calls, failed, start.elapsed()))
}

/// The bare library.
pub(super) fn library(per_s: u64, calls: u64) -> Result<Cost> {
    let folder = tempfile::tempdir()?;
    let (mut callee, to) = callee(folder.path())?;
    let own = std::env::current_exe().context("where this program is")?;
    let mut command = Command::new(own);
    command.arg("call-with-library").args(["--to", &format!("127.0.0.1:{to}")]);
    command.args(["--from", &format!("127.0.0.1:{}", ports::free()?)]);
    command.args(["--calls-per-second", &per_s.to_string(), "--calls", &calls.to_string()]);
    let mut caller = Peer::start("library", folder.path(), &mut command)?;
    let ended = caller.wait(Duration::from_secs(calls / per_s + GRACE_S))?;
    ensure!(ended.status.success(), "the library's caller failed: {}", caller.last_words());
    let log = caller.log()?;
    let said: Value = serde_json::from_str(log.lines().last().unwrap_or_default())
        .with_context(|| format!("the library's caller said: {log}"))?;
    let at = |field: &str| said[field].as_f64().with_context(|| format!("no {field} in {log}"));
    ensure!(!callee.peer().has_ended()?, "the callee has ended: {}", callee.peer().last_words());
    Ok(cost(&ended, calls, at("failed")? as u64, Duration::from_secs_f64(at("seconds")?)))
}

fn cost(ended: &Ended, calls: u64, failed: u64, took: Duration) -> Cost {
    Cost {
        calls,
        failed,
        calls_per_s: (calls - failed.min(calls)) as f64 / took.as_secs_f64(),
        cpu_s: ended.cpu_s,
        rss_peak_mib: ended.rss_peak_mib,
    }
}
