//! What this side can do.

use std::net::IpAddr;

use crate::g711::Law;
use crate::srtp::{MasterKey, Profile};

/// This side's stream, for offers and answers.
#[derive(Clone, Debug)]
pub struct LocalMedia {
    /// Where the other side shall send to.
    pub address: IpAddr,
    /// The port for RTP.
    pub rtp_port: u16,
    /// The port for RTCP. When it is the same as RTP's, `a=rtcp-mux` is offered.
    pub rtcp_port: u16,
    /// Laws in order of preference, at least one. An answer follows the offer's order instead.
    pub laws: Vec<Law>,
    /// The payload type to offer for digits, 96 to 127, usually 101; `None` for no digits. An
    /// answer uses the number in the offer.
    pub telephone_event: Option<u8>,
    /// Milliseconds of audio in a packet, both ways.
    pub ptime_ms: u16,
    /// What this side wants to do.
    pub direction: Direction,
    /// The key for what this side sends. An offer with one is for SRTP only; an answer uses it when
    /// SRTP is agreed, with the profile that the offer prefers.
    pub crypto: Option<LocalCrypto>,
    /// Names the session in `o=`; the same for all offers and answers of a call.
    pub session_id: u64,
    /// One more for each description that differs from the one before (RFC 3264 section 8).
    pub version: u64,
}

/// A key of this side. It must be fresh for each call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCrypto {
    /// The profile to offer.
    pub profile: Profile,
    /// The key for what is sent.
    pub key: MasterKey,
}

/// When calls are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// An offer of SRTP is refused.
    Never,
    /// As the offer has it.
    #[default]
    WhenAsked,
    /// An offer without SRTP is refused.
    Always,
}

/// What one side does with a stream (RFC 8866 section 6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Sends and receives: what holds when a description says nothing.
    #[default]
    SendReceive,
    /// Only sends.
    SendOnly,
    /// Only receives.
    ReceiveOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// The direction of both answers.
    #[must_use]
    pub const fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendReceive,
            (true, false) => Self::SendOnly,
            (false, true) => Self::ReceiveOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether this side sends.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendReceive | Self::SendOnly)
    }

    /// Whether this side receives.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendReceive | Self::ReceiveOnly)
    }

    /// What is left of this direction when the other side does `remote`: we send only what it
    /// receives, and receive only what it sends (RFC 3264 section 6.1).
    #[must_use]
    pub const fn against(self, remote: Self) -> Self {
        Self::of(self.sends() && remote.receives(), self.receives() && remote.sends())
    }

    /// The attribute's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SendReceive => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::ReceiveOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// The direction of an attribute's name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::SendReceive, Self::SendOnly, Self::ReceiveOnly, Self::Inactive]
            .into_iter()
            .find(|direction| direction.name() == name)
    }
}
