//! What two descriptions agree on (RFC 3264).

use std::net::{IpAddr, SocketAddr};

use super::error::excerpt;
use super::security::{Keys, for_answer, of_answer};
use super::write::write_answer;
use super::{Connection, Direction, LocalMedia, Media, SdpError, Security, SessionDescription};
use crate::g711::Law;
use crate::srtp::{MasterKey, Profile};

/// What both sides do from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where RTP is sent to. The address may be 0.0.0.0 when the other side is on hold: `direction`
    /// then does not send.
    pub remote_rtp: SocketAddr,
    /// Where RTCP is sent to.
    pub remote_rtcp: SocketAddr,
    /// The law to send.
    pub law: Law,
    /// The payload type to send it with: the other side's number.
    pub payload_type: u8,
    /// The payload type to send digits with: the other side's number. `None` when one of the sides
    /// does not know them.
    pub telephone_event: Option<u8>,
    /// The payload types that may arrive: this side's numbers, which may be others than those to
    /// send with.
    pub receive: PayloadTypes,
    /// What this side does.
    pub direction: Direction,
    /// Protects what this side sends. Given when SRTP was agreed on, and then both are.
    pub local_key: Option<(Profile, MasterKey)>,
    /// Opens what the other side sends.
    pub remote_key: Option<(Profile, MasterKey)>,
    /// Whether RTCP goes through the port of RTP.
    pub rtcp_mux: bool,
}

/// Payload types that this side has named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayloadTypes {
    /// Mu-law.
    pub mu: Option<u8>,
    /// A-law.
    pub a: Option<u8>,
    /// Digits.
    pub telephone_event: Option<u8>,
}

impl PayloadTypes {
    /// The law of a packet's payload type.
    #[must_use]
    pub fn law_of(&self, payload_type: u8) -> Option<Law> {
        if self.mu == Some(payload_type) {
            return Some(Law::Mu);
        }
        (self.a == Some(payload_type)).then_some(Law::A)
    }

    fn add(&mut self, payload_type: u8, law: Law) {
        match law {
            Law::Mu => self.mu = Some(payload_type),
            Law::A => self.a = Some(payload_type),
        }
    }
}

/// An agreement, with what its answer must repeat.
pub(super) struct Agreed {
    /// Which stream of the offer it is.
    pub(super) place: usize,
    /// The tag of its `a=crypto` line.
    pub(super) tag: Option<u32>,
    pub(super) negotiated: Negotiated,
}

/// Answers an offer: takes the first stream of audio that both sides can do and the first law in
/// the offer that this side has, and refuses the other streams.
///
/// # Errors
/// [`SdpError`] when no stream can be taken: the reason of the first stream of audio. The offer is
/// then to be refused as a whole (488).
pub fn answer(
    remote: &SessionDescription,
    local: &LocalMedia,
    security: Security,
) -> Result<(String, Negotiated), SdpError> {
    let mut problem = None;
    for (place, media) in remote.media.iter().enumerate().filter(|(_, media)| media.is_audio()) {
        match answer_stream(media, local, security) {
            Ok((negotiated, tag)) => {
                let agreed = Agreed { place, tag, negotiated };
                let text = write_answer(&remote.media, local, &agreed);
                return Ok((text, agreed.negotiated));
            }
            Err(error) => problem = problem.or(Some(error)),
        }
    }
    Err(problem.unwrap_or(SdpError::NoAudio))
}

fn answer_stream(
    media: &Media,
    local: &LocalMedia,
    security: Security,
) -> Result<(Negotiated, Option<u32>), SdpError> {
    check_open(media)?;
    let keys = for_answer(media, local, security)?;
    let tag = keys.as_ref().map(|keys| keys.tag);
    let mut negotiated = agree(media, local, keys)?;
    // An answer uses the numbers of the offer (RFC 3264 section 6.1).
    negotiated.receive.telephone_event = negotiated.telephone_event;
    negotiated.receive.add(negotiated.payload_type, negotiated.law);
    // Both kinds of packets are told apart on any port of this side.
    negotiated.share_port(media.rtcp_mux);
    Ok((negotiated, tag))
}

