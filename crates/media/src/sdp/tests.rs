//! Descriptions of the field, and both sides of an agreement together.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use crate::g711::Law;
use crate::srtp::{KeyError, MasterKey, Profile};

fn local() -> LocalMedia {
    LocalMedia {
        address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10)),
        rtp_port: 40_000,
        rtcp_port: 40_001,
        laws: vec![Law::A, Law::Mu],
        telephone_event: Some(101),
        ptime_ms: 20,
        direction: Direction::SendReceive,
        crypto: None,
        session_id: 17,
        version: 1,
    }
}

fn secure(seed: u8) -> LocalMedia {
    let key = MasterKey::from_bytes(&[seed; MasterKey::LEN]);
    let profile = Profile::AesCm128HmacSha1_80;
    LocalMedia { crypto: Some(LocalCrypto { profile, key }), ..local() }
}

fn parse(text: &str) -> SessionDescription {
    SessionDescription::parse(text.as_bytes()).unwrap()
}

/// A description with the usual head, from the first stream on.
fn description(media: &str) -> SessionDescription {
    parse(&format!("v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n{media}"))
}

fn answered(media: &str) -> (String, Negotiated) {
    answer(&description(media), &local(), Security::WhenAsked).unwrap()
}

#[test]
fn an_offer_is_written_as_trunks_expect_it() {
    let expected = "v=0\r\no=- 17 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
        m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";
    assert_eq!(offer(&local()), expected);
}

#[test]
fn an_offer_over_ipv6_with_one_port_and_a_key_says_so() {
    let six = LocalMedia {
        address: IpAddr::V6(Ipv6Addr::LOCALHOST),
        rtcp_port: 40_000,
        telephone_event: None,
        ..secure(0)
    };
    let text = offer(&six);
    assert!(text.contains("c=IN IP6 ::1\r\n"), "{text}");
    assert!(text.contains("m=audio 40000 RTP/SAVP 8 0\r\n"), "{text}");
    assert!(text.contains("a=rtcp:40000\r\na=rtcp-mux\r\n"), "{text}");
    let key = "A".repeat(40);
    let line = format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n");
    assert!(text.contains(&line), "{text}");
}

#[test]
fn the_first_law_of_the_offer_is_taken_with_its_number() {
    let (text, agreed) = answered(
        "m=audio 5000 RTP/AVP 18 97 8 96\na=rtpmap:97 pcmu/8000\n\
         a=rtpmap:96 telephone-event/8000\na=ptime:30\n",
    );
    assert_eq!((agreed.law, agreed.payload_type, agreed.telephone_event), (Law::Mu, 97, Some(96)));
    let receive = PayloadTypes { mu: Some(97), a: None, telephone_event: Some(96) };
    assert_eq!(agreed.receive, receive);
    assert_eq!(agreed.receive.law_of(97), Some(Law::Mu));
    assert_eq!(agreed.remote_rtp, "192.0.2.1:5000".parse().unwrap());
    assert_eq!(agreed.remote_rtcp, "192.0.2.1:5001".parse().unwrap());
    assert!(text.contains("m=audio 40000 RTP/AVP 97 96\r\na=rtpmap:97 PCMU/8000\r\n"), "{text}");
}

#[test]
fn a_number_with_another_meaning_is_not_taken_for_a_law() {
    let remote =
        description("m=audio 5000 RTP/AVP 0 8\na=rtpmap:0 L16/8000\na=rtpmap:8 PCMA/16000\n");
    let error = answer(&remote, &local(), Security::WhenAsked).unwrap_err();
    let expected = SdpError::NoCommonCodec { theirs: "L16 PCMA".into(), ours: "PCMA PCMU".into() };
    assert_eq!(error, expected);
}

#[test]
fn two_channels_are_not_taken_for_one() {
    let remote = description("m=audio 5000 RTP/AVP 96\na=rtpmap:96 PCMU/8000/2\n");
    let result = answer(&remote, &local(), Security::WhenAsked);
    assert!(matches!(result, Err(SdpError::NoCommonCodec { .. })), "{result:?}");
}

