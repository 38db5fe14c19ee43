//! A call that comes in, up to our answer (RFC 3261, 13.3; RFC 3262 for reliable provisionals).

use std::sync::Arc;
use std::time::Duration;

use rsipstack::sip::{HasHeaders, Header, Method, Request, StatusCodeKind};
use rsipstack::transaction::random_text;
use rsipstack::transaction::transaction::Transaction;
use tokio::time::Instant;

use super::call::{Call, Reliable, Stage};
use super::dialog::Dialog;
use super::slot::{CallSlot, lock};
use super::{Core, wire};
use crate::message::{AgentEvent, AllowedSources, CallEvent, EndedBy, IncomingCall};
use crate::session_timer::SessionTimer;

/// The longest pause between two repetitions of a reliable provisional, before it is given up.
const REPEAT_MAX: Duration = Duration::from_secs(16);

/// Takes in an INVITE that opens a dialog.
pub(super) async fn take(core: Arc<Core>, mut tx: Transaction) {
    let tag = random_text(16);
    let invite = &tx.original;
    let transport = tx.connection.as_ref().map(|it| it.transport()).unwrap_or_default();
    let flow = tx.connection.clone().filter(|connection| connection.is_reliable());
    let own = wire::own_address(&core.endpoint, transport);
    let dialog = own.and_then(|own| Dialog::of_request(invite, &tag, own).ok());
    let (Some(dialog), Some(source)) = (dialog, wire::source(&tx)) else {
        return refuse(&mut tx, 400, &tag).await;
    };
    let call_id = wire::value(invite, "Call-ID").unwrap_or_default().to_owned();
    let (slot, inbox) = CallSlot::new(core.next_incoming(), call_id.clone());
    let incoming = IncomingCall {
        call: slot.key,
        call_id,
        called: called(invite),
        caller: caller(invite),
        source,
        sdp: wire::description(invite, &invite.body),
        prack: wire::has_token(invite, "Supported", "100rel")
            || wire::has_token(invite, "Require", "100rel"),
    };
    let timer = SessionTimer::of_request(wire::value(invite, "Session-Expires"));
    let peer_updates = wire::has_token(invite, "Allow", "UPDATE");
    let mut sources = vec![source.ip()];
    sources.extend(wire::ip(&dialog.target));
    if !lock(&core.calls).insert(&tag, &slot) {
        return refuse(&mut tx, 500, &tag).await;
    }
    if tx.send_trying().await.is_err() {
        lock(&core.calls).remove(&tag, slot.key);
        return;
    }
    let mut call = Call {
        core: Arc::clone(&core),
        slot,
        inbox,
        tx: None,
        stage: Stage::Inviting,
        tag,
        dialog: Some(dialog),
        credentials: None,
        outgoing: None,
        rang: false,
        answered: false,
        told: false,
        ends_by: EndedBy::Local,
        release_at: None,
        timer,
        refresh_at: None,
        expires_at: None,
        offered: None,
        offering: false,
        sdp: None,
        reliable: None,
        crosses: None,
        peer_updates,
        sources,
        allowed: AllowedSources::default(),
        flow,
    };
    call.wait_in(Some(tx));
    (core.sink)(AgentEvent::Incoming(Box::new(incoming)));
    // On the heap: the state of a call is large, and this function's own goes with it otherwise.
    Box::pin(call.run()).await;
}

async fn refuse(tx: &mut Transaction, status: u16, tag: &str) {
    let response = wire::response(&tx.original, status, tag, Vec::new(), None);
    if let Err(error) = tx.respond(response).await {
        tracing::debug!(%error, status, "a refusal could not be sent");
    }
}

/// The number that was called: the user of the Request-URI. A registrar writes our own Contact
/// there, and only To says then who was called (RFC 3261, 16.5 and 16.6).
fn called(invite: &Request) -> String {
    use rsipstack::sip::HeadersExt;
    use rsipstack::sip::prelude::ToTypedHeader;
    let user = wire::user(&invite.uri);
    if user != wire::OWN_USER {
        return user;
    }
    let to = invite.to_header().ok().and_then(|to| to.typed().ok());
    to.map(|to| wire::user(&to.uri)).filter(|user| !user.is_empty()).unwrap_or(user)
}

fn caller(invite: &Request) -> String {
    use rsipstack::sip::HeadersExt;
    use rsipstack::sip::prelude::ToTypedHeader;
    let from = invite.from_header().ok().and_then(|from| from.typed().ok());
    from.map(|from| wire::user(&from.uri)).unwrap_or_default()
}

impl Call {
    /// A request of the peer within the INVITE's transaction: CANCEL, or the ACK of our answer.
    pub(super) async fn request_in_invite(&mut self, request: &Request) {
        match request.method {
            Method::Cancel if self.stage == Stage::Inviting => {
                // The stack has answered the CANCEL itself.
                if let Some(sdp) = self.crosses.take() {
                    return self.respond_as(200, sdp, &[], false).await;
                }
                self.respond(487, Vec::new(), None).await;
                self.over_for_peer(EndedBy::Remote);
            }
            Method::Ack if self.stage == Stage::Established && !self.answered => {
                self.answered = true;
                // Whoever knows our tag is where it says.
                self.core.peers.know_all(self.sources.clone());
                self.restart_session_timer();
                let sdp = wire::description(request, &request.body);
                self.tell(CallEvent::Answered { sdp });
            }
            _ => {}
        }
    }

