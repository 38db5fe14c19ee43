//! The dialler's end.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use outcall_campaign::attempt::EndCause;
use outcall_campaign::{AttemptId, UnixMillis};

use super::wire::{self, Greeting, Messages, PROTOCOL, RemoteError, Request};
use crate::agenda::Agenda;
use crate::carrier::{CallOrder, Carrier, CarrierEvent, Signal};
use crate::simulated::World;

/// How often the connection is looked at while calls are alive, in ms.
const POLL_MS: i64 = 5;

/// How long a release may stay unconfirmed, in ms: 64 times T1, as for any SIP transaction
/// (RFC 3261, 17.1.1.2).
const RELEASE_LIMIT_MS: i64 = 32_000;

type Received = Result<CarrierEvent, RemoteError>;

/// A carrier in another process. See [`super`] for the protocol.
pub struct RemoteCarrier {
    stream: TcpStream,
    received: Receiver<Received>,
    world: Arc<World>,
    /// The calls that are not released yet, and whether a hang-up was asked for.
    alive: HashMap<AttemptId, bool>,
    /// Released here, not by the far end: reported at the next poll.
    verdicts: Vec<CarrierEvent>,
    /// When to stop waiting for the confirmation of a release.
    unconfirmed: Agenda<AttemptId>,
    /// Nothing can be written any more. What was received before is still delivered.
    broken: bool,
    problem: Option<RemoteError>,
    line: Vec<u8>,
}

impl RemoteCarrier {
    /// Connects, and reads the carrier's greeting.
    ///
    /// # Errors
    /// When nobody is there within `timeout`, which holds for the connection and for the greeting,
    /// or when the other end is no carrier of this protocol.
    pub fn connect(address: SocketAddr, timeout: Duration) -> Result<Self, RemoteError> {
        let stream = TcpStream::connect_timeout(&address, timeout)
            .map_err(|source| RemoteError::Connect { address, source })?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(wire::STALL_LIMIT))?;
        stream.set_read_timeout(Some(timeout))?;
        let mut messages = Messages::new(stream.try_clone()?);
        let greeting: Greeting = messages.next()?.ok_or(RemoteError::NoGreeting)?;
        if greeting.protocol != PROTOCOL {
            return Err(RemoteError::Protocol { theirs: greeting.protocol });
        }
        stream.set_read_timeout(None)?;
        let (sender, received) = bounded(wire::QUEUED_MESSAGES);
        thread::Builder::new()
            .name("remote-carrier".to_owned())
            .spawn(move || read_events(messages, &sender))?;
        Ok(Self {
            stream,
            received,
            world: Arc::new(greeting.world),
            alive: HashMap::new(),
            verdicts: Vec::new(),
            unconfirmed: Agenda::default(),
            broken: false,
            problem: None,
            line: Vec::new(),
        })
    }

    /// The world of the far end, for [`SimulatedConversations`](crate::simulated) with its callees.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// How many calls it carries now.
    pub fn calls(&self) -> usize {
        self.alive.len()
    }

    /// Why the connection was given up; `None` while it lives, or when the carrier ended it.
    pub fn problem(&self) -> Option<&RemoteError> {
        self.problem.as_ref()
    }

    /// Writes a request out of the process. When that fails, says how many of its bytes went.
    fn send(&mut self, request: &Request) -> Result<(), usize> {
        if self.broken {
            return Err(0);
        }
        self.line.clear();
        wire::append(request, &mut self.line);
        let (sent, error) = write_counted(&mut self.stream, &self.line);
        let Some(error) = error else { return Ok(()) };
        self.give_up(error.into());
        Err(sent)
    }

    /// Ends the connection. The reader still delivers what had arrived, and then ends, too.
    fn give_up(&mut self, problem: RemoteError) {
        self.broken = true;
        self.problem.get_or_insert(problem);
        // Fails when the other end was faster.
        drop(self.stream.shutdown(Shutdown::Both));
    }

    fn receive(&mut self, events: &mut Vec<CarrierEvent>) {
        loop {
            match self.received.try_recv() {
                Ok(Ok(event)) => self.deliver(event, events),
                Ok(Err(problem)) => self.give_up(problem),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => break,
            }
        }
        self.broken = true;
        let mut lost: Vec<_> = self.alive.drain().map(|(attempt, _)| attempt).collect();
        lost.sort_unstable();
        let signal = Signal::Released(EndCause::Failed);
        events.extend(lost.into_iter().map(|attempt| CarrierEvent { attempt, signal }));
    }

    /// Passes a signal on, unless its call is over.
    fn deliver(&mut self, event: CarrierEvent, events: &mut Vec<CarrierEvent>) {
        let is_alive = match event.signal {
            Signal::Released(_) => self.alive.remove(&event.attempt).is_some(),
            Signal::Ringing | Signal::EarlyMedia | Signal::Answered => {
                self.alive.contains_key(&event.attempt)
            }
        };
        if is_alive {
            events.push(event);
        }
    }
}

