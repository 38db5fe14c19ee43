//! RTP packets (RFC 3550 section 5.1).

/// Bytes of the header that this platform sends: no contributing sources, no extension.
pub const HEADER_LEN: usize = 12;

/// The fields of a header that matter to an audio stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpHeader {
    /// First packet of a talk spurt or of a digit (RFC 3551 section 4.1, RFC 4733 section 2.5.1.1).
    pub marker: bool,
    /// What the payload is, 0 to 127.
    pub payload_type: u8,
    /// One more for each packet, wrapping.
    pub sequence: u16,
    /// The time of the first sample, in samples, wrapping.
    pub timestamp: u32,
    /// The source: a random number that names the stream.
    pub ssrc: u32,
}

impl RtpHeader {
    /// Writes the header. Only the low seven bits of the payload type are written.
    pub fn write(&self, out: &mut [u8; HEADER_LEN]) {
        out[0] = VERSION << 6;
        out[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7f;
        out[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }

    /// Reads the fields of a header whose form has been checked.
    fn read(bytes: &[u8; HEADER_LEN]) -> Self {
        let [_, flags, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3] = *bytes;
        Self {
            marker: flags & 0x80 != 0,
            payload_type: flags & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([r0, r1, r2, r3]),
        }
    }
}

/// A received packet; the payload lies in the caller's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpPacket<'a> {
    /// The header.
    pub header: RtpHeader,
    /// What follows the header, the contributing sources and the extension, without padding. May
    /// be empty.
    pub payload: &'a [u8],
}

impl<'a> RtpPacket<'a> {
    /// Reads a datagram. Contributing sources and extensions are skipped.
    ///
    /// # Errors
    /// [`RtpError`] when the datagram is not RTP of version 2, or lengths in it lead past its end.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, RtpError> {
        let start = payload_start(datagram)?;
        let header = datagram.first_chunk().ok_or(RtpError::TooShort { len: datagram.len() })?;
        let mut payload = &datagram[start..];
        if datagram[0] & PADDING != 0 {
            let padding = payload.last().copied().map_or(0, usize::from);
            if padding == 0 || padding > payload.len() {
                return Err(RtpError::Padding { padding, len: datagram.len() });
            }
            payload = &payload[..payload.len() - padding];
        }
        Ok(Self { header: RtpHeader::read(header), payload })
    }
}

const VERSION: u8 = 2;
const PADDING: u8 = 0x20;
const EXTENSION: u8 = 0x10;

/// Where the payload of an RTP packet begins: never past the packet's end.
///
/// SRTP leaves everything before it in the clear (RFC 3711 section 3.1).
pub(crate) fn payload_start(packet: &[u8]) -> Result<usize, RtpError> {
    let len = packet.len();
    if len < HEADER_LEN {
        return Err(RtpError::TooShort { len });
    }
    let version = packet[0] >> 6;
    if version != VERSION {
        return Err(RtpError::Version { version });
    }
    let mut start = HEADER_LEN + 4 * usize::from(packet[0] & 0x0f);
    if packet[0] & EXTENSION != 0 {
        let Some([_, _, high, low]) = packet.get(start..start + 4) else {
            return Err(RtpError::Extension { len });
        };
        start += 4 + 4 * usize::from(u16::from_be_bytes([*high, *low]));
    }
    if start > len {
        return Err(RtpError::Extension { len });
    }
    Ok(start)
}

/// Whether a datagram on a shared port is RTCP rather than RTP (RFC 5761 section 4).
///
/// RTCP's packet types 192 to 223 are the payload types 64 to 95 with the marker set, which RTP
/// does not use on such a port.
#[must_use]
pub fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [first, 192..=223, ..] if first >> 6 == VERSION)
}

/// How far `b` lies after `a`, across the wrap at 65,536; negative when it lies before.
#[must_use]
pub const fn sequence_distance(a: u16, b: u16) -> i16 {
    b.wrapping_sub(a) as i16
}