#[test]
fn digits_that_this_side_does_not_want_are_left_out() {
    let remote = description("m=audio 5000 RTP/AVP 0 96\na=rtpmap:96 telephone-event/8000\n");
    let local = LocalMedia { telephone_event: None, ..local() };
    let (text, agreed) = answer(&remote, &local, Security::WhenAsked).unwrap();
    assert_eq!((agreed.telephone_event, agreed.receive.telephone_event), (None, None));
    assert!(text.contains("m=audio 40000 RTP/AVP 0\r\n"), "{text}");
}

#[test]
fn digits_at_another_clock_are_not_taken() {
    let (_, agreed) = answered("m=audio 5000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/48000\n");
    assert_eq!(agreed.telephone_event, None);
}

#[test]
fn all_streams_but_one_are_refused_in_order() {
    let (text, agreed) = answered(
        "m=video 5002 RTP/AVP 96\na=rtpmap:96 H264/90000\nm=audio 0 RTP/AVP 0\n\
         m=audio 5004 RTP/SAVPF 0\nm=audio 5006 RTP/AVP 0\nc=IN IP4 192.0.2.2\n\
         m=image 5008 udptl t38\n",
    );
    assert_eq!(agreed.remote_rtp, "192.0.2.2:5006".parse().unwrap());
    let streams: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
    let expected = [
        "m=video 0 RTP/AVP 96",
        "m=audio 0 RTP/AVP 0",
        "m=audio 0 RTP/SAVPF 0",
        "m=audio 40000 RTP/AVP 0",
        "m=image 0 udptl t38",
    ];
    assert_eq!(streams, expected);
}

#[test]
fn a_hold_is_answered_by_its_counterpart() {
    let direction = |text: &str| {
        let (answer, agreed) = answered(text);
        assert!(answer.contains(&format!("a={}\r\n", agreed.direction.name())), "{answer}");
        (agreed.direction, !agreed.direction.sends())
    };
    let audio = "m=audio 5000 RTP/AVP 0\n";
    assert_eq!(direction(audio), (Direction::SendReceive, false));
    assert_eq!(direction(&format!("{audio}a=sendonly\n")), (Direction::ReceiveOnly, true));
    assert_eq!(direction(&format!("{audio}a=recvonly\n")), (Direction::SendOnly, false));
    assert_eq!(direction(&format!("{audio}a=inactive\n")), (Direction::Inactive, true));
    assert_eq!(direction(&format!("a=inactive\n{audio}")), (Direction::Inactive, true));
    assert_eq!(direction(&format!("a=inactive\n{audio}a=sendrecv\n")).0, Direction::SendReceive);
    let old = format!("{audio}c=IN IP4 0.0.0.0\n");
    assert_eq!(direction(&old), (Direction::ReceiveOnly, true));
}

#[test]
fn this_sides_direction_narrows_the_agreement() {
    let remote = description("m=audio 5000 RTP/AVP 0\n");
    let local = LocalMedia { direction: Direction::SendOnly, ..local() };
    assert_eq!(accept(&local, &remote).unwrap().direction, Direction::SendOnly);
}

#[test]
fn rtcp_goes_where_the_description_says() {
    let rtcp = |line: &str| answered(&format!("m=audio 5000 RTP/AVP 0\n{line}\n")).1.remote_rtcp;
    assert_eq!(rtcp("a=rtcp:5555"), "192.0.2.1:5555".parse().unwrap());
    assert_eq!(rtcp("a=rtcp:5555 IN IP4 192.0.2.9"), "192.0.2.9:5555".parse().unwrap());
    let (text, agreed) = answered("m=audio 5000 RTP/AVP 0\na=rtcp-mux\n");
    assert!(agreed.rtcp_mux && agreed.remote_rtcp == agreed.remote_rtp);
    assert!(text.contains("a=rtcp-mux\r\n"), "{text}");
}

#[test]
fn one_port_is_shared_only_when_it_was_offered() {
    let remote = description("m=audio 5000 RTP/AVP 0\na=rtcp-mux\n");
    assert!(!accept(&local(), &remote).unwrap().rtcp_mux);
    let one_port = LocalMedia { rtcp_port: 40_000, ..local() };
    assert!(accept(&one_port, &remote).unwrap().rtcp_mux);
}

