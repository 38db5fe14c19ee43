//! One callee.

use std::collections::VecDeque;

use outcall_media::plane::Stream;
use outcall_media::sdp::{Direction, LocalMedia, Security, SessionDescription, answer, offer};

use super::behaviour::Step;
use super::probe::Probe;

/// What carries a callee's sound.
pub(super) enum Voice {
    /// Nothing: no offer, or nothing that both understand.
    None,
    /// A stream of the media plane.
    Stream(Box<(Stream, LocalMedia)>),
    /// A probe.
    Probe(Probe),
}

/// One callee.
pub(super) struct Callee {
    pub(super) call_id: String,
    /// How many calls came before it.
    pub(super) number: u64,
    pub(super) steps: VecDeque<(u32, Step)>,
    pub(super) offer: Option<String>,
    pub(super) voice: Voice,
    /// Our description, once it was given.
    pub(super) sdp: Option<String>,
    pub(super) answered: bool,
    /// The steps go on with the ACK of the answer.
    pub(super) waits_for_ack: bool,
}

impl Callee {
    /// Our description of the audio, made at the first time that it is wanted. `silent` gives one
    /// without ever sending a packet.
    pub(super) fn describe(&mut self, silent: bool, address: std::net::IpAddr) -> Option<String> {
        if self.sdp.is_some() {
            return self.sdp.clone();
        }
        let text = match &mut self.voice {
            Voice::None => None,
            Voice::Probe(probe) => Some(probe.sdp(address)),
            Voice::Stream(voice) => {
                let (stream, local) = &mut **voice;
                match self.offer.as_deref() {
                    Some(text) => {
                        let remote = SessionDescription::parse(text.as_bytes()).ok()?;
                        let (text, agreed) = answer(&remote, local, Security::WhenAsked).ok()?;
                        if !silent {
                            stream.connect(&agreed);
                        }
                        Some(text)
                    }
                    None => Some(offer(local)),
                }
            }
        };
        self.sdp.clone_from(&text);
        text
    }

    /// An offer that puts the caller on hold, or takes it off.
    pub(super) fn hold(&mut self, held: bool) -> Option<String> {
        let Voice::Stream(voice) = &mut self.voice else { return None };
        let local = &mut voice.1;
        local.direction = if held { Direction::SendOnly } else { Direction::SendReceive };
        local.version += 1;
        Some(offer(local))
    }

    /// Takes the caller's answer to our offer.
    pub(super) fn take_answer(&mut self, text: &str) {
        let Voice::Stream(voice) = &mut self.voice else { return };
        let (stream, local) = &mut **voice;
        let agreed = SessionDescription::parse(text.as_bytes())
            .and_then(|remote| outcall_media::sdp::accept(local, &remote));
        if let Ok(agreed) = agreed {
            stream.connect(&agreed);
        }
    }

    /// The answer to an offer of the caller within the call.
    pub(super) fn answer_again(&mut self, text: Option<&str>) -> Option<String> {
        let Voice::Stream(voice) = &mut self.voice else { return self.sdp.clone() };
        let (stream, local) = &mut **voice;
        local.version += 1;
        let Some(text) = text else { return Some(offer(local)) };
        let remote = SessionDescription::parse(text.as_bytes()).ok()?;
        let (text, agreed) = answer(&remote, local, Security::WhenAsked).ok()?;
        stream.connect(&agreed);
        Some(text)
    }

    pub(super) fn stream(&self) -> Option<&Stream> {
        match &self.voice {
            Voice::Stream(voice) => Some(&voice.0),
            Voice::None | Voice::Probe(_) => None,
        }
    }
}
