//! Packet numbers: the index that 16 bits of sequence number belong to (RFC 3711 section 3.3.1),
//! and which indexes have been seen (3.3.2).

use super::SOURCES_MAX;
use crate::rtp::sequence_distance;

/// Packets that one key may protect: 2^48 of RTP, 2^31 of RTCP (RFC 3711 section 9.2).
pub(super) const RTP_INDEX_END: u64 = 1 << 48;
pub(super) const RTCP_INDEX_END: u64 = 1 << 31;

/// The index nearest to `highest` that ends in `sequence`; `None` when it would lie before zero.
pub(super) fn nearest(highest: u64, sequence: u16) -> Option<u64> {
    highest.checked_add_signed(i64::from(sequence_distance(highest as u16, sequence)))
}

/// The roll-over counter of an index, as it is authenticated.
pub(super) fn rollover_bytes(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

/// The latest 64 indexes of a source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) ssrc: u32,
    pub(super) highest: u64,
    /// Bit n: the index n below the highest has been seen.
    seen: u64,
}

impl Window {
    pub(super) const fn new(ssrc: u32, first: u64) -> Self {
        Self { ssrc, highest: first, seen: 1 }
    }

    /// Whether an index is new and young enough.
    pub(super) const fn admits(&self, index: u64) -> bool {
        if index > self.highest {
            return true;
        }
        let behind = self.highest - index;
        behind < 64 && self.seen >> behind & 1 == 0
    }

    /// Marks an index that [`Window::admits`] has let through.
    pub(super) fn mark(&mut self, index: u64) {
        if index > self.highest {
            let ahead = index - self.highest;
            self.seen = if ahead < 64 { self.seen << ahead } else { 0 };
            self.highest = index;
        }
        let behind = self.highest - index;
        if behind < 64 {
            self.seen |= 1 << behind;
        }
    }
}

/// The windows of a context, latest used first. When it is full the one unused for longest goes.
///
/// Packets of a source that has gone could then be replayed; to get there somebody with the key
/// must have used eight other sources.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows(Vec<Window>);

impl Windows {
    pub(super) fn of(&self, ssrc: u32) -> Option<&Window> {
        self.0.iter().find(|window| window.ssrc == ssrc)
    }

    pub(super) fn mark(&mut self, ssrc: u32, index: u64) {
        if let Some(place) = self.0.iter().position(|window| window.ssrc == ssrc) {
            self.0[place].mark(index);
            self.0[..=place].rotate_right(1);
        } else {
            self.0.truncate(SOURCES_MAX - 1);
            self.0.insert(0, Window::new(ssrc, index));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_nearest_index_crosses_the_rollover_both_ways() {
        assert_eq!(nearest(65_535, 0), Some(65_536));
        assert_eq!(nearest(65_536, 65_535), Some(65_535));
        assert_eq!(nearest(5 << 16 | 9, 9), Some(5 << 16 | 9));
        assert_eq!(nearest(3, 65_535), None);
    }

    #[test]
    fn a_source_that_was_used_lately_is_kept() {
        let mut windows = Windows::default();
        for ssrc in 0..8 {
            windows.mark(ssrc, 1);
        }
        windows.mark(0, 2);
        windows.mark(100, 1);
        assert!(windows.of(0).is_some_and(|window| window.highest == 2));
        assert!(windows.of(1).is_none());
        assert_eq!(windows.0.len(), SOURCES_MAX);
    }

    proptest! {
        #[test]
        fn each_index_is_admitted_once(indexes in prop::collection::vec(900u64..1_100, 1..300)) {
            let mut window = Window::new(0, 1_000);
            let mut admitted = vec![1_000];
            for index in indexes {
                let expected = !admitted.contains(&index) && index + 64 > window.highest;
                prop_assert_eq!(window.admits(index), expected, "{}", index);
                if expected {
                    window.mark(index);
                    admitted.push(index);
                }
            }
        }
    }
}
