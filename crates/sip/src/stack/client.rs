//! Requests of ours outside of the INVITE transaction: sent, challenged, answered.

use std::sync::Arc;
use std::time::Duration;

use rsipstack::sip::{HeadersExt, Request, Response, SipMessage, StatusCodeKind};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::{SipAddr, SipConnection};
use tokio::time::Instant;

use super::Core;
use super::challenge::Answered;
use super::resolve;
use super::slot::{Asked, CallSlot, Input};
use crate::message::Credentials;

/// Sends a request and waits for its final response. `None` when it could not be sent.
pub(super) async fn ask(
    core: &Core,
    request: Request,
    to: SipAddr,
    credentials: Option<&Credentials>,
) -> Option<Response> {
    let connection = resolve::connect(core, &to).await.ok()?;
    ask_over(core, request, to, connection, credentials).await
}

/// The same, over a connection that is there.
pub(super) async fn ask_over(
    core: &Core,
    request: Request,
    to: SipAddr,
    connection: SipConnection,
    credentials: Option<&Credentials>,
) -> Option<Response> {
    Some(ask_noting(core, request, to, connection, credentials).await?.response)
}

/// A final response, and how it came.
pub(super) struct Told {
    pub(super) response: Response,
    /// Whether a challenge was answered before it.
    pub(super) authenticated: bool,
    /// Since the request, or the answer to the last challenge, was sent.
    pub(super) took: Duration,
}

/// The same, with how the response came.
pub(super) async fn ask_noting(
    core: &Core,
    request: Request,
    to: SipAddr,
    connection: SipConnection,
    credentials: Option<&Credentials>,
) -> Option<Told> {
    let key = TransactionKey::from_request(&request, TransactionRole::Client).ok()?;
    let endpoint = Arc::clone(&core.endpoint);
    let mut tx = Transaction::new_client(key, request, endpoint, Some(connection));
    tx.destination = Some(to);
    let mut sent = Instant::now();
    tx.send().await.ok()?;
    let mut answered = Answered::default();
    while let Some(message) = tx.receive().await {
        let SipMessage::Response(response) = message else { continue };
        if response.status_code.kind() == StatusCodeKind::Provisional {
            continue;
        }
        let told = |response, answered: &Answered| {
            Some(Told { response, authenticated: answered.is_any(), took: sent.elapsed() })
        };
        let challenged = matches!(response.status_code.code(), 401 | 407);
        let (Some(credentials), true) = (credentials, challenged) else {
            return told(response, &answered);
        };
        let seq = tx.original.cseq_header().ok()?.seq().ok()? + 1;
        let Some(again) = answered.again(&tx, &response, credentials, seq) else {
            return told(response, &answered);
        };
        tx = again;
        sent = Instant::now();
        tx.send().await.ok()?;
    }
    None
}

/// Sends a request of a call in the background; its call hears of the end.
pub(super) fn ask_for(
    core: &Arc<Core>,
    slot: &Arc<CallSlot>,
    request: Request,
    to: SipAddr,
    credentials: Option<Credentials>,
    what: Asked,
) {
    let (core, slot) = (Arc::clone(core), Arc::clone(slot));
    tokio::spawn(async move {
        let response = ask(&core, request, to, credentials.as_ref()).await.map(Box::new);
        slot.deliver(Input::Outcome { what, response }).await;
    });
}

/// Waits until the peer has acknowledged our final response to its re-INVITE, and repeats the
/// response until then.
pub(super) fn await_acknowledgement(slot: &Arc<CallSlot>, mut tx: Transaction) {
    let slot = Arc::clone(slot);
    let answered = tx
        .last_response
        .as_ref()
        .is_some_and(|response| response.status_code.kind() == StatusCodeKind::Successful);
    tokio::spawn(async move {
        while let Some(message) = tx.receive().await {
            if let SipMessage::Request(request) = message
                && request.method == rsipstack::sip::Method::Ack
            {
                return slot.deliver(Input::Acknowledged { body: request.body }).await;
            }
        }
        if answered {
            slot.deliver(Input::NeverAcknowledged).await;
        }
    });
}
