//! What the user agent and the streams tell, put together call by call.

use outcall_campaign::UnixMillis;
use outcall_campaign::attempt::EndCause;
use outcall_media::plane::{MediaEvent, StreamId};
use outcall_sip::{AgentEvent, CallEnd, CallEvent, CallKey, Command, EndedBy};

use super::SipCarrier;
use crate::carrier::Signal;
use crate::sip::call::Progress;
use crate::sip::causes::CancelledBy;
use crate::sip::failover::CallFact;
use crate::sip::trunks::HealthSource;

/// How many events are taken at one poll; more are taken at the next one, which comes at once.
const EVENTS_AT_ONCE: usize = 4_096;

impl SipCarrier {
    pub(super) fn hear_agent(&mut self, now: UnixMillis) {
        for _ in 0..EVENTS_AT_ONCE {
            let Ok(event) = self.agent_events.try_recv() else { return };
            match event {
                AgentEvent::Call { call, event } => self.hear_call(call, event, now),
                AgentEvent::Incoming(incoming) => self.take_incoming(&incoming, now),
                AgentEvent::Watched { name, up, status } => {
                    self.note_health(&name, HealthSource::Options, up, status, now);
                }
                AgentEvent::Registered { name, up, status } => {
                    self.note_health(&name, HealthSource::Registration, up, status, now);
                }
                // Nobody asks a carrier that places calls for it.
                AgentEvent::Examined(_) => {}
            }
        }
        if let Some(wake) = self.waker.get() {
            wake();
        }
    }

    fn note_health(
        &mut self,
        name: &str,
        source: HealthSource,
        up: bool,
        status: Option<u16>,
        now: UnixMillis,
    ) {
        let mut trunks = self.trunks.lock();
        let Some(trunk) = trunks.find(name) else { return };
        trunks.set_health(trunk, source, up, now);
        if !up {
            tracing::warn!(trunk = name, ?status, ?source, "a trunk does not answer as it should");
        }
    }

    fn hear_call(&mut self, key: CallKey, event: CallEvent, now: UnixMillis) {
        match event {
            CallEvent::Progress { status, sdp } => self.progress(key, status, sdp.as_deref(), now),
            CallEvent::Answered { sdp } => self.answered(key, sdp.as_deref(), now),
            CallEvent::Offered { sdp } => self.offered(key, sdp.as_deref()),
            CallEvent::OfferAnswered { sdp } => {
                let media = self.calls.get_mut(&key).and_then(|call| call.media.as_mut());
                if let (Some(media), Some(sdp)) = (media, sdp)
                    && let Err(problem) = media.take_answer(&sdp)
                {
                    tracing::debug!(problem, "an answer within a call cannot be used");
                }
            }
            CallEvent::Ended(end) => self.ended(key, &end, now),
            // Digits come with RTP as a rule (RFC 4733); transfers are the user's to follow.
            CallEvent::Digit(_) | CallEvent::Referred { .. } | CallEvent::ReferAsked { .. } => {}
        }
    }

