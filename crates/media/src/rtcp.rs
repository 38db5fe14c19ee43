//! RTCP: what each side tells the other of the quality of a stream (RFC 3550 section 6).
//!
//! - [`Reception`] counts what arrives from one source and makes the [`ReportBlock`] of it.
//! - [`write_sender_report`] and [`write_bye`] write compound packets.
//! - [`parse()`] reads them.

mod parse;
mod reception;
mod write;

pub use parse::{Blocks, Packet, Packets, RtcpError, parse};
pub use reception::Reception;
pub use write::{BLOCKS_MAX, write_bye, write_sender_report};

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const BYE: u8 = 203;

/// What one side says of the stream that it receives (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source reported on.
    pub ssrc: u32,
    /// Packets lost since the report before, in 256ths of those expected.
    pub fraction_lost: u8,
    /// Packets lost since the beginning; negative when copies outnumber losses. 24 bits are sent.
    pub cumulative_lost: i32,
    /// Highest sequence number received, with the count of wraps in the upper half.
    pub highest_sequence: u32,
    /// Interarrival jitter, in timestamp units.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time in the latest sender report received; 0 for none.
    pub last_sender_report: u32,
    /// Time since that report arrived, in 65,536ths of a second.
    pub delay_since_last_sender_report: u32,
}

impl ReportBlock {
    /// Completes a block: the source that it is about, and the NTP time of that source's latest
    /// sender report with the milliseconds since it arrived.
    #[must_use]
    pub fn about(self, ssrc: u32, last_sender_report: Option<(u64, u32)>) -> Self {
        let (ntp, delay_ms) = last_sender_report.unwrap_or_default();
        let delay = u64::from(delay_ms) * 65_536 / 1_000;
        Self {
            ssrc,
            last_sender_report: middle_of(ntp),
            delay_since_last_sender_report: u32::try_from(delay).unwrap_or(u32::MAX),
            ..self
        }
    }
}

/// What a sender says of its own stream (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// NTP time at which the report was sent: seconds since 1900 in the upper half.
    pub ntp: u64,
    /// The same moment on the clock of the stream.
    pub rtp_timestamp: u32,
    /// Packets sent since the beginning, wrapping.
    pub packets: u32,
    /// Bytes of payload sent since the beginning, wrapping.
    pub octets: u32,
}

/// Round trip to the other side and back, in milliseconds, from a block about our own stream that
/// arrived at `now_ntp` (RFC 3550 section 6.4.1, figure 2).
///
/// `None` when the block answers no sender report, or when its figures would give less than zero.
#[must_use]
pub fn round_trip_ms(now_ntp: u64, block: &ReportBlock) -> Option<f64> {
    if block.last_sender_report == 0 {
        return None;
    }
    let units = middle_of(now_ntp)
        .wrapping_sub(block.last_sender_report)
        .wrapping_sub(block.delay_since_last_sender_report);
    // Above half of the range it is a small negative number.
    (units <= u32::MAX / 2).then(|| f64::from(units) * 1_000.0 / 65_536.0)
}

const fn middle_of(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_round_trip_of_the_standards_example_is_6125_ms() {
        // RFC 3550 figure 2: A = 0xb710:8000, LSR = 0xb705:2000, DLSR = 5.250 s.
        let block = ReportBlock {
            last_sender_report: 0xb705_2000,
            delay_since_last_sender_report: 0x0005_4000,
            ..ReportBlock::default()
        };
        let now = 0x0000_b710_8000_0000;
        assert_eq!(round_trip_ms(now, &block), Some(6_125.0));
    }

    #[test]
    fn a_round_trip_is_never_negative_and_never_of_no_report() {
        let mut block = ReportBlock::default();
        assert_eq!(round_trip_ms(1 << 40, &block), None);
        block.last_sender_report = 1 << 24;
        block.delay_since_last_sender_report = 1;
        assert_eq!(round_trip_ms(1 << 40, &block), None);
    }

    #[test]
    fn a_block_answers_the_middle_of_the_senders_time() {
        let block = ReportBlock::default().about(7, Some((0x1122_3344_5566_7788, 2_500)));
        assert_eq!((block.ssrc, block.last_sender_report), (7, 0x3344_5566));
        assert_eq!(block.delay_since_last_sender_report, 2 * 65_536 + 32_768);
        assert_eq!(ReportBlock::default().about(7, None).last_sender_report, 0);
    }
}
