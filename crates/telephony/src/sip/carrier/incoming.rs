//! Calls that come in: taken when they are for a number of ours, refused otherwise.
//!
//! Whoever was called back finds a robot: the call is answered, the announcement of its scenario is
//! played, and the call is written down.
//!
//! What comes in is a stranger's: it is bounded before it is kept, and nothing is sent to where it
//! says until the ACK has proven that the caller is there.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use outcall_campaign::attempt::ConversationEnd;
use outcall_campaign::rate::{CallRate, CallRateSettings};
use outcall_campaign::{PhoneNumber, UnixMillis};
use outcall_sip::{CallKey, Command, IncomingCall};
use serde::{Deserialize, Serialize};

use super::{Due, SipCarrier};
use crate::carrier::Signal;
use crate::sip::call::{Media, Progress, SipCall};
use crate::sip::causes::CancelledBy;
use crate::sip::lines::LineId;
use crate::sip::report::{CallReport, TryReport};
use crate::sip::settings::{InboundSettings, InvalidSip, SipSettings};

/// How long a call that came in may last, in ms.
const TALK_LIMIT_MS: i64 = 600_000;

/// The longest Call-ID that is taken, in bytes. Traces have the same bound.
const CALL_ID_MAX: usize = 256;

/// The longest name or number of a caller or callee that is taken, in bytes.
const USER_MAX: usize = 64;

/// For how many of the calls that ended last a word of the caller may still come: whoever talks
/// may hear a digit after the carrier has heard the hang-up that followed it.
const LATELY_MAX: usize = 256;

/// A call that came in, and is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InboundCall {
    /// Who called, as far as they said and it can be read as a number.
    pub caller: Option<PhoneNumber>,
    /// The number that was called.
    pub called: String,
    /// What was said to the caller.
    pub scenario: String,
    /// When it came.
    pub began_at: UnixMillis,
    /// Its Call-ID.
    pub call_id: String,
    /// How the conversation ended; `None` when the caller hung up before its end.
    pub outcome: Option<ConversationEnd>,
    /// What is known of its audio and its end, JSON.
    pub report: Option<String>,
}

/// Where calls that came in are written down. Called on the carrier's thread: it must not block.
/// Called again for the same call when a word of the caller was heard after its end.
pub type InboundSink = Arc<dyn Fn(InboundCall) + Send + Sync>;

/// The rules for calls that come in.
pub(super) struct Inbound {
    settings: Vec<InboundSettings>,
    rate: CallRate,
    at_once_max: usize,
    alive: HashMap<LineId, InboundCall>,
    sink: InboundSink,
    count: u64,
    /// The last calls that ended, the oldest first.
    lately: VecDeque<(LineId, InboundCall, CallReport)>,
    /// No further calls are taken.
    closed: bool,
}

impl Inbound {
    pub(super) fn new(
        settings: &SipSettings,
        sink: InboundSink,
        now: UnixMillis,
    ) -> Result<Self, InvalidSip> {
        let per_second = f64::from(settings.inbound_per_s.max(1));
        let rate = CallRateSettings {
            per_second,
            burst: settings.inbound_per_s.max(1),
            ramp_from_per_second: per_second,
            ramp_s: 0,
        };
        let rate = CallRate::new(&rate, now).map_err(|error| InvalidSip {
            field: "inbound_per_s".to_owned(),
            problem: error.to_string(),
        })?;
        Ok(Self {
            settings: settings.inbound.clone(),
            rate,
            at_once_max: settings.inbound_max as usize,
            alive: HashMap::new(),
            sink,
            count: 0,
            lately: VecDeque::new(),
            closed: false,
        })
    }

    /// The scenario for a number: of its own entry, else of the one for all others.
    fn scenario(&self, called: &str) -> Option<&str> {
        let number = international(called);
        let own =
            self.settings.iter().find(|entry| entry.number.is_some() && entry.number == number);
        let any = || self.settings.iter().find(|entry| entry.number.is_none());
        own.or_else(any).map(|entry| entry.scenario.as_str())
    }

    /// Takes no further calls.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// The scenario for a call, or the response that refuses it.
    fn admit(&mut self, incoming: &IncomingCall, now: UnixMillis) -> Result<String, u16> {
        let users_fit = [&incoming.called, &incoming.caller].iter().all(|it| it.len() <= USER_MAX);
        if incoming.call_id.len() > CALL_ID_MAX || !users_fit {
            return Err(400);
        }
        let scenario = self.scenario(&incoming.called).ok_or(404_u16)?.to_owned();
        let full = self.closed || self.alive.len() >= self.at_once_max;
        if full || self.rate.take(1, now) == 0 {
            return Err(503);
        }
        Ok(scenario)
    }

    /// A call that came in is over.
    pub(super) fn ended(&mut self, call: &SipCall) {
        let Some(inbound) = self.alive.remove(&call.line) else { return };
        self.write_down(&inbound, &call.report);
        self.lately.push_back((call.line, inbound, call.report.clone()));
        if self.lately.len() > LATELY_MAX {
            self.lately.pop_front();
        }
    }

    /// What a caller said was heard only after the end of the call: it counts all the same.
    fn told_late(&mut self, line: LineId, end: ConversationEnd) {
        let Some(at) = self.lately.iter().position(|(of, ..)| *of == line) else { return };
        if let Some((_, inbound, mut report)) = self.lately.remove(at) {
            report.outcome = Some(end);
            self.write_down(&inbound, &report);
        }
    }

