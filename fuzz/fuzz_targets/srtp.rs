//! Keys as text, and datagrams as SRTP and SRTCP: what was protected comes out once and unchanged,
//! in any order; nothing else is taken for a packet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outcall_media::rtp::RtpHeader;
use outcall_media::srtp::{MasterKey, Profile, Receiver, Sender};

/// Packets that are kept to be delivered, late or again.
const KEPT_MAX: usize = 256;

fuzz_target!(|bytes: &[u8]| {
    key(bytes);
    let key = MasterKey::from_bytes(&[9; MasterKey::LEN]);
    for profile in [Profile::AesCm128HmacSha1_80, Profile::AesCm128HmacSha1_32] {
        let mut receiver = Receiver::new(profile, &key);
        let mut packet = bytes.to_vec();
        // Four bytes of authentication can be guessed; ten cannot within the life of a fuzzer.
        let opened = receiver.unprotect_rtp(&mut packet).is_ok();
        assert!(!opened || profile == Profile::AesCm128HmacSha1_32);
        let mut packet = bytes.to_vec();
        assert!(receiver.unprotect_rtcp(&mut packet).is_err());
    }
    talk(bytes, &key);
});

fn key(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(key) = MasterKey::parse_inline(text)
    {
        assert!(MasterKey::parse_inline(&key.to_inline()).is_ok_and(|again| again == key));
    }
}

/// A packet that was protected: its form on the wire, its clear form, whether it was opened.
struct Sent {
    wire: Vec<u8>,
    clear: Vec<u8>,
    opened: bool,
}

/// Each step of four bytes sends a packet, delivers one, or delivers one with a bit changed.
fn talk(bytes: &[u8], key: &MasterKey) {
    let profile = Profile::AesCm128HmacSha1_80;
    let (mut sender, mut receiver) = (Sender::new(profile, key), Receiver::new(profile, key));
    let mut kept: Vec<Sent> = Vec::new();
    for step in bytes.chunks_exact(4) {
        let [what, a, b, c] = [step[0], step[1], step[2], step[3]];
        if what % 4 == 0 && kept.len() < KEPT_MAX {
            let clear = packet(u16::from_be_bytes([a, b]), c);
            let mut wire = clear.clone();
            if sender.protect_rtp(&mut wire).is_ok() {
                kept.push(Sent { wire, clear, opened: false });
            }
            continue;
        }
        let Some(last) = kept.len().checked_sub(1) else { continue };
        let sent = &mut kept[last - usize::from(a).min(last)];
        let mut packet = sent.wire.clone();
        if what % 4 == 1 {
            let at = usize::from(b) % packet.len();
            packet[at] ^= 1 << (c % 8);
            let before = packet.clone();
            assert!(receiver.unprotect_rtp(&mut packet).is_err(), "a changed packet is refused");
            assert_eq!(packet, before, "and left as it was");
        } else if receiver.unprotect_rtp(&mut packet).is_ok() {
            assert!(!std::mem::replace(&mut sent.opened, true), "a packet is opened once");
            assert_eq!(packet, sent.clear);
        }
    }
}

fn packet(sequence: u16, length: u8) -> Vec<u8> {
    let (marker, payload_type, timestamp) = (false, 0, u32::from(sequence) * 160);
    let header = RtpHeader { marker, payload_type, sequence, timestamp, ssrc: 7 };
    let mut head = [0; outcall_media::rtp::HEADER_LEN];
    header.write(&mut head);
    [head.as_slice(), &vec![length; usize::from(length)]].concat()
}