impl Carrier for RemoteCarrier {
    fn place(&mut self, order: CallOrder, _now: UnixMillis) {
        let attempt = order.attempt;
        if self.alive.contains_key(&attempt) {
            // The seam forbids a second call for one attempt; the first one goes on.
            return;
        }
        match self.send(&Request::Place(order)) {
            Ok(()) => {
                self.alive.insert(attempt, false);
            }
            Err(sent) => {
                let cause = if sent == 0 { EndCause::NotSent } else { EndCause::Failed };
                self.verdicts.push(CarrierEvent { attempt, signal: Signal::Released(cause) });
            }
        }
    }

    fn hang_up(&mut self, attempt: AttemptId, now: UnixMillis) {
        let Some(asked) = self.alive.get_mut(&attempt) else { return };
        if !std::mem::replace(asked, true) {
            self.unconfirmed.put(now + RELEASE_LIMIT_MS, attempt);
        }
        // When this fails the connection is gone, and the call with it: poll says so.
        let _lost = self.send(&Request::HangUp(attempt));
    }

    fn poll(&mut self, now: UnixMillis, events: &mut Vec<CarrierEvent>) -> Option<UnixMillis> {
        self.receive(events);
        events.append(&mut self.verdicts);
        while let Some(attempt) = self.unconfirmed.take_due(now) {
            if self.alive.remove(&attempt).is_some() {
                let signal = Signal::Released(EndCause::LocalHangUp);
                events.push(CarrierEvent { attempt, signal });
            }
        }
        (!self.alive.is_empty()).then_some(now + POLL_MS)
    }
}

impl Drop for RemoteCarrier {
    fn drop(&mut self) {
        // Wakes the reader, which then finds nobody to read for.
        drop(self.stream.shutdown(Shutdown::Both));
    }
}

fn read_events(mut messages: Messages<TcpStream>, sender: &Sender<Received>) {
    loop {
        let received = match messages.next() {
            Ok(Some(event)) => Ok(event),
            Ok(None) => return,
            Err(problem) => Err(problem),
        };
        let is_last = received.is_err();
        if sender.send(received).is_err() || is_last {
            return;
        }
    }
}

/// Writes all bytes, or says how many went before the error.
fn write_counted(out: &mut impl Write, bytes: &[u8]) -> (usize, Option<io::Error>) {
    let mut sent = 0;
    while sent < bytes.len() {
        match out.write(&bytes[sent..]) {
            Ok(0) => return (sent, Some(io::ErrorKind::WriteZero.into())),
            Ok(count) => sent += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (sent, Some(error)),
        }
    }
    (sent, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_failed_write_says_whether_anything_has_left_the_process() {
        assert_eq!(write_counted(&mut Full(0), b"order").0, 0);
        assert_eq!(write_counted(&mut Full(3), b"order").0, 3);
        let (sent, error) = write_counted(&mut Full(5), b"order");
        assert!(sent == 5 && error.is_none());
    }
}
