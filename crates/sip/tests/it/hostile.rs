//! Peers that do not do what they should.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use outcall_sip::{AgentSettings, CallEvent, CallKey, Command, Credentials, EndedBy, Invite};

use crate::peer::{Asked, Peer, Unreachable, header};
use crate::support::{Agent, answered, invite};

#[test]
fn a_bye_from_another_address_is_refused_and_the_call_lives() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let asked = peer.answered(&caller, 1);
    let forger = Peer::on("127.0.0.66:0");
    forger.ask_as(&peer, &asked, "BYE", 7, "");
    assert_eq!(forger.status(), 481);
    assert!(caller.is_silent());
    peer.ask(&asked, "BYE", 8, "");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Remote);
}

#[test]
fn a_via_that_is_made_up_does_not_make_a_source() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let asked = peer.answered(&caller, 1);
    let forger = Peer::on("127.0.0.66:0");
    for via in [
        // A quote that is lost when the address is stamped: what is read then ends at the comma.
        "\"SIP/2.0/UDP 127.0.0.1,x\";branch=z9hG4bKforged",
        "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKforged;received=127.0.0.1;rport=5060",
        "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKforged;Received=127.0.0.1;maddr=127.0.0.1",
    ] {
        let text = forger.request(&peer, &asked, "BYE", 7, "");
        let real = header(&text, "Via").to_owned();
        forger.send(&text.replace(&real, via), asked.from);
        if let Some(event) = caller.event_soon() {
            panic!("{via}: {event:?}");
        }
    }
    peer.ask(&asked, "BYE", 8, "");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Remote);
}

#[test]
fn a_bye_that_comes_twice_ends_the_call_once() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let asked = peer.answered(&caller, 1);
    peer.ask(&asked, "BYE", 7, "");
    assert_eq!(peer.status(), 200);
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Remote);
    peer.ask(&asked, "BYE", 8, "");
    assert_eq!(peer.status(), 481);
    assert!(caller.is_silent());
}

#[test]
fn an_answer_that_comes_again_is_acknowledged_again() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let asked = peer.answered(&caller, 1);
    peer.answer(&asked, "200 OK", &peer.contact(), "v=0\r\n");
    peer.asked("ACK");
    assert!(caller.is_silent());
    caller.send(Command::HangUp { call: CallKey(1) });
    let bye = peer.asked("BYE");
    peer.answer(&bye, "200 OK", "", "");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Local);
}

#[test]
fn a_second_phone_that_answers_is_released_and_the_first_call_lives() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let asked = peer.answered(&caller, 1);
    let other = Peer::response(&asked, "other", "200 OK", &peer.contact(), "v=0\r\n");
    peer.send(&other, asked.from);
    let ack = peer.asked("ACK");
    assert!(ack.header("To").contains("tag=other"), "{}", ack.text);
    let bye = peer.asked("BYE");
    assert!(bye.header("To").contains("tag=other"), "{}", bye.text);
    peer.answer(&bye, "200 OK", "", "");
    assert!(caller.is_silent());
    peer.ask(&asked, "BYE", 9, "");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Remote);
}

#[test]
fn an_answer_that_crosses_the_cancel_is_released() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    caller.send(Command::Invite(Box::new(peer.order(1))));
    let asked = peer.asked("INVITE");
    peer.answer(&asked, "180 Ringing", &peer.contact(), "");
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Progress { .. }));
    caller.send(Command::HangUp { call: CallKey(1) });
    let cancel = peer.asked("CANCEL");
    assert_eq!(cancel.header("Via"), asked.header("Via"));
    peer.answer(&cancel, "200 OK", "", "");
    peer.answer(&asked, "200 OK", &peer.contact(), "v=0\r\n");
    peer.asked("ACK");
    let bye = peer.asked("BYE");
    peer.answer(&bye, "200 OK", "", "");
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Answered { .. }));
    let end = caller.ended(CallKey(1));
    assert_eq!((end.by, end.answered), (EndedBy::Local, true));
}

