//! One call: its state, and the loop of its task.

use std::sync::Arc;
use std::time::Duration;

use rsipstack::sip::{Request, Response};
use rsipstack::transaction::TransactionState;
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::SipConnection;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Core;
use super::client;
use super::dialog::Dialog;
use super::outgoing::Outgoing;
use super::slot::{Asked, CallSlot, Input, lock};
use super::wire;
use crate::message::{AllowedSources, CallEnd, CallEvent, Credentials, EndedBy};
use crate::session_timer::SessionTimer;

/// How long the peer's word on a CANCEL or a BYE is waited for before the call counts as over. The
/// wire is still brought to its end after that.
const RELEASE_LIMIT: Duration = Duration::from_millis(4_000);

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Up to the final response.
    Inviting,
    /// We want it to end before it is answered: CANCEL is sent, or will be as soon as it may be.
    Cancelling,
    /// Answered.
    Established,
    /// BYE is sent.
    Leaving,
    /// Over, on the wire too.
    Over,
}

/// A request of the peer that the user has to answer.
pub(super) struct Offered {
    pub(super) tx: Transaction,
    pub(super) until: Instant,
}

/// A reliable provisional response of ours that is repeated until its PRACK (RFC 3262).
pub(super) struct Reliable {
    pub(super) seq: u32,
    pub(super) response: Response,
    pub(super) again_at: Instant,
    pub(super) interval: Duration,
}

/// One call.
pub(super) struct Call {
    pub(super) core: Arc<Core>,
    pub(super) slot: Arc<CallSlot>,
    pub(super) inbox: mpsc::Receiver<Input>,
    /// The INVITE's transaction, ours or the peer's, while it lives.
    pub(super) tx: Option<Transaction>,
    pub(super) stage: Stage,
    /// Our tag.
    pub(super) tag: String,
    pub(super) dialog: Option<Dialog>,
    pub(super) credentials: Option<Credentials>,
    /// What is particular to a call that we place.
    pub(super) outgoing: Option<Outgoing>,
    /// A phone may have rung.
    pub(super) rang: bool,
    pub(super) answered: bool,
    /// The end was reported.
    pub(super) told: bool,
    /// What the call will have ended by, once it is over on the wire.
    pub(super) ends_by: EndedBy,
    pub(super) release_at: Option<Instant>,
    pub(super) timer: Option<SessionTimer>,
    pub(super) refresh_at: Option<Instant>,
    /// When the session is over unless it is refreshed before.
    pub(super) expires_at: Option<Instant>,
    pub(super) offered: Option<Offered>,
    /// A re-INVITE of ours is under way.
    pub(super) offering: bool,
    /// Our present description, repeated when the peer wants it.
    pub(super) sdp: Option<String>,
    pub(super) reliable: Option<Reliable>,
    /// A CANCEL of the peer is crossed by a 200 with this description.
    pub(super) crosses: Option<Option<String>>,
    pub(super) peer_updates: bool,
    /// The addresses that requests of the peer may come from.
    pub(super) sources: Vec<std::net::IpAddr>,
    pub(super) allowed: AllowedSources,
    /// The connection that the peer opened to call us, when it is a stream.
    pub(super) flow: Option<SipConnection>,
}

impl Call {
    /// Runs the call to its end on the wire.
    pub(super) async fn run(mut self) {
        while self.stage != Stage::Over {
            self.slot.looks();
            // On the heap while they last: most of a call's life is spent waiting.
            while let Ok(input) = self.inbox.try_recv() {
                Box::pin(self.take(input)).await;
            }
            if self.stage == Stage::Over {
                break;
            }
            let Some(tx) = self.tx.as_mut() else {
                match self.inbox.recv().await {
                    Some(input) => Box::pin(self.take(input)).await,
                    None => break,
                }
                continue;
            };
            match tx.receive().await {
                Some(message) => Box::pin(self.heard(message)).await,
                None if tx.state == TransactionState::Terminated => self.transaction_over(),
                // Woken: there is something in the queue.
                None => {}
            }
        }
        self.leave();
    }

    fn leave(&mut self) {
        if !self.told {
            self.tell_end(EndedBy::Local, None, String::new());
        }
        lock(&self.core.calls).remove(&self.tag, self.slot.key);
    }

    async fn heard(&mut self, message: rsipstack::sip::SipMessage) {
        use rsipstack::sip::SipMessage::{Request, Response};
        match message {
            Response(response) => self.response(response).await,
            Request(request) => self.request_in_invite(&request).await,
        }
    }

    pub(super) async fn take(&mut self, input: Input) {
        match input {
            Input::Command(command) => self.obey(*command).await,
            Input::Request(tx) => self.asked(*tx).await,
            Input::Outcome { what, response } => self.outcome(what, response.as_deref()),
            Input::Acknowledged { body } => self.acknowledged(&body),
            Input::NeverAcknowledged => self.end_session(EndedBy::Expired),
            Input::Tick => self.tick().await,
        }
    }

