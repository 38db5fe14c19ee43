//! Both directions together.

use proptest::prelude::*;

use super::*;
use crate::rtcp::write_bye;
use crate::rtp::{HEADER_LEN, RtpHeader, RtpPacket};

const PROFILES: [Profile; 2] = [Profile::AesCm128HmacSha1_80, Profile::AesCm128HmacSha1_32];

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The master key of RFC 3711 appendix B.3.
fn key() -> MasterKey {
    let bytes = bytes_of("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");
    MasterKey::from_bytes(&bytes.try_into().unwrap())
}

fn pair(profile: Profile) -> (Sender, Receiver) {
    (Sender::new(profile, &key()), Receiver::new(profile, &key()))
}

fn packet(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut head = [0; HEADER_LEN];
    let header = RtpHeader { marker: false, payload_type: 0, sequence, timestamp: 1, ssrc };
    header.write(&mut head);
    [&head[..], &[sequence as u8; 160]].concat()
}

fn protected(sender: &mut Sender, ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut bytes = packet(ssrc, sequence);
    sender.protect_rtp(&mut bytes).unwrap();
    bytes
}

/// A packet that other implementations test with, for the key of appendix B.3.
#[test]
fn a_packet_is_protected_as_other_implementations_do() {
    let (mut sender, mut receiver) = pair(Profile::AesCm128HmacSha1_80);
    let clear = bytes_of(&format!("800f1234decafbadcafebabe{}", "ab".repeat(16)));
    let secret =
        bytes_of("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
    let mut bytes = clear.clone();
    sender.protect_rtp(&mut bytes).unwrap();
    assert_eq!(bytes, secret);
    receiver.unprotect_rtp(&mut bytes).unwrap();
    assert_eq!(bytes, clear);
}

#[test]
fn an_rtcp_packet_of_other_implementations_is_opened() {
    let (_, mut receiver) = pair(Profile::AesCm128HmacSha1_80);
    let mut bytes =
        bytes_of("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798");
    receiver.unprotect_rtcp(&mut bytes).unwrap();
    assert_eq!(bytes, bytes_of(&format!("81c8000bcafebabe{}", "ab".repeat(16))));
}

#[test]
fn a_stream_is_opened_across_two_rollovers() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        for number in 0..140_000_u32 {
            // Every 97th packet, so that the test is short; the first begins before a rollover.
            let sequence = (65_000 + number) as u16;
            if number % 97 == 0 || sequence == 0 {
                let mut bytes = protected(&mut sender, 7, sequence);
                assert_eq!(bytes.len(), 172 + profile.rtp_tag_len());
                receiver.unprotect_rtp(&mut bytes).unwrap();
                assert_eq!(bytes, packet(7, sequence));
            }
        }
    }
}

#[test]
fn packets_out_of_order_around_the_rollover_are_opened() {
    let (mut sender, mut receiver) = pair(Profile::AesCm128HmacSha1_80);
    let mut made: Vec<_> =
        [65_534, 65_535, 0, 1].map(|sequence| protected(&mut sender, 7, sequence)).into();
    made.swap(1, 3);
    for mut bytes in made {
        receiver.unprotect_rtp(&mut bytes).unwrap();
    }
}

#[test]
fn a_stream_whose_packets_before_the_rollover_were_lost_is_opened() {
    let (mut sender, mut receiver) = pair(Profile::AesCm128HmacSha1_80);
    let mut late = protected(&mut sender, 7, 65_535);
    let mut first = protected(&mut sender, 7, 0);
    receiver.unprotect_rtp(&mut first).unwrap();
    receiver.unprotect_rtp(&mut late).unwrap();
}

#[test]
fn a_packet_is_opened_once() {
    let (mut sender, mut receiver) = pair(Profile::AesCm128HmacSha1_32);
    let mut bytes = protected(&mut sender, 7, 10);
    receiver.unprotect_rtp(&mut bytes.clone()).unwrap();
    let error = receiver.unprotect_rtp(&mut bytes.clone()).unwrap_err();
    assert_eq!(error, SrtpError::Replayed { ssrc: 7, index: 10 });
    for sequence in 11..75 {
        receiver.unprotect_rtp(&mut protected(&mut sender, 7, sequence)).unwrap();
    }
    let error = receiver.unprotect_rtp(&mut bytes).unwrap_err();
    assert_eq!(error, SrtpError::Replayed { ssrc: 7, index: 10 });
}