#[test]
fn a_cancel_after_a_challenge_is_of_the_second_invite() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let order = Invite { credentials: credentials(), ..peer.order(1) };
    caller.send(Command::Invite(Box::new(order)));
    let first = peer.asked("INVITE");
    let challenge = "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", \
                     algorithm=SHA-256\r\n";
    peer.answer(&first, "407 Proxy Authentication Required", challenge, "");
    let second = peer.asked("INVITE");
    let digest = second.header("Proxy-Authorization");
    let response = digest.split("response=\"").nth(1).and_then(|rest| rest.split('"').next());
    assert_eq!(response.map(str::len), Some(64), "{digest}");
    assert_eq!(second.header("CSeq"), "2 INVITE");
    peer.answer(&second, "180 Ringing", &peer.contact(), "");
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Progress { .. }));
    caller.send(Command::HangUp { call: CallKey(1) });
    let cancel = peer.asked("CANCEL");
    assert_eq!(cancel.header("Via"), second.header("Via"));
    assert_eq!(cancel.header("CSeq"), "2 CANCEL");
    peer.answer(&cancel, "200 OK", "", "");
    peer.answer(&second, "487 Request Terminated", "", "");
    assert_eq!(caller.ended(CallKey(1)).status, Some(487));
}

#[test]
fn a_peer_that_never_confirms_the_release_holds_nothing() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    peer.answered(&caller, 1);
    caller.send(Command::HangUp { call: CallKey(1) });
    peer.asked("BYE");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Local);
}

#[test]
fn a_peer_that_never_acknowledges_our_answer_to_its_offer_is_hung_up_on() {
    let settings = AgentSettings { t1_ms: 20, ..AgentSettings::default() };
    let (caller, peer) = (Agent::start(settings), Peer::new());
    let asked = peer.answered(&caller, 1);
    peer.ask(&asked, "INVITE", 7, "v=0\r\n");
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Offered { .. }));
    caller.send(Command::Answer { call: CallKey(1), sdp: Some("v=0\r\n".to_owned()) });
    // The 2xx is repeated for 64 times T1; then nobody is there.
    let bye = peer.asked("BYE");
    peer.answer(&bye, "200 OK", "", "");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Expired);
}

#[test]
fn an_answer_without_a_way_back_ends_the_call() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    caller.send(Command::Invite(Box::new(peer.order(1))));
    let asked = peer.asked("INVITE");
    peer.answer(&asked, "200 OK", "", "");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Broken);
}

#[test]
fn a_flood_of_provisional_responses_and_huge_headers_is_survived() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    caller.send(Command::Invite(Box::new(peer.order(1))));
    let asked = peer.asked("INVITE");
    let huge = format!("{}X-Huge: {}\r\n", peer.contact(), "a".repeat(8_000));
    for number in 0..200 {
        let status = format!("18{} Ringing {number}", number % 4);
        peer.answer(&asked, &status, &huge, "");
    }
    peer.answer(&asked, "486 Busy Here", "", "");
    peer.asked("ACK");
    loop {
        if let CallEvent::Ended(end) = caller.of(CallKey(1)) {
            assert_eq!(end.status, Some(486));
            break;
        }
    }
    assert_eq!(peer.count("INVITE"), 0);
}

#[test]
fn requests_out_of_order_are_not_carried_out() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    let (ours, theirs) = answered(&caller, &callee, invite(1, &callee));
    callee.send(Command::HangUp { call: theirs });
    assert_eq!(caller.ended(ours).by, EndedBy::Remote);
    let peer = Peer::new();
    let asked = peer.answered(&caller, 2);
    peer.ask(&asked, "INFO", 9, "");
    assert_eq!(peer.status(), 200);
    peer.ask(&asked, "BYE", 5, "");
    assert_eq!(peer.status(), 500);
    peer.ask(&asked, "BYE", 10, "");
    assert_eq!(caller.ended(CallKey(2)).by, EndedBy::Remote);
}

fn credentials() -> Option<Credentials> {
    let (username, password) = ("us".to_owned(), "secret".to_owned());
    Some(Credentials { username, password, realm: None })
}

