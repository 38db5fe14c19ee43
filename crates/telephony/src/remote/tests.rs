//! Both ends together, over loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use outcall_campaign::attempt::EndCause;
use outcall_campaign::{AttemptId, CampaignId, Clock, ContactId, PhoneNumber, UnixMillis};

use super::{LogEvent, RemoteCarrier, RemoteError, serve, wire};
use crate::carrier::{CallOrder, Carrier, CarrierEvent, Signal};
use crate::conformance::{self, Subject};
use crate::simulated::World;
use crate::simulated::world::Spread;

const PATIENCE: Duration = Duration::from_secs(10);

/// Time that passes as the test says: the same for both ends.
#[derive(Default)]
struct TestClock(AtomicI64);

impl TestClock {
    fn advance(&self, ms: i64) -> UnixMillis {
        UnixMillis(self.0.fetch_add(ms, Ordering::Relaxed) + ms)
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::Relaxed))
    }
}

struct Server {
    address: SocketAddr,
    clock: Arc<TestClock>,
    log: Arc<Mutex<Vec<LogEvent>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), RemoteError>>>,
}

impl Server {
    fn start() -> Self {
        let world = World {
            forced_by_digits: true,
            post_dial_delay_ms: Spread::exactly(5.0),
            ring_ms: Spread::exactly(10.0),
            talk_ms: Spread::exactly(20.0),
            ..World::default()
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let clock = Arc::new(TestClock::default());
        let log = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (clock, log, stop) = (Arc::clone(&clock), Arc::clone(&log), Arc::clone(&stop));
            let note = move |entry: super::LogEntry| log.lock().unwrap().push(entry.event);
            move || serve(&listener, &Arc::new(world), &*clock, note, &stop)
        });
        Self { address, clock, log, stop, thread: Some(thread) }
    }

    fn connect(&self) -> RemoteCarrier {
        RemoteCarrier::connect(self.address, PATIENCE).unwrap()
    }

    /// Waits until the log has this many of such entries, and returns them.
    fn logged(&self, count: usize, wanted: impl Fn(&LogEvent) -> bool) -> Vec<LogEvent> {
        for _ in 0..10_000 {
            let log = self.log.lock().unwrap();
            let found: Vec<_> = log.iter().filter(|event| wanted(event)).cloned().collect();
            if found.len() >= count {
                return found;
            }
            drop(log);
            thread::sleep(Duration::from_millis(1));
        }
        panic!("waited in vain for {count} entries in {:?}", self.log.lock().unwrap());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().unwrap().join();
        assert!(thread::panicking() || ended.is_ok_and(|ended| ended.is_ok()));
    }
}

fn order(contact: i64, last_two_digits: u64) -> CallOrder {
    CallOrder {
        attempt: AttemptId { campaign: CampaignId(1), contact: ContactId(contact), attempt_no: 1 },
        number: PhoneNumber::from_digits(12_025_550_100 + last_two_digits).unwrap(),
        caller_id: None,
        ring_ms: 300,
        send_by: UnixMillis(60_000),
    }
}

fn is_end(event: &LogEvent) -> bool {
    matches!(event, LogEvent::Disconnected { .. })
}