/// Takes the answer to the offer that [`offer`](super::offer) made of `local`.
///
/// # Errors
/// [`SdpError`] when the answer refuses the stream or does not fit the offer.
pub fn accept(local: &LocalMedia, remote: &SessionDescription) -> Result<Negotiated, SdpError> {
    let mut audio = remote.media.iter().filter(|media| media.is_audio());
    let first = audio.next().ok_or(SdpError::NoAudio)?;
    // One stream was offered; some answer with more, and refuse the wrong ones.
    let usable = std::iter::once(first).chain(audio).find(|media| media.is_usable_audio());
    let media = usable.unwrap_or(first);
    check_open(media)?;
    let mut negotiated = agree(media, local, of_answer(media, local)?)?;
    negotiated.receive.telephone_event = local.telephone_event;
    for law in &local.laws {
        negotiated.receive.add(law.payload_type(), *law);
    }
    negotiated.share_port(media.rtcp_mux && local.rtcp_port == local.rtp_port);
    Ok(negotiated)
}

fn check_open(media: &Media) -> Result<(), SdpError> {
    if media.port == 0 {
        return Err(SdpError::Rejected);
    }
    if media.is_usable_audio() { Ok(()) } else { Err(SdpError::NoAudio) }
}

/// What is the same for both roles.
fn agree(media: &Media, local: &LocalMedia, keys: Option<Keys>) -> Result<Negotiated, SdpError> {
    let laws = &mut media.laws();
    let (payload_type, law) = laws
        .find(|(_, law)| local.laws.contains(law))
        .ok_or_else(|| no_common_codec(media, local))?;
    let address = address_of(media.connection.as_ref())?;
    let remote_rtp = SocketAddr::new(address, media.port);
    let (local_key, remote_key) =
        keys.map(|keys| ((keys.profile, keys.local), (keys.profile, keys.remote))).unzip();
    Ok(Negotiated {
        remote_rtp,
        remote_rtcp: rtcp_address(media, address),
        law,
        payload_type,
        telephone_event: local.telephone_event.and(media.telephone_event()),
        receive: PayloadTypes::default(),
        direction: local.direction.against(remote_direction(media, address)),
        local_key,
        remote_key,
        rtcp_mux: false,
    })
}

impl Negotiated {
    fn share_port(&mut self, mux: bool) {
        self.rtcp_mux = mux;
        if mux {
            self.remote_rtcp = self.remote_rtp;
        }
    }
}

fn no_common_codec(media: &Media, local: &LocalMedia) -> SdpError {
    let ours: Vec<_> = local.laws.iter().map(|law| law.encoding_name()).collect();
    let theirs = media.formats.iter().map(|format| {
        let map = media.rtp_maps.iter().find(|map| map.payload_type.to_string() == *format);
        map.map_or(format.as_str(), |map| &map.encoding)
    });
    let theirs: Vec<_> = theirs.take(16).collect();
    SdpError::NoCommonCodec { theirs: excerpt(&theirs.join(" ")), ours: ours.join(" ") }
}

fn address_of(connection: Option<&Connection>) -> Result<IpAddr, SdpError> {
    match connection {
        None => Err(SdpError::NoAddress),
        Some(Connection::Host(host)) => Err(SdpError::HostName { host: excerpt(host) }),
        Some(Connection::Address(address)) if address.is_multicast() => {
            Err(SdpError::Multicast { address: *address })
        }
        Some(Connection::Address(address)) => Ok(*address),
    }
}

/// RTCP goes one port above RTP, unless the description says otherwise. An address there that is of
/// no use is replaced by RTP's: reports are not worth a call.
fn rtcp_address(media: &Media, rtp: IpAddr) -> SocketAddr {
    match &media.rtcp {
        Some((port, connection)) => {
            let address = connection.as_ref().and_then(|other| address_of(Some(other)).ok());
            SocketAddr::new(address.unwrap_or(rtp), *port)
        }
        None => SocketAddr::new(rtp, media.port.saturating_add(1)),
    }
}

/// The address 0.0.0.0 takes back the wish to receive (RFC 3264 section 8.4).
fn remote_direction(media: &Media, address: IpAddr) -> Direction {
    let stated = media.direction;
    Direction::of(stated.sends(), stated.receives() && !address.is_unspecified())
}
