//! Why no media could be agreed on.

use crate::srtp::KeyError;

/// Why a description was not read, or why there is no agreement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// A line that cannot be read.
    #[error("SDP line {line}, '{text}': {problem}")]
    Malformed {
        /// The line's number, from 1.
        line: usize,
        /// The line, cut to 80 characters, without keys.
        text: String,
        /// What is wrong, and what to write instead.
        problem: &'static str,
    },
    /// Beyond a bound.
    #[error("the SDP has more than {limit} {what}: send a shorter one")]
    TooLarge {
        /// What is counted.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// No stream of audio.
    #[error("the SDP has no audio stream over RTP/AVP or RTP/SAVP: offer one")]
    NoAudio,
    /// The other side refused the stream.
    #[error("the other side refused the audio stream (port 0): offer other codecs or security")]
    Rejected,
    /// Neither of this side's laws is in the other side's list.
    #[error("no codec in common: theirs are '{theirs}', ours {ours}: allow one of theirs or ours")]
    NoCommonCodec {
        /// The formats of the other side, cut to 80 characters.
        theirs: String,
        /// The laws of this side.
        ours: String,
    },
    /// No address to send to.
    #[error("the audio stream has no address: add a line such as 'c=IN IP4 192.0.2.1'")]
    NoAddress,
    /// A name where an address is needed.
    #[error(
        "the audio stream is at the host name '{host}', and names are not looked up: send an \
         IPv4 or IPv6 address"
    )]
    HostName {
        /// The name, cut to 80 characters.
        host: String,
    },
    /// An address to which no call can be sent.
    #[error("the audio stream is at the group address {address}: send the address of one host")]
    Multicast {
        /// The address.
        address: std::net::IpAddr,
    },
    /// One side wants encryption and the other does not.
    #[error("no agreement on encryption: {problem}")]
    SecurityMismatch {
        /// What is wrong, and what to change.
        problem: &'static str,
    },
    /// SRTP is wanted, and none of the keys offered can be used.
    #[error("cannot use any a=crypto line, the last because: {problem}")]
    Key {
        /// What is wrong with the last one.
        problem: KeyError,
    },
}

/// A piece of the other side's text for a message: bounded, and without control characters.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
