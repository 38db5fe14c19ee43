//! SRTP: encrypted and authenticated RTP and RTCP (RFC 3711), with keys from SDP (RFC 4568).
//!
//! [`Sender`] protects what leaves, [`Receiver`] opens what arrives; each has its own
//! [`MasterKey`]. Session keys are derived once (`derive`), packets are numbered and checked for
//! replay in `index`.
//!
//! # Invariants
//! - A packet is authenticated before anything else is done with it, and before it can change any
//!   state: nobody without the key can evict, advance or slow a stream.
//! - A sender never uses a packet index twice with one key: the key stream would repeat.
//! - No packet causes an allocation, but for the first one of a source and for a buffer without
//!   room for the tag.

mod derive;
mod index;
mod key;
mod receiver;
mod sender;

pub use key::{KeyError, MasterKey};
pub use receiver::Receiver;
pub use sender::Sender;

use crate::rtp::RtpError;

/// A cipher with its authentication: a crypto-suite of RFC 4568 section 6.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// `AES_CM_128_HMAC_SHA1_80`: tags of ten bytes.
    AesCm128HmacSha1_80,
    /// `AES_CM_128_HMAC_SHA1_32`: RTP tags of four bytes, RTCP tags of ten.
    AesCm128HmacSha1_32,
}

impl Profile {
    /// The suite of a name in SDP; `None` for one that is not supported.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::AesCm128HmacSha1_80, Self::AesCm128HmacSha1_32]
            .into_iter()
            .find(|profile| profile.name().eq_ignore_ascii_case(name))
    }

    /// The suite's name in SDP.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// Bytes that protection adds to an RTP packet.
    #[must_use]
    pub const fn rtp_tag_len(self) -> usize {
        match self {
            Self::AesCm128HmacSha1_80 => RTCP_TAG_LEN,
            Self::AesCm128HmacSha1_32 => 4,
        }
    }
}

/// Bytes of an RTCP tag, with either profile (RFC 4568 section 6.2.2).
const RTCP_TAG_LEN: usize = 10;

/// Bytes of the encryption flag and the packet index of RTCP (RFC 3711 section 3.4).
const RTCP_INDEX_LEN: usize = 4;

/// Bytes of an RTCP compound that stay in the clear: its first header and source.
const RTCP_CLEAR_LEN: usize = 8;

/// Sources that one context keeps apart: a call has one, and one more for each time that the other
/// side is replaced.
pub const SOURCES_MAX: usize = 8;

/// Why a packet was not protected or not opened. It is unchanged, and is to be dropped and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// Too short for its headers and the tag.
    #[error("a packet of {len} bytes is too short for SRTP: drop it")]
    TooShort {
        /// Bytes in the packet.
        len: usize,
    },
    /// No RTP packet.
    #[error("cannot protect or open a packet: {0}")]
    Rtp(#[from] RtpError),
    /// The tag is wrong: another key, or a packet that was changed on its way.
    #[error(
        "a packet of source {ssrc:#010x} fails authentication: drop it, and if all do, compare \
         the keys in the SDP of both sides"
    )]
    Authentication {
        /// The source that the packet claims.
        ssrc: u32,
    },
    /// The packet came before, or is too old to tell.
    #[error("packet {index} of source {ssrc:#010x} came before or is too late: drop it")]
    Replayed {
        /// The source.
        ssrc: u32,
        /// The packet's index.
        index: u64,
    },
    /// The RTCP packet is not encrypted.
    #[error("an RTCP packet of source {ssrc:#010x} is not encrypted: drop it")]
    NotEncrypted {
        /// The source.
        ssrc: u32,
    },
    /// A sender's sequence number does not lie within 32,767 after the one before.
    #[error(
        "sequence number {sequence} of source {ssrc:#010x} does not follow the one before: a key \
         stream would repeat; number packets upwards"
    )]
    SequenceNotRising {
        /// The source.
        ssrc: u32,
        /// The sequence number.
        sequence: u16,
    },
    /// A sender was used for more than [`SOURCES_MAX`] sources.
    #[error("a key has served {SOURCES_MAX} sources: negotiate a new one for more")]
    TooManySources,
    /// As many packets were sent as a key may protect (RFC 3711 section 9.2).
    #[error("a key has protected as many packets as it may: negotiate a new one")]
    KeyExhausted,
}

#[cfg(test)]
mod tests;
