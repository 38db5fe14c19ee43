//! How actors wait for the ledger.
//!
//! In real time the reply wakes the actor. In virtual time it must not: the paused clock moves on
//! whenever the runtime is idle, also while the ledger's thread still works, and a reply that comes
//! a little earlier or later would make every run another one. There, a request takes exactly
//! [`VIRTUAL_COMMIT_MS`] of virtual time: when they have passed, the runtime itself waits for the
//! reply. The ledger works meanwhile, so that the two threads still share the load, and nothing
//! that any actor sees depends on how fast it is.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::bounded;
use outcall_campaign::{Clock, UnixMillis};
use outcall_ledger::{Epoch, Ledger, LedgerError, Reply};
use tokio::sync::oneshot;

use crate::stats::EngineStats;
use crate::time::TimeMode;

/// How long a commit takes in virtual time. Close to the measured median of a group commit.
pub const VIRTUAL_COMMIT_MS: u64 = 5;

/// What every actor of a run shares.
pub struct Shared {
    /// Durable truth.
    pub ledger: Arc<dyn Ledger>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which time that is.
    pub mode: TimeMode,
    /// This run's epoch.
    pub epoch: Epoch,
    /// What has been counted.
    pub stats: Arc<EngineStats>,
    /// Whether this run has lost the right to dial: another owner has taken over.
    pub deposed: AtomicBool,
}

/// A reply that will come.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, LedgerError>>>>;

impl Shared {
    /// What a run stands on: its ledger, under the epoch that this process took over with.
    pub fn new(
        ledger: Arc<dyn Ledger>,
        epoch: Epoch,
        clock: Arc<dyn Clock>,
        mode: TimeMode,
        stats: Arc<EngineStats>,
    ) -> Self {
        Self { ledger, clock, mode, epoch, stats, deposed: AtomicBool::new(false) }
    }

    /// The time.
    pub fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    /// Whether a call may still be sent. Asked immediately before each order.
    pub fn may_send(&self) -> bool {
        !self.deposed.load(Ordering::Relaxed)
    }

    /// Takes note of a failure: a deposed owner sends nothing more.
    pub fn note_failure(&self, error: &LedgerError) {
        EngineStats::add(&self.stats.ledger_failures, 1);
        if matches!(error, LedgerError::Deposed { .. }) {
            self.deposed.store(true, Ordering::Relaxed);
        }
    }

    /// Sends a request to the ledger now; the answer is to be awaited.
    pub fn ask<T: Send + 'static>(&self, request: impl FnOnce(&dyn Ledger, Reply<T>)) -> Answer<T> {
        ask(self.mode, |reply| request(&*self.ledger, reply))
    }
}

/// Sends a request now; the answer is to be awaited.
pub fn ask<T: Send + 'static>(mode: TimeMode, request: impl FnOnce(Reply<T>)) -> Answer<T> {
    match mode {
        TimeMode::Real => {
            let (answer, answered) = oneshot::channel();
            // Whoever no longer waits wants no answer.
            request(Box::new(move |result| drop(answer.send(result))));
            Box::pin(async move { answered.await.unwrap_or(Err(LedgerError::Closed)) })
        }
        TimeMode::Virtual => {
            let (answer, answered) = bounded(1);
            request(Box::new(move |result| drop(answer.send(result))));
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(VIRTUAL_COMMIT_MS)).await;
                answered.recv().unwrap_or(Err(LedgerError::Closed))
            })
        }
    }
}