#[test]
fn an_answer_may_have_its_own_numbers() {
    let remote = description("m=audio 5000 RTP/AVP 0 96\na=rtpmap:96 telephone-event/8000\n");
    let agreed = accept(&local(), &remote).unwrap();
    assert_eq!((agreed.payload_type, agreed.telephone_event), (0, Some(96)));
    let receive = PayloadTypes { mu: Some(0), a: Some(8), telephone_event: Some(101) };
    assert_eq!(agreed.receive, receive);
}

#[test]
fn an_answer_without_a_stream_is_told_from_one_that_refuses() {
    let error = |media: &str| accept(&local(), &description(media)).unwrap_err();
    assert_eq!(error(""), SdpError::NoAudio);
    assert_eq!(error("m=video 5000 RTP/AVP 96\n"), SdpError::NoAudio);
    assert_eq!(error("m=audio 0 RTP/AVP 8\n"), SdpError::Rejected);
    assert_eq!(error("m=audio 5000 UDP/TLS/RTP/SAVPF 8\n"), SdpError::NoAudio);
}

#[test]
fn an_address_must_be_of_one_host() {
    let error = |line: &str| {
        let text = format!("v=0\nm=audio 5000 RTP/AVP 0\n{line}\n");
        accept(&local(), &parse(&text)).unwrap_err()
    };
    assert_eq!(error("a=x"), SdpError::NoAddress);
    let host = "media.example.org".to_owned();
    assert_eq!(error("c=IN IP4 media.example.org"), SdpError::HostName { host });
    let address = "224.2.1.1".parse().unwrap();
    assert_eq!(error("c=IN IP4 224.2.1.1/127"), SdpError::Multicast { address });
}

#[test]
fn security_follows_the_setting() {
    let clear = parse(&offer(&local()));
    let secret = parse(&offer(&secure(1)));
    let is_secure = |remote, security| {
        let result = answer(remote, &secure(2), security);
        result.map(|(text, agreed)| {
            assert_eq!(text.contains("RTP/SAVP"), agreed.local_key.is_some());
            agreed.remote_key.is_some()
        })
    };
    assert_eq!(is_secure(&clear, Security::Never), Ok(false));
    assert_eq!(is_secure(&clear, Security::WhenAsked), Ok(false));
    assert_eq!(is_secure(&secret, Security::WhenAsked), Ok(true));
    assert_eq!(is_secure(&secret, Security::Always), Ok(true));
    let refused = |remote, security| {
        matches!(is_secure(remote, security), Err(SdpError::SecurityMismatch { .. }))
    };
    assert!(refused(&clear, Security::Always));
    assert!(refused(&secret, Security::Never));
    let without_key = answer(&secret, &local(), Security::Always);
    assert!(matches!(without_key, Err(SdpError::SecurityMismatch { .. })));
    assert!(matches!(accept(&local(), &secret), Err(SdpError::SecurityMismatch { .. })));
    assert!(matches!(accept(&secure(1), &clear), Err(SdpError::SecurityMismatch { .. })));
}

#[test]
fn the_first_usable_key_is_taken_and_its_tag_repeated() {
    let key = MasterKey::from_bytes(&[9; MasterKey::LEN]);
    let inline = key.to_inline();
    let remote = description(&format!(
        "m=audio 5000 RTP/SAVP 0\na=crypto:1 AES_256_CM_HMAC_SHA1_80 {inline}\n\
         a=crypto:2 AES_CM_128_HMAC_SHA1_80 {inline} UNENCRYPTED_SRTP\n\
         a=crypto:3 AES_CM_128_HMAC_SHA1_80 {inline}|2^20|1:4\n\
         a=crypto:7 AES_CM_128_HMAC_SHA1_32 {inline}|2^20 WSH=128\n"
    ));
    let (text, agreed) = answer(&remote, &secure(2), Security::Always).unwrap();
    assert_eq!(agreed.remote_key, Some((Profile::AesCm128HmacSha1_32, key)));
    let ours = MasterKey::from_bytes(&[2; MasterKey::LEN]).to_inline();
    let line = format!("a=crypto:7 AES_CM_128_HMAC_SHA1_32 {ours}\r\n");
    assert!(text.contains(&line), "{text}");
}