    /// The user's response to the INVITE.
    pub(super) async fn respond_as(
        &mut self,
        status: u16,
        sdp: Option<String>,
        headers: &[(String, String)],
        reliable: bool,
    ) {
        if self.outgoing.is_some() || self.stage != Stage::Inviting {
            return;
        }
        let mut added: Vec<Header> =
            headers.iter().map(|(name, text)| wire::header(name, text.as_str())).collect();
        match status {
            101..=199 if reliable => self.respond_reliably(status, added, sdp).await,
            101..=199 => self.respond(status, added, sdp).await,
            200..=299 => {
                self.sdp.clone_from(&sdp);
                self.reliable = None;
                added.push(wire::header("Allow", wire::ALLOW));
                added.push(wire::header("Supported", "timer, 100rel"));
                if let Some(timer) = self.timer {
                    added.push(wire::header("Session-Expires", timer.answer().to_string()));
                    if !timer.ours {
                        added.push(wire::header("Require", "timer"));
                    }
                }
                self.stage = Stage::Established;
                self.respond(status, added, sdp).await;
            }
            _ => {
                self.respond(status, added, None).await;
                self.over_for_peer(EndedBy::Local);
            }
        }
    }

    /// Sends a response to the INVITE.
    async fn respond(&mut self, status: u16, mut added: Vec<Header>, sdp: Option<String>) {
        let Some(tx) = self.tx.as_mut() else { return };
        if status > 100
            && let Some(dialog) = &self.dialog
        {
            added.push(wire::header("Contact", dialog.contact()));
        }
        added.push(wire::header("User-Agent", self.core.endpoint.user_agent.as_str()));
        let response = wire::response(&tx.original, status, &self.tag, added, sdp);
        if let Err(error) = tx.respond(response).await {
            tracing::debug!(%error, status, "a response could not be sent");
        }
    }

    async fn respond_reliably(&mut self, status: u16, mut added: Vec<Header>, sdp: Option<String>) {
        let asked = self.tx.as_ref().is_some_and(|tx| {
            let invite = &tx.original;
            wire::has_token(invite, "Supported", "100rel")
                || wire::has_token(invite, "Require", "100rel")
        });
        if !asked {
            return self.respond(status, added, sdp).await;
        }
        let seq = self.reliable.as_ref().map_or(1, |before| before.seq + 1);
        added.push(wire::header("Require", "100rel"));
        added.push(wire::header("RSeq", seq.to_string()));
        self.respond(status, added, sdp).await;
        let response = self.tx.as_ref().and_then(|tx| tx.last_response.clone());
        if let Some(response) = response {
            let interval = Duration::from_millis(self.core.settings.t1_ms);
            let again_at = Instant::now() + interval;
            self.reliable = Some(Reliable { seq, response, again_at, interval });
            self.core.timers.wake(&self.slot, again_at);
        }
    }

    /// Repeats a reliable provisional until its PRACK comes.
    pub(super) async fn repeat_reliable(&mut self, now: Instant) {
        let Some(reliable) = self.reliable.as_mut().filter(|it| it.again_at <= now) else { return };
        reliable.interval *= 2;
        if reliable.interval > REPEAT_MAX || self.stage != Stage::Inviting {
            self.reliable = None;
            return;
        }
        reliable.again_at = now + reliable.interval;
        self.core.timers.wake(&self.slot, reliable.again_at);
        let response = reliable.response.clone();
        if let Some(tx) = self.tx.as_mut()
            && let Err(error) = tx.respond(response).await
        {
            tracing::debug!(%error, "a provisional response could not be repeated");
        }
    }

    /// The PRACK of a reliable provisional. True when it was waited for.
    pub(super) fn is_awaited(&mut self, prack: &Request) -> bool {
        let seq = wire::value(prack, "RAck")
            .and_then(|text| text.split_whitespace().next()?.parse::<u32>().ok());
        let awaited = self.reliable.as_ref().is_some_and(|it| Some(it.seq) == seq);
        if awaited && let Some(reliable) = self.reliable.as_mut() {
            // The number is kept, so that the next one follows it; it is not repeated any more.
            reliable.again_at = Instant::now() + Duration::from_secs(86_400);
        }
        awaited
    }

    /// A call that came in was refused or cancelled: its final response is repeated until the
    /// peer's ACK, in the background, and the call is over.
    fn over_for_peer(&mut self, by: EndedBy) {
        if let Some(mut tx) = self.tx.take() {
            let waits = tx.last_response.as_ref().is_some_and(|response| {
                response.status_code.kind() != StatusCodeKind::Provisional
                    && !response.headers().is_empty()
            });
            self.slot.waits_in(None);
            if waits {
                tokio::spawn(async move { while tx.receive().await.is_some() {} });
            }
        }
        self.over(by, None, String::new());
    }
}
