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

/// Below so many deadlines, those of calls that are over are not worth looking for.
const PRUNED_FROM: usize = 1_024;

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

/// The deadlines. There is no removal: a call that is woken too early notices. Those of calls that
/// are over go whenever there are twice as many as were left the last time.
#[derive(Default)]
pub(super) struct Timers {
    deadlines: Mutex<Deadlines>,
    sooner: Notify,
}

struct Deadlines {
    heap: BinaryHeap<Reverse<Entry>>,
    prune_at: usize,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), prune_at: PRUNED_FROM }
    }
}

impl Deadlines {
    fn push(&mut self, entry: Entry) {
        if self.heap.len() >= self.prune_at {
            self.heap.retain(|Reverse(entry)| entry.slot.strong_count() > 0);
            self.prune_at = (2 * self.heap.len()).max(PRUNED_FROM);
            self.heap.shrink_to(self.prune_at);
        }
        self.heap.push(Reverse(entry));
    }
}

impl Timers {
    /// Sends the call a tick at this instant.
    pub(super) fn wake(&self, slot: &Arc<CallSlot>, at: Instant) {
        let mut deadlines = lock(&self.deadlines);
        let is_next = deadlines.heap.peek().is_none_or(|Reverse(first)| at < first.at);
        deadlines.push(Entry { at, slot: Arc::downgrade(slot) });
        drop(deadlines);
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
        let heap = &mut lock(&self.deadlines).heap;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::CallKey;

    #[test]
    fn deadlines_of_calls_that_are_over_do_not_pile_up() {
        let timers = Timers::default();
        let at = Instant::now() + Duration::from_secs(600);
        let (alive, _inbox) = CallSlot::new(CallKey(0), "0@test".to_owned());
        timers.wake(&alive, at);
        for key in 1..10_000 {
            let (over, _inbox) = CallSlot::new(CallKey(key), format!("{key}@test"));
            timers.wake(&over, at);
        }
        let deadlines = lock(&timers.deadlines);
        assert!(deadlines.heap.len() <= PRUNED_FROM, "{}", deadlines.heap.len());
        let live = |Reverse(entry): &Reverse<Entry>| entry.slot.strong_count() > 0;
        assert_eq!(deadlines.heap.iter().filter(|entry| live(entry)).count(), 1);
    }
}
