//! Opening what arrives.

use std::fmt;

use super::derive::SessionKeys;
use super::index::{RTP_INDEX_END, Windows, nearest, rollover_bytes};
use super::sender::ENCRYPTED;
use super::{MasterKey, Profile, RTCP_CLEAR_LEN, RTCP_INDEX_LEN, RTCP_TAG_LEN, SrtpError};
use crate::rtp::payload_start;

/// Opens the packets of one direction. Each is let through once; up to 64 may come out of order.
#[derive(Clone)]
pub struct Receiver {
    profile: Profile,
    keys: SessionKeys,
    rtp: Windows,
    rtcp: Windows,
}

impl Receiver {
    /// Derives the session keys: this takes some microseconds.
    #[must_use]
    pub fn new(profile: Profile, key: &MasterKey) -> Self {
        let keys = SessionKeys::derive(key);
        Self { profile, keys, rtp: Windows::default(), rtcp: Windows::default() }
    }

    /// Expects another profile from here on, with the same session keys: see
    /// [`Sender::set_profile`](super::Sender::set_profile).
    pub fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    /// Checks an SRTP packet, decrypts it in place and takes off the tag.
    ///
    /// # Errors
    /// [`SrtpError`]; the packet is then unchanged.
    pub fn unprotect_rtp(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        let len = packet.len();
        let end = len.checked_sub(self.profile.rtp_tag_len()).ok_or(SrtpError::TooShort { len })?;
        let (body, tag) = packet.split_at_mut(end);
        let start = payload_start(body)?;
        let sequence = u16::from_be_bytes([body[2], body[3]]);
        let ssrc = u32::from_be_bytes([body[8], body[9], body[10], body[11]]);
        let index = self.authentic_index(ssrc, sequence, body, tag)?;
        self.keys.rtp.apply(ssrc, index, &mut body[start..]);
        self.rtp.mark(ssrc, index);
        packet.truncate(end);
        Ok(())
    }

    /// Checks an SRTCP packet, decrypts it in place and takes off index and tag.
    ///
    /// # Errors
    /// [`SrtpError`]; the packet is then unchanged.
    pub fn unprotect_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        let len = packet.len();
        let end = len
            .checked_sub(RTCP_INDEX_LEN + RTCP_TAG_LEN)
            .filter(|end| *end >= RTCP_CLEAR_LEN)
            .ok_or(SrtpError::TooShort { len })?;
        let (body, after) = packet.split_at_mut(end);
        let (trailer, tag) = after.split_at(RTCP_INDEX_LEN);
        let ssrc = u32::from_be_bytes([body[4], body[5], body[6], body[7]]);
        let word = u32::from_be_bytes([trailer[0], trailer[1], trailer[2], trailer[3]]);
        let index = u64::from(word & !ENCRYPTED);
        if self.rtcp.of(ssrc).is_some_and(|window| !window.admits(index)) {
            return Err(SrtpError::Replayed { ssrc, index });
        }
        if !self.keys.rtcp.is_tag(body, trailer, tag) {
            return Err(SrtpError::Authentication { ssrc });
        }
        if word & ENCRYPTED == 0 {
            return Err(SrtpError::NotEncrypted { ssrc });
        }
        self.keys.rtcp.apply(ssrc, index, &mut body[RTCP_CLEAR_LEN..]);
        self.rtcp.mark(ssrc, index);
        packet.truncate(end);
        Ok(())
    }

    /// The index of a packet whose tag is right and that has not come before.
    fn authentic_index(
        &self,
        ssrc: u32,
        sequence: u16,
        body: &[u8],
        tag: &[u8],
    ) -> Result<u64, SrtpError> {
        let is_authentic = |index: u64| self.keys.rtp.is_tag(body, &rollover_bytes(index), tag);
        if let Some(window) = self.rtp.of(ssrc) {
            let index = nearest(window.highest, sequence)
                .filter(|index| window.admits(*index) && *index < RTP_INDEX_END)
                .ok_or(SrtpError::Replayed { ssrc, index: u64::from(sequence) })?;
            return is_authentic(index).then_some(index).ok_or(SrtpError::Authentication { ssrc });
        }
        // A source's first packet that arrives may come after its first rollover, when those before
        // it were lost. Only a small sequence number can.
        let first = u64::from(sequence);
        let second = (sequence < 1 << 15).then_some(first + (1 << 16));
        [Some(first), second]
            .into_iter()
            .flatten()
            .find(|index| is_authentic(*index))
            .ok_or(SrtpError::Authentication { ssrc })
    }
}

/// Keys do not go into logs.
impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("profile", &self.profile).finish_non_exhaustive()
    }
}
