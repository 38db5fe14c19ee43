//! From an order to a trunk, and to the next one when it is certain that nothing rang.

use outcall_campaign::UnixMillis;
use outcall_campaign::attempt::EndCause;
use outcall_sip::{CallKey, Command, Invite};

use super::{Due, SipCarrier, Waiting};
use crate::carrier::CallOrder;
use crate::sip::call::{Media, Progress, SipCall};
use crate::sip::report::TryReport;
use crate::sip::routing::TrunkId;
use crate::sip::trunks::Choice;

/// What the agent's own ring limit is above ours, in ms: it only counts from the INVITE on.
const AGENT_GRACE_MS: i64 = 120_000;

impl SipCarrier {
    /// Offers a call to the best trunk that it was not offered to yet, now or soon.
    pub(super) fn offer(&mut self, call: SipCall, since: UnixMillis, now: UnixMillis) {
        let Some(order) = call.order else { return };
        let choice = self.trunks.lock().choose(order.number, now, &call.tried);
        let wait_until = since + i64::from(self.settings.order_wait_ms);
        match choice {
            Choice::Use(trunk) => self.invite(call, order, trunk, now),
            Choice::Wait { .. } if now < wait_until.min(order.send_by) => {
                self.waiting.push_back(Waiting { call, since });
            }
            Choice::Wait { until } => {
                let retry_after_ms = u64::try_from(until.since(now)).ok();
                self.refuse(call, since, retry_after_ms);
            }
            Choice::Nothing { retry_after_ms, reason } => {
                tracing::debug!(%reason, "no trunk for a call");
                self.refuse(call, since, retry_after_ms);
            }
        }
    }

    /// No trunk takes the call. When one was tried, its last word stands.
    fn refuse(&mut self, call: SipCall, since: UnixMillis, retry_after_ms: Option<u64>) {
        let cause = match call.ends_as {
            Some(EndCause::Congestion { .. }) => EndCause::Congestion { retry_after_ms },
            Some(cause) => cause,
            None => EndCause::NotSent,
        };
        self.release_waiting(&Waiting { call, since }, cause);
    }

    /// Looks again for trunks for the orders that wait, the oldest first.
    pub(super) fn serve_waiting(&mut self, now: UnixMillis) {
        for _ in 0..self.waiting.len() {
            let Some(Waiting { call, since }) = self.waiting.pop_front() else { return };
            self.offer(call, since, now);
        }
    }

    fn invite(&mut self, mut call: SipCall, order: CallOrder, trunk: TrunkId, now: UnixMillis) {
        call.trunk = Some(trunk);
        call.tried.push(trunk);
        call.progress = Progress::Placed;
        call.placed_at = now;
        call.history = crate::sip::failover::CallHistory::new();
        let key = CallKey(self.next_key);
        self.next_key += 1;
        let call_id = self.call_id(&order, call.tried.len());
        let plan = &self.plans[trunk.index()];
        call.report.tries.push(TryReport {
            trunk: plan.settings.name.clone(),
            call_id: call_id.clone(),
            ..TryReport::default()
        });
        let line = call.line;
        if call.media.is_none() {
            match self.open_media(trunk) {
                Ok(media) => call.media = Some(media),
                Err(problem) => {
                    tracing::warn!(problem, "a call was not sent: it would have no audio");
                    self.keys.insert(line, key);
                    self.calls.insert(key, call);
                    return self.close(key, EndCause::NotSent, now);
                }
            }
        }
        let invite = self.invite_for(&call, &order, trunk, key, call_id, now);
        if let Some(media) = &call.media {
            self.lines.insert(line, &media.stream);
        }
        self.keys.insert(line, key);
        self.calls.insert(key, call);
        if self.agent.send(Command::Invite(Box::new(invite))).is_err() {
            return self.close(key, EndCause::NotSent, now);
        }
        self.due.put(now + order.ring_ms, (key, Due::RingLimit));
        self.due.prune(|(key, _)| self.calls.contains_key(key));
    }

    fn invite_for(
        &self,
        call: &SipCall,
        order: &CallOrder,
        trunk: TrunkId,
        key: CallKey,
        call_id: String,
        now: UnixMillis,
    ) -> Invite {
        let plan = &self.plans[trunk.index()];
        let to = plan.to(order.number, self.trunks.lock().rewrite(order.number, trunk));
        let from = plan.from(order.caller_id);
        let mut headers = Vec::new();
        if plan.settings.p_asserted_identity && order.caller_id.is_some() {
            headers.push(("P-Asserted-Identity".to_owned(), format!("<{from}>")));
        }
        if let (Some(signer), Some(caller)) = (&self.signer, order.caller_id) {
            let (caller, callee) = (caller.digits().to_string(), order.number.digits().to_string());
            match signer.identity_header(&caller, &callee, now.0 / 1_000, &origin_id(&call_id)) {
                Ok(identity) => headers.push(("Identity".to_owned(), identity)),
                Err(error) => tracing::warn!(%error, "a call goes out without a signed identity"),
            }
        }
        let ring_ms = order.ring_ms.saturating_add(AGENT_GRACE_MS);
        Invite {
            call: key,
            call_id,
            to,
            from,
            next_hop: plan.next_hop.clone(),
            credentials: plan.credentials.clone(),
            sdp: call.media.as_ref().map(Media::offer).unwrap_or_default(),
            headers,
            ring_ms: ring_ms.unsigned_abs(),
            send_within_ms: order.send_by.since(now).max(0).unsigned_abs(),
            prack: plan.settings.prack,
            session_interval_s: Some(plan.settings.session_timer_s).filter(|&it| it > 0),
            allowed_sources: plan.allowed_sources.clone(),
        }
    }

    /// The Call-ID of an attempt's n-th try: the same attempt of the same process never has
    /// another.
    fn call_id(&self, order: &CallOrder, tries: usize) -> String {
        let attempt = order.attempt;
        let number = attempt.attempt_no;
        let (campaign, contact) = (attempt.campaign.0, attempt.contact.0);
        format!("{campaign}-{contact}-{number}.{tries}@{}", self.realm)
    }

    /// Whether a call that failed on its trunk is offered to another, which is then done.
    pub(super) fn fail_over(&mut self, key: CallKey, cause: EndCause, now: UnixMillis) -> bool {
        let Some(call) = self.calls.get(&key) else { return false };
        let Some(order) = call.order else { return false };
        if call.cancelled_by.is_some() || call.history.may_try_another(now, order.send_by).is_err()
        {
            return false;
        }
        let Some(mut call) = self.calls.remove(&key) else { return false };
        if let Some(trunk) = call.trunk.take() {
            self.trunks.lock().release(trunk);
        }
        if let Some(media) = call.media.take() {
            // The next trunk may want other codecs and keys.
            media.stream.close();
        }
        self.keys.remove(&call.line);
        self.lines.remove(call.line);
        call.ends_as = Some(cause);
        self.offer(call, now, now);
        true
    }
}

/// The origination identifier of a PASSporT is a UUID (RFC 8588, 5): here made of the Call-ID, so
/// that the two can be told to belong together.
fn origin_id(call_id: &str) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, call_id).hash(&mut hasher);
        hasher.finish()
    };
    let (high, low) = (half(0), half(1));
    // Version 8, variant 1 (RFC 9562, 5.8).
    format!(
        "{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_origin_id_is_a_uuid_and_follows_from_the_call_id() {
        let id = super::origin_id("1-2-3.1@x");
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'8');
        assert_eq!(id, super::origin_id("1-2-3.1@x"));
        assert_ne!(id, super::origin_id("1-2-4.1@x"));
    }
}
