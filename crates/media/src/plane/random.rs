//! Numbers that an outsider cannot guess: ports, SSRC, first sequence numbers (RFC 3550, section
//! 5.1). Not for keys.

use std::hash::{BuildHasher, RandomState};

/// A source of numbers, keyed by the operating system at its making.
#[derive(Debug, Default)]
pub(super) struct Random {
    keyed: RandomState,
    drawn: u64,
}

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.drawn += 1;
        self.keyed.hash_one(self.drawn)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        // Numbers drawn are far greater than any bound here: the bias does not matter.
        self.next() % bound.max(1)
    }
}
