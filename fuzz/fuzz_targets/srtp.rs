//! Any datagrams as SRTP and SRTCP, and as keys: without the key, nothing is taken for a packet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outcall_media::srtp::{MasterKey, Profile, Receiver};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(key) = MasterKey::parse_inline(text)
    {
        assert!(MasterKey::parse_inline(&key.to_inline()).is_ok_and(|again| again == key));
    }
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
});