/// Polls until `count` signals have come.
fn signals(carrier: &mut RemoteCarrier, clock: &TestClock, count: usize) -> Vec<CarrierEvent> {
    let mut events = Vec::new();
    for _ in 0..10_000 {
        carrier.poll(clock.advance(1), &mut events);
        if events.len() >= count {
            return events;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("waited in vain for {count} signals, got {events:?}");
}

#[test]
fn the_remote_carrier_conforms() {
    let server = Server::start();
    conformance::check(|| {
        let clock = Arc::clone(&server.clock);
        let advance = move |ms: i64| {
            // One step a millisecond gives the other thread its turn.
            for _ in 0..ms {
                clock.advance(1);
                thread::sleep(Duration::from_millis(1));
            }
            clock.now()
        };
        Subject::new(server.connect(), 300, advance)
    });
}

#[test]
fn the_greeting_brings_the_world_of_the_far_end() {
    let server = Server::start();
    let carrier = server.connect();
    assert!(carrier.world().forced_by_digits);
    assert_eq!(carrier.world().talk_ms, Spread::exactly(20.0));
}

#[test]
fn what_a_dead_dialler_had_sent_is_in_the_log_and_its_calls_are_dropped() {
    let server = Server::start();
    let mut carrier = server.connect();
    for contact in 1..=50 {
        carrier.place(order(contact, 2), server.clock.now());
    }
    drop(carrier);
    let ends = server.logged(1, is_end);
    let LogEvent::Disconnected { dropped, problem } = &ends[0] else { panic!("{ends:?}") };
    assert_eq!((dropped.len(), problem), (50, &None));
    assert_eq!(server.logged(50, |event| matches!(event, LogEvent::Invite { .. })).len(), 50);

    // The next one finds a carrier without calls: the same attempt can be ordered, and is logged.
    let mut carrier = server.connect();
    carrier.place(order(1, 1), server.clock.now());
    let released = Signal::Released(EndCause::Busy);
    assert_eq!(signals(&mut carrier, &server.clock, 1)[0].signal, released);
    assert_eq!(server.logged(51, |event| matches!(event, LogEvent::Invite { .. })).len(), 51);
}

#[test]
fn a_lost_connection_fails_the_calls_alive_and_refuses_later_ones_as_not_sent() {
    let server = Server::start();
    let mut carrier = server.connect();
    carrier.place(order(2, 2), server.clock.now());
    carrier.place(order(1, 11), server.clock.now());
    server.logged(2, |event| matches!(event, LogEvent::Invite { .. }));
    drop(server);
    let clock = TestClock::default();
    let lost = signals(&mut carrier, &clock, 2);
    let failed = Signal::Released(EndCause::Failed);
    let expected =
        [1, 2].map(|contact| CarrierEvent { attempt: order(contact, 0).attempt, signal: failed });
    assert_eq!(lost, expected);
    carrier.place(order(3, 50), clock.now());
    let refused = signals(&mut carrier, &clock, 1);
    assert_eq!(refused[0].signal, Signal::Released(EndCause::NotSent));
    assert_eq!(carrier.poll(clock.now(), &mut Vec::new()), None);
}

#[test]
fn a_release_that_is_never_confirmed_ends_at_the_limit_of_a_transaction() {
    let server = Server::start();
    let mut carrier = server.connect();
    let silent = order(1, 11);
    carrier.place(silent, UnixMillis(0));
    carrier.hang_up(silent.attempt, UnixMillis(0));
    carrier.hang_up(silent.attempt, UnixMillis(10));
    let mut events = Vec::new();
    assert!(carrier.poll(UnixMillis(31_999), &mut events).is_some());
    assert_eq!(events, []);
    assert_eq!(carrier.poll(UnixMillis(32_000), &mut events), None);
    let signal = Signal::Released(EndCause::LocalHangUp);
    assert_eq!(events, [CarrierEvent { attempt: silent.attempt, signal }]);
}

#[test]
fn a_malformed_line_ends_the_connection_and_the_log_says_why() {
    let server = Server::start();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(b"{\"place\":{}}\n").unwrap();
    let ends = server.logged(1, is_end);
    let LogEvent::Disconnected { problem: Some(problem), .. } = &ends[0] else {
        panic!("{ends:?}")
    };
    assert!(problem.contains("line 1 from the peer is no message"), "{problem}");
    // The server lives on.
    assert!(server.connect().problem().is_none());
}

#[test]
fn a_line_without_end_is_cut_off_at_the_limit() {
    let server = Server::start();
    let mut stream = TcpStream::connect(server.address).unwrap();
    let endless = vec![b'x'; wire::MAX_LINE as usize + 1];
    // The server may hang up before it has taken everything.
    drop(stream.write_all(&endless));
    let ends = server.logged(1, is_end);
    let LogEvent::Disconnected { problem: Some(problem), .. } = &ends[0] else {
        panic!("{ends:?}")
    };
    assert!(problem.contains("longer than"), "{problem}");
}

#[test]
fn a_peer_that_is_no_carrier_is_refused() {
    for (greeting, wanted) in [
        ("220 mail.example ESMTP\n".to_owned(), "no message"),
        (String::new(), "without a greeting"),
        (
            serde_json::to_string(&wire::Greeting { protocol: 9, world: World::default() })
                .unwrap()
                + "\n",
            "protocol 9",
        ),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let peer = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(greeting.as_bytes()).unwrap();
            drop(stream.shutdown(std::net::Shutdown::Write));
            drop(stream.read(&mut [0]));
        });
        let problem = RemoteCarrier::connect(address, PATIENCE).err().unwrap().to_string();
        assert!(problem.contains(wanted), "{wanted:?} not in {problem:?}");
        peer.join().unwrap();
    }
}