#[test]
fn a_key_of_no_use_is_named_but_not_shown() {
    let remote = description(
        "m=audio 5000 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\n",
    );
    let error = answer(&remote, &secure(2), Security::Always).unwrap_err();
    assert_eq!(error, SdpError::Key { problem: KeyError::Length { len: 6 } });
    assert!(!format!("{error} {error:?} {remote:?}").contains("c2VjcmV0"));
    let error = SessionDescription::parse(b"v=0\n=crypto:1 X inline:c2VjcmV0").unwrap_err();
    assert!(!format!("{error:?}").contains("c2VjcmV0"));
}

#[test]
fn an_answer_with_another_key_line_than_offered_is_refused() {
    let text = offer(&secure(2));
    let other_tag = text.replace("a=crypto:1", "a=crypto:2");
    let other_suite = text.replace("SHA1_80", "SHA1_32");
    for text in [other_tag, other_suite] {
        let result = accept(&secure(1), &parse(&text));
        assert!(matches!(result, Err(SdpError::SecurityMismatch { .. })), "{result:?}");
    }
}

#[test]
fn lines_may_end_in_any_way() {
    let text = offer(&local());
    for end in ["\n", "\r", "\r\n\r\n"] {
        assert_eq!(parse(&text.replace("\r\n", end)), parse(&text), "{end:?}");
    }
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    let message = |text: &str| SessionDescription::parse(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(message(""), "SDP line 1, '': it is empty: send an SDP");
    let expected = "SDP line 3, 'm=audio x RTP/AVP 0': no port: write a number from 0 to 65535";
    assert_eq!(message("v=0\r\n\r\nm=audio x RTP/AVP 0"), expected);
    for text in [
        "hello",
        "v=1",
        "v=0\nrubbish",
        "v=0\nc=IN IP9 1",
        "v=0\nm=audio 1",
        "v=0\nm=audio 70000 RTP/AVP 0",
        "v=0\nm=audio 1 RTP/AVP 0\na=rtpmap:0",
        "v=0\nm=audio 1 RTP/AVP 0\na=rtcp:x",
    ] {
        let result = SessionDescription::parse(text.as_bytes());
        assert!(matches!(result, Err(SdpError::Malformed { .. })), "{text}: {result:?}");
    }
}

#[test]
fn what_grows_is_bounded() {
    let error = |text: &str| SessionDescription::parse(text.as_bytes()).unwrap_err();
    let too_large = |what, limit| SdpError::TooLarge { what, limit };
    assert_eq!(error(&"v".repeat(SIZE_MAX + 1)), too_large("bytes", SIZE_MAX));
    assert_eq!(
        error(&format!("v=0\n{}", "a=b\n".repeat(LINES_MAX))),
        too_large("lines", LINES_MAX)
    );
    let streams = "m=audio 1 RTP/AVP 0\n".repeat(MEDIA_MAX + 1);
    assert_eq!(error(&format!("v=0\n{streams}")), too_large("streams", MEDIA_MAX));
}

fn any_direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![
        Direction::SendReceive,
        Direction::SendOnly,
        Direction::ReceiveOnly,
        Direction::Inactive,
    ])
}

prop_compose! {
    fn any_local()(
        address in prop_oneof![any::<u32>().prop_map(|bits| IpAddr::V4(bits.into())),
                               any::<u128>().prop_map(|bits| IpAddr::V6(bits.into()))],
        rtp_port in 1_024u16..65_000, rtcp_above in 0u16..3,
        laws in prop::sample::subsequence(vec![Law::Mu, Law::A], 1..=2).prop_shuffle(),
        telephone_event in prop::option::of(96u8..128), ptime in 1u16..10,
        direction in any_direction(), key in prop::option::of(any::<[u8; 30]>()), short_tag: bool,
        session_id: u64, version: u64,
    ) -> LocalMedia {
        let profile =
            if short_tag { Profile::AesCm128HmacSha1_32 } else { Profile::AesCm128HmacSha1_80 };
        let key = key.map(|bytes| MasterKey::from_bytes(&bytes));
        LocalMedia {
            address,
            rtp_port,
            rtcp_port: rtp_port + rtcp_above,
            laws,
            telephone_event,
            ptime_ms: ptime * 10,
            direction,
            crypto: key.map(|key| LocalCrypto { profile, key }),
            session_id,
            version,
        }
    }
}

