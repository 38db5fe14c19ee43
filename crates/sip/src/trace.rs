//! What was said on the wire, call by call, kept in memory within bounds.
//!
//! A trace holds telephone numbers: it is for the operator who asks for it, and never goes into a
//! log. What would be of use to a thief is blanked as it comes in: the proofs of passwords, and the
//! keys of media.

mod blank;
mod call_id;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

pub use call_id::call_id;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To us.
    In,
    /// From us.
    Out,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedMessage {
    /// When, in microseconds since 1970 UTC.
    pub at_us: i64,
    /// Which way.
    pub direction: Direction,
    /// Over what: `UDP`, `TCP`, `TLS`.
    pub transport: &'static str,
    /// Our address.
    pub local: SocketAddr,
    /// The peer's.
    pub remote: SocketAddr,
    /// The message, or as much of its beginning as is kept, with secrets blanked.
    pub bytes: Box<[u8]>,
    /// How long it was, in bytes.
    pub length: usize,
}

/// The messages of one call, in the order in which they were noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallTrace {
    /// Its Call-ID.
    pub call_id: String,
    /// The latest messages.
    pub messages: Vec<TracedMessage>,
    /// How many before them were dropped for want of room.
    pub dropped: u64,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceLimits {
    /// How many calls; 0 keeps nothing.
    pub calls: usize,
    /// How many messages of each.
    pub messages_per_call: usize,
    /// How many bytes of each call's messages together.
    pub bytes_per_call: usize,
    /// How many bytes of one message. What is longer is cut.
    pub bytes_per_message: usize,
}

impl TraceLimits {
    /// The usual bounds for this many calls: 64 messages and 64 KiB of each.
    pub fn for_calls(calls: usize) -> Self {
        Self {
            calls,
            messages_per_call: 64,
            bytes_per_call: 64 * 1_024,
            bytes_per_message: 16 * 1_024,
        }
    }
}

/// Nothing is kept.
impl Default for TraceLimits {
    fn default() -> Self {
        Self::for_calls(0)
    }
}

/// What is kept of one call.
#[derive(Debug, Default)]
struct Kept {
    messages: VecDeque<TracedMessage>,
    bytes: usize,
    dropped: u64,
    /// Its place in the order of eviction.
    place: Place,
}

/// Ended calls, and those that others began, go before others, older ones before younger ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    in_progress: bool,
    began: u64,
}

/// The messages of the latest calls. Full, it forgets the oldest call that has ended, else the
/// oldest one; within a call, the oldest message.
#[derive(Debug, Default)]
pub struct TraceBook {
    limits: TraceLimits,
    calls: HashMap<Arc<str>, Kept>,
    order: BTreeMap<Place, Arc<str>>,
    begun: u64,
}