    fn write_down(&self, inbound: &InboundCall, report: &CallReport) {
        let (outcome, report) = (report.outcome, report.to_json());
        (self.sink)(InboundCall { outcome, report, ..inbound.clone() });
    }
}

/// A number as trunks write it: with a plus, with 00, or with neither. One that begins with a
/// single 0 is a country's own form, and of which country is not known.
fn international(user: &str) -> Option<PhoneNumber> {
    let digits = user.strip_prefix('+').or_else(|| user.strip_prefix("00")).unwrap_or(user);
    if digits.starts_with('0') || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    PhoneNumber::from_digits(digits.parse().ok()?).ok()
}

impl SipCarrier {
    pub(super) fn take_incoming(&mut self, incoming: &IncomingCall, now: UnixMillis) {
        if let Err(status) = self.accept_incoming(incoming, now) {
            self.refuse_incoming(incoming, status);
        }
    }

    /// Answers a call that is for us; otherwise gives the response that refuses it.
    fn accept_incoming(&mut self, incoming: &IncomingCall, now: UnixMillis) -> Result<(), u16> {
        let scenario = self.inbound.admit(incoming, now)?;
        let offer = incoming.sdp.as_deref().ok_or(488_u16)?;
        let mut media = self.open_inbound_media().map_err(|problem| {
            tracing::warn!(problem, "an incoming call is refused: it would have no audio");
            503_u16
        })?;
        let answer = media.take_first_offer(offer).map_err(|problem| {
            tracing::debug!(problem, "an incoming call is refused");
            488_u16
        })?;
        let respond = Command::Respond {
            call: incoming.call,
            status: 200,
            sdp: Some(answer),
            headers: Vec::new(),
            reliable: false,
        };
        if self.agent.send(respond).is_err() {
            // A refusal would not get through either; the caller gives up.
            tracing::warn!("the SIP agent is busy: an incoming call is not answered");
            return Ok(());
        }
        self.keep_incoming(incoming, media, scenario, now);
        Ok(())
    }

    fn keep_incoming(
        &mut self,
        incoming: &IncomingCall,
        media: Media,
        scenario: String,
        now: UnixMillis,
    ) {
        let line = LineId::Incoming(self.inbound.count);
        self.inbound.count += 1;
        let mut call = SipCall::new(line, None, now);
        self.lines.insert(line, &media.stream);
        call.media = Some(media);
        call.progress = Progress::Ringing;
        call.report.tries.push(TryReport {
            trunk: incoming.source.ip().to_string(),
            call_id: incoming.call_id.clone(),
            ..TryReport::default()
        });
        self.calls.insert(incoming.call, call);
        self.keys.insert(line, incoming.call);
        self.due.put(now + TALK_LIMIT_MS, (incoming.call, Due::TalkLimit));
        let inbound = InboundCall {
            caller: international(&incoming.caller),
            called: incoming.called.clone(),
            scenario,
            began_at: now,
            call_id: incoming.call_id.clone(),
            outcome: None,
            report: None,
        };
        self.inbound.alive.insert(line, inbound);
    }

    /// The line is open: of a call that came in, our answer was acknowledged. Whoever is to talk
    /// may begin.
    pub(super) fn opened(&mut self, key: CallKey) {
        let Some(line) = self.calls.get(&key).map(|call| call.line) else { return };
        match self.inbound.alive.get(&line) {
            Some(inbound) => self.lines.call_came_in(line, &inbound.scenario),
            None => self.signal(key, Signal::Answered),
        }
    }

    fn refuse_incoming(&self, incoming: &IncomingCall, status: u16) {
        // Its trace makes room before those of calls that go on.
        self.traces.ended(&incoming.call_id, None);
        let call = incoming.call;
        let headers = match status {
            503 => vec![("Retry-After".to_owned(), "5".to_owned())],
            _ => Vec::new(),
        };
        let refusal = Command::Respond { call, status, sdp: None, headers, reliable: false };
        if self.agent.send(refusal).is_err() {
            tracing::warn!("the SIP agent is busy: an incoming call is not refused");
        }
    }

    /// Whoever talked on calls that came in is done with them.
    pub(super) fn end_talked(&mut self, now: UnixMillis) {
        for (line, end) in self.lines.take_talked() {
            self.note_talked(line, end);
            if let Some(&key) = self.keys.get(&line) {
                self.end_call(key, CancelledBy::Owner, now);
            }
        }
    }

    fn note_talked(&mut self, line: LineId, end: ConversationEnd) {
        let call = self.keys.get(&line).and_then(|key| self.calls.get_mut(key));
        let is_over = call.as_ref().is_none_or(|it| it.progress == Progress::Closing);
        if is_over && end == ConversationEnd::Completed {
            // The caller hung up first, and then there was nobody left to talk to.
            return;
        }
        match call {
            Some(call) => call.report.outcome = Some(end),
            None => self.inbound.told_late(line, end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_trunks_write_them() {
        let read = |user| international(user).map(PhoneNumber::digits);
        for user in ["+442079460123", "00442079460123", "442079460123"] {
            assert_eq!(read(user), Some(442_079_460_123), "{user}");
        }
        for user in ["", "outcall", "02079460123", "000442079460123", "++442079460123", "12"] {
            assert_eq!(read(user), None, "{user}");
        }
    }
}
