//! Any datagrams as RTP, RTCP and digits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outcall_media::telephone_event::DigitReceiver;
use outcall_media::{rtcp, rtp};

fuzz_target!(|bytes: &[u8]| {
    let mut digits = DigitReceiver::default();
    for datagram in bytes.chunks(64) {
        if rtp::is_rtcp(datagram) {
            if let Ok(packets) = rtcp::parse(datagram) {
                assert!(packets.count() <= datagram.len());
            }
        } else if let Ok(packet) = rtp::RtpPacket::parse(datagram) {
            let header = packet.header;
            let _ = digits.receive(header.timestamp, header.marker, packet.payload);
            let _ = digits.expire(header.timestamp);
        }
    }
});
