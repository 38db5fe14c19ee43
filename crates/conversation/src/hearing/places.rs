//! Places for readings that can wait: of all calls no more are under way at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The places.
#[derive(Clone, Debug)]
pub(super) struct Places {
    taken: Arc<AtomicUsize>,
    most: usize,
}

/// One of them; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    taken: Arc<AtomicUsize>,
}

impl Places {
    /// Beside so many workers: one is kept free for the end of a turn. A single one is not, and the
    /// end of a turn may then wait for one reading.
    pub(super) fn beside(workers: usize) -> Self {
        Self { taken: Arc::default(), most: workers.saturating_sub(1).max(1) }
    }

    /// A place, when one is free and none of `waiting` requests waits.
    pub(super) fn take(&self, waiting: usize) -> Option<Place> {
        // One thread asks; others at most give back.
        let is_free = waiting == 0 && self.taken.load(Ordering::Relaxed) < self.most;
        is_free.then(|| {
            self.taken.fetch_add(1, Ordering::Relaxed);
            Place { taken: Arc::clone(&self.taken) }
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_stays_free_and_nothing_that_can_wait_is_asked_while_others_wait() {
        let places = Places::beside(3);
        let (first, second) = (places.take(0), places.take(0));
        assert!(first.is_some() && second.is_some());
        assert!(places.take(0).is_none());
        drop(first);
        assert!(places.take(1).is_none(), "somebody waits");
        assert!(places.take(0).is_some());
        let one = Places::beside(1);
        let held = one.take(0);
        assert!(held.is_some() && one.take(0).is_none());
    }
}