proptest! {
    #[test]
    fn both_sides_agree_on_the_same(caller in any_local(), callee in any_local()) {
        let offered = parse(&offer(&caller));
        prop_assert_eq!(&offered.origin.as_ref().unwrap().version, &caller.version.to_string());
        let Ok((text, theirs)) = answer(&offered, &callee, Security::WhenAsked) else {
            let impossible = caller.laws.iter().all(|law| !callee.laws.contains(law))
                || (caller.crypto.is_some() && callee.crypto.is_none())
                || caller.address.is_multicast();
            prop_assert!(impossible);
            return Ok(());
        };
        if callee.address.is_multicast() {
            return Ok(());
        }
        let ours = accept(&caller, &parse(&text)).unwrap();
        prop_assert_eq!(ours.law, theirs.law);
        prop_assert_eq!(ours.receive.law_of(theirs.payload_type), Some(theirs.law));
        prop_assert_eq!(theirs.receive.law_of(ours.payload_type), Some(ours.law));
        prop_assert_eq!(ours.telephone_event, theirs.receive.telephone_event);
        if let Some(number) = theirs.telephone_event {
            prop_assert_eq!(ours.receive.telephone_event, Some(number));
        }
        prop_assert!(!ours.direction.sends() || theirs.direction.receives());
        prop_assert!(!theirs.direction.sends() || ours.direction.receives());
        prop_assert_eq!(&ours.local_key, &theirs.remote_key);
        prop_assert_eq!(&ours.remote_key, &theirs.local_key);
        prop_assert_eq!(ours.local_key.is_some(), caller.crypto.is_some());
        prop_assert_eq!(ours.rtcp_mux, theirs.rtcp_mux);
        prop_assert_eq!(theirs.remote_rtp, (caller.address, caller.rtp_port).into());
        prop_assert_eq!(ours.remote_rtp, (callee.address, callee.rtp_port).into());
        if !ours.rtcp_mux {
            prop_assert_eq!(theirs.remote_rtcp, (caller.address, caller.rtcp_port).into());
            prop_assert_eq!(ours.remote_rtcp, (callee.address, callee.rtcp_port).into());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(SessionDescription::parse(&bytes));
    }

    #[test]
    fn no_description_panics_and_every_answer_can_be_read(
        lines in prop::collection::vec(
            "(m=(audio|video) [0-9]{1,5}(/2)? (RTP/AVP|RTP/SAVP|udptl)( [0-9]{1,3}){0,4}\
             |c=IN IP[46] [0-9.:a-f]{1,9}|a=rtpmap:[0-9]{1,3} (PCMU|PCMA|telephone-event)/8000(/2)?\
             |a=(sendonly|inactive|rtcp-mux|rtcp:[0-9]{1,5}|ptime:[0-9]{1,3}|maxptime:[0-9]{1,3})\
             |a=crypto:[0-9] AES_CM_128_HMAC_SHA1_(80|32) inline:[A-D]{40}|[a-z]=.{0,9})",
            0..12,
        ),
    ) {
        let text = format!("v=0\nc=IN IP4 192.0.2.1\n{}", lines.join("\n"));
        let Ok(remote) = SessionDescription::parse(text.as_bytes()) else { return Ok(()) };
        drop(accept(&local(), &remote));
        if let Ok((text, agreed)) = answer(&remote, &secure(1), Security::WhenAsked) {
            let again = parse(&text);
            prop_assert_eq!(again.media.len(), remote.media.len());
            let open: Vec<_> = again.media.iter().filter(|media| media.port != 0).collect();
            prop_assert_eq!(open.len(), 1);
            prop_assert_eq!(open[0].laws().next(), Some((agreed.payload_type, agreed.law)));
        }
    }
}