    /// The INVITE's transaction has ended by itself.
    fn transaction_over(&mut self) {
        self.wait_in(None);
        match self.stage {
            Stage::Inviting | Stage::Cancelling => {
                let by =
                    if self.stage == Stage::Inviting { EndedBy::Timeout } else { self.ends_by };
                self.over(by, None, "the transaction has ended".to_owned());
            }
            // Our 2xx was never acknowledged (RFC 3261, 13.3.1.4).
            Stage::Established if !self.answered => self.end_session(EndedBy::Expired),
            Stage::Established | Stage::Leaving | Stage::Over => {}
        }
    }

    /// From now on the task waits in this transaction.
    pub(super) fn wait_in(&mut self, tx: Option<Transaction>) {
        self.slot.waits_in(tx.as_ref());
        self.tx = tx;
    }

    pub(super) fn tell(&self, event: CallEvent) {
        if !self.told {
            self.core.tell(self.slot.key, event);
        }
    }

    /// Reports the end, once.
    pub(super) fn tell_end(&mut self, by: EndedBy, response: Option<&Response>, detail: String) {
        if self.told {
            return;
        }
        let q850 = response
            .and_then(|response| wire::value(response, "Reason").and_then(crate::reason::q850));
        let end = CallEnd {
            by,
            status: response.map(|response| response.status_code.code()),
            q850,
            retry_after_ms: response.and_then(wire::retry_after_ms),
            rang: self.rang,
            answered: self.answered,
            detail,
        };
        self.core.tell(self.slot.key, CallEvent::Ended(end));
        self.told = true;
    }

    /// The call is over, also on the wire.
    pub(super) fn over(&mut self, by: EndedBy, response: Option<&Response>, detail: String) {
        self.tell_end(by, response, detail);
        self.stage = Stage::Over;
    }

    /// The peer is to confirm a release; without its word the end is reported after a while.
    pub(super) fn await_release(&mut self, by: EndedBy) {
        self.ends_by = by;
        let at = Instant::now() + RELEASE_LIMIT;
        self.release_at = Some(at);
        self.core.timers.wake(&self.slot, at);
    }

    /// Sends BYE, once.
    pub(super) fn end_session(&mut self, by: EndedBy) {
        if self.stage != Stage::Established {
            return;
        }
        self.stage = Stage::Leaving;
        self.await_release(by);
        if !self.send_in_dialog(rsipstack::sip::Method::Bye, Vec::new(), None, Asked::Bye) {
            self.over(by, None, "no way back to the peer".to_owned());
        }
    }

    /// Sends a request in the dialog, in the background. False when there is no dialog.
    pub(super) fn send_in_dialog(
        &mut self,
        method: rsipstack::sip::Method,
        added: Vec<rsipstack::sip::Header>,
        sdp: Option<String>,
        what: Asked,
    ) -> bool {
        let Some(dialog) = self.dialog.as_mut() else { return false };
        let Some(request) = dialog.request(&self.core.endpoint, method, added, sdp) else {
            return false;
        };
        self.forward(request, what);
        true
    }

    /// Sends a request of the dialog to its next hop, in the background.
    pub(super) fn forward(&mut self, request: Request, what: Asked) {
        let Some(dialog) = self.dialog.as_mut() else { return };
        if self.credentials.is_some() {
            // A challenge would take the next number.
            dialog.next_seq();
        }
        let (next_hop, transport) = (dialog.next_hop(), dialog.transport());
        let (core, slot) = (Arc::clone(&self.core), Arc::clone(&self.slot));
        let credentials = self.credentials.clone();
        // A caller over TCP or TLS often listens to nothing: it is reached over the connection that
        // it opened (RFC 5923), as long as that lives.
        let flow = self
            .flow
            .clone()
            .filter(|flow| flow.cancel_token().is_none_or(|token| !token.is_cancelled()));
        tokio::spawn(async move {
            let mut response = None;
            if let Some(flow) = flow
                && let Some(to) = flow.get_remote_addr().cloned()
            {
                let credentials = credentials.as_ref();
                response = client::ask_over(&core, request, to, flow, credentials).await;
            } else if let Some(next_hop) = next_hop
                && let Ok(addresses) = core.resolver.of_uri(&next_hop).await
                && let Some(mut to) = addresses.into_iter().next()
            {
                if wire::transport(&next_hop).is_none() {
                    // A Contact that names no transport is reached over the one in use.
                    to.r#type = Some(transport);
                }
                response = client::ask(&core, request, to, credentials.as_ref()).await;
            }
            slot.deliver(Input::Outcome { what, response: response.map(Box::new) }).await;
        });
    }

    /// What may be due by now.
    async fn tick(&mut self) {
        let now = Instant::now();
        if self.release_at.is_some_and(|at| at <= now) {
            self.release_at = None;
            self.tell_end(self.ends_by, None, "the peer did not confirm the release".to_owned());
        }
        self.ring_limit(now);
        self.repeat_reliable(now).await;
        self.refresh_or_expire(now);
        self.refuse_stale_offer(now).await;
    }
}
