//! One call of the carrier: on which trunk it is, how far, and what it will end as.

use outcall_campaign::UnixMillis;
use outcall_campaign::attempt::EndCause;
use outcall_media::plane::{Stream, StreamReport};
use outcall_media::sdp::{
    LocalMedia, Negotiated, Security, SessionDescription, accept, answer, offer,
};

use super::causes::CancelledBy;
use super::failover::CallHistory;
use super::lines::LineId;
use super::report::CallReport;
use super::routing::TrunkId;
use crate::carrier::CallOrder;

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    /// Up to the first response above 100.
    Placed,
    /// A phone rings.
    Ringing,
    /// The line is open.
    Answered,
    /// Over; the last word of its audio is waited for.
    Closing,
}

/// A call.
pub(super) struct SipCall {
    pub(super) line: LineId,
    /// The order; a call that came in has none.
    pub(super) order: Option<CallOrder>,
    /// The trunk whose channel it holds.
    pub(super) trunk: Option<TrunkId>,
    pub(super) tried: Vec<TrunkId>,
    pub(super) history: CallHistory,
    pub(super) progress: Progress,
    pub(super) media: Option<Media>,
    /// The peer's description of early media that is not listened to: the answer may come without
    /// one when this was sent reliably (RFC 3262, 5).
    pub(super) unheard: Option<String>,
    pub(super) placed_at: UnixMillis,
    pub(super) rang_at: Option<UnixMillis>,
    answered_at: Option<UnixMillis>,
    first_packet_at: Option<UnixMillis>,
    pub(super) cancelled_by: Option<CancelledBy>,
    /// Its audio could not be agreed on: what the end means whoever hangs up.
    pub(super) failed: bool,
    pub(super) ends_as: Option<EndCause>,
    pub(super) report: CallReport,
}

impl SipCall {
    pub(super) fn new(line: LineId, order: Option<CallOrder>, now: UnixMillis) -> Self {
        Self {
            line,
            order,
            trunk: None,
            tried: Vec::new(),
            history: CallHistory::new(),
            progress: Progress::Placed,
            media: None,
            unheard: None,
            placed_at: now,
            rang_at: None,
            answered_at: None,
            first_packet_at: None,
            cancelled_by: None,
            failed: false,
            ends_as: None,
            report: CallReport::default(),
        }
    }
}

/// The audio of a call and what was agreed on for it.
pub(super) struct Media {
    pub(super) stream: Stream,
    local: LocalMedia,
    security: Security,
    /// Whether we offer encryption: when the trunk wants it always, or the call has it.
    offers_key: bool,
    /// An answer to our offer has come, or our answer has gone.
    pub(super) agreed: bool,
    /// What was agreed on with a caller who has not acknowledged it yet.
    unproven: Option<Negotiated>,
}

impl Media {
    /// Audio of our side, with a key unless the call is never to be encrypted.
    pub(super) fn new(stream: Stream, local: LocalMedia, security: Security) -> Self {
        let offers_key = security == Security::Always;
        Self { stream, local, security, offers_key, agreed: false, unproven: None }
    }

    /// Our offer.
    pub(super) fn offer(&self) -> String {
        offer(&self.offered())
    }

    /// Another offer within the call.
    pub(super) fn offer_again(&mut self) -> String {
        self.local.version += 1;
        self.offer()
    }

    /// What an offer of ours says: an offer with a key is refused by most who are in the clear.
    fn offered(&self) -> LocalMedia {
        let crypto = self.local.crypto.clone().filter(|_| self.offers_key);
        LocalMedia { crypto, ..self.local.clone() }
    }

    /// Takes the peer's answer and opens the audio. Again for an answer that follows early media.
    ///
    /// # Errors
    /// In words, when no audio can be agreed on.
    pub(super) fn take_answer(&mut self, sdp: &str) -> Result<(), String> {
        let remote = parse(sdp)?;
        let agreed = accept(&self.offered(), &remote).map_err(|error| error.to_string())?;
        self.connect(&agreed);
        Ok(())
    }

    /// Takes the peer's offer, opens the audio, and gives our answer.
    ///
    /// # Errors
    /// In words, when no audio can be agreed on.
    pub(super) fn take_offer(&mut self, sdp: &str) -> Result<String, String> {
        if self.agreed {
            self.local.version += 1;
        }
        let (text, agreed) = self.answer_to(sdp)?;
        self.connect(&agreed);
        Ok(text)
    }

    /// Takes the offer of a call that comes in, and gives our answer. The audio is opened by
    /// [`Media::open`], upon the ACK: until then it is not proven that the caller is at the address
    /// that the offer names, and nothing may be sent there.
    ///
    /// # Errors
    /// In words, when no audio can be agreed on.
    pub(super) fn take_first_offer(&mut self, sdp: &str) -> Result<String, String> {
        let (text, agreed) = self.answer_to(sdp)?;
        self.agreed = true;
        self.unproven = Some(agreed);
        Ok(text)
    }

    /// The caller has acknowledged our answer.
    pub(super) fn open(&mut self) {
        if let Some(agreed) = self.unproven.take() {
            self.connect(&agreed);
        }
    }

    fn answer_to(&self, sdp: &str) -> Result<(String, Negotiated), String> {
        let remote = parse(sdp)?;
        answer(&remote, &self.local, self.security).map_err(|error| error.to_string())
    }

    fn connect(&mut self, agreed: &Negotiated) {
        self.agreed = true;
        self.offers_key = agreed.local_key.is_some();
        self.unproven = None;
        self.stream.connect(agreed);
    }
}

fn parse(sdp: &str) -> Result<SessionDescription, String> {
    SessionDescription::parse(sdp.as_bytes()).map_err(|error| error.to_string())
}

impl SipCall {
    /// The line is open.
    pub(super) fn note_answer(&mut self, now: UnixMillis) {
        self.answered_at = Some(now);
        if self.first_packet_at.is_some() {
            // Early media: the callee's audio was there before the answer.
            self.report.answer_to_first_packet_ms = Some(0);
        }
    }

    /// Its audio is over. A phone that rang for long before any audio came had none that failed,
    /// and a callee who said a word and then listened was not silent.
    pub(super) fn note_audio(&mut self, audio: &StreamReport) {
        let answered = self.was_answered();
        self.report.one_way = answered && audio.one_way;
        self.report.silent = answered && audio.packets_received > 0 && audio.heard_ms == 0;
    }

    /// Whether the line was ever open.
    pub(super) fn was_answered(&self) -> bool {
        self.answered_at.is_some()
    }

    /// The callee's audio has begun.
    pub(super) fn note_first_packet(&mut self, now: UnixMillis) {
        self.first_packet_at = Some(now);
        if let Some(answered_at) = self.answered_at {
            let after_ms = u32::try_from(now.since(answered_at)).unwrap_or(0);
            self.report.answer_to_first_packet_ms.get_or_insert(after_ms);
        }
    }
}
