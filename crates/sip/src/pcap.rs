//! Writes traces as pcap files, which tshark and Wireshark open.
//!
//! The packets are made up from what a trace holds: a message is one IP packet with one UDP
//! datagram between the true addresses and ports, with sums that are right. Messages that went over
//! TCP or TLS are written so as well: their segments, sequence numbers and ciphers are not kept,
//! and a reader of SIP wants a message in a piece. What transport it was, its `Via` says.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::trace::{CallTrace, Direction, TracedMessage};

/// The magic of a pcap file with microseconds, in the order of bytes of the writer.
const MAGIC: u32 = 0xa1b2_c3d4;
/// LINKTYPE_RAW: a packet begins with its IP header.
const LINK_TYPE_RAW: u32 = 101;
/// The longest packet that readers must expect, in bytes.
const PACKET_MAX: u32 = 262_144;

const IPV4_HEADER: usize = 20;
const UDP_HEADER: usize = 8;
const UDP: u8 = 17;
const TIME_TO_LIVE: u8 = 64;

/// The longest message that fits an IPv4 packet, in bytes; it fits an IPv6 packet too.
const MESSAGE_MAX: usize = 65_535 - IPV4_HEADER - UDP_HEADER;

/// Writes the messages of these calls, in the order of their times, as one pcap file. A message of
/// more than 65,507 bytes is cut there.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_pcap<'a>(
    mut out: impl Write,
    traces: impl IntoIterator<Item = &'a CallTrace>,
) -> io::Result<()> {
    let mut messages: Vec<&TracedMessage> =
        traces.into_iter().flat_map(|trace| &trace.messages).collect();
    messages.sort_by_key(|message| message.at_us);
    out.write_all(&file_header())?;
    let mut packet = Vec::new();
    for message in messages {
        packet.clear();
        append_packet(&mut packet, message);
        let length = u32::try_from(packet.len()).unwrap_or(PACKET_MAX);
        let at_us = message.at_us.max(0);
        let seconds = u32::try_from(at_us / 1_000_000).unwrap_or(u32::MAX);
        let micros = u32::try_from(at_us % 1_000_000).unwrap_or(0);
        for field in [seconds, micros, length, length] {
            out.write_all(&field.to_le_bytes())?;
        }
        out.write_all(&packet)?;
    }
    out.flush()
}

fn file_header() -> [u8; 24] {
    let mut header = [0; 24];
    header[..4].copy_from_slice(&MAGIC.to_le_bytes());
    // Version 2.4; then the correction to UTC and the accuracy, which nobody writes.
    header[4..6].copy_from_slice(&2u16.to_le_bytes());
    header[6..8].copy_from_slice(&4u16.to_le_bytes());
    header[16..20].copy_from_slice(&PACKET_MAX.to_le_bytes());
    header[20..].copy_from_slice(&LINK_TYPE_RAW.to_le_bytes());
    header
}

fn append_packet(packet: &mut Vec<u8>, message: &TracedMessage) {
    let payload = &message.bytes[..message.bytes.len().min(MESSAGE_MAX)];
    let (from, to) = match message.direction {
        Direction::Out => (message.local, message.remote),
        Direction::In => (message.remote, message.local),
    };
    match (from.ip().to_canonical(), to.ip().to_canonical()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            append_ipv4_header(packet, source, destination, payload.len());
            let mut pseudo = [source.octets(), destination.octets()].concat();
            pseudo.extend([0, UDP]);
            append_udp(packet, from, to, &pseudo, payload);
        }
        // Of two kinds, which a listener on `::` sees: both as IPv6.
        (source, destination) => {
            let (source, destination) = (to_ipv6(source), to_ipv6(destination));
            append_ipv6_header(packet, source, destination, payload.len());
            let mut pseudo = [source.octets(), destination.octets()].concat();
            pseudo.extend([0, UDP]);
            append_udp(packet, from, to, &pseudo, payload);
        }
    }
}

fn to_ipv6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    }
}

/// A length that [`MESSAGE_MAX`] keeps within 16 bits.
fn bits16(length: usize) -> [u8; 2] {
    u16::try_from(length).expect("invariant: messages are cut to what fits a packet").to_be_bytes()
}

