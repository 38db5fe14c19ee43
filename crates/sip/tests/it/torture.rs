//! Messages in the manner of RFC 4475: valid ones that are hard to read, and broken ones. None may
//! stop the agent, leak a call, or disturb one in progress.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use outcall_sip::{AgentEvent, AgentSettings, CallEvent, CallKey, Command, EndedBy};

use self::messages::MESSAGES;
use crate::support::{Agent, answered, invite};

mod messages;

/// How long an answer is waited for. Reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(5);

/// Panics on the threads of agents. A panic ends one task only, and would go unseen.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() == Some("sip") {
                PANICS.fetch_add(1, Ordering::Relaxed);
            }
            before(panic);
        }));
    });
}

fn wire(text: &str, me: SocketAddr) -> Vec<u8> {
    text.replace("{me}", &me.to_string()).replace('\n', "\r\n").into_bytes()
}

/// Sends every message to an agent: whole and cut off anywhere, as datagrams and as streams.
fn torture(agent: &Agent) {
    let udp = agent.agent.udp_addr().expect("it listens");
    let tcp = agent.agent.tcp_addr().expect("it listens");
    for (section, text) in MESSAGES {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let me = socket.local_addr().expect("an address");
        let bytes = wire(text, me);
        socket.send_to(&bytes, udp).expect("sent");
        for part in [bytes.len() / 3, bytes.len() / 2, bytes.len() - 2] {
            socket.send_to(&bytes[..part], udp).expect("sent");
        }
        if section.ends_with("overflows") && cfg!(debug_assertions) {
            // The stack adds to it: without overflow checks the stream is closed; with them its
            // task panics.
            continue;
        }
        let mut stream = TcpStream::connect(tcp).expect("a connection");
        stream.set_write_timeout(Some(Duration::from_secs(1))).expect("a limit");
        let text = String::from_utf8_lossy(&bytes).replace("/UDP", "/TCP");
        // A stream that the agent has closed meanwhile is as good.
        drop(stream.write_all(text.as_bytes()));
        drop(stream.write_all(&bytes[..bytes.len() / 2]));
    }
}

/// Refuses every call that a message was taken for. Each must end, once. How many there were.
fn refuse_all(agent: &Agent) -> usize {
    let (mut seen, mut open) = (0, HashSet::<CallKey>::new());
    while let Some(event) = agent.event_soon() {
        match event {
            AgentEvent::Incoming(incoming) => {
                agent.respond(incoming.call, 486, None);
                assert!(open.insert(incoming.call), "{incoming:?} came twice");
                seen += 1;
            }
            AgentEvent::Call { call, event: CallEvent::Ended(end) } => {
                assert!(open.remove(&call), "{call:?} ended before it came, or twice: {end:?}");
            }
            AgentEvent::Call { .. }
            | AgentEvent::Watched { .. }
            | AgentEvent::Registered { .. }
            | AgentEvent::Examined(_) => panic!("{event:?}"),
        }
    }
    assert!(open.is_empty(), "calls that never ended: {open:?}");
    seen
}

fn options(me: SocketAddr, transport: &str) -> String {
    format!(
        "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/{transport} {me};branch=z9hG4bKafter\r\n\
         From: <sip:a@b>;tag=1\r\nTo: <sip:x>\r\nCall-ID: after@{me}\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

/// OPTIONS are answered over UDP and TCP.
fn is_alive(agent: &Agent) {
    let mut buffer = [0; 4_096];
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let me = socket.local_addr().expect("an address");
    let udp = agent.agent.udp_addr().expect("it listens");
    socket.send_to(options(me, "UDP").as_bytes(), udp).expect("sent");
    let (length, _) = socket.recv_from(&mut buffer).expect("an answer over UDP");
    assert!(buffer[..length].starts_with(b"SIP/2.0 200"));
    let tcp = agent.agent.tcp_addr().expect("it listens");
    let mut stream = TcpStream::connect(tcp).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let me = stream.local_addr().expect("an address");
    stream.write_all(options(me, "TCP").as_bytes()).expect("sent");
    let length = stream.read(&mut buffer).expect("an answer over TCP");
    assert!(buffer[..length].starts_with(b"SIP/2.0 200"));
}

fn tortured(takes_calls: bool) -> Agent {
    let tcp = Some("127.0.0.1:0".parse().expect("an address"));
    let settings = AgentSettings { takes_calls, t1_ms: 50, tcp, ..AgentSettings::default() };
    Agent::start(AgentSettings { strangers_per_s: 100_000, ..settings })
}

#[test]
fn tortuous_messages_do_not_stop_an_agent_that_takes_calls() {
    count_panics();
    let (caller, callee) = (Agent::caller(), tortured(true));
    let (ours, theirs) = answered(&caller, &callee, invite(1, &callee));
    torture(&callee);
    // On a busy machine some are read only after a while of quiet.
    let mut calls = 0;
    for _ in 0..10 {
        calls += refuse_all(&callee);
        if calls >= 10 {
            break;
        }
    }
    assert!(calls >= 10, "only {calls} of the INVITEs were calls");
    is_alive(&callee);
    // The call in progress is as it was, and new ones come through.
    caller.send(Command::HangUp { call: ours });
    assert_eq!(caller.ended(ours).by, EndedBy::Local);
    assert_eq!(callee.ended(theirs).by, EndedBy::Remote);
    let (again, _) = answered(&caller, &callee, invite(2, &callee));
    caller.send(Command::HangUp { call: again });
    assert_eq!(caller.ended(again).by, EndedBy::Local);
    assert_eq!(PANICS.load(Ordering::Relaxed), 0, "see the panics above");
}

#[test]
fn tortuous_messages_do_not_stop_an_agent_that_takes_none() {
    count_panics();
    let (caller, callee) = (tortured(false), Agent::callee());
    let (ours, theirs) = answered(&caller, &callee, invite(1, &callee));
    torture(&caller);
    assert_eq!(refuse_all(&caller), 0);
    is_alive(&caller);
    caller.send(Command::HangUp { call: ours });
    assert_eq!(caller.ended(ours).by, EndedBy::Local);
    assert_eq!(callee.ended(theirs).by, EndedBy::Remote);
    let (again, _) = answered(&caller, &callee, invite(2, &callee));
    caller.send(Command::HangUp { call: again });
    assert_eq!(caller.ended(again).by, EndedBy::Local);
    assert_eq!(PANICS.load(Ordering::Relaxed), 0, "see the panics above");
}
