//! Starts the program and kills it, again and again.

use std::process::Child;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use outcall_telephony::simulated::random::SplitMix64;

use super::carrier::{CarrierServer, Counts};
use super::judge::Life;
use super::program::Program;

/// How many of the kills come while the program starts, in percent.
const EARLY_PERCENT: f64 = 15.0;
/// How long after the start those come at most, in ms.
const EARLY_MS: u64 = 250;
/// How long after the first INVITE of a life the others come, in ms.
const MID_CALL_MS: std::ops::Range<u64> = 50..900;

/// How long a start may take until its first INVITE. A new start may first have to wait for a
/// retry.
const FIRST_INVITE_LIMIT: Duration = Duration::from_secs(30);
/// How long the carrier may take to note that a killed dialler is gone.
const GONE_LIMIT: Duration = Duration::from_secs(10);
/// A connection may still wait to be accepted when its dialler dies.
const ACCEPT_LIMIT: Duration = Duration::from_millis(20);
/// What the last life may take, besides the time for the contacts.
const LAST_LIFE_LIMIT: Duration = Duration::from_secs(120);
/// A rate that even a busy machine achieves, in contacts per second.
const LEAST_RATE: u32 = 50;

/// A child that is killed when an error ends the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail when it has ended before.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Who kills whom, and when.
pub(super) struct Killer<'a> {
    program: &'a Program,
    carrier: &'a CarrierServer,
    random: SplitMix64,
}

impl<'a> Killer<'a> {
    pub(super) fn new(program: &'a Program, carrier: &'a CarrierServer, seed: u64) -> Self {
        Self { program, carrier, random: SplitMix64::from_words(&[seed, 2]) }
    }

    /// Kills `kills` times, then lets the program end by itself.
    pub(super) fn run(&mut self, kills: u32, contacts: u32) -> Result<Vec<Life>> {
        let style = "{spinner} {wide_bar} {pos}/{len} kills, {elapsed}, {msg}";
        let bar = ProgressBar::new(kills.into()).with_style(ProgressStyle::with_template(style)?);
        let mut lives = Vec::new();
        for kill in 1..=kills {
            let life = self.live_and_kill().with_context(|| format!("start {kill} of {kills}"))?;
            lives.push(life);
            bar.inc(1);
            bar.set_message(format!("{} calls", self.carrier.counts().invites));
        }
        bar.set_message("running to the end");
        lives.push(self.live_to_the_end(contacts).context("the last start")?);
        bar.finish_and_clear();
        Ok(lives)
    }

    fn live_and_kill(&mut self) -> Result<Life> {
        let is_early = self.random.percent(EARLY_PERCENT);
        let wait_ms = if is_early {
            self.random.below(EARLY_MS)
        } else {
            MID_CALL_MS.start + self.random.below(MID_CALL_MS.end - MID_CALL_MS.start)
        };
        let before = self.carrier.counts();
        let started_at = self.carrier.now();
        let mut running = Running(self.program.start()?);
        if !is_early {
            let has_invited = |counts: Counts| counts.invites > before.invites;
            let check = || self.check_running(&mut running);
            self.carrier.wait("INVITE", FIRST_INVITE_LIMIT, has_invited, check)?;
        }
        thread::sleep(Duration::from_millis(wait_ms));
        self.check_running(&mut running)?;
        let ended_at = self.carrier.now();
        running.0.kill().context("kill -9")?;
        running.0.wait()?;
        thread::sleep(ACCEPT_LIMIT);
        // Only then has the carrier read everything that the dead process had sent.
        let is_gone = |counts: Counts| counts.connected == counts.disconnected;
        self.carrier.wait("end of the connection", GONE_LIMIT, is_gone, || Ok(()))?;
        let in_flight = self.carrier.counts().dropped - before.dropped;
        Ok(Life { started_at, ended_at, killed: true, in_flight })
    }

    fn live_to_the_end(&self, contacts: u32) -> Result<Life> {
        let started_at = self.carrier.now();
        let mut running = Running(self.program.start()?);
        let limit = LAST_LIFE_LIMIT + Duration::from_secs((contacts / LEAST_RATE).into());
        let limit_ms = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let status = loop {
            if let Some(status) = running.0.try_wait()? {
                break status;
            }
            if self.carrier.now().since(started_at) > limit_ms {
                bail!(
                    "the list is not done after {} s: look at `campaign explain`",
                    limit.as_secs()
                );
            }
            thread::sleep(Duration::from_millis(20));
        };
        if !status.success() {
            bail!("{}", self.program.ended(status));
        }
        Ok(Life { started_at, ended_at: self.carrier.now(), killed: false, in_flight: 0 })
    }

    fn check_running(&self, running: &mut Running) -> Result<()> {
        let Some(status) = running.0.try_wait()? else { return Ok(()) };
        if status.success() {
            bail!("the list was done before the last kill: raise --contacts");
        }
        bail!("{}", self.program.ended(status));
    }
}
