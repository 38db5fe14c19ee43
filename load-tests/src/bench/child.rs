//! The program under test, measured from outside through `/proc`.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::peers::procfs::{self, now};

/// How often the peak memory is read. It only grows, so that the last reading is close.
const POLL: Duration = Duration::from_millis(20);

/// What a finished command has cost.
pub(super) struct Cost {
    /// From start to end, in s.
    pub wall_s: f64,
    /// Processor time, user and system, in s.
    pub cpu_s: f64,
    /// The most memory it held, in MiB.
    pub peak_rss_mib: f64,
    /// What it printed.
    pub answer: Value,
}

/// The processor time of all children that have ended, in s.
fn children_cpu_s() -> Result<f64> {
    Ok(procfs::stat(std::process::id()).context("/proc/self/stat")?.children_cpu_s)
}

/// A command of the program on a data folder, answering in JSON.
pub(super) fn command(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.arg("--data-dir").arg(folder).args(["--json", "--quiet"]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command
}

/// Runs a command to its end and reads its answer.
pub(super) fn ask(program: &Path, folder: &Path, arguments: &[&str]) -> Result<Value> {
    let output = command(program, folder, arguments)
        .output()
        .with_context(|| format!("{}", program.display()))?;
    ensure!(output.status.success(), "{arguments:?} ended with {}", output.status);
    serde_json::from_slice(&output.stdout).context("the program's answer is not JSON")
}

/// Runs a command to its end and says what it has cost.
pub(super) fn measure(program: &Path, folder: &Path, arguments: &[&str]) -> Result<Cost> {
    let cpu_before_s = children_cpu_s()?;
    let start = now();
    let child = command(program, folder, arguments).spawn()?;
    let pid = child.id();
    let peak = std::thread::spawn(move || {
        let mut peak_mib = 0.0_f64;
        while let Some(mib) = procfs::rss_peak_mib(pid) {
            peak_mib = mib.max(peak_mib);
            std::thread::sleep(POLL);
        }
        peak_mib
    });
    let output = child.wait_with_output()?;
    let wall_s = start.elapsed().as_secs_f64();
    ensure!(output.status.success(), "{arguments:?} ended with {}", output.status);
    let peak_rss_mib = peak.join().unwrap_or(0.0);
    let cpu_after_s = children_cpu_s()?;
    Ok(Cost {
        wall_s,
        cpu_s: cpu_after_s - cpu_before_s,
        peak_rss_mib,
        answer: serde_json::from_slice(&output.stdout)
            .context("the program's answer is not JSON")?,
    })
}

/// A child that is killed when it goes out of scope.
pub(super) struct Killed(pub Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
