//! Counts of what arrives from one source (RFC 3550 appendices A.1, A.3, A.8).

use super::ReportBlock;
use crate::rtp::sequence_distance;

/// A jump ahead of more than this is a restart of the source, not a loss: a minute of packets.
const DROPOUT_MAX: i32 = 3_000;
/// A packet farther back than this is a restart, not a late packet.
const MISORDER_MAX: i32 = 100;

/// Figures of one source. After a change of SSRC begin a new one.
///
/// There is no probation (appendix A.1): which source to believe is decided before this.
#[derive(Clone, Debug)]
pub struct Reception {
    base_sequence: u16,
    highest_sequence: u16,
    wraps: u16,
    /// The sequence number that would confirm a restart, after a jump.
    restart_at: Option<u16>,
    received: u64,
    /// Expected in runs before the latest restart of the source.
    expected_before: u64,
    expected_at_report: u64,
    received_at_report: u64,
    /// Transit time of the latest packet with a new timestamp, and that timestamp.
    transit: Option<(u32, u32)>,
    /// Jitter times 16.
    jitter_scaled: u32,
}

impl Reception {
    /// Begins before a source's first packet, which is to be given to [`Reception::received`] like
    /// all others.
    #[must_use]
    pub const fn new(first_sequence: u16) -> Self {
        Self {
            base_sequence: first_sequence,
            highest_sequence: first_sequence,
            wraps: 0,
            restart_at: None,
            received: 0,
            expected_before: 0,
            expected_at_report: 0,
            received_at_report: 0,
            transit: None,
            jitter_scaled: 0,
        }
    }

    /// Counts a packet that arrived.
    ///
    /// `arrival_in_timestamp_units` is the local clock at its arrival, in units of the RTP clock,
    /// wrapping; where it begins does not matter.
    pub fn received(&mut self, sequence: u16, timestamp: u32, arrival_in_timestamp_units: u32) {
        if !self.count(sequence) {
            return;
        }
        self.measure_jitter(timestamp, arrival_in_timestamp_units);
    }

    /// Takes the sequence number into the figures; false for one that is held to be a stray.
    fn count(&mut self, sequence: u16) -> bool {
        let distance = i32::from(sequence_distance(self.highest_sequence, sequence));
        if !(-MISORDER_MAX..=DROPOUT_MAX).contains(&distance) {
            if self.restart_at != Some(sequence) {
                self.restart_at = Some(sequence.wrapping_add(1));
                return false;
            }
            self.restart(sequence);
        } else if distance > 0 {
            if sequence < self.highest_sequence {
                self.wraps = self.wraps.wrapping_add(1);
            }
            self.highest_sequence = sequence;
        }
        self.restart_at = None;
        self.received += 1;
        true
    }

    /// Two packets in sequence after a jump: the source began anew, and lost nothing by that.
    fn restart(&mut self, sequence: u16) {
        self.expected_before = self.expected();
        self.base_sequence = sequence;
        self.highest_sequence = sequence;
        self.wraps = 0;
        self.transit = None;
    }

    fn measure_jitter(&mut self, timestamp: u32, arrival: u32) {
        let transit = arrival.wrapping_sub(timestamp);
        match self.transit {
            // The packets of one digit share a timestamp: they say nothing of the network.
            Some((_, latest)) if latest == timestamp => return,
            Some((before, _)) => {
                let difference = transit.wrapping_sub(before).cast_signed().unsigned_abs();
                // J += (|D| - J) / 16, in 16ths; the 8 rounds.
                let decay = (self.jitter_scaled + 8) >> 4;
                self.jitter_scaled = self.jitter_scaled.saturating_add(difference) - decay;
            }
            None => {}
        }
        self.transit = Some((transit, timestamp));
    }

    /// The block of a report, with the fraction lost since the call before. The source, and the
    /// times of the sender's report, are added by [`ReportBlock::about`].
    pub fn report(&mut self) -> ReportBlock {
        let expected = self.expected().saturating_sub(self.expected_at_report);
        let received = self.received.saturating_sub(self.received_at_report);
        self.expected_at_report = self.expected();
        self.received_at_report = self.received;
        let lost = expected.saturating_sub(received);
        let fraction = (lost * 256).checked_div(expected).unwrap_or(0);
        ReportBlock {
            ssrc: 0,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            cumulative_lost: self.lost().clamp(LOST_MIN, LOST_MAX) as i32,
            highest_sequence: self.extended_highest_sequence(),
            jitter: self.jitter_scaled >> 4,
            last_sender_report: 0,
            delay_since_last_sender_report: 0,
        }
    }