/// A part of a digest, without its quotes.
fn part<'a>(digest: &'a str, name: &str) -> &'a str {
    let parts = digest.trim_start_matches("Digest ").split(',').map(str::trim);
    let found = parts.filter_map(|part| part.split_once('=')).find(|(other, _)| *other == name);
    found.map_or("", |(_, value)| value.trim_matches('"'))
}

/// Whether this is a value of so many hexadecimal digits.
fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[test]
fn credentials_that_are_refused_are_not_tried_again() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let order = Invite { credentials: credentials(), ..peer.order(1) };
    caller.send(Command::Invite(Box::new(order)));
    let challenge = "WWW-Authenticate: Digest realm=\"the realm\", nonce=\"n1\", opaque=\"o\"\r\n";
    let first = peer.asked("INVITE");
    assert_eq!(first.header("Authorization"), "");
    peer.answer(&first, "401 Unauthorized", challenge, "");
    let second = peer.asked("INVITE");
    let digest = second.header("Authorization");
    for (name, value) in [
        ("username", "us"),
        ("realm", "the realm"),
        ("nonce", "n1"),
        ("opaque", "o"),
        ("uri", second.text.split(' ').nth(1).unwrap_or_default()),
    ] {
        assert_eq!(part(digest, name), value, "{digest}");
    }
    // MD5, since no algorithm was named.
    assert!(is_hex(part(digest, "response"), 32), "{digest}");
    assert_ne!(first.header("Via"), second.header("Via"));
    assert_eq!(second.header("CSeq"), "2 INVITE");
    peer.answer(&second, "401 Unauthorized", challenge, "");
    peer.asked("ACK");
    let end = caller.ended(CallKey(1));
    assert_eq!((end.by, end.status), (EndedBy::Refused, Some(401)));
    assert_eq!(peer.count("INVITE"), 0);
    assert!(caller.is_silent());
}

#[test]
fn a_challenge_without_credentials_or_of_an_unknown_kind_is_a_refusal() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    for (call, known, challenge) in [
        (1, None, "Digest realm=\"r\", nonce=\"n\""),
        (2, credentials(), "Basic realm=\"r\""),
        (3, credentials(), "Digest realm=\"r\", nonce=\"n\", algorithm=AKAv1-MD5"),
        (4, credentials(), "Digest \"\"\"=,=,nonce"),
    ] {
        let order = Invite { credentials: known, ..peer.order(call) };
        caller.send(Command::Invite(Box::new(order)));
        let asked = peer.asked("INVITE");
        let challenge = format!("Proxy-Authenticate: {challenge}\r\n");
        peer.answer(&asked, "407 Proxy Authentication Required", &challenge, "");
        let end = caller.ended(CallKey(call));
        assert_eq!((end.by, end.status), (EndedBy::Refused, Some(407)), "{challenge}");
    }
}

#[test]
fn a_peer_that_calls_every_answer_stale_is_given_up() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let order = Invite { credentials: credentials(), ..peer.order(1) };
    caller.send(Command::Invite(Box::new(order)));
    let stale = "Digest realm=\"r\", qop=\"auth\", stale=true";
    for number in 1..=4 {
        let asked = peer.asked("INVITE");
        assert_eq!(asked.header("CSeq"), format!("{number} INVITE"));
        let challenge = format!("WWW-Authenticate: {stale}, nonce=\"n{number}\"\r\n");
        peer.answer(&asked, "401 Unauthorized", &challenge, "");
    }
    let end = caller.ended(CallKey(1));
    assert_eq!((end.by, end.status), (EndedBy::Refused, Some(401)));
    assert_eq!(peer.count("INVITE"), 0);
}

#[test]
fn an_interval_that_is_never_long_enough_ends_the_call() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let order = Invite { session_interval_s: Some(90), ..peer.order(1) };
    caller.send(Command::Invite(Box::new(order)));
    for (expires, least) in [("90", "1800"), ("1800", "4294967295"), ("4294967295", "1")] {
        let asked = peer.asked("INVITE");
        assert_eq!(asked.header("Session-Expires"), expires);
        let least = format!("Min-SE: {least}\r\n");
        peer.answer(&asked, "422 Session Interval Too Small", &least, "");
    }
    assert_eq!(caller.ended(CallKey(1)).status, Some(422));
    assert_eq!(peer.count("INVITE"), 0);
}

