//! Writing a description.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::negotiate::Agreed;
use super::security::OFFERED_TAG;
use super::{Direction, LocalMedia, Media, Protocol};
use crate::g711::CLOCK_HZ;
use crate::srtp::{MasterKey, Profile};

/// An offer of one audio stream: all laws of this side, digits, and SRTP when there is a key.
#[must_use]
pub fn offer(local: &LocalMedia) -> String {
    let mut text = begin(local);
    let laws = local.laws.iter().map(|law| (law.payload_type(), law.encoding_name()));
    let crypto = local.crypto.as_ref().map(|crypto| (OFFERED_TAG, crypto.profile, &crypto.key));
    let stream = Stream {
        payload_types: laws.collect(),
        telephone_event: local.telephone_event,
        direction: local.direction,
        rtcp_mux: local.rtp_port == local.rtcp_port,
        crypto,
    };
    stream.write(&mut text, local);
    text
}

/// An answer: the streams of the offer in its order, all refused but the one agreed on.
pub(super) fn write_answer(offered: &[Media], local: &LocalMedia, agreed: &Agreed) -> String {
    let mut text = begin(local);
    for (place, media) in offered.iter().enumerate() {
        if place == agreed.place {
            answer_stream(agreed).write(&mut text, local);
        } else {
            refuse(&mut text, media);
        }
    }
    text
}

fn answer_stream(agreed: &Agreed) -> Stream<'_> {
    let negotiated = &agreed.negotiated;
    let crypto = negotiated.local_key.as_ref().zip(agreed.tag);
    Stream {
        payload_types: vec![(negotiated.payload_type, negotiated.law.encoding_name())],
        telephone_event: negotiated.telephone_event,
        direction: negotiated.direction,
        rtcp_mux: negotiated.rtcp_mux,
        crypto: crypto.map(|((profile, key), tag)| (tag, *profile, key)),
    }
}

/// What the stream of this side says.
struct Stream<'a> {
    /// In order of preference, with their names.
    payload_types: Vec<(u8, &'static str)>,
    telephone_event: Option<u8>,
    direction: Direction,
    rtcp_mux: bool,
    crypto: Option<(u32, Profile, &'a MasterKey)>,
}

impl Stream<'_> {
    fn write(&self, text: &mut String, local: &LocalMedia) {
        let protocol = if self.crypto.is_some() { Protocol::Savp } else { Protocol::Avp };
        let numbers = self.payload_types.iter().map(|(number, _)| *number);
        let mut formats = String::new();
        for number in numbers.chain(self.telephone_event) {
            push(&mut formats, format_args!(" {number}"));
        }
        let port = local.rtp_port;
        line(text, format_args!("m=audio {port} {}{formats}", protocol.name()));
        for (number, name) in &self.payload_types {
            line(text, format_args!("a=rtpmap:{number} {name}/{CLOCK_HZ}"));
        }
        if let Some(number) = self.telephone_event {
            line(text, format_args!("a=rtpmap:{number} telephone-event/{CLOCK_HZ}"));
            line(text, format_args!("a=fmtp:{number} 0-15"));
        }
        line(text, format_args!("a=ptime:{}", local.ptime_ms));
        line(text, format_args!("a={}", self.direction.name()));
        if local.rtp_port.checked_add(1) != Some(local.rtcp_port) {
            line(text, format_args!("a=rtcp:{}", local.rtcp_port));
        }
        if self.rtcp_mux {
            line(text, format_args!("a=rtcp-mux"));
        }
        if let Some((tag, profile, key)) = self.crypto {
            line(text, format_args!("a=crypto:{tag} {} {}", profile.name(), key.to_inline()));
        }
    }
}

fn begin(local: &LocalMedia) -> String {
    let mut text = String::with_capacity(512);
    let address = local.address;
    let family = if matches!(address, IpAddr::V4(_)) { "IP4" } else { "IP6" };
    let (session, version) = (local.session_id, local.version);
    line(&mut text, format_args!("v=0"));
    line(&mut text, format_args!("o=- {session} {version} IN {family} {address}"));
    line(&mut text, format_args!("s=-"));
    line(&mut text, format_args!("c=IN {family} {address}"));
    line(&mut text, format_args!("t=0 0"));
    text
}

/// A refused stream: port 0, the rest as offered (RFC 3264 section 6).
fn refuse(text: &mut String, media: &Media) {
    // The grammar wants a format even here.
    let formats = if media.formats.is_empty() { "0".to_owned() } else { media.formats.join(" ") };
    line(text, format_args!("m={} 0 {} {formats}", media.kind, media.protocol.name()));
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    push(text, arguments);
    text.push_str("\r\n");
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("invariant: a String takes all that is written");
}