    /// Packets expected less packets received: negative when there were more copies than losses.
    #[must_use]
    pub fn lost(&self) -> i64 {
        self.expected().cast_signed() - self.received.cast_signed()
    }

    /// Packets that the source has sent, by its sequence numbers.
    #[must_use]
    pub fn expected(&self) -> u64 {
        if self.received == 0 {
            return 0;
        }
        let run = self.extended_highest_sequence().wrapping_sub(u32::from(self.base_sequence));
        self.expected_before + u64::from(run) + 1
    }

    /// Packets counted, late ones and copies among them.
    #[must_use]
    pub const fn received_count(&self) -> u64 {
        self.received
    }

    /// Interarrival jitter in milliseconds, for an RTP clock of `clock_hz`.
    #[must_use]
    pub fn jitter_ms(&self, clock_hz: u32) -> f64 {
        f64::from(self.jitter_scaled) / 16.0 * 1_000.0 / f64::from(clock_hz.max(1))
    }

    fn extended_highest_sequence(&self) -> u32 {
        u32::from(self.wraps) << 16 | u32::from(self.highest_sequence)
    }
}

/// Bounds of the 24 bits that a block has for losses.
const LOST_MAX: i64 = 0x7f_ffff;
const LOST_MIN: i64 = -0x80_0000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A reception of packets 20 ms apart, each `(sequence, arrival in ms)`.
    fn after(packets: &[(u16, u32)]) -> Reception {
        let mut reception = Reception::new(packets[0].0);
        for (sequence, arrival_ms) in packets {
            reception.received(*sequence, u32::from(*sequence) * 160, arrival_ms * 8);
        }
        reception
    }

    #[test]
    fn losses_are_counted_across_the_wrap() {
        let mut reception = after(&[(65_534, 0), (65_535, 20), (1, 60), (2, 80)]);
        assert_eq!((reception.expected(), reception.received_count()), (5, 4));
        let block = reception.report();
        assert_eq!((block.cumulative_lost, block.fraction_lost), (1, 51));
        assert_eq!(block.highest_sequence, 0x1_0002);
        assert_eq!(reception.report().fraction_lost, 0, "the fraction is since the last report");
    }

    #[test]
    fn a_late_packet_is_not_lost_and_a_copy_is_counted() {
        assert_eq!(after(&[(10, 0), (12, 40), (11, 45)]).lost(), 0);
        assert_eq!(after(&[(10, 0), (11, 20), (11, 20)]).lost(), -1);
    }

    #[test]
    fn one_stray_packet_is_ignored_and_two_in_sequence_restart() {
        let mut reception = after(&[(10, 0), (11, 20), (40_000, 25), (12, 40)]);
        assert_eq!((reception.expected(), reception.received_count()), (3, 3));
        for sequence in [40_000, 40_001, 40_002] {
            reception.received(sequence, u32::from(sequence) * 160, 0);
        }
        assert_eq!((reception.expected(), reception.received_count()), (5, 5));
        assert_eq!(reception.lost(), 0);
    }

    #[test]
    fn jitter_is_a_sixteenth_of_the_first_difference() {
        let packets = [(1, 0), (2, 36)];
        let mut reception = after(&packets);
        assert_eq!(reception.jitter_ms(8_000), 1.0);
        assert_eq!(reception.report().jitter, 8);
    }

    #[test]
    fn jitter_falls_by_a_sixteenth_with_each_packet_on_time() {
        assert_eq!(after(&[(1, 0), (2, 36), (3, 56)]).jitter_ms(8_000), 15.0 / 16.0);
    }

    #[test]
    fn jitter_of_a_steady_stream_is_zero_even_with_digits_in_it() {
        let mut reception = Reception::new(0);
        for place in 0..50_u16 {
            // From the tenth packet on a digit of ten packets: one timestamp.
            let timestamp = if (10..20).contains(&place) { 10 } else { place };
            reception.received(place, u32::from(timestamp) * 160, u32::from(place) * 160);
        }
        assert_eq!(reception.jitter_ms(8_000), 0.0);
    }

    #[test]
    fn nothing_received_is_nothing_lost() {
        let mut reception = Reception::new(7);
        assert_eq!((reception.expected(), reception.lost()), (0, 0));
        assert_eq!(reception.report().fraction_lost, 0);
    }

    proptest! {
        #[test]
        fn no_packets_panic(packets in prop::collection::vec(any::<(u16, u32, u32)>(), 1..200)) {
            let mut reception = Reception::new(packets[0].0);
            for (sequence, timestamp, arrival) in packets {
                reception.received(sequence, timestamp, arrival);
                let block = reception.report();
                prop_assert!(i64::from(block.cumulative_lost).abs() <= reception.lost().abs());
            }
        }
    }
}
