//! Where messages are noted for the trace. UDP is noted by its socket, to the byte; TCP and TLS as
//! the stack has understood them, since their bytes do not come by here.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use rsipstack::sip::{SipMessage, Transport};
use rsipstack::transaction::endpoint::MessageInspector;
use rsipstack::transport::SipAddr;

use super::slot::lock;
use crate::agent::Addresses;
pub(super) use crate::trace::Direction;
use crate::trace::TraceBook;

/// The book, or nothing when no trace is kept.
#[derive(Clone)]
pub(super) struct Traces(Option<Arc<Mutex<TraceBook>>>);

impl Traces {
    pub(super) fn new(book: Arc<Mutex<TraceBook>>) -> Self {
        let on = lock(&book).is_on();
        Self(on.then_some(book))
    }

    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Notes a message.
    pub(super) fn note(
        &self,
        direction: Direction,
        transport: &'static str,
        local: SocketAddr,
        remote: SocketAddr,
        bytes: &[u8],
    ) {
        let Some(book) = &self.0 else { return };
        lock(book).note(now_us(), direction, transport, local, remote, bytes);
    }
}

#[expect(clippy::disallowed_methods, reason = "a trace is stamped with the world's time")]
fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Notes what goes over streams.
pub(super) struct StreamTrace {
    traces: Traces,
    addresses: Addresses,
}

impl StreamTrace {
    pub(super) fn new(traces: Traces, addresses: Addresses) -> Self {
        Self { traces, addresses }
    }

    fn note(&self, direction: Direction, message: &SipMessage, peer: Option<&SipAddr>) {
        let (transport, local) = match peer.and_then(|peer| peer.r#type) {
            Some(Transport::Tcp) => ("TCP", self.addresses.tcp),
            Some(Transport::Tls) => ("TLS", self.addresses.tls),
            _ => return,
        };
        let Some(remote) = peer.and_then(|peer| peer.get_socketaddr().ok()) else { return };
        let local = local.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
        self.traces.note(direction, transport, local, remote, &message.to_bytes());
    }
}

impl MessageInspector for StreamTrace {
    fn before_send(&self, message: SipMessage, to: Option<&SipAddr>) -> SipMessage {
        self.note(Direction::Out, &message, to);
        message
    }

    fn after_received(&self, message: SipMessage, from: Option<&SipAddr>) -> SipMessage {
        self.note(Direction::In, &message, from);
        message
    }
}
