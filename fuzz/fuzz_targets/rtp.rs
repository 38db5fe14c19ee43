//! Any datagrams as RTP, RTCP and digits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outcall_media::rtcp::{self, Packet, Reception};
use outcall_media::rtp;
use outcall_media::telephone_event::DigitReceiver;

/// Room for a datagram, in bytes.
const DATAGRAM: usize = 64;

fuzz_target!(|bytes: &[u8]| {
    let mut digits = DigitReceiver::default();
    let mut reception: Option<Reception> = None;
    let mut arrival = 0_u32;
    for datagram in bytes.chunks(DATAGRAM) {
        if rtp::is_rtcp(datagram) {
            reports(datagram);
        } else if let Ok(packet) = rtp::RtpPacket::parse(datagram) {
            let header = packet.header;
            assert!(packet.payload.len() + rtp::HEADER_LEN <= datagram.len());
            if let Some(event) = digits.receive(header.timestamp, header.marker, packet.payload) {
                std::hint::black_box(event);
            }
            std::hint::black_box(digits.expire(header.timestamp));
            arrival = arrival.wrapping_add(u32::from(datagram[0]));
            let counts = reception.get_or_insert_with(|| Reception::new(header.sequence));
            counts.received(header.sequence, header.timestamp, arrival);
            std::hint::black_box((counts.report(), counts.lost(), counts.jitter_ms(8_000)));
        }
    }
});

fn reports(datagram: &[u8]) {
    let Ok(packets) = rtcp::parse(datagram) else { return };
    let mut count = 0;
    for packet in packets {
        count += 1;
        if let Packet::SenderReport { blocks, .. } | Packet::ReceiverReport { blocks, .. } = packet
        {
            for block in blocks {
                std::hint::black_box(rtcp::round_trip_ms(1 << 40, &block));
            }
        }
    }
    assert!(count <= datagram.len() / 4, "at most one for each word");
}
