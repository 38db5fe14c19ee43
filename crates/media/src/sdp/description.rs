//! A description as the other side wrote it.

use std::net::IpAddr;

use super::Direction;
use crate::g711::{CLOCK_HZ, Law};

/// A whole description. What the session says of address and direction has been handed down to
/// each stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionDescription {
    /// Who made it, and its version: unchanged when nothing in it has (RFC 3264 section 8).
    pub origin: Option<Origin>,
    /// Its streams, in order.
    pub media: Vec<Media>,
}

/// The `o=` line, as far as it is of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Names the session; a number by the standard, but not all keep to that.
    pub session_id: String,
    /// Grows with each change.
    pub version: String,
}

/// One stream: an `m=` line and those below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video` and so on.
    pub kind: String,
    /// Where RTP is to be sent; 0 for a stream that is refused.
    pub port: u16,
    /// How.
    pub protocol: Protocol,
    /// The formats in order of preference: for RTP, payload types.
    pub formats: Vec<String>,
    /// Where to, when the stream or the session says so.
    pub connection: Option<Connection>,
    /// What the other side does: it sends, it receives, both or neither.
    pub direction: Direction,
    /// What payload types mean.
    pub rtp_maps: Vec<RtpMap>,
    /// Where RTCP is to be sent, when not one port above RTP (RFC 3605).
    pub rtcp: Option<(u16, Option<Connection>)>,
    /// Whether RTP and RTCP may share a port (RFC 5761).
    pub rtcp_mux: bool,
    /// Offered or chosen keys, in order of preference.
    pub crypto: Vec<CryptoLine>,
}

/// The transport in an `m=` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `RTP/AVP`: RTP in the clear.
    Avp,
    /// `RTP/SAVP`: SRTP.
    Savp,
    /// Another one, which is not supported.
    Other(String),
}

impl Protocol {
    /// The name in an `m=` line.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Avp => "RTP/AVP",
            Self::Savp => "RTP/SAVP",
            Self::Other(name) => name,
        }
    }
}

/// The address of a `c=` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// An address; 0.0.0.0 puts the call on hold in the manner of RFC 2543.
    Address(IpAddr),
    /// A host's name, which is not supported.
    Host(String),
}

/// An `a=rtpmap` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    /// The payload type that it explains, 0 to 127.
    pub payload_type: u8,
    /// The encoding's name.
    pub encoding: String,
    /// RTP clock.
    pub clock_hz: u32,
    /// Audio channels; one when the line does not say.
    pub channels: u8,
}

/// An `a=crypto` line (RFC 4568 section 9.1), not yet judged.
#[derive(Clone, PartialEq, Eq)]
pub struct CryptoLine {
    /// Tells lines apart: an answer repeats the one that it chose.
    pub tag: u32,
    /// The suite's name.
    pub suite: String,
    /// `inline:` and the key.
    pub key_parameters: String,
    /// Session parameters, with spaces between them; usually none.
    pub session_parameters: String,
}

/// Keys do not go into logs.
impl std::fmt::Debug for CryptoLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CryptoLine")
            .field("tag", &self.tag)
            .field("suite", &self.suite)
            .finish_non_exhaustive()
    }
}

impl Media {
    /// Whether it is a stream of audio over RTP that has not been refused.
    #[must_use]
    pub fn is_usable_audio(&self) -> bool {
        self.is_audio() && self.port != 0 && !matches!(self.protocol, Protocol::Other(_))
    }

    pub(super) fn is_audio(&self) -> bool {
        self.kind.eq_ignore_ascii_case("audio")
    }

    /// The payload types in order of preference, without what is none.
    fn payload_types(&self) -> impl Iterator<Item = u8> {
        self.formats.iter().filter_map(|format| format.parse().ok()).filter(|number| *number < 128)
    }

    /// The G.711 law of a payload type, by its `a=rtpmap` or, without one, by RFC 3551.
    #[must_use]
    pub fn law_of(&self, payload_type: u8) -> Option<Law> {
        let laws = [Law::Mu, Law::A];
        match self.rtp_maps.iter().find(|map| map.payload_type == payload_type) {
            Some(map) => laws.into_iter().find(|law| map.is(law.encoding_name())),
            None => laws.into_iter().find(|law| law.payload_type() == payload_type),
        }
    }

    /// The laws that the stream names, each with its payload type, in order of preference.
    pub fn laws(&self) -> impl Iterator<Item = (u8, Law)> {
        self.payload_types().filter_map(|number| Some((number, self.law_of(number)?)))
    }

    /// The payload type of digits at the audio's clock (RFC 4733).
    #[must_use]
    pub fn telephone_event(&self) -> Option<u8> {
        self.payload_types().find(|number| {
            let maps = &mut self.rtp_maps.iter();
            maps.any(|map| map.payload_type == *number && map.is("telephone-event"))
        })
    }
}

impl RtpMap {
    /// Encoding names are compared without regard to case (RFC 8866 section 6.6).
    fn is(&self, encoding: &str) -> bool {
        self.encoding.eq_ignore_ascii_case(encoding)
            && self.clock_hz == CLOCK_HZ
            && self.channels == 1
    }
}