#[test]
fn an_answer_without_a_description_is_an_answer() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    caller.send(Command::Invite(Box::new(peer.order(1))));
    let asked = peer.asked("INVITE");
    peer.answer(&asked, "200 OK", &peer.contact(), "");
    peer.asked("ACK");
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Answered { sdp: None }));
    caller.send(Command::HangUp { call: CallKey(1) });
    let bye = peer.asked("BYE");
    peer.answer(&bye, "200 OK", "", "");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Local);
}

#[test]
fn a_cancel_that_is_never_answered_ends_the_call_and_a_late_answer_is_released() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    caller.send(Command::Invite(Box::new(peer.order(1))));
    let asked = peer.asked("INVITE");
    peer.answer(&asked, "180 Ringing", &peer.contact(), "");
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Progress { .. }));
    caller.send(Command::HangUp { call: CallKey(1) });
    peer.asked("CANCEL");
    let end = caller.ended(CallKey(1));
    assert_eq!((end.by, end.status, end.answered), (EndedBy::Local, None, false));
    // The phone was lifted after all: nobody may be left listening to nothing.
    peer.answer(&asked, "200 OK", &peer.contact(), "v=0\r\n");
    peer.asked("ACK");
    let bye = peer.asked("BYE");
    peer.answer(&bye, "200 OK", "", "");
    assert!(caller.is_silent());
}

#[test]
fn a_cancel_waits_for_the_first_provisional_response() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    caller.send(Command::Invite(Box::new(peer.order(1))));
    let asked = peer.asked("INVITE");
    caller.send(Command::HangUp { call: CallKey(1) });
    assert_eq!(peer.count("CANCEL"), 0);
    peer.answer(&asked, "100 Trying", "", "");
    let cancel = peer.asked("CANCEL");
    assert_eq!(cancel.header("Via"), asked.header("Via"));
    peer.answer(&cancel, "200 OK", "", "");
    peer.answer(&asked, "487 Request Terminated", "", "");
    let end = caller.ended(CallKey(1));
    assert_eq!((end.by, end.status, end.rang), (EndedBy::Local, Some(487), false));
}

#[test]
fn responses_that_are_cut_off_or_of_no_known_status_are_not_taken() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    caller.send(Command::Invite(Box::new(peer.order(1))));
    let asked = peer.asked("INVITE");
    let whole = Peer::response(&asked, "peer", "200 OK", &peer.contact(), "v=0\r\n");
    let headers = whole.find("\r\n\r\n").expect("it has a body") + 3;
    for length in 1..headers {
        peer.send(&whole[..length], asked.from);
    }
    for status in ["65536 a", "-200 b", "2OO c", "", "200200 d"] {
        peer.answer(&asked, status, &peer.contact(), "v=0\r\n");
    }
    assert!(caller.is_silent());
    peer.send(&whole, asked.from);
    peer.asked("ACK");
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Answered { sdp: Some(_) }));
    peer.ask(&asked, "BYE", 2, "");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Remote);
}

#[test]
fn a_status_of_no_class_ends_the_call_once() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    for (call, status) in [(1, "000"), (2, "099"), (3, "700"), (4, "65535")] {
        caller.send(Command::Invite(Box::new(peer.order(call))));
        let asked = peer.asked("INVITE");
        peer.answer(&asked, &format!("{status} x"), &peer.contact(), "v=0\r\n");
        let end = caller.ended(CallKey(call));
        assert_eq!((end.by, end.answered), (EndedBy::Refused, false), "{status}");
    }
    assert!(caller.is_silent());
}