    fn progress(&mut self, key: CallKey, status: u16, sdp: Option<&str>, now: UnixMillis) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if call.progress >= Progress::Answered {
            return;
        }
        call.history.note(CallFact::Provisional { status });
        if call.rang_at.is_none() {
            call.rang_at = Some(now);
            if let Some(trunk) = call.trunk {
                self.trunks.lock().responded(trunk);
            }
        }
        let Some(call) = self.calls.get_mut(&key) else { return };
        let first = call.progress == Progress::Placed;
        call.progress = Progress::Ringing;
        let listens = call.tried.last().is_some_and(|trunk| {
            self.plans.get(trunk.index()).is_some_and(|plan| plan.settings.early_media)
        });
        if !listens && let Some(sdp) = sdp {
            call.unheard = Some(sdp.to_owned());
        }
        let (mut early, line) = (false, call.line);
        if let (Some(sdp), Some(media), true) = (sdp, call.media.as_mut(), listens) {
            match media.take_answer(sdp) {
                Ok(()) => {
                    early = call.report.early_media_ms.is_none();
                    call.report.early_media_ms.get_or_insert(now.since(call.placed_at));
                }
                Err(problem) => tracing::debug!(problem, "early media cannot be used"),
            }
        }
        if early {
            self.lines.early_media(line);
            self.signal(key, Signal::EarlyMedia);
        } else if first {
            self.signal(key, Signal::Ringing);
        }
    }

    fn answered(&mut self, key: CallKey, sdp: Option<&str>, now: UnixMillis) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if call.progress >= Progress::Answered {
            return;
        }
        call.history.note(CallFact::Final { status: 200, q850: None });
        call.progress = Progress::Answered;
        if let Some(trunk) = call.trunk {
            self.trunks.lock().responded(trunk);
        }
        if call.cancelled_by.is_some() {
            // It crossed our CANCEL. The agent releases it.
            return self.signal(key, Signal::Answered);
        }
        let unheard = call.unheard.take();
        let agreed = match (call.media.as_mut(), sdp.or(unheard.as_deref())) {
            (Some(media), Some(sdp)) => media.take_answer(sdp),
            (Some(media), None) if media.agreed => {
                media.open();
                Ok(())
            }
            _ => Err("the answer has no description of its audio".to_owned()),
        };
        call.note_answer(now);
        match agreed {
            Ok(()) => self.opened(key),
            Err(problem) => {
                tracing::warn!(problem, "a call was answered without audio that can be used");
                call.failed = true;
                self.end_call(key, CancelledBy::Owner, now);
            }
        }
    }

    fn offered(&mut self, key: CallKey, sdp: Option<&str>) {
        let media = self.calls.get_mut(&key).and_then(|call| call.media.as_mut());
        let answer = match (media, sdp) {
            (Some(media), Some(sdp)) => match media.take_offer(sdp) {
                Ok(answer) => Some(answer),
                Err(problem) => {
                    tracing::debug!(problem, "an offer within a call is refused");
                    None
                }
            },
            // The peer wants our offer (RFC 3261, 14.2); its answer comes with the ACK.
            (Some(media), None) => Some(media.offer_again()),
            (None, _) => None,
        };
        if self.agent.send(Command::Answer { call: key, sdp: answer }).is_err() {
            tracing::warn!("the SIP agent is busy: an offer goes without an answer");
        }
    }

    fn ended(&mut self, key: CallKey, end: &CallEnd, now: UnixMillis) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if let Some(this) = call.report.tries.last_mut() {
            this.sip_status = end.status;
            this.q850 = end.q850;
            this.ended_by = Some(end.by);
            this.words.clone_from(&end.detail);
        }
        self.note_end(key, end, now);
        let Some(call) = self.calls.get(&key) else { return };
        let cause = if call.failed { EndCause::Failed } else { self.cause(key, end) };
        if !self.fail_over(key, cause, now) {
            self.close(key, cause, now);
        }
    }

    /// Takes note of what an end says of the trunk.
    fn note_end(&mut self, key: CallKey, end: &CallEnd, now: UnixMillis) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        match end.by {
            EndedBy::NotSent => call.history.note(CallFact::TransportFailed),
            EndedBy::Timeout => call.history.note(CallFact::TimedOut),
            EndedBy::Local | EndedBy::RingLimit => call.history.note(CallFact::Cancelled),
            EndedBy::Refused | EndedBy::Broken | EndedBy::Remote | EndedBy::Expired => {}
        }
        if end.by != EndedBy::NotSent {
            call.history.note(CallFact::Sent);
        }
        if let Some(status) = end.status {
            call.history.note(CallFact::Final { status, q850: end.q850 });
        }
        let (Some(trunk), status, q850) = (call.trunk, end.status, end.q850) else { return };
        let rang = call.progress >= Progress::Ringing;
        let mut trunks = self.trunks.lock();
        match (end.by, status) {
            (EndedBy::NotSent, _) => trunks.timed_out(trunk, now),
            (EndedBy::Timeout, _) if !rang => trunks.timed_out(trunk, now),
            (EndedBy::Refused, Some(status)) => {
                trunks.responded(trunk);
                let cause = self.causes.cause(status, q850, false, end.retry_after_ms);
                if let EndCause::Congestion { retry_after_ms } = cause {
                    trunks.congested(trunk, retry_after_ms, now);
                }
            }
            _ => {}
        }
    }

    fn cause(&self, key: CallKey, end: &CallEnd) -> EndCause {
        let Some(call) = self.calls.get(&key) else { return EndCause::Failed };
        let rang = end.rang || call.progress >= Progress::Ringing;
        let by_limit = call.cancelled_by == Some(CancelledBy::RingLimit);
        let by_us = if by_limit { EndCause::NoAnswer } else { EndCause::LocalHangUp };
        if call.progress == Progress::Answered {
            return match end.by {
                EndedBy::Remote | EndedBy::Expired => EndCause::RemoteHangUp,
                EndedBy::Broken | EndedBy::Timeout | EndedBy::NotSent => EndCause::Failed,
                EndedBy::Local | EndedBy::RingLimit | EndedBy::Refused => by_us,
            };
        }
        match (end.by, end.status, call.cancelled_by) {
            (EndedBy::NotSent, _, _) => EndCause::NotSent,
            (_, Some(status), Some(by)) => {
                self.causes.cause_after_cancel(by, status, end.q850, rang)
            }
            (_, Some(status), None) => {
                self.causes.cause(status, end.q850, rang, end.retry_after_ms)
            }
            (_, None, Some(_)) => by_us,
            (EndedBy::RingLimit, None, None) => EndCause::NoAnswer,
            (_, None, None) => EndCause::Failed,
        }
    }

    pub(super) fn hear_lines(&mut self, now: UnixMillis) {
        for _ in 0..EVENTS_AT_ONCE {
            let Some((stream, event)) = self.line_events.next() else { return };
            self.hear_line(stream, event, now);
        }
        if let Some(wake) = self.waker.get() {
            wake();
        }
    }

    fn hear_line(&mut self, stream: StreamId, event: MediaEvent, now: UnixMillis) {
        if let MediaEvent::RecordingFailed { error } = &event {
            // It may come from the last block, when the call is gone already.
            tracing::error!(error, stream = stream.0, "a call cannot be recorded");
        }
        let line = self.lines.line_of(stream);
        let Some(&key) = line.and_then(|line| self.keys.get(&line)) else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        match event {
            MediaEvent::FirstPacket { .. } => call.note_first_packet(now),
            MediaEvent::OneWay { .. } if call.progress == Progress::Answered => {
                tracing::info!("audio of a call goes one way only: nothing comes from the callee");
            }
            MediaEvent::Closed(report) => {
                call.note_audio(&report);
                if report.packets_sent + report.packets_received > 0 {
                    call.report.media = Some(report);
                }
                if call.progress == Progress::Closing {
                    self.forget(key);
                }
            }
            MediaEvent::Quiet { .. } if call.progress == Progress::Answered => {
                tracing::info!("a callee has sent nothing but silence for a while");
            }
            MediaEvent::Lost { .. } if call.progress == Progress::Answered => {
                tracing::info!("a callee's audio has stopped");
            }
            // What they mean for the record is only certain at the end.
            MediaEvent::OneWay { .. } | MediaEvent::Quiet { .. } | MediaEvent::Sound => {}
            MediaEvent::RecordingFailed { .. }
            | MediaEvent::Lost { .. }
            | MediaEvent::Resumed
            | MediaEvent::Sending { .. }
            | MediaEvent::Digit(_)
            | MediaEvent::PlaybackFinished { .. }
            | MediaEvent::RecordingFinished { .. } => {}
        }
    }
}
