//! Requests that come in: to the call they belong to, to the user, or refused.

use std::sync::Arc;

use rsipstack::sip::{Header, Method};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::random_text;
use rsipstack::transaction::transaction::Transaction;

use super::slot::{Input, lock};
use super::{Core, incoming, wire};

/// Hands out requests until the stack ends.
pub(super) async fn requests(core: &Arc<Core>, mut incoming: TransactionReceiver) {
    while let Some(tx) = incoming.recv().await {
        dispatch(core, tx);
    }
}

fn dispatch(core: &Arc<Core>, tx: Transaction) {
    if let Some(tag) = wire::to_tag(&tx.original) {
        let call_id = wire::value(&tx.original, "Call-ID").unwrap_or_default();
        match lock(&core.calls).of_dialog(&tag, call_id) {
            Some(slot) => {
                if let Err(Input::Request(tx)) = slot.send(Input::Request(Box::new(tx))) {
                    answer(core, *tx, 500, Vec::new());
                }
            }
            None if is_over_budget(core, &tx) => {}
            None => answer(core, tx, 481, Vec::new()),
        }
        return;
    }
    if is_over_budget(core, &tx) {
        // Without a word: an answer would serve whoever scans.
        return;
    }
    match tx.original.method {
        Method::Invite if core.settings.takes_calls => {
            if lock(&core.calls).len() >= core.settings.calls_max {
                return answer(core, tx, 503, vec![wire::header("Retry-After", "1")]);
            }
            let core = Arc::clone(core);
            tokio::spawn(incoming::take(core, tx));
        }
        Method::Invite => answer(core, tx, 603, Vec::new()),
        Method::Options => {
            let added =
                vec![wire::header("Accept", wire::SDP), wire::header("Supported", "timer, 100rel")];
            answer(core, tx, 200, added);
        }
        Method::Bye | Method::Update | Method::Info | Method::PRack | Method::Notify => {
            answer(core, tx, 481, Vec::new());
        }
        _ => answer(core, tx, 405, Vec::new()),
    }
}

/// Datagrams were counted by the socket; what comes over streams is counted here.
fn is_over_budget(core: &Core, tx: &Transaction) -> bool {
    let is_stream = tx.connection.as_ref().is_some_and(|connection| connection.is_reliable());
    let from = wire::source(tx).map(|source| source.ip());
    is_stream && from.is_some_and(|from| !core.peers.admits(from))
}

/// Answers a request that belongs to no call, in the background.
fn answer(core: &Arc<Core>, mut tx: Transaction, status: u16, mut added: Vec<Header>) {
    added.push(wire::header("Allow", wire::ALLOW));
    added.push(wire::header("User-Agent", core.endpoint.user_agent.as_str()));
    tokio::spawn(async move {
        let tag = random_text(8);
        let response = wire::response(&tx.original, status, &tag, added, None);
        if let Err(error) = tx.respond(response).await {
            tracing::debug!(%error, status, "a refusal could not be sent");
            return;
        }
        if tx.original.method == Method::Invite {
            // Repeated until the ACK comes, or for 64*T1.
            while tx.receive().await.is_some() {}
        }
    });
}