#[test]
fn a_caller_that_never_acknowledges_our_answer_is_hung_up_on() {
    let settings = AgentSettings { t1_ms: 20, takes_calls: true, ..AgentSettings::default() };
    let (callee, peer) = (Agent::start(settings), Peer::new());
    // Sent again, as over a network that loses packets: one call.
    for _ in 0..3 {
        peer.call(&callee, "never");
    }
    let call = callee.incoming().call;
    callee.respond(call, 200, Some("v=0\r\n"));
    // The 2xx is repeated for 64 times T1; then nobody is there (RFC 3261, 13.3.1.4).
    let bye = peer.asked("BYE");
    peer.answer(&bye, "200 OK", "", "");
    let end = callee.ended(call);
    assert_eq!((end.by, end.answered), (EndedBy::Expired, false));
    assert!(callee.is_silent());
}

#[test]
fn a_contact_at_a_full_listener_does_not_hold_the_call() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let full = Unreachable::new();
    caller.send(Command::Invite(Box::new(peer.order(1))));
    let asked = peer.asked("INVITE");
    let contact = format!("Contact: <sip:peer@{};transport=tcp>\r\n", full.at);
    peer.answer(&asked, "200 OK", &contact, "");
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Answered { .. }));
    caller.send(Command::HangUp { call: CallKey(1) });
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Local);
}

#[test]
fn a_contact_that_leads_nowhere_does_not_hold_the_call() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    for (call, contact) in [
        (2, "sip:peer@nowhere.invalid".to_owned()),
        (3, "sip:peer@127.0.0.1:1;transport=tls".to_owned()),
    ] {
        caller.send(Command::Invite(Box::new(peer.order(call))));
        let asked = peer.asked("INVITE");
        peer.answer(&asked, "200 OK", &format!("Contact: <{contact}>\r\n"), "");
        assert!(matches!(caller.of(CallKey(call)), CallEvent::Answered { .. }), "{contact}");
        caller.send(Command::HangUp { call: CallKey(call) });
        assert_eq!(caller.ended(CallKey(call)).by, EndedBy::Local, "{contact}");
    }
}

#[test]
fn a_flood_of_requests_within_a_call_is_answered_and_the_call_lives() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let asked = peer.answered(&caller, 1);
    for seq in 2..300 {
        peer.ask(&asked, "OPTIONS", seq, "");
    }
    let answers = peer.count("SIP/2.0 200") + peer.count("SIP/2.0 500");
    assert!(answers > 0);
    assert!(caller.is_silent());
    peer.ask(&asked, "BYE", 400, "");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Remote);
    assert!(caller.is_silent());
}

/// The next request on a stream, with its body.
fn request(stream: &mut TcpStream) -> Asked {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4_096]);
    loop {
        let length = stream.read(&mut buffer).expect("a request in time");
        assert!(length > 0, "closed after {}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let asked = Asked { text, from: stream.peer_addr().expect("an address") };
        let body: usize = asked.header("Content-Length").parse().unwrap_or(usize::MAX);
        if asked.text.split_once("\r\n\r\n").is_some_and(|(_, rest)| rest.len() >= body) {
            return asked;
        }
    }
}

#[test]
fn a_stream_in_single_bytes_is_read_and_one_that_breaks_ends_the_call() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("an address");
    for call in [1, 2] {
        let next_hop = format!("sip:{at};transport=tcp");
        caller.send(Command::Invite(Box::new(Invite { next_hop, ..peer.order(call) })));
        let (mut stream, _) = listener.accept().expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a limit");
        stream.set_nodelay(true).expect("no delay");
        let asked = request(&mut stream);
        let contact = format!("Contact: <sip:peer@{at};transport=tcp>\r\n");
        let busy = Peer::response(&asked, "peer", "486 Busy Here", &contact, "not now");
        let end = if call == 1 { busy.len() } else { busy.len() / 2 };
        for byte in &busy.as_bytes()[..end] {
            stream.write_all(&[*byte]).expect("sent");
        }
        if call == 1 {
            request(&mut stream);
        }
        drop(stream);
        let end = caller.ended(CallKey(call));
        let expected = [(EndedBy::Refused, Some(486)), (EndedBy::Timeout, None)];
        assert_eq!((end.by, end.status), expected[call as usize - 1], "{end:?}");
    }
}
