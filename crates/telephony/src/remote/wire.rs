//! The messages between the two ends, and how lines are read from a peer that is not trusted.

use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::time::Duration;

use outcall_campaign::AttemptId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::carrier::CallOrder;
use crate::simulated::World;

/// The version of the protocol. Both ends must have the same.
pub const PROTOCOL: u32 = 2;

/// The longest line, in bytes, newline included.
pub const MAX_LINE: u64 = 64 * 1024;

/// How long a peer may leave its end unread before it is given up.
pub const STALL_LIMIT: Duration = Duration::from_secs(5);

/// How many messages wait between a reader's thread and their taker; when they are more, the peer
/// has to wait (TCP back-pressure).
pub(super) const QUEUED_MESSAGES: usize = 65_536;

/// The server's first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Greeting {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The world whose callees answer.
    pub world: World,
}

/// What a client asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Place a call: the INVITE.
    Place(CallOrder),
    /// Release it: CANCEL or BYE.
    HangUp(AttemptId),
}

/// Why the two ends do not understand each other.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// No connection.
    #[error("no carrier at {address}: {source}; start it, or correct the address")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The other end speaks another version.
    #[error("the carrier speaks protocol {theirs}, this program {PROTOCOL}: update the older one")]
    Protocol {
        /// Its version.
        theirs: u32,
    },
    /// The other end closed the connection before its greeting.
    #[error("the carrier closed the connection without a greeting")]
    NoGreeting,
    /// A line is not a message.
    #[error("line {line} from the peer is no message: {source}")]
    Malformed {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A line does not end.
    #[error("line {line} from the peer is longer than {MAX_LINE} bytes")]
    LineTooLong {
        /// The line, from 1.
        line: u64,
    },
    /// The socket failed.
    #[error("connection to the peer: {0}")]
    Io(#[from] io::Error),
}

/// Reads messages, one a line.
pub(super) struct Messages<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    lines: u64,
}

impl<R: Read> Messages<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input: BufReader::new(input), line: Vec::new(), lines: 0 }
    }

    /// The next message; `None` when the connection has ended.
    pub(super) fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RemoteError> {
        self.line.clear();
        (&mut self.input).take(MAX_LINE).read_until(b'\n', &mut self.line)?;
        self.lines += 1;
        let line = self.lines;
        if self.line.last() != Some(&b'\n') {
            let is_full = self.line.len() as u64 == MAX_LINE;
            return if is_full { Err(RemoteError::LineTooLong { line }) } else { Ok(None) };
        }
        let message = serde_json::from_slice(&self.line);
        message.map(Some).map_err(|source| RemoteError::Malformed { line, source })
    }
}

/// Appends a message and its newline.
pub(super) fn append(message: &impl Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(&mut *out, message)
        .expect("invariant: messages have string keys and a Vec takes every byte");
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use outcall_campaign::{CampaignId, ContactId};

    use super::*;

    fn attempt() -> AttemptId {
        AttemptId { campaign: CampaignId(1), contact: ContactId(2), attempt_no: 3 }
    }

    #[test]
    fn requests_have_the_documented_form_and_read_back() {
        let mut out = Vec::new();
        append(&Request::HangUp(attempt()), &mut out);
        let text = String::from_utf8(out.clone()).unwrap();
        assert_eq!(text, "{\"hang_up\":{\"campaign\":1,\"contact\":2,\"attempt_no\":3}}\n");
        let order = CallOrder {
            attempt: attempt(),
            number: "+12025550101".parse().unwrap(),
            caller_id: None,
            ring_ms: 30_000,
            send_by: outcall_campaign::UnixMillis(60_000),
        };
        append(&Request::Place(order), &mut out);
        let mut messages = Messages::new(out.as_slice());
        assert_eq!(messages.next().unwrap(), Some(Request::HangUp(attempt())));
        assert_eq!(messages.next().unwrap(), Some(Request::Place(order)));
        assert_eq!(messages.next::<Request>().unwrap(), None);
    }

    #[test]
    fn a_line_without_its_newline_is_no_message() {
        let mut out = Vec::new();
        append(&Request::HangUp(attempt()), &mut out);
        out.pop();
        assert_eq!(Messages::new(out.as_slice()).next::<Request>().unwrap(), None);
    }

    #[test]
    fn a_line_that_does_not_end_is_refused_at_the_limit() {
        let endless = io::repeat(b'x');
        let error = Messages::new(endless).next::<Request>().unwrap_err();
        assert!(matches!(error, RemoteError::LineTooLong { line: 1 }), "{error}");
    }

    #[test]
    fn a_line_that_is_no_message_is_named() {
        let error = Messages::new(&b"{\"dance\":1}\n"[..]).next::<Request>().unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("line 1 from the peer is no message"), "{text}");
    }
}