/// RFC 791 section 3.1.
fn append_ipv4_header(packet: &mut Vec<u8>, from: Ipv4Addr, to: Ipv4Addr, payload: usize) {
    let mut header = [0; IPV4_HEADER];
    header[0] = 0x45;
    header[2..4].copy_from_slice(&bits16(IPV4_HEADER + UDP_HEADER + payload));
    header[6] = 0x40; // Not to be fragmented.
    header[8] = TIME_TO_LIVE;
    header[9] = UDP;
    header[12..16].copy_from_slice(&from.octets());
    header[16..].copy_from_slice(&to.octets());
    let sum = checksum(&[&header]);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.extend(header);
}

/// RFC 8200 section 3.
fn append_ipv6_header(packet: &mut Vec<u8>, from: Ipv6Addr, to: Ipv6Addr, payload: usize) {
    packet.extend([0x60, 0, 0, 0]);
    packet.extend(bits16(UDP_HEADER + payload));
    packet.extend([UDP, TIME_TO_LIVE]);
    packet.extend(from.octets());
    packet.extend(to.octets());
}

/// RFC 768. `pseudo` is the part of the sum that speaks of addresses and protocol, which RFC 768
/// and RFC 8200 section 8.1 lay out alike but for zeros.
fn append_udp(
    packet: &mut Vec<u8>,
    from: SocketAddr,
    to: SocketAddr,
    pseudo: &[u8],
    payload: &[u8],
) {
    let length = bits16(UDP_HEADER + payload.len());
    let mut header = [0; UDP_HEADER];
    header[..2].copy_from_slice(&from.port().to_be_bytes());
    header[2..4].copy_from_slice(&to.port().to_be_bytes());
    header[4..6].copy_from_slice(&length);
    let sum = match checksum(&[pseudo, &length, &header, payload]) {
        0 => 0xffff, // 0 means that there is no sum.
        sum => sum,
    };
    header[6..].copy_from_slice(&sum.to_be_bytes());
    packet.extend(header);
    packet.extend(payload);
}

