//! A request sent again with our credentials, when the peer asks for them.

use std::sync::Arc;

use rsipstack::sip::{Header, Headers, Response};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transaction::{make_via_branch, random_text};

use super::wire;
use crate::digest::Challenge;
use crate::message::Credentials;

/// How often an answer may be called stale before it is given up.
const STALE_MAX: u8 = 2;

/// Which challenges of a request were answered.
#[derive(Debug, Default)]
pub(super) struct Answered {
    by_server: bool,
    by_proxy: bool,
    stale: u8,
}

impl Answered {
    /// Whether any was.
    pub(super) fn is_any(&self) -> bool {
        self.by_server || self.by_proxy
    }

    /// The request of a transaction with the answer to the challenge in a response, as a new
    /// transaction; `None` when there is nothing to answer, or the answer was refused already.
    pub(super) fn again(
        &mut self,
        tx: &Transaction,
        response: &Response,
        credentials: &Credentials,
        seq: u32,
    ) -> Option<Transaction> {
        let proxy = response.status_code.code() == 407;
        let (asks, answers) = if proxy {
            ("Proxy-Authenticate", "Proxy-Authorization")
        } else {
            ("WWW-Authenticate", "Authorization")
        };
        // The first that we know: servers list what they prefer first (RFC 8760, 2.4).
        let challenge = response
            .headers
            .iter()
            .filter(|header| header.name().eq_ignore_ascii_case(asks))
            .find_map(|header| Challenge::parse(header.value()))?;
        if !challenge.is_for(credentials) {
            return None;
        }
        let seen = if proxy { &mut self.by_proxy } else { &mut self.by_server };
        if std::mem::replace(seen, true) {
            if !challenge.stale || self.stale >= STALE_MAX {
                return None;
            }
            self.stale += 1;
        }
        let mut request = tx.original.clone();
        let (method, uri) = (request.method.to_string(), request.uri.to_string());
        let answer = challenge.answer(credentials, &method, &uri, &random_text(16));
        let mut headers = Headers::default();
        for header in request.headers.iter() {
            match header {
                Header::Via(via) => headers.push(wire::header("Via", with_branch(via.value()))),
                Header::CSeq(_) => headers.push(wire::header("CSeq", format!("{seq} {method}"))),
                other if other.name().eq_ignore_ascii_case(answers) => {}
                other => headers.push(other.clone()),
            }
        }
        headers.push(wire::header(answers, answer));
        request.headers = headers;
        let key = TransactionKey::from_request(&request, TransactionRole::Client).ok()?;
        let endpoint = Arc::clone(&tx.endpoint_inner);
        let mut again = Transaction::new_client(key, request, endpoint, tx.connection.clone());
        again.destination.clone_from(&tx.destination);
        Some(again)
    }
}

/// A Via of ours with another branch: another transaction.
fn with_branch(via: &str) -> String {
    let kept = via.split(';').filter(|part| !part.trim_start().starts_with("branch="));
    let kept: Vec<&str> = kept.collect();
    format!("{}{}", kept.join(";"), make_via_branch())
}
