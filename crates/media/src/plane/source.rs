//! Whose packets are believed, and where packets are sent to.

use std::net::SocketAddr;

use super::settings::Symmetric;
use crate::rtp::sequence_distance;

/// Packets in a row from another address than SDP's until it is believed.
const LATCH_AFTER: u8 = 3;
/// After media was moved, its former source may send on for so long, in milliseconds.
const FORMER_MS: u64 = 1_000;

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the far end's.
    Accept,
    /// It is not, or not yet.
    Refuse,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    address: SocketAddr,
    sequence: u16,
    packets: u8,
}

/// The source of one stream.
#[derive(Debug)]
pub(super) struct Source {
    symmetric: Symmetric,
    /// What SDP says.
    expected: SocketAddr,
    /// Where accepted packets come from.
    confirmed: Option<SocketAddr>,
    candidate: Option<Candidate>,
    /// The source before media was moved, and until when it is not followed.
    former: Option<(SocketAddr, u64)>,
}

impl Source {
    pub(super) fn new(expected: SocketAddr, symmetric: Symmetric) -> Self {
        Self { symmetric, expected, confirmed: None, candidate: None, former: None }
    }

    /// SDP says another address (a re-INVITE). The same one changes nothing.
    pub(super) fn move_to(&mut self, expected: SocketAddr, now_ms: u64) {
        if expected == self.expected {
            return;
        }
        let former = self.confirmed.filter(|&confirmed| confirmed != expected);
        self.former = former.map(|address| (address, now_ms + FORMER_MS)).or(self.former);
        self.expected = expected;
        self.confirmed = None;
        self.candidate = None;
    }

    /// Where to send.
    pub(super) fn target(&self) -> SocketAddr {
        self.confirmed.unwrap_or(self.expected)
    }

    /// The quick way: most packets come from the confirmed source.
    pub(super) fn is_confirmed(&self, from: SocketAddr) -> bool {
        self.confirmed == Some(from)
    }

    /// Judges a packet that fits the call: RTP of a payload type that was agreed on, and, when the
    /// call is encrypted, `authentic`.
    pub(super) fn judge(
        &mut self,
        from: SocketAddr,
        sequence: u16,
        authentic: bool,
        now_ms: u64,
    ) -> Verdict {
        if self.is_confirmed(from) {
            return Verdict::Accept;
        }
        if from == self.expected && self.confirmed.is_none() {
            self.confirmed = Some(from);
            return Verdict::Accept;
        }
        // Once a source is confirmed only SDP's own address may take over from one that was
        // latched on to.
        let open = self.confirmed.is_none() && self.symmetric == Symmetric::Latch;
        let barred = self.former.is_some_and(|(former, until)| former == from && now_ms < until);
        if barred || !(open || from == self.expected) {
            return Verdict::Refuse;
        }
        let in_row = self.candidate.filter(|candidate| {
            candidate.address == from
                && (1..=3).contains(&sequence_distance(candidate.sequence, sequence))
        });
        let packets = in_row.map_or(1, |candidate| candidate.packets + 1);
        if packets >= LATCH_AFTER || (authentic && open) {
            self.confirmed = Some(from);
            self.candidate = None;
            return Verdict::Accept;
        }
        self.candidate = Some(Candidate { address: from, sequence, packets });
        Verdict::Refuse
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Accept, Refuse};
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn source() -> Source {
        Source::new(address(1_000), Symmetric::Latch)
    }

    #[test]
    fn the_address_of_sdp_is_believed_at_once_and_others_no_more() {
        let mut source = source();
        assert_eq!(source.judge(address(1_000), 7, false, 0), Accept);
        for sequence in 0..10 {
            assert_eq!(source.judge(address(2_000), sequence, false, 0), Refuse);
        }
        assert_eq!(source.target(), address(1_000));
    }

    #[test]
    fn another_address_is_followed_after_three_packets_in_a_row() {
        let mut source = source();
        assert_eq!(source.judge(address(2_000), 65_535, false, 0), Refuse);
        assert_eq!(source.judge(address(2_000), 0, false, 0), Refuse);
        assert_eq!(source.target(), address(1_000), "not yet");
        assert_eq!(source.judge(address(2_000), 1, false, 0), Accept);
        assert_eq!(source.target(), address(2_000));
        assert_eq!(source.judge(address(3_000), 2, false, 0), Refuse);
    }

    #[test]
    fn scattered_packets_are_not_followed() {
        let mut source = source();
        for (port, sequence) in [(2_000, 5), (3_000, 6), (2_000, 7), (2_000, 900), (2_000, 899)] {
            assert_eq!(source.judge(address(port), sequence, false, 0), Refuse);
        }
        let mut off = Source::new(address(1_000), Symmetric::Off);
        for sequence in 0..10 {
            assert_eq!(off.judge(address(2_000), sequence, false, 0), Refuse);
        }
    }

    #[test]
    fn the_address_of_sdp_takes_over_from_one_that_was_followed() {
        let mut source = source();
        for sequence in 0..3 {
            source.judge(address(2_000), sequence, false, 0);
        }
        for (sequence, verdict) in [(50, Refuse), (51, Refuse), (52, Accept)] {
            assert_eq!(source.judge(address(1_000), sequence, false, 0), verdict);
        }
        assert_eq!(source.judge(address(2_000), 3, false, 0), Refuse);
    }

    #[test]
    fn an_authentic_packet_is_followed_at_once() {
        let mut source = source();
        assert_eq!(source.judge(address(2_000), 9, true, 0), Accept);
        assert_eq!(source.judge(address(3_000), 9, true, 0), Refuse, "perhaps a replay");
    }

    #[test]
    fn moved_media_does_not_follow_its_former_source() {
        let mut source = source();
        source.judge(address(1_000), 1, false, 0);
        source.move_to(address(1_000), 100);
        assert!(source.is_confirmed(address(1_000)), "the same address changes nothing");
        source.move_to(address(4_000), 100);
        assert_eq!(source.target(), address(4_000));
        for sequence in 2..10 {
            assert_eq!(source.judge(address(1_000), sequence, false, 1_099), Refuse);
        }
        assert_eq!(source.judge(address(4_000), 1, false, 1_099), Accept);
    }
}
