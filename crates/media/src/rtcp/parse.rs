//! Reading compound packets (RFC 3550 section 6.1, appendix A.2).

use super::{BYE, RECEIVER_REPORT, ReportBlock, SENDER_REPORT, SenderInfo};

/// One packet of a compound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// From a source that sends.
    SenderReport {
        /// The source.
        ssrc: u32,
        /// What it has sent.
        info: SenderInfo,
        /// What it has received.
        blocks: Blocks<'a>,
    },
    /// From a source that only receives.
    ReceiverReport {
        /// The source.
        ssrc: u32,
        /// What it has received.
        blocks: Blocks<'a>,
    },
    /// A source has left; one for each source of the packet.
    Bye {
        /// The source.
        ssrc: u32,
    },
    /// A description, an application's packet, or one of a later standard.
    Other {
        /// Its packet type.
        packet_type: u8,
    },
}

/// The packets of one datagram, in order. At most one for each word of it.
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    rest: &'a [u8],
    /// Sources of a BYE that have not been said yet.
    leaving: &'a [u8],
}

/// The blocks of one report, in order. At most 31.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks<'a>(&'a [u8]);

const BLOCK_LEN: usize = 24;
const INFO_LEN: usize = 20;

/// Reads a datagram. All lengths in it are checked here: the iterator cannot fail.
///
/// A compound need not begin with a report (RFC 5506).
///
/// # Errors
/// [`RtcpError`] when a packet is not of version 2, or leads past the end.
pub fn parse(datagram: &[u8]) -> Result<Packets<'_>, RtcpError> {
    let packets = Packets { rest: datagram, leaving: &[] };
    if datagram.is_empty() {
        return Err(RtcpError::Length { place: 0, len: 0 });
    }
    let mut rest = datagram;
    while !rest.is_empty() {
        let place = datagram.len() - rest.len();
        let packet =
            Raw::split_from(&mut rest).ok_or(RtcpError::Length { place, len: datagram.len() })?;
        if packet.version != 2 {
            return Err(RtcpError::Version { place, version: packet.version });
        }
        if packet.body.len() < packet.body_min() {
            return Err(RtcpError::Count { place, count: packet.count });
        }
    }
    Ok(packets)
}

/// A packet's header and the bytes behind it.
struct Raw<'a> {
    version: u8,
    count: u8,
    packet_type: u8,
    body: &'a [u8],
}

impl<'a> Raw<'a> {
    fn split_from(rest: &mut &'a [u8]) -> Option<Self> {
        let ([first, packet_type, high, low], after) = rest.split_first_chunk()?;
        let body_len = 4 * usize::from(u16::from_be_bytes([*high, *low]));
        let (body, after) = after.split_at_checked(body_len)?;
        *rest = after;
        Some(Self { version: first >> 6, count: first & 31, packet_type: *packet_type, body })
    }

    /// Bytes that the count in the header promises.
    fn body_min(&self) -> usize {
        let count = usize::from(self.count);
        match self.packet_type {
            SENDER_REPORT => 4 + INFO_LEN + count * BLOCK_LEN,
            RECEIVER_REPORT => 4 + count * BLOCK_LEN,
            BYE => 4 * count,
            _ => 0,
        }
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Packet<'a>;

    fn next(&mut self) -> Option<Packet<'a>> {
        loop {
            if let Some(ssrc) = take_u32(&mut self.leaving) {
                return Some(Packet::Bye { ssrc });
            }
            let packet = Raw::split_from(&mut self.rest)?;
            if packet.packet_type == BYE {
                self.leaving = packet.body.get(..4 * usize::from(packet.count))?;
                continue;
            }
            return read(&packet);
        }
    }
}

/// `None` only for what [`parse`] has refused.
fn read<'a>(packet: &Raw<'a>) -> Option<Packet<'a>> {
    let mut body = packet.body;
    let blocks_len = BLOCK_LEN * usize::from(packet.count);
    match packet.packet_type {
        SENDER_REPORT => {
            let ssrc = take_u32(&mut body)?;
            let seconds = take_u32(&mut body)?;
            let fraction = take_u32(&mut body)?;
            let info = SenderInfo {
                ntp: u64::from(seconds) << 32 | u64::from(fraction),
                rtp_timestamp: take_u32(&mut body)?,
                packets: take_u32(&mut body)?,
                octets: take_u32(&mut body)?,
            };
            Some(Packet::SenderReport { ssrc, info, blocks: Blocks(body.get(..blocks_len)?) })
        }
        RECEIVER_REPORT => {
            let ssrc = take_u32(&mut body)?;
            Some(Packet::ReceiverReport { ssrc, blocks: Blocks(body.get(..blocks_len)?) })
        }
        packet_type => Some(Packet::Other { packet_type }),
    }
}

