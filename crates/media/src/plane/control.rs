//! RTCP of one stream: reports at random intervals, a BYE at the end, and what the far end reports.

use super::clock::ntp_now;
use super::incoming::Incoming;
use super::outgoing::Outgoing;
use super::random::Random;
use crate::rtcp::{self, Packet, ReportBlock, SenderInfo};

/// The RTCP side of one stream.
#[derive(Debug)]
pub(super) struct Control {
    /// The canonical name: random and new for each call (RFC 7022, section 4.2).
    name: String,
    next_us: u64,
    /// NTP time in the far end's latest report, and when that report came.
    sender_report: Option<(u64, u64)>,
    pub(super) round_trip_ms: Option<f64>,
    /// Loss of our packets that the far end last told, 0 to 1.
    pub(super) far_end_loss: Option<f64>,
}

impl Control {
    pub(super) fn new(random: &mut Random) -> Self {
        Self {
            name: format!("{:016x}", random.next()),
            next_us: 0,
            sender_report: None,
            round_trip_ms: None,
            far_end_loss: None,
        }
    }

    /// Whether a report is due; if so, draws when the next one is (RFC 3550, section 6.2).
    pub(super) fn is_due(&mut self, now_us: u64, interval_ms: u32, random: &mut Random) -> bool {
        let interval_us = u64::from(interval_ms) * 1_000;
        if now_us < self.next_us {
            return false;
        }
        let first = self.next_us == 0;
        self.next_us = now_us + interval_us / 2 + random.below(interval_us);
        !first
    }

    /// Writes a report of both directions.
    pub(super) fn write_report(
        &mut self,
        out: &mut Vec<u8>,
        sends: bool,
        outgoing: &Outgoing,
        incoming: &mut Incoming,
    ) {
        let ntp = ntp_now();
        let info = SenderInfo {
            ntp,
            rtp_timestamp: outgoing.timestamp(),
            packets: outgoing.packets as u32,
            octets: outgoing.octets as u32,
        };
        let answered =
            self.sender_report.map(|(report, arrived)| (report, ms_between(arrived, ntp)));
        let ssrc = incoming.ssrc().unwrap_or_default();
        let block = incoming.reception().map(|reception| reception.report().about(ssrc, answered));
        rtcp::write_sender_report(
            out,
            outgoing.ssrc,
            sends.then_some(info),
            block.as_slice(),
            &self.name,
        );
    }

    /// Writes the end of the stream.
    pub(super) fn write_bye(&self, out: &mut Vec<u8>, ssrc: u32) {
        rtcp::write_bye(out, ssrc, &self.name);
    }

    /// Takes a datagram of RTCP that came at `arrived_ntp`. What cannot be read changes nothing.
    pub(super) fn receive(&mut self, datagram: &[u8], arrived_ntp: u64, own_ssrc: u32) {
        let Ok(packets) = rtcp::parse(datagram) else { return };
        for packet in packets {
            let blocks = match packet {
                Packet::SenderReport { info, blocks, .. } => {
                    self.sender_report = Some((info.ntp, arrived_ntp));
                    blocks
                }
                Packet::ReceiverReport { blocks, .. } => blocks,
                // The end of a call is told by signalling; a BYE can be forged.
                Packet::Bye { .. } | Packet::Other { .. } => continue,
            };
            for block in blocks.filter(|block| block.ssrc == own_ssrc) {
                self.take(&block, arrived_ntp);
            }
        }
    }

    fn take(&mut self, block: &ReportBlock, arrived_ntp: u64) {
        self.far_end_loss = Some(f64::from(block.fraction_lost) / 256.0);
        self.round_trip_ms = rtcp::round_trip_ms(arrived_ntp, block).or(self.round_trip_ms);
    }
}

/// Milliseconds from one NTP time to another; 0 when the world's clock was set back.
fn ms_between(from: u64, to: u64) -> u32 {
    let ms = (u128::from(to.saturating_sub(from)) * 1_000) >> 32;
    u32::try_from(ms).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_spread_and_the_first_is_not_at_once() {
        let mut random = Random::default();
        let mut control = Control::new(&mut random);
        let due: Vec<u64> = (1..=20_000)
            .map(|step| step * 20_000)
            .filter(|&now_us| control.is_due(now_us, 5_000, &mut random))
            .collect();
        assert!((60..100).contains(&due.len()), "{} in 400 s", due.len());
        let apart: Vec<u64> = due.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(apart.iter().all(|gap| (2_500_000..=7_520_000).contains(gap)), "{apart:?}");
        assert!(apart.iter().max() > apart.iter().min());
    }

    #[test]
    fn a_round_trip_is_measured_from_the_far_ends_answer() {
        let mut random = Random::default();
        let mut control = Control::new(&mut random);
        let sent_ntp = 1_000_u64 << 32;
        // It took the far end 2 s to answer, and the answer came 2.25 s after our report.
        let block = ReportBlock { fraction_lost: 64, ..ReportBlock::default() };
        let block = block.about(77, Some((sent_ntp, 2_000)));
        let mut datagram = Vec::new();
        rtcp::write_sender_report(&mut datagram, 5, None, &[block], "far");
        control.receive(&datagram, sent_ntp + (9 << 30), 77);
        assert_eq!(control.round_trip_ms, Some(250.0));
        assert_eq!(control.far_end_loss, Some(0.25));
        let mut other = Control::new(&mut random);
        other.receive(&datagram, sent_ntp + (9 << 30), 78);
        assert_eq!(other.round_trip_ms, None, "it is of another stream");
    }

    #[test]
    fn time_between_two_moments_is_in_milliseconds() {
        assert_eq!(ms_between(1 << 32, 3 << 31), 500);
        assert_eq!(ms_between(1 << 32, 0), 0);
    }
}
