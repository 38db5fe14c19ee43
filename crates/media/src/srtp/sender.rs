//! Protecting what leaves.

use std::fmt;

use super::derive::SessionKeys;
use super::index::{RTCP_INDEX_END, RTP_INDEX_END, nearest, rollover_bytes};
use super::{
    MasterKey, Profile, RTCP_CLEAR_LEN, RTCP_INDEX_LEN, RTCP_TAG_LEN, SOURCES_MAX, SrtpError,
};
use crate::rtp::payload_start;

/// Marks an RTCP packet as encrypted, above its index.
pub(super) const ENCRYPTED: u32 = 1 << 31;

/// Protects the packets of one direction.
#[derive(Clone)]
pub struct Sender {
    profile: Profile,
    keys: SessionKeys,
    /// The latest index of each source.
    sources: Vec<(u32, u64)>,
    next_rtcp_index: u64,
}

impl Sender {
    /// Derives the session keys: this takes some microseconds.
    ///
    /// One key must make one sender, ever: a second one would repeat the first one's key stream.
    #[must_use]
    pub fn new(profile: Profile, key: &MasterKey) -> Self {
        let keys = SessionKeys::derive(key);
        Self { profile, keys, sources: Vec::new(), next_rtcp_index: 0 }
    }

    /// Protects with another profile from here on. Both derive the same session keys, so that a key
    /// that was agreed on with another profile is to go on here, not to begin anew.
    pub fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    /// Takes note of an RTP packet that is sent in the clear between protected ones, so that the
    /// count of roll-overs goes on. Of a source that never sent a protected one nothing is kept.
    pub fn pass_rtp(&mut self, packet: &[u8]) {
        let Some([_, _, n0, n1, _, _, _, _, s0, s1, s2, s3]) = packet.first_chunk() else { return };
        let sequence = u16::from_be_bytes([*n0, *n1]);
        let ssrc = u32::from_be_bytes([*s0, *s1, *s2, *s3]);
        let known = self.sources.iter_mut().find(|(source, _)| *source == ssrc);
        if let Some((_, latest)) = known {
            *latest = nearest(*latest, sequence).map_or(*latest, |index| index.max(*latest));
        }
    }

    /// Encrypts an RTP packet in place and adds the tag: [`Profile::rtp_tag_len`] bytes.
    ///
    /// # Errors
    /// [`SrtpError`] when it is no RTP packet, when sequence numbers do not rise, or when the key
    /// must not be used further. The packet is then unchanged, and must not be sent.
    pub fn protect_rtp(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        let start = payload_start(packet)?;
        let sequence = u16::from_be_bytes([packet[2], packet[3]]);
        let ssrc = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
        let index = self.next_index(ssrc, sequence)?;
        self.keys.rtp.apply(ssrc, index, &mut packet[start..]);
        let tag: [u8; RTCP_TAG_LEN] = self.keys.rtp.tag(packet, &rollover_bytes(index));
        packet.extend_from_slice(&tag[..self.profile.rtp_tag_len()]);
        Ok(())
    }

    /// Encrypts a compound RTCP packet in place and adds index and tag: 14 bytes.
    ///
    /// # Errors
    /// [`SrtpError`] when the packet is too short or the key must not be used further. The packet
    /// is then unchanged, and must not be sent.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        let len = packet.len();
        let Some([_, _, _, _, s0, s1, s2, s3]) = packet.first_chunk::<RTCP_CLEAR_LEN>() else {
            return Err(SrtpError::TooShort { len });
        };
        let ssrc = u32::from_be_bytes([*s0, *s1, *s2, *s3]);
        let index = self.next_rtcp_index;
        if index >= RTCP_INDEX_END {
            return Err(SrtpError::KeyExhausted);
        }
        self.next_rtcp_index += 1;
        self.keys.rtcp.apply(ssrc, index, &mut packet[RTCP_CLEAR_LEN..]);
        let trailer: [u8; RTCP_INDEX_LEN] = (ENCRYPTED | index as u32).to_be_bytes();
        let tag: [u8; RTCP_TAG_LEN] = self.keys.rtcp.tag(packet, &trailer);
        packet.extend_from_slice(&trailer);
        packet.extend_from_slice(&tag);
        Ok(())
    }

    fn next_index(&mut self, ssrc: u32, sequence: u16) -> Result<u64, SrtpError> {
        if let Some((_, latest)) = self.sources.iter_mut().find(|(source, _)| *source == ssrc) {
            let index = nearest(*latest, sequence)
                .filter(|index| *index > *latest)
                .ok_or(SrtpError::SequenceNotRising { ssrc, sequence })?;
            if index >= RTP_INDEX_END {
                return Err(SrtpError::KeyExhausted);
            }
            *latest = index;
            return Ok(index);
        }
        // A source is never forgotten: when it came back, its key stream would repeat.
        if self.sources.len() == SOURCES_MAX {
            return Err(SrtpError::TooManySources);
        }
        self.sources.push((ssrc, u64::from(sequence)));
        Ok(u64::from(sequence))
    }
}

/// Keys do not go into logs.
impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("profile", &self.profile).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_protects_no_more_packets_than_it_may() {
        let key = MasterKey::from_bytes(&[1; MasterKey::LEN]);
        let mut sender = Sender::new(Profile::AesCm128HmacSha1_80, &key);
        let rtp = |sequence: u16| {
            let [high, low] = sequence.to_be_bytes();
            vec![0x80, 0, high, low, 0, 0, 0, 0, 0, 0, 0, 7]
        };
        sender.sources.push((7, RTP_INDEX_END - 2));
        assert_eq!(sender.protect_rtp(&mut rtp(65_535)), Ok(()));
        assert_eq!(sender.protect_rtp(&mut rtp(0)), Err(SrtpError::KeyExhausted));
        sender.next_rtcp_index = RTCP_INDEX_END - 1;
        assert_eq!(sender.protect_rtcp(&mut vec![0x80; 8]), Ok(()));
        assert_eq!(sender.protect_rtcp(&mut vec![0x80; 8]), Err(SrtpError::KeyExhausted));
    }
}
