//! One timer for the deadlines of all calls.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::slot::{CallSlot, Input, lock};

/// How long to wait when a call's queue is full.
const AGAIN: Duration = Duration::from_millis(50);

struct Entry {
    at: Instant,
    slot: Weak<CallSlot>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

/// The deadlines. There is no removal: a call that is woken too early notices.
#[derive(Default)]
pub(super) struct Timers {
    heap: Mutex<BinaryHeap<Reverse<Entry>>>,
    sooner: Notify,
}

impl Timers {
    /// Sends the call a tick at this instant.
    pub(super) fn wake(&self, slot: &Arc<CallSlot>, at: Instant) {
        let mut heap = lock(&self.heap);
        let is_next = heap.peek().is_none_or(|Reverse(first)| at < first.at);
        heap.push(Reverse(Entry { at, slot: Arc::downgrade(slot) }));
        drop(heap);
        if is_next {
            self.sooner.notify_one();
        }
    }

    /// Runs for ever.
    pub(super) async fn run(&self) {
        loop {
            let next = self.ring(Instant::now());
            match next {
                Some(at) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(at) => {}
                        () = self.sooner.notified() => {}
                    }
                }
                None => self.sooner.notified().await,
            }
        }
    }

    /// Wakes whoever is due, and says when the next one is.
    fn ring(&self, now: Instant) -> Option<Instant> {
        let mut heap = lock(&self.heap);
        let mut full = Vec::new();
        while heap.peek().is_some_and(|Reverse(entry)| entry.at <= now) {
            let Some(Reverse(entry)) = heap.pop() else { break };
            let Some(slot) = entry.slot.upgrade() else { continue };
            if slot.send(Input::Tick).is_err() {
                full.push(Entry { at: now + AGAIN, slot: entry.slot });
            }
        }
        heap.extend(full.into_iter().map(Reverse));
        heap.peek().map(|Reverse(entry)| entry.at)
    }
}
