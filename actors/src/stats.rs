//! What a run has counted so far, readable from any thread while it runs.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of a run. They only say what happened; nothing is decided by them.
#[derive(Debug, Default)]
pub struct EngineStats {
    /// Intents that became durable.
    pub intents: AtomicU64,
    /// Ends that became durable.
    pub ends: AtomicU64,
    /// Calls that were answered.
    pub answered: AtomicU64,
    /// Calls alive now.
    pub live: AtomicU64,
    /// Calls that died of a panic.
    pub crashed: AtomicU64,
    /// Attempts of an earlier process whose end nobody knows.
    pub uncertain: AtomicU64,
    /// Requests that the ledger failed, and that were tried again.
    pub ledger_failures: AtomicU64,
    /// Messages that found a mailbox full or closed. Above zero while calls are alive: a defect.
    pub undelivered: AtomicU64,
}

impl EngineStats {
    /// Adds to a counter.
    pub fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }

    /// Takes from a counter.
    pub fn sub(counter: &AtomicU64, count: u64) {
        counter.fetch_sub(count, Ordering::Relaxed);
    }

    /// Reads a counter.
    pub fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}
