//! What strangers and broken peers send.

use std::net::UdpSocket;
use std::time::Duration;

use outcall_sip::{AgentSettings, Command, EndedBy};

use crate::support::{Agent, answered, invite};

fn ask(at: std::net::SocketAddr, text: &str) -> Option<String> {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(2))).expect("a limit");
    let from = socket.local_addr().expect("an address");
    let text = text.replace("{from}", &from.to_string()).replace('\n', "\r\n");
    socket.send_to(text.as_bytes(), at).expect("sent");
    let mut buffer = [0; 4_096];
    let (length, _) = socket.recv_from(&mut buffer).ok()?;
    Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

const OPTIONS: &str = "OPTIONS sip:x SIP/2.0
Via: SIP/2.0/UDP {from};branch=z9hG4bK1;rport
From: <sip:a@b>;tag=1
To: <sip:x>
Call-ID: 1@b
CSeq: 1 OPTIONS
Max-Forwards: 70
Content-Length: 0

";

#[test]
fn options_are_answered() {
    let agent = Agent::start(AgentSettings::default());
    let at = agent.agent.udp_addr().expect("it listens");
    let answer = ask(at, OPTIONS).expect("an answer");
    assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
    assert!(answer.contains("Allow: INVITE"), "{answer}");
}

#[test]
fn requests_for_unknown_dialogs_are_refused() {
    let agent = Agent::start(AgentSettings::default());
    let at = agent.agent.udp_addr().expect("it listens");
    let bye = OPTIONS.replace("OPTIONS", "BYE").replace("To: <sip:x>", "To: <sip:x>;tag=9");
    assert!(ask(at, &bye).expect("an answer").starts_with("SIP/2.0 481"));
    let register = OPTIONS.replace("OPTIONS", "REGISTER");
    assert!(ask(at, &register).expect("an answer").starts_with("SIP/2.0 405"));
}

#[test]
fn a_flood_of_scanners_is_dropped_and_the_calls_go_on() {
    let callee = Agent::callee();
    let settings = AgentSettings { strangers_per_s: 5, t1_ms: 50, ..AgentSettings::default() };
    let caller = Agent::start(settings);
    let (ours, theirs) = answered(&caller, &callee, invite(1, &callee));
    let at = caller.agent.udp_addr().expect("it listens");
    // Another address than that of the peer.
    let scanner = UdpSocket::bind("127.0.0.9:0").expect("a socket");
    scanner.set_read_timeout(Some(Duration::from_millis(300))).expect("a limit");
    let from = scanner.local_addr().expect("an address").to_string();
    for number in 0..2_000 {
        let branch = format!("z9hG4bK-{number}");
        let text = OPTIONS.replace("{from}", &from).replace("z9hG4bK1", &branch);
        let text = text.replace('\n', "\r\n");
        scanner.send_to(text.as_bytes(), at).expect("sent");
    }
    let mut answers = 0;
    let mut buffer = [0; 4_096];
    while scanner.recv_from(&mut buffer).is_ok() {
        answers += 1;
    }
    assert!((1..100).contains(&answers), "{answers} answers");
    caller.send(Command::HangUp { call: ours });
    assert_eq!(callee.ended(theirs).by, EndedBy::Remote);
    assert_eq!(caller.ended(ours).by, EndedBy::Local);
}

#[test]
fn garbage_is_ignored() {
    let settings = AgentSettings { strangers_per_s: 10_000, ..AgentSettings::default() };
    let agent = Agent::start(settings);
    let at = agent.agent.udp_addr().expect("it listens");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    for length in 0..300_usize {
        let bytes: Vec<u8> = (0..length).map(|at| (at * 131 + length * 17) as u8).collect();
        socket.send_to(&bytes, at).expect("sent");
        let cut = &OPTIONS.as_bytes()[..length.min(OPTIONS.len())];
        socket.send_to(cut, at).expect("sent");
    }
    assert!(ask(at, OPTIONS).expect("it is alive").starts_with("SIP/2.0 200"));
}