/// The sum of RFC 1071 over the parts; all but the last have an even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0u64;
    for part in parts {
        let (words, odd) = part.as_chunks::<2>();
        sum += words.iter().map(|&word| u64::from(u16::from_be_bytes(word))).sum::<u64>();
        sum += odd.first().map_or(0, |&byte| u64::from(byte) << 8);
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).expect("invariant: the loop above leaves 16 bits")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(at_us: i64, direction: Direction, remote: &str, text: &str) -> TracedMessage {
        let remote: SocketAddr = remote.parse().unwrap();
        let local = if remote.is_ipv4() { "192.0.2.1:5060" } else { "[2001:db8::1]:5060" };
        TracedMessage {
            at_us,
            direction,
            transport: "UDP",
            local: local.parse().unwrap(),
            remote,
            bytes: text.as_bytes().into(),
            length: text.len(),
        }
    }

    fn written(messages: Vec<TracedMessage>) -> Vec<u8> {
        let trace = CallTrace { call_id: "a".to_owned(), messages, dropped: 0 };
        let mut out = Vec::new();
        write_pcap(&mut out, [&trace]).unwrap();
        out
    }

    /// What a reader finds of a packet.
    #[derive(Debug, PartialEq)]
    struct Read {
        at_us: i64,
        from: SocketAddr,
        to: SocketAddr,
        payload: Vec<u8>,
    }

    fn le32(bytes: &[u8]) -> usize {
        u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize
    }

    fn be16(bytes: &[u8]) -> u16 {
        u16::from_be_bytes(bytes[..2].try_into().unwrap())
    }

    /// The sum of 16 bit words with the carry added at each step: another way than the writer's.
    fn sums_to_ones(bytes: &[u8]) -> bool {
        let word = |pair: &[u8]| u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)]);
        let total = bytes.chunks(2).map(word).fold(0u16, |sum, word| {
            let (sum, carry) = sum.overflowing_add(word);
            sum + u16::from(carry)
        });
        total == 0xffff
    }

    fn read(mut file: &[u8]) -> Vec<Read> {
        assert_eq!(file[..8], [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]);
        assert_eq!(le32(&file[20..]), 101);
        file = &file[24..];
        let mut packets = Vec::new();
        while !file.is_empty() {
            let at_us = (le32(file) * 1_000_000 + le32(&file[4..])) as i64;
            let length = le32(&file[8..]);
            assert_eq!(le32(&file[12..]), length);
            let packet = &file[16..16 + length];
            file = &file[16 + length..];
            let (from, to, udp): (IpAddr, IpAddr, _) = if packet[0] >> 4 == 4 {
                assert!(sums_to_ones(&packet[..20]), "sum of the IPv4 header");
                assert_eq!(usize::from(be16(&packet[2..])), length);
                assert_eq!(packet[9], 17);
                let address = |at: usize| <[u8; 4]>::try_from(&packet[at..at + 4]).unwrap();
                (address(12).into(), address(16).into(), &packet[20..])
            } else {
                assert_eq!(usize::from(be16(&packet[4..])), length - 40);
                assert_eq!(packet[6], 17);
                let address = |at: usize| <[u8; 16]>::try_from(&packet[at..at + 16]).unwrap();
                (address(8).into(), address(24).into(), &packet[40..])
            };
            assert_eq!(usize::from(be16(&udp[4..])), udp.len());
            assert_ne!(be16(&udp[6..]), 0);
            let addresses = if from.is_ipv4() { &packet[12..20] } else { &packet[8..40] };
            let pseudo = [addresses, &[0, 17], &udp[4..6], udp].concat();
            assert!(sums_to_ones(&pseudo), "sum of the datagram");
            packets.push(Read {
                at_us,
                from: (from, be16(udp)).into(),
                to: (to, be16(&udp[2..])).into(),
                payload: udp[8..].to_vec(),
            });
        }
        packets
    }

    #[test]
    fn what_was_written_reads_back_in_the_order_of_time() {
        let file = written(vec![
            message(1_767_225_600_000_002, Direction::In, "192.0.2.2:5080", "SIP/2.0 200 OK"),
            message(1_767_225_600_000_001, Direction::Out, "[2001:db8::2]:5061", "ACK"),
        ]);
        let expected = [
            Read {
                at_us: 1_767_225_600_000_001,
                from: "[2001:db8::1]:5060".parse().unwrap(),
                to: "[2001:db8::2]:5061".parse().unwrap(),
                payload: b"ACK".to_vec(),
            },
            Read {
                at_us: 1_767_225_600_000_002,
                from: "192.0.2.2:5080".parse().unwrap(),
                to: "192.0.2.1:5060".parse().unwrap(),
                payload: b"SIP/2.0 200 OK".to_vec(),
            },
        ];
        assert_eq!(read(&file), expected);
    }

    #[test]
    fn addresses_of_two_kinds_are_both_written_as_ipv6() {
        let mut mixed = message(0, Direction::Out, "192.0.2.2:5060", "ACK");
        mixed.local = "[2001:db8::1]:5060".parse().unwrap();
        assert_eq!(read(&written(vec![mixed]))[0].to.ip().to_string(), "::ffff:192.0.2.2");
    }

    #[test]
    fn a_message_too_long_for_a_packet_is_cut() {
        let long = message(-5, Direction::Out, "192.0.2.2:5060", &"x".repeat(100_000));
        let packets = read(&written(vec![long]));
        assert_eq!((packets[0].payload.len(), packets[0].at_us), (65_507, 0));
    }

    proptest! {
        #[test]
        fn every_payload_has_sums_that_are_right(
            bytes in prop::collection::vec(any::<u8>(), 0..64),
            port in 1u16..,
            v6 in any::<bool>(),
        ) {
            let remote = if v6 { format!("[::1]:{port}") } else { format!("127.0.0.1:{port}") };
            let mut one = message(7, Direction::Out, &remote, "");
            one.bytes = bytes.clone().into();
            prop_assert_eq!(&read(&written(vec![one]))[0].payload, &bytes);
        }
    }
}