impl TraceBook {
    /// An empty book. With limits of 0 calls, messages or bytes nothing is ever noted.
    pub fn new(limits: TraceLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Whether anything is noted.
    pub fn is_on(&self) -> bool {
        self.limits.calls > 0 && self.limits.messages_per_call > 0
    }

    /// How many calls are kept.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether no call is kept.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Notes a message of whichever call its Call-ID says; one without a Call-ID is not noted.
    pub fn note(
        &mut self,
        at_us: i64,
        direction: Direction,
        transport: &'static str,
        local: SocketAddr,
        remote: SocketAddr,
        bytes: &[u8],
    ) {
        if !self.is_on() {
            return;
        }
        let Some(id) = call_id(bytes) else { return };
        let kept_bytes = bytes.len().min(self.limits.bytes_per_message);
        let mut kept: Box<[u8]> = bytes[..kept_bytes].into();
        blank::blank_secrets(&mut kept);
        let length = bytes.len();
        let message =
            TracedMessage { at_us, direction, transport, local, remote, bytes: kept, length };
        let limits = self.limits;
        // What others begin is forgotten first: a scanner shall not push out our own calls.
        self.kept_of(id, direction == Direction::Out).add(message, limits);
    }

    /// The call is over: it is forgotten before those in progress. Messages that still come are
    /// noted as before. A call that is not kept is ignored.
    pub fn ended(&mut self, call_id: &str) {
        let Some(kept) = self.calls.get_mut(call_id) else { return };
        if let Some(id) = self.order.remove(&kept.place) {
            kept.place.in_progress = false;
            self.order.insert(kept.place, id);
        }
    }

    /// A copy of what is kept of a call.
    pub fn get(&self, call_id: &str) -> Option<CallTrace> {
        let kept = self.calls.get(call_id)?;
        let messages = kept.messages.iter().cloned().collect();
        Some(CallTrace { call_id: call_id.to_owned(), messages, dropped: kept.dropped })
    }

    /// Takes out what is kept of a call.
    pub fn take(&mut self, call_id: &str) -> Option<CallTrace> {
        let kept = self.calls.remove(call_id)?;
        self.order.remove(&kept.place);
        let messages = kept.messages.into();
        Some(CallTrace { call_id: call_id.to_owned(), messages, dropped: kept.dropped })
    }

    /// The Call-IDs of the calls that are kept: the ended ones first, the oldest first.
    pub fn call_ids(&self) -> impl Iterator<Item = &str> {
        self.order.values().map(AsRef::as_ref)
    }

    fn kept_of(&mut self, id: &str, is_ours: bool) -> &mut Kept {
        if !self.calls.contains_key(id) {
            while self.calls.len() >= self.limits.calls {
                let Some((_, oldest)) = self.order.pop_first() else { break };
                self.calls.remove(&oldest);
            }
            let place = Place { in_progress: is_ours, began: self.begun };
            self.begun += 1;
            let id: Arc<str> = id.into();
            self.order.insert(place, Arc::clone(&id));
            self.calls.insert(id, Kept { place, ..Kept::default() });
        }
        self.calls.get_mut(id).expect("invariant: the call was there, or was inserted above")
    }
}

impl Kept {
    fn add(&mut self, message: TracedMessage, limits: TraceLimits) {
        self.bytes += message.bytes.len();
        self.messages.push_back(message);
        while self.messages.len() > limits.messages_per_call || self.bytes > limits.bytes_per_call {
            let Some(oldest) = self.messages.pop_front() else { return };
            self.bytes -= oldest.bytes.len();
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: TraceLimits =
        TraceLimits { calls: 3, messages_per_call: 4, bytes_per_call: 200, bytes_per_message: 100 };

    fn note(book: &mut TraceBook, at_us: i64, call: &str, body: &str) {
        note_way(book, Direction::Out, at_us, call, body);
    }

    fn note_way(book: &mut TraceBook, way: Direction, at_us: i64, call: &str, body: &str) {
        let local = "192.0.2.1:5060".parse().unwrap();
        let remote = "192.0.2.2:5060".parse().unwrap();
        let text = format!("SIP/2.0 200 OK\r\nCall-ID: {call}\r\n\r\n{body}");
        book.note(at_us, way, "UDP", local, remote, text.as_bytes());
    }

    fn times(book: &TraceBook, call: &str) -> Vec<i64> {
        book.get(call).unwrap().messages.iter().map(|message| message.at_us).collect()
    }

    #[test]
    fn the_latest_messages_of_a_call_are_kept_and_the_others_counted() {
        let mut book = TraceBook::new(LIMITS);
        for at_us in 0..6 {
            note(&mut book, at_us, "a", "");
        }
        assert_eq!(times(&book, "a"), [2, 3, 4, 5]);
        assert_eq!(book.get("a").unwrap().dropped, 2);
        assert_eq!(book.take("a").unwrap().messages.len(), 4);
        assert!(book.take("a").is_none() && book.is_empty());
    }

    #[test]
    fn the_oldest_ended_call_makes_room_first() {
        let mut book = TraceBook::new(LIMITS);
        for call in ["a", "b", "c"] {
            note(&mut book, 0, call, "");
        }
        book.ended("c");
        book.ended("b");
        book.ended("unknown");
        note(&mut book, 1, "d", "");
        assert_eq!(book.call_ids().collect::<Vec<_>>(), ["c", "a", "d"]);
        note(&mut book, 2, "e", "");
        note(&mut book, 3, "f", "");
        assert_eq!(book.call_ids().collect::<Vec<_>>(), ["d", "e", "f"]);
    }

    #[test]
    fn what_others_begin_makes_room_for_our_own_calls() {
        let mut book = TraceBook::new(LIMITS);
        for call in ["a", "b"] {
            note(&mut book, 0, call, "");
        }
        for scanned in 0..100 {
            note_way(&mut book, Direction::In, 1, &format!("scan-{scanned}"), "");
        }
        // An answer does not make a scanner's call ours.
        note(&mut book, 2, "scan-99", "");
        note(&mut book, 3, "c", "");
        assert_eq!(book.call_ids().collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn a_long_message_is_cut_and_its_length_kept() {
        let mut book = TraceBook::new(LIMITS);
        note(&mut book, 0, "a", &"x".repeat(1_000));
        let message = &book.get("a").unwrap().messages[0];
        assert_eq!((message.bytes.len(), message.length), (100, 1_030));
        assert!(message.bytes.starts_with(b"SIP/2.0 200"));
    }

    #[test]
    fn a_book_that_is_off_keeps_nothing() {
        let mut book = TraceBook::default();
        assert!(!book.is_on());
        note(&mut book, 0, "a", "");
        assert!(book.is_empty());
    }

    proptest! {
        #[test]
        fn no_order_of_messages_breaks_a_bound(
            steps in prop::collection::vec((0u8..8, 0usize..150, 0u8..6), 0..200),
        ) {
            let mut book = TraceBook::new(LIMITS);
            for (at_us, (call, length, what)) in (0i64..).zip(steps) {
                let call = format!("call-{call}");
                match what {
                    0 => book.ended(&call),
                    1 => drop(book.take(&call)), // Only the book is looked at here.
                    _ => {
                        note(&mut book, at_us, &call, &"x".repeat(length));
                        prop_assert_eq!(times(&book, &call).pop(), Some(at_us));
                    }
                }
                prop_assert!(book.len() <= LIMITS.calls);
                prop_assert_eq!(book.order.len(), book.calls.len());
                for kept in book.calls.values() {
                    let bytes: usize = kept.messages.iter().map(|one| one.bytes.len()).sum();
                    prop_assert_eq!(bytes, kept.bytes);
                    prop_assert!(bytes <= LIMITS.bytes_per_call);
                    prop_assert!(kept.messages.len() <= LIMITS.messages_per_call);
                }
            }
        }
    }
}
