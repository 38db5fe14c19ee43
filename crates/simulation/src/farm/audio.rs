//! The audio of one callee: what carries it, and what both sides have agreed on.

use outcall_media::g711::Law;
use outcall_media::plane::{Stream, StreamId};
use outcall_media::sdp::{
    Direction, LocalCrypto, LocalMedia, Negotiated, SdpError, Security, SessionDescription, accept,
    answer, offer,
};
use outcall_media::srtp::{MasterKey, Profile};

use super::probe::Probe;

/// What carries a callee's sound.
enum Carrier {
    /// A stream of the media plane.
    Stream(Stream),
    /// A probe.
    Probe(Probe),
}

/// The audio of one callee.
pub(super) struct Audio {
    carrier: Carrier,
    local: LocalMedia,
    security: Security,
    /// It listens and never sends.
    pub(super) silent: bool,
    /// Our description, once it was given.
    described: Option<String>,
}

impl Audio {
    /// Over a stream of the media plane. `key` encrypts what is sent when the caller wants that.
    pub(super) fn over_stream(stream: Stream, key: &[u8; MasterKey::LEN]) -> Self {
        let at = stream.local_rtp();
        let local = LocalMedia {
            address: at.ip(),
            rtp_port: at.port(),
            rtcp_port: at.port() + 1,
            laws: vec![Law::Mu, Law::A],
            telephone_event: Some(101),
            ptime_ms: 20,
            direction: Direction::SendReceive,
            crypto: Some(LocalCrypto {
                profile: Profile::AesCm128HmacSha1_80,
                key: MasterKey::from_bytes(key),
            }),
            session_id: stream.id().0,
            version: 1,
        };
        let (carrier, security) = (Carrier::Stream(stream), Security::WhenAsked);
        Self { carrier, local, security, silent: false, described: None }
    }

    /// At a probe.
    pub(super) fn at_probe(probe: Probe) -> Self {
        let local = probe.local_media();
        let (carrier, security) = (Carrier::Probe(probe), Security::Never);
        Self { carrier, local, security, silent: false, described: None }
    }

    /// Its name in the reports of the media.
    pub(super) fn id(&self) -> StreamId {
        match &self.carrier {
            Carrier::Stream(stream) => stream.id(),
            Carrier::Probe(probe) => probe.id(),
        }
    }

    pub(super) fn stream(&self) -> Option<&Stream> {
        match &self.carrier {
            Carrier::Stream(stream) => Some(stream),
            Carrier::Probe(_) => None,
        }
    }

    /// Ends it. Its report comes when that is done.
    pub(super) fn close(self) {
        match self.carrier {
            Carrier::Stream(stream) => stream.close(),
            Carrier::Probe(probe) => drop(probe),
        }
    }

    /// Our side, made at the first time that it is wanted: an answer, or an offer to a caller that
    /// made none.
    pub(super) fn describe(&mut self, offered: Option<&str>) -> Result<String, SdpError> {
        if let Some(text) = &self.described {
            return Ok(text.clone());
        }
        let text = match offered {
            Some(text) => self.answer(text)?,
            None => {
                // An offer with a key is for encrypted calls only, and nobody has asked for that.
                self.local.crypto = None;
                offer(&self.local)
            }
        };
        self.described = Some(text.clone());
        Ok(text)
    }

    /// Our answer to an offer within the call; our offer when the caller wants that.
    pub(super) fn answer_again(&mut self, offered: Option<&str>) -> Result<String, SdpError> {
        self.local.version += 1;
        match offered {
            Some(text) => self.answer(text),
            None => Ok(offer(&self.local)),
        }
    }

    /// An offer that puts the caller on hold, or takes it off.
    pub(super) fn hold(&mut self, held: bool) -> String {
        self.local.direction = if held { Direction::SendOnly } else { Direction::SendReceive };
        self.local.version += 1;
        offer(&self.local)
    }

    /// Takes the caller's answer to our offer.
    pub(super) fn take_answer(&mut self, text: &str) -> Result<(), SdpError> {
        let remote = SessionDescription::parse(text.as_bytes())?;
        let agreed = accept(&self.local, &remote)?;
        self.connect(agreed);
        Ok(())
    }

    fn answer(&mut self, text: &str) -> Result<String, SdpError> {
        let remote = SessionDescription::parse(text.as_bytes())?;
        let (text, agreed) = answer(&remote, &self.local, self.security)?;
        self.connect(agreed);
        Ok(text)
    }

    fn connect(&mut self, mut agreed: Negotiated) {
        // Later offers are for what was agreed on: an offer with a key would turn a call in the
        // clear into one that most callers refuse.
        let keys = agreed.local_key.clone();
        self.local.crypto = keys.map(|(profile, key)| LocalCrypto { profile, key });
        if self.silent {
            agreed.direction = Direction::of(false, agreed.direction.receives());
        }
        match &self.carrier {
            Carrier::Stream(stream) => stream.connect(&agreed),
            Carrier::Probe(probe) => probe.connect(),
        }
    }
}
