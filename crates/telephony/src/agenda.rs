//! What is due when: a queue of future entries, first by time, then by order of entry.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use outcall_campaign::UnixMillis;

struct Entry<T> {
    at: UnixMillis,
    sequence: u64,
    what: T,
}

impl<T> Entry<T> {
    fn key(&self) -> (UnixMillis, u64) {
        (self.at, self.sequence)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// Below so many entries, void ones are not worth looking for.
const PRUNED_FROM: usize = 1_024;

/// Entries in the order of their time. Entries of one instant keep the order in which they were
/// put in, so that a run repeats exactly. There is no removal: an entry that has become void is
/// recognised by its owner when it comes out, or when the owner prunes.
pub struct Agenda<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    sequence: u64,
    prune_at: usize,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0, prune_at: PRUNED_FROM }
    }
}

impl<T> Agenda<T> {
    /// Notes something for an instant.
    pub fn put(&mut self, at: UnixMillis, what: T) {
        self.sequence += 1;
        self.heap.push(Reverse(Entry { at, sequence: self.sequence, what }));
    }

    /// Drops void entries, but looks for them only when there are twice as many entries as were
    /// left the last time: so it may be called at every `put`, and memory stays with what is live.
    pub fn prune(&mut self, mut is_live: impl FnMut(&T) -> bool) {
        if self.heap.len() >= self.prune_at {
            self.heap.retain(|Reverse(entry)| is_live(&entry.what));
            self.prune_at = (2 * self.heap.len()).max(PRUNED_FROM);
            self.heap.shrink_to(self.prune_at);
        }
    }

    /// The next entry that is due by `now`.
    pub fn take_due(&mut self, now: UnixMillis) -> Option<T> {
        self.take_due_at(now).map(|(_, what)| what)
    }

    /// The next entry that is due by `now`, with its instant.
    pub fn take_due_at(&mut self, now: UnixMillis) -> Option<(UnixMillis, T)> {
        if self.next_at()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.what))
    }

    /// When the next entry is due.
    pub fn next_at(&self) -> Option<UnixMillis> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// How many entries wait.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_out_by_time_and_then_in_the_order_they_went_in() {
        let mut agenda = Agenda::default();
        for (at, what) in [(20, 'c'), (10, 'a'), (20, 'd'), (10, 'b'), (30, 'e')] {
            agenda.put(UnixMillis(at), what);
        }
        let mut out = String::new();
        while let Some(what) = agenda.take_due(UnixMillis(20)) {
            out.push(what);
        }
        assert_eq!(out, "abcd");
        assert_eq!(agenda.next_at(), Some(UnixMillis(30)));
    }

    #[test]
    fn void_entries_do_not_pile_up_and_live_ones_come_out_as_ever() {
        let mut agenda = Agenda::default();
        let is_live = |what: &i64| what % 1_000 == 0;
        for what in 0..100_000 {
            agenda.put(UnixMillis(-what), what);
            agenda.prune(is_live);
            assert!(agenda.len() <= PRUNED_FROM, "{what}");
        }
        let mut out = Vec::new();
        while let Some(what) = agenda.take_due(UnixMillis(0)) {
            out.extend(is_live(&what).then_some(what));
        }
        assert_eq!(out, (0..100).rev().map(|what| what * 1_000).collect::<Vec<_>>());
    }
}