#[test]
fn rtcp_goes_through_once_and_unchanged() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let mut clear = Vec::new();
        write_bye(&mut clear, 9, "name");
        for index in 0..3 {
            let mut bytes = clear.clone();
            sender.protect_rtcp(&mut bytes).unwrap();
            assert_eq!(bytes.len(), clear.len() + 14);
            let mut copy = bytes.clone();
            receiver.unprotect_rtcp(&mut bytes).unwrap();
            assert_eq!(bytes, clear);
            let error = receiver.unprotect_rtcp(&mut copy).unwrap_err();
            assert_eq!(error, SrtpError::Replayed { ssrc: 9, index });
        }
    }
}

#[test]
fn an_authentic_rtcp_packet_in_the_clear_is_refused() {
    let (_, mut receiver) = pair(Profile::AesCm128HmacSha1_80);
    let mut bytes = Vec::new();
    write_bye(&mut bytes, 9, "name");
    let index = [0, 0, 0, 1];
    let tag: [u8; RTCP_TAG_LEN] = derive::SessionKeys::derive(&key()).rtcp.tag(&bytes, &index);
    bytes.extend(index);
    bytes.extend(tag);
    let error = receiver.unprotect_rtcp(&mut bytes).unwrap_err();
    assert_eq!(error, SrtpError::NotEncrypted { ssrc: 9 });
}

#[test]
fn a_changed_bit_anywhere_is_noticed_and_changes_no_state() {
    let (mut sender, mut receiver) = pair(Profile::AesCm128HmacSha1_80);
    let mut good = protected(&mut sender, 7, 10);
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 0x10;
        let before = bad.clone();
        assert!(receiver.unprotect_rtp(&mut bad).is_err(), "byte {place}");
        assert_eq!(bad, before);
    }
    receiver.unprotect_rtp(&mut good).unwrap();
}

#[test]
fn another_key_opens_nothing() {
    let (mut sender, _) = pair(Profile::AesCm128HmacSha1_80);
    let mut receiver =
        Receiver::new(Profile::AesCm128HmacSha1_80, &MasterKey::from_bytes(&[1; 30]));
    let error = receiver.unprotect_rtp(&mut protected(&mut sender, 7, 10)).unwrap_err();
    assert_eq!(error, SrtpError::Authentication { ssrc: 7 });
}

#[test]
fn a_new_source_begins_its_own_count() {
    let (mut sender, mut receiver) = pair(Profile::AesCm128HmacSha1_80);
    for (ssrc, sequence) in [(7, 60_000), (8, 3), (7, 60_001), (8, 4)] {
        receiver.unprotect_rtp(&mut protected(&mut sender, ssrc, sequence)).unwrap();
    }
}

#[test]
fn a_sender_refuses_to_repeat_its_key_stream() {
    let (mut sender, _) = pair(Profile::AesCm128HmacSha1_80);
    protected(&mut sender, 7, 10);
    for sequence in [10, 9] {
        let mut bytes = packet(7, sequence);
        let error = sender.protect_rtp(&mut bytes).unwrap_err();
        assert_eq!(error, SrtpError::SequenceNotRising { ssrc: 7, sequence });
        assert_eq!(bytes, packet(7, sequence));
    }
    for ssrc in 100..107 {
        protected(&mut sender, ssrc, 1);
    }
    let error = sender.protect_rtp(&mut packet(107, 1)).unwrap_err();
    assert_eq!(error, SrtpError::TooManySources);
}

#[test]
fn a_profile_is_found_by_its_name() {
    for profile in PROFILES {
        assert_eq!(Profile::of_name(profile.name()), Some(profile));
    }
    assert_eq!(Profile::of_name("F8_128_HMAC_SHA1_80"), None);
}

proptest! {
    #[test]
    fn no_datagram_panics_and_none_is_opened(
        mut bytes in prop::collection::vec(any::<u8>(), 0..120), version_2: bool,
    ) {
        if let (true, Some(first)) = (version_2, bytes.first_mut()) {
            *first = 0x80 | *first & 0x3f;
        }
        let (mut sender, mut receiver) = pair(Profile::AesCm128HmacSha1_80);
        prop_assert!(receiver.unprotect_rtp(&mut bytes.clone()).is_err());
        prop_assert!(receiver.unprotect_rtcp(&mut bytes.clone()).is_err());
        let is_rtp = RtpPacket::parse(&bytes).is_ok_and(|packet| !packet.payload.is_empty());
        let len = bytes.len();
        prop_assert!(sender.protect_rtp(&mut bytes.clone()).is_ok() || !is_rtp);
        prop_assert_eq!(sender.protect_rtcp(&mut bytes).is_ok(), len >= 8);
    }
}