/// Why a datagram is not an RTP packet. The packet is to be dropped and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RtpError {
    /// Shorter than a header.
    #[error("a datagram of {len} bytes is too short for an RTP header of {HEADER_LEN}: drop it")]
    TooShort {
        /// Bytes in the datagram.
        len: usize,
    },
    /// Another version, or another protocol (STUN and DTLS have 0 here).
    #[error("a datagram has RTP version {version} instead of 2: drop it")]
    Version {
        /// The version found, 0 to 3.
        version: u8,
    },
    /// The contributing sources or the extension reach past the end.
    #[error("sources or extension reach past the end of an RTP packet of {len} bytes: drop it")]
    Extension {
        /// Bytes in the datagram.
        len: usize,
    },
    /// The padding's length is zero or reaches past the payload.
    #[error("an RTP packet of {len} bytes claims {padding} bytes of padding: drop it")]
    Padding {
        /// Bytes of padding that the last byte claims.
        padding: usize,
        /// Bytes in the datagram.
        len: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: RtpHeader = RtpHeader {
        marker: true,
        payload_type: 8,
        sequence: 0x1234,
        timestamp: 0xdead_beef,
        ssrc: 0x0102_0304,
    };

    fn packet(first_byte: u8, rest: &[u8]) -> Vec<u8> {
        let mut head = [0; HEADER_LEN];
        HEADER.write(&mut head);
        head[0] = first_byte;
        [&head[..], rest].concat()
    }

    #[test]
    fn a_header_is_written_as_the_standard_draws_it() {
        let mut head = [0; HEADER_LEN];
        HEADER.write(&mut head);
        assert_eq!(head, [0x80, 0x88, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4]);
    }

    #[test]
    fn sources_extension_and_padding_are_not_payload() {
        // Two sources, an extension of one word, two bytes of payload, three of padding.
        let mut rest = vec![9; 8];
        rest.extend([0xbe, 0xde, 0, 1, 7, 7, 7, 7]);
        rest.extend([0x55, 0x66, 0, 0, 3]);
        let bytes = packet(0x80 | PADDING | EXTENSION | 2, &rest);
        let parsed = RtpPacket::parse(&bytes).unwrap();
        assert_eq!(parsed, RtpPacket { header: HEADER, payload: &[0x55, 0x66] });
    }

    #[test]
    fn lengths_that_lead_past_the_end_are_refused() {
        let parse = |first: u8, rest: &[u8]| RtpPacket::parse(&packet(first, rest)).unwrap_err();
        assert_eq!(parse(0x82, &[0; 7]), RtpError::Extension { len: 19 });
        assert_eq!(parse(0x90, &[0; 3]), RtpError::Extension { len: 15 });
        assert_eq!(parse(0x90, &[0, 0, 0, 1]), RtpError::Extension { len: 16 });
        assert_eq!(parse(0xa0, &[0, 0, 4]), RtpError::Padding { padding: 4, len: 15 });
        assert_eq!(parse(0xa0, &[0, 0, 0]), RtpError::Padding { padding: 0, len: 15 });
        assert_eq!(parse(0xa0, &[]), RtpError::Padding { padding: 0, len: 12 });
        assert_eq!(parse(0x40, &[]), RtpError::Version { version: 1 });
        assert_eq!(RtpPacket::parse(&[0x80; 11]).unwrap_err(), RtpError::TooShort { len: 11 });
    }

    #[test]
    fn rtcp_is_told_from_rtp_by_its_packet_type() {
        assert!(is_rtcp(&[0x81, 200, 0, 1]));
        assert!(is_rtcp(&[0x80, 203, 0, 0]));
        assert!(!is_rtcp(&packet(0x80, &[])));
        assert!(!is_rtcp(&[0x80, 0x80 | 101]));
        assert!(!is_rtcp(&[0x00, 200, 0, 1]));
        assert!(!is_rtcp(&[0x80]));
    }

    #[test]
    fn distance_is_counted_across_the_wrap() {
        assert_eq!(sequence_distance(65_535, 1), 2);
        assert_eq!(sequence_distance(1, 65_535), -2);
        assert_eq!(sequence_distance(5, 5), 0);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32,
            payload in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let header = RtpHeader { marker, payload_type, sequence, timestamp, ssrc };
            let mut head = [0; HEADER_LEN];
            header.write(&mut head);
            let bytes = [&head[..], &payload].concat();
            let parsed = RtpPacket::parse(&bytes).unwrap();
            prop_assert_eq!(parsed, RtpPacket { header, payload: &payload });
        }

        #[test]
        fn no_datagram_panics_and_no_payload_is_longer_than_it(
            mut bytes in prop::collection::vec(any::<u8>(), 0..80), version_2: bool,
        ) {
            if let (true, Some(first)) = (version_2, bytes.first_mut()) {
                *first = 0x80 | *first & 0x3f;
            }
            if let Ok(parsed) = RtpPacket::parse(&bytes) {
                prop_assert!(parsed.payload.len() + HEADER_LEN <= bytes.len());
            }
            prop_assert!(!is_rtcp(&bytes) || bytes[0] & 0xc0 == 0x80);
        }
    }
}
