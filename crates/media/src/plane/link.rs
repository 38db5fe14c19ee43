//! What was agreed on with the far end, as the shard needs it.

use std::net::SocketAddr;

use crate::g711::Law;
use crate::sdp::{Negotiated, PayloadTypes};

/// What a payload type means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Audio(Law),
    Digit,
    Unknown,
}

/// A connection to the far end.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) remote_rtp: SocketAddr,
    pub(super) remote_rtcp: SocketAddr,
    pub(super) law: Law,
    pub(super) payload_type: u8,
    pub(super) telephone_event: Option<u8>,
    /// What may come.
    incoming: PayloadTypes,
    pub(super) send: bool,
    pub(super) receive: bool,
    /// RTCP comes and goes by the RTP socket (RFC 5761).
    pub(super) mux: bool,
}

impl Link {
    pub(super) fn of(negotiated: &Negotiated) -> Self {
        let remote_rtp = negotiated.remote_rtp;
        // The address 0.0.0.0 is the old way to say "hold" (RFC 3264, section 8.4).
        let reachable = !remote_rtp.ip().is_unspecified() && remote_rtp.port() != 0;
        Self {
            remote_rtp,
            remote_rtcp: negotiated.remote_rtcp,
            law: negotiated.law,
            payload_type: negotiated.payload_type,
            telephone_event: negotiated.telephone_event,
            incoming: negotiated.receive,
            send: negotiated.direction.sends() && reachable,
            receive: negotiated.direction.receives(),
            mux: negotiated.rtcp_mux,
        }
    }

    /// The static types of both laws are understood whichever was agreed on: gateways change
    /// between them without a word.
    pub(super) fn kind(&self, payload_type: u8) -> Kind {
        if let Some(law) = self.incoming.law_of(payload_type) {
            return Kind::Audio(law);
        }
        if Some(payload_type) == self.incoming.telephone_event {
            return Kind::Digit;
        }
        let law = [Law::Mu, Law::A].into_iter().find(|law| law.payload_type() == payload_type);
        law.map_or(Kind::Unknown, Kind::Audio)
    }
}
