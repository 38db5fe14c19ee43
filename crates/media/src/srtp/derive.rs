//! Session keys (RFC 3711 section 4.3), the cipher (4.1.1) and the authentication (4.2.1).

use aes::Aes128Enc;
use aes::cipher::{InnerIvInit, KeyInit, StreamCipherCore};
use ctr::CtrCore;
use ctr::flavors::Ctr128BE;
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::MasterKey;

/// The keys of one direction: RTP's and RTCP's.
#[derive(Clone)]
pub(super) struct SessionKeys {
    pub(super) rtp: PacketKeys,
    pub(super) rtcp: PacketKeys,
}

/// What encrypts and authenticates packets of one kind.
#[derive(Clone)]
pub(super) struct PacketKeys {
    cipher: Aes128Enc,
    /// Has taken in the key already: each packet begins with a copy.
    authentication: Hmac<Sha1>,
    salt: [u8; 14],
}

/// First label of each kind: encryption; authentication and salt are the next two.
const RTP_LABEL: u8 = 0;
const RTCP_LABEL: u8 = 3;

impl SessionKeys {
    pub(super) fn derive(master: &MasterKey) -> Self {
        let cipher = Aes128Enc::new(&master.key.into());
        let keys = |label| PacketKeys::derive(&cipher, &master.salt, label);
        Self { rtp: keys(RTP_LABEL), rtcp: keys(RTCP_LABEL) }
    }
}

impl PacketKeys {
    fn derive(master: &Aes128Enc, salt: &[u8; 14], label: u8) -> Self {
        let encryption: [u8; 16] = derived(master, salt, label);
        let authentication: [u8; 20] = derived(master, salt, label + 1);
        Self {
            cipher: Aes128Enc::new(&encryption.into()),
            authentication: <Hmac<Sha1> as Mac>::new_from_slice(&authentication)
                .expect("invariant: HMAC takes keys of any length"),
            salt: derived(master, salt, label + 2),
        }
    }

    /// Encrypts or decrypts, which is the same.
    pub(super) fn apply(&self, ssrc: u32, index: u64, bytes: &mut [u8]) {
        let mut block = [0; 16];
        block[..14].copy_from_slice(&self.salt);
        xor(&mut block[4..8], &ssrc.to_be_bytes());
        // The low 48 bits of the index lie just above the counter of 16 bits.
        xor(&mut block[6..14], &index.to_be_bytes());
        key_stream(&self.cipher, block, bytes);
    }

    /// The tag over a packet and what is authenticated after it, cut to `LEN` bytes.
    pub(super) fn tag<const LEN: usize>(&self, packet: &[u8], after: &[u8]) -> [u8; LEN] {
        let whole = self.authenticated(packet, after).finalize().into_bytes();
        *whole.first_chunk().expect("invariant: no tag is longer than SHA-1's 20 bytes")
    }

    /// Whether a tag is right. The time does not depend on where it is wrong.
    pub(super) fn is_tag(&self, packet: &[u8], after: &[u8], tag: &[u8]) -> bool {
        self.authenticated(packet, after).verify_truncated_left(tag).is_ok()
    }

    fn authenticated(&self, packet: &[u8], after: &[u8]) -> Hmac<Sha1> {
        let mut authentication = self.authentication.clone();
        authentication.update(packet);
        authentication.update(after);
        authentication
    }
}

/// Key material for a label. The key derivation rate is zero: keys are derived once.
fn derived<const LEN: usize>(master: &Aes128Enc, salt: &[u8; 14], label: u8) -> [u8; LEN] {
    let mut block = [0; 16];
    block[..14].copy_from_slice(salt);
    // The label stands above an index of 48 bits, which is zero.
    block[7] ^= label;
    let mut material = [0; LEN];
    key_stream(master, block, &mut material);
    material
}

fn key_stream(cipher: &Aes128Enc, first_block: [u8; 16], bytes: &mut [u8]) {
    CtrCore::<_, Ctr128BE>::inner_iv_init(cipher, &first_block.into())
        .apply_keystream_partial(bytes.into());
}

fn xor(bytes: &mut [u8], with: &[u8]) {
    for (byte, other) in bytes.iter_mut().zip(with) {
        *byte ^= other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex<const LEN: usize>(text: &str) -> [u8; LEN] {
        std::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
    }

    /// RFC 3711 appendix B.3.
    #[test]
    fn session_keys_are_those_of_appendix_b_3() {
        let master = Aes128Enc::new(&hex("E1F97A0D3E018BE0D64FA32C06DE4139").into());
        let salt = hex("0EC675AD498AFEEBB6960B3AABE6");
        let encryption: [u8; 16] = derived(&master, &salt, 0);
        assert_eq!(encryption, hex("C61E7A93744F39EE10734AFE3FF7A087"));
        let session_salt: [u8; 14] = derived(&master, &salt, 2);
        assert_eq!(session_salt, hex("30CBBC08863D8C85D49DB34A9AE1"));
        let authentication: [u8; 94] = derived(&master, &salt, 1);
        let expected = "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCE\
                        E049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC25\
                        6D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2";
        assert_eq!(authentication, hex(expected));
    }

    /// RFC 3711 appendix B.2.
    #[test]
    fn the_key_stream_is_that_of_appendix_b_2() {
        let keys = PacketKeys {
            cipher: Aes128Enc::new(&hex("2B7E151628AED2A6ABF7158809CF4F3C").into()),
            authentication: <Hmac<Sha1> as Mac>::new_from_slice(&[]).unwrap(),
            salt: hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"),
        };
        let mut stream = vec![0; 0xff02 * 16];
        keys.apply(0, 0, &mut stream);
        let expected = "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB\
                        41E95B3BB0A2E8DD477901E4FCA894C0";
        assert_eq!(stream[..48], hex::<48>(expected));
        let expected = "EC8CDF7398607CB0F2D21675EA9EA1E4362B7C3C6773516318A077D7FC5073AE";
        assert_eq!(stream[0xfeff * 16..0xff01 * 16], hex::<32>(expected));
    }
}
