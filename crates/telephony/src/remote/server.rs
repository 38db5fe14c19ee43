//! The carrier's end: plays the simulated carrier in real time and logs what was really dialled.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use outcall_campaign::{AttemptId, Clock, PhoneNumber, UnixMillis};

use super::wire::{self, Greeting, Messages, PROTOCOL, RemoteError, Request};
use crate::carrier::{CallOrder, Carrier, CarrierEvent, Signal};
use crate::simulated::{SimulatedCarrier, World};

/// How often the server looks for the next client and at the stop flag.
const LOOK: Duration = Duration::from_millis(2);

/// The longest wait for a request, so that the stop flag is seen.
const MAX_WAIT_MS: i64 = 20;

/// How many requests are taken before the carrier is asked what has happened meanwhile.
const REQUESTS_AT_ONCE: usize = 256;

/// Something that the carrier has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When, by the server's clock.
    pub at: UnixMillis,
    /// What.
    pub event: LogEvent,
}

/// What a carrier sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// A dialler is there.
    Connected,
    /// An order arrived: from here on a phone may ring.
    Invite {
        /// For which attempt.
        attempt: AttemptId,
        /// To which number.
        number: PhoneNumber,
    },
    /// A call went on. Logged before the dialler is told.
    Signal(CarrierEvent),
    /// The dialler is gone. Every request that it had sent was logged before.
    Disconnected {
        /// The calls that were alive, which are dropped.
        dropped: Vec<AttemptId>,
        /// What the dialler did wrong, or what failed; `None` for an ordinary end.
        problem: Option<String>,
    },
}

/// Serves diallers, one at a time, until `stop` is set.
///
/// A new connection is a dialler that was started again: it finds a carrier without calls. The
/// requests of a connection that broke are all logged before the next one is accepted.
///
/// # Errors
/// When the listening socket fails. What goes wrong on a connection is logged and ends that one.
pub fn serve(
    listener: &TcpListener,
    world: &Arc<World>,
    clock: &dyn Clock,
    mut log: impl FnMut(LogEntry) + Send,
    stop: &AtomicBool,
) -> Result<(), RemoteError> {
    listener.set_nonblocking(true)?;
    while !stop.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) => serve_one(&stream, world, clock, &mut log, stop),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(LOOK),
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn serve_one(
    stream: &TcpStream,
    world: &Arc<World>,
    clock: &dyn Clock,
    log: &mut (impl FnMut(LogEntry) + Send),
    stop: &AtomicBool,
) {
    let mut session = Session {
        carrier: SimulatedCarrier::new(Arc::clone(world)),
        alive: BTreeSet::new(),
        clock,
        log,
    };
    session.note(LogEvent::Connected);
    let ended = session.run(stream, world, stop);
    // Fails when the dialler was faster.
    drop(stream.shutdown(Shutdown::Both));
    let dropped = session.alive.iter().copied().collect();
    let problem = ended.err().map(|problem| problem.to_string());
    session.note(LogEvent::Disconnected { dropped, problem });
}

/// One connection.
struct Session<'a, L> {
    carrier: SimulatedCarrier,
    alive: BTreeSet<AttemptId>,
    clock: &'a dyn Clock,
    log: &'a mut L,
}

impl<L: FnMut(LogEntry) + Send> Session<'_, L> {
    fn note(&mut self, event: LogEvent) {
        let at = self.clock.now();
        (self.log)(LogEntry { at, event });
    }

    fn run(
        &mut self,
        stream: &TcpStream,
        world: &Arc<World>,
        stop: &AtomicBool,
    ) -> Result<(), RemoteError> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(wire::STALL_LIMIT))?;
        let mut greeting = Vec::new();
        let world = World::clone(world);
        wire::append(&Greeting { protocol: PROTOCOL, world }, &mut greeting);
        let mut out = stream;
        out.write_all(&greeting)?;
        let messages = Messages::new(stream.try_clone()?);
        thread::scope(|scope| {
            let (sender, requests) = bounded(wire::QUEUED_MESSAGES);
            scope.spawn(move || read_requests(messages, &sender));
            let ended = self.carry(stream, &requests, stop);
            // Ends the reader, whose thread the scope waits for.
            drop(stream.shutdown(Shutdown::Both));
            drop(requests);
            ended
        })
    }

    /// Carries calls until no request can come any more.
    fn carry(
        &mut self,
        stream: &TcpStream,
        requests: &Receiver<Result<Request, RemoteError>>,
        stop: &AtomicBool,
    ) -> Result<(), RemoteError> {
        let mut out = Some(stream);
        let mut problem = None;
        let mut events = Vec::new();
        let mut lines = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let next = self.carrier.poll(self.clock.now(), &mut events);
            for event in events.drain(..) {
                self.signal(event, &mut lines);
            }
            if let Some(Err(error)) = out.map(|mut stream| stream.write_all(&lines)) {
                // The dialler does not read any more. What it has sent still counts.
                drop(stream.shutdown(Shutdown::Both));
                (out, problem) = (None, Some(error.into()));
            }
            lines.clear();
            let now = self.clock.now();
            let wait_ms = next.map_or(MAX_WAIT_MS, |at| at.since(now).min(MAX_WAIT_MS));
            match requests.recv_timeout(Duration::from_millis(wait_ms.unsigned_abs())) {
                Ok(request) => {
                    self.take(request?);
                    for request in requests.try_iter().take(REQUESTS_AT_ONCE) {
                        self.take(request?);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        problem.map_or(Ok(()), Err)
    }

    fn take(&mut self, request: Request) {
        match request {
            Request::Place(order) => self.place(order),
            Request::HangUp(attempt) => self.carrier.hang_up(attempt, self.clock.now()),
        }
    }

    fn place(&mut self, order: CallOrder) {
        let CallOrder { attempt, number, .. } = order;
        // Logged as it came, a second order for one attempt included: that is what the log is for.
        self.note(LogEvent::Invite { attempt, number });
        self.alive.insert(attempt);
        self.carrier.place(order, self.clock.now());
    }

    fn signal(&mut self, event: CarrierEvent, lines: &mut Vec<u8>) {
        if matches!(event.signal, Signal::Released(_)) {
            self.alive.remove(&event.attempt);
        }
        self.note(LogEvent::Signal(event));
        wire::append(&event, lines);
    }
}

fn read_requests(mut messages: Messages<TcpStream>, sender: &Sender<Result<Request, RemoteError>>) {
    loop {
        let received = match messages.next() {
            Ok(Some(request)) => Ok(request),
            Ok(None) => return,
            // How a killed dialler's connection ends when it had signals left to read.
            Err(RemoteError::Io(error)) if error.kind() == io::ErrorKind::ConnectionReset => return,
            Err(problem) => Err(problem),
        };
        let is_last = received.is_err();
        if sender.send(received).is_err() || is_last {
            return;
        }
    }
}