impl Iterator for Blocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let ssrc = take_u32(&mut self.0)?;
        let losses = take_u32(&mut self.0)?;
        Some(ReportBlock {
            ssrc,
            fraction_lost: (losses >> 24) as u8,
            // 24 bits with a sign: shifted up and down again to spread the sign.
            cumulative_lost: (losses << 8).cast_signed() >> 8,
            highest_sequence: take_u32(&mut self.0)?,
            jitter: take_u32(&mut self.0)?,
            last_sender_report: take_u32(&mut self.0)?,
            delay_since_last_sender_report: take_u32(&mut self.0)?,
        })
    }
}

fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    let (word, after) = bytes.split_first_chunk()?;
    *bytes = after;
    Some(u32::from_be_bytes(*word))
}

/// Why a datagram is not RTCP. It is to be dropped and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RtcpError {
    /// A packet's length leads past the end.
    #[error("an RTCP packet at byte {place} reaches past the {len} bytes of its datagram: drop it")]
    Length {
        /// Where the packet begins.
        place: usize,
        /// Bytes in the datagram.
        len: usize,
    },
    /// Another version.
    #[error("an RTCP packet at byte {place} has version {version} instead of 2: drop it")]
    Version {
        /// Where the packet begins.
        place: usize,
        /// The version found.
        version: u8,
    },
    /// More blocks or sources than the packet has room for.
    #[error(
        "an RTCP packet at byte {place} has no room for the {count} entries it claims: drop it"
    )]
    Count {
        /// Where the packet begins.
        place: usize,
        /// Blocks or sources claimed.
        count: u8,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtcp::{write_bye, write_sender_report};
    use proptest::prelude::*;

    fn block(seed: u32) -> ReportBlock {
        ReportBlock {
            ssrc: seed,
            fraction_lost: seed as u8,
            cumulative_lost: -seed.cast_signed(),
            highest_sequence: seed + 1,
            jitter: seed + 2,
            last_sender_report: seed + 3,
            delay_since_last_sender_report: seed + 4,
        }
    }

    #[test]
    fn a_sender_report_that_is_written_is_read_again() {
        let info = SenderInfo { ntp: 1 << 63 | 5, rtp_timestamp: 6, packets: 7, octets: 8 };
        let mut out = Vec::new();
        write_sender_report(&mut out, 9, Some(info), &[block(10), block(200)], "name");
        let packets: Vec<_> = parse(&out).unwrap().collect();
        let [Packet::SenderReport { ssrc: 9, info: read, blocks }, other] = &packets[..] else {
            panic!("{packets:?}");
        };
        assert_eq!(*read, info);
        assert_eq!(blocks.clone().collect::<Vec<_>>(), [block(10), block(200)]);
        assert_eq!(*other, Packet::Other { packet_type: 202 });
    }

    #[test]
    fn a_bye_names_each_of_its_sources() {
        let mut out = Vec::new();
        write_bye(&mut out, 9, "name");
        out.extend([0x82, 203, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 2, b'o', b'k', 0]);
        let leaving: Vec<u32> = parse(&out)
            .unwrap()
            .filter_map(|packet| match packet {
                Packet::Bye { ssrc } => Some(ssrc),
                Packet::SenderReport { .. }
                | Packet::ReceiverReport { .. }
                | Packet::Other { .. } => None,
            })
            .collect();
        assert_eq!(leaving, [9, 1, 2]);
    }

    #[test]
    fn lengths_and_counts_that_lie_are_refused() {
        let error = |bytes: &[u8]| parse(bytes).unwrap_err();
        assert_eq!(error(&[]), RtcpError::Length { place: 0, len: 0 });
        assert_eq!(error(&[0x80, 201, 0]), RtcpError::Length { place: 0, len: 3 });
        assert_eq!(error(&[0x80, 201, 0, 1, 0, 0]), RtcpError::Length { place: 0, len: 6 });
        assert_eq!(error(&[0x40, 201, 0, 0]), RtcpError::Version { place: 0, version: 1 });
        assert_eq!(
            error(&[0x80, 203, 0, 0, 0x81, 201, 0, 1, 0, 0, 0, 0]),
            RtcpError::Count { place: 4, count: 1 }
        );
    }

    proptest! {
        #[test]
        fn no_datagram_panics(mut bytes in prop::collection::vec(any::<u8>(), 0..200), fix: bool) {
            if let (true, [first, packet_type, high, low, ..]) = (fix, &mut bytes[..]) {
                (*first, *packet_type) = (0x80 | *first & 0x3f, 200 + (*packet_type & 3));
                (*high, *low) = (0, *low & 31);
            }
            if let Ok(packets) = parse(&bytes) {
                for packet in packets {
                    if let Packet::SenderReport { blocks, .. }
                    | Packet::ReceiverReport { blocks, .. } = packet
                    {
                        prop_assert!(blocks.count() <= 31);
                    }
                }
            }
        }
    }
}
