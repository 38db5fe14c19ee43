//! Calls that come in: taken when they are for a number of ours, refused otherwise.
//!
//! Whoever was called back finds a robot: the call is answered, the announcement of its scenario is
//! played, and the call is written down.

use std::collections::HashMap;
use std::sync::Arc;

use outcall_campaign::rate::{CallRate, CallRateSettings};
use outcall_campaign::{PhoneNumber, UnixMillis};
use outcall_sip::{CallKey, Command, IncomingCall};
use serde::{Deserialize, Serialize};

use super::{Due, SipCarrier};
use crate::sip::call::{Progress, SipCall};
use crate::sip::lines::LineId;
use crate::sip::settings::{InboundSettings, InvalidSip, SipSettings};

/// How long a call that came in may last, in ms.
const TALK_LIMIT_MS: i64 = 600_000;

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
    /// What is known of its audio and its end, JSON.
    pub report: Option<String>,
}

/// Where calls that came in are written down. Called on the carrier's thread: it must not block.
pub type InboundSink = Arc<dyn Fn(InboundCall) + Send + Sync>;

/// The rules for calls that come in.
pub(super) struct Inbound {
    settings: Vec<InboundSettings>,
    rate: CallRate,
    at_once_max: usize,
    alive: HashMap<LineId, InboundCall>,
    sink: InboundSink,
    count: u64,
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
        })
    }

    /// The scenario for a number: of its own entry, else of the one for all others.
    fn scenario(&self, called: &str) -> Option<&str> {
        let number = digits(called);
        let own =
            self.settings.iter().find(|entry| entry.number.is_some() && entry.number == number);
        let any = || self.settings.iter().find(|entry| entry.number.is_none());
        own.or_else(any).map(|entry| entry.scenario.as_str())
    }

    /// A call that came in is over.
    pub(super) fn ended(&mut self, call: &SipCall) {
        if let Some(mut inbound) = self.alive.remove(&call.line) {
            inbound.report = call.report.to_json();
            (self.sink)(inbound);
        }
    }
}

fn digits(user: &str) -> Option<PhoneNumber> {
    let digits = user.strip_prefix('+').unwrap_or(user);
    PhoneNumber::from_digits(digits.parse().ok()?).ok()
}

impl SipCarrier {
    pub(super) fn take_incoming(&mut self, incoming: IncomingCall, now: UnixMillis) {
        let scenario = self.inbound.scenario(&incoming.called).map(str::to_owned);
        let Some(scenario) = scenario else { return self.refuse_incoming(incoming.call, 404) };
        let full = self.inbound.alive.len() >= self.inbound.at_once_max;
        if full || self.inbound.rate.take(1, now) == 0 {
            return self.refuse_incoming(incoming.call, 503);
        }
        let Some(offer) = &incoming.sdp else { return self.refuse_incoming(incoming.call, 488) };
        let mut media = match self.open_inbound_media() {
            Ok(media) => media,
            Err(problem) => {
                tracing::warn!(problem, "an incoming call is refused: it would have no audio");
                return self.refuse_incoming(incoming.call, 503);
            }
        };
        let answer = match media.take_offer(offer) {
            Ok(answer) => answer,
            Err(problem) => {
                tracing::debug!(problem, "an incoming call is refused");
                return self.refuse_incoming(incoming.call, 488);
            }
        };
        let line = LineId::Incoming(self.inbound.count);
        self.inbound.count += 1;
        let mut call = SipCall::new(line, None, now);
        self.lines.insert(line, &media.stream);
        call.media = Some(media);
        call.progress = Progress::Ringing;
        let key = incoming.call;
        self.calls.insert(key, call);
        self.keys.insert(line, key);
        self.due.put(now + TALK_LIMIT_MS, (key, Due::TalkLimit));
        let respond = Command::Respond {
            call: key,
            status: 200,
            sdp: Some(answer),
            headers: Vec::new(),
            reliable: false,
        };
        if self.agent.send(respond).is_err() {
            tracing::warn!("the SIP agent is busy: an incoming call is not answered");
        }
        self.lines.call_came_in(line, &scenario);
        let inbound = InboundCall {
            caller: digits(&incoming.caller),
            called: incoming.called,
            scenario,
            began_at: now,
            call_id: incoming.call_id,
            report: None,
        };
        self.inbound.alive.insert(line, inbound);
    }

    fn refuse_incoming(&self, call: CallKey, status: u16) {
        let headers = match status {
            503 => vec![("Retry-After".to_owned(), "5".to_owned())],
            _ => Vec::new(),
        };
        let refusal = Command::Respond { call, status, sdp: None, headers, reliable: false };
        if self.agent.send(refusal).is_err() {
            tracing::warn!("the SIP agent is busy: an incoming call is not refused");
        }
    }

    /// Whoever talks on a call that came in is done with it.
    pub(super) fn end_talked(&mut self, now: UnixMillis) {
        for line in self.lines.take_talked() {
            if let Some(&key) = self.keys.get(&line) {
                self.end_call(key, crate::sip::causes::CancelledBy::Owner, now);
            }
        }
    }
}
