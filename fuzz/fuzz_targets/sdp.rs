//! Any bytes as an offer and as an answer: what we answer can be read, and is agreed on.
#![no_main]

use std::net::Ipv4Addr;

use libfuzzer_sys::fuzz_target;
use outcall_media::g711::Law;
use outcall_media::sdp::{
    Direction, LocalCrypto, LocalMedia, Security, SessionDescription, accept, answer,
};
use outcall_media::srtp::{MasterKey, Profile};

fuzz_target!(|bytes: &[u8]| {
    let Ok(remote) = SessionDescription::parse(bytes) else { return };
    let local = LocalMedia {
        address: Ipv4Addr::LOCALHOST.into(),
        rtp_port: 20_000,
        rtcp_port: 20_001,
        laws: vec![Law::Mu, Law::A],
        telephone_event: Some(101),
        ptime_ms: 20,
        direction: Direction::SendReceive,
        crypto: Some(LocalCrypto {
            profile: Profile::AesCm128HmacSha1_80,
            key: MasterKey::from_bytes(&[7; MasterKey::LEN]),
        }),
        session_id: 1,
        version: 1,
    };
    drop(accept(&local, &remote));
    for security in [Security::Never, Security::WhenAsked, Security::Always] {
        if let Ok((text, _)) = answer(&remote, &local, security) {
            SessionDescription::parse(text.as_bytes()).expect("our own answer can be read");
        }
    }
});
