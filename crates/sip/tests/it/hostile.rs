//! Peers that do not do what they should, made by hand: a socket that speaks just enough SIP.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use outcall_sip::{AgentSettings, CallEvent, CallKey, Command, EndedBy, Invite};

use crate::support::{Agent, answered, invite};

/// A callee on a socket.
struct Peer {
    socket: UdpSocket,
}

/// A request as it came.
struct Asked {
    text: String,
    from: SocketAddr,
}

impl Asked {
    fn method(&self) -> &str {
        self.text.split(' ').next().unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        let line = self.text.lines().find(|line| line.starts_with(&start));
        line.map_or("", |line| &line[start.len()..])
    }
}

impl Peer {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a limit");
        Self { socket }
    }

    fn at(&self) -> SocketAddr {
        self.socket.local_addr().expect("an address")
    }

    fn order(&self, call: u64) -> Invite {
        let at = self.at();
        let callee = Agent::callee();
        Invite { next_hop: format!("sip:{at}"), to: format!("sip:1@{at}"), ..invite(call, &callee) }
    }

    /// The next request with this method; others before it are passed over.
    fn asked(&self, method: &str) -> Asked {
        let mut buffer = [0; 8_192];
        loop {
            let (length, from) = self.socket.recv_from(&mut buffer).expect("a request in time");
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let asked = Asked { text, from };
            if asked.method() == method {
                return asked;
            }
        }
    }

    fn is_silent(&self, method: &str) -> bool {
        let limit = |ms| self.socket.set_read_timeout(Some(Duration::from_millis(ms)));
        limit(300).expect("a limit");
        let mut buffer = [0; 8_192];
        let mut silent = true;
        while let Ok((length, _)) = self.socket.recv_from(&mut buffer) {
            silent &= !buffer[..length].starts_with(method.as_bytes());
        }
        limit(5_000).expect("a limit");
        silent
    }

    /// Answers a request.
    fn answer(&self, asked: &Asked, status: &str, added: &str, body: &str) {
        let tag = if status.starts_with("100") { "" } else { ";tag=peer" };
        let to = asked.header("To");
        let to = if to.contains("tag=") { to.to_owned() } else { format!("{to}{tag}") };
        let text = format!(
            "SIP/2.0 {status}\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
             {added}Content-Length: {}\r\n\r\n{body}",
            asked.header("Via"),
            asked.header("From"),
            asked.header("Call-ID"),
            asked.header("CSeq"),
            body.len()
        );
        self.socket.send_to(text.as_bytes(), asked.from).expect("sent");
    }

    fn contact(&self) -> String {
        format!("Contact: <sip:peer@{}>\r\nContent-Type: application/sdp\r\n", self.at())
    }

    /// A request of ours in the dialog that an INVITE has opened, from any socket.
    fn ask_from(&self, socket: &UdpSocket, invite: &Asked, method: &str, seq: u32, body: &str) {
        let text = format!(
            "{method} sip:outcall@{} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{method}{seq}\r\n\
             From: {};tag=peer\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {seq} {method}\r\n\
             Max-Forwards: 70\r\n{}Content-Length: {}\r\n\r\n{body}",
            invite.from,
            socket.local_addr().expect("an address"),
            invite.header("To"),
            invite.header("From"),
            invite.header("Call-ID"),
            self.contact(),
            body.len()
        );
        socket.send_to(text.as_bytes(), invite.from).expect("sent");
    }

    /// The status of the next response on a socket.
    fn status(socket: &UdpSocket) -> String {
        let mut buffer = [0; 8_192];
        loop {
            let (length, _) = socket.recv_from(&mut buffer).expect("a response in time");
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if let Some(rest) = text.strip_prefix("SIP/2.0 ") {
                return rest[..3].to_owned();
            }
        }
    }

    /// A call that this peer has answered; its INVITE.
    fn answered(&self, caller: &Agent, call: u64) -> Asked {
        caller.send(Command::Invite(Box::new(self.order(call))));
        let asked = self.asked("INVITE");
        self.answer(&asked, "200 OK", &self.contact(), "v=0\r\n");
        self.asked("ACK");
        assert!(matches!(caller.of(CallKey(call)), CallEvent::Answered { .. }));
        asked
    }
}

#[test]
fn a_bye_from_another_address_is_refused_and_the_call_lives() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let asked = peer.answered(&caller, 1);
    let forger = UdpSocket::bind("127.0.0.66:0").expect("a socket");
    forger.set_read_timeout(Some(Duration::from_secs(5))).expect("a limit");
    peer.ask_from(&forger, &asked, "BYE", 7, "");
    assert_eq!(Peer::status(&forger), "481");
    assert!(caller.is_silent());
    peer.ask_from(&peer.socket, &asked, "BYE", 8, "");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Remote);
}

#[test]
fn a_bye_that_comes_twice_ends_the_call_once() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let asked = peer.answered(&caller, 1);
    peer.ask_from(&peer.socket, &asked, "BYE", 7, "");
    assert_eq!(Peer::status(&peer.socket), "200");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Remote);
    peer.ask_from(&peer.socket, &asked, "BYE", 8, "");
    assert_eq!(Peer::status(&peer.socket), "481");
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
    let other = Asked { text: asked.text.replace("To: ", "To: \"x\" "), from: asked.from };
    let text = format!(
        "SIP/2.0 200 OK\r\nVia: {}\r\nFrom: {}\r\nTo: {};tag=other\r\nCall-ID: {}\r\n\
         CSeq: {}\r\n{}Content-Length: 0\r\n\r\n",
        other.header("Via"),
        other.header("From"),
        asked.header("To"),
        other.header("Call-ID"),
        other.header("CSeq"),
        peer.contact()
    );
    peer.socket.send_to(text.as_bytes(), asked.from).expect("sent");
    let bye = peer.asked("BYE");
    assert!(bye.header("To").contains("tag=other"), "{}", bye.text);
    peer.answer(&bye, "200 OK", "", "");
    assert!(caller.is_silent());
    peer.ask_from(&peer.socket, &asked, "BYE", 9, "");
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
    let credentials = outcall_sip::Credentials {
        username: "us".to_owned(),
        password: "secret".to_owned(),
        realm: None,
    };
    let order = Invite { credentials: Some(credentials), ..peer.order(1) };
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
    peer.ask_from(&peer.socket, &asked, "INVITE", 7, "v=0\r\n");
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
    let huge = format!("{}X-Huge: {}\r\n", peer.contact(), "a".repeat(6_000));
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
    assert!(peer.is_silent("INVITE"));
}

#[test]
fn requests_out_of_order_are_not_carried_out() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    let (ours, theirs) = answered(&caller, &callee, invite(1, &callee));
    callee.send(Command::HangUp { call: theirs });
    assert_eq!(caller.ended(ours).by, EndedBy::Remote);
    let peer = Peer::new();
    let asked = peer.answered(&caller, 2);
    peer.ask_from(&peer.socket, &asked, "INFO", 9, "");
    assert_eq!(Peer::status(&peer.socket), "200");
    peer.ask_from(&peer.socket, &asked, "BYE", 5, "");
    assert_eq!(Peer::status(&peer.socket), "500");
    peer.ask_from(&peer.socket, &asked, "BYE", 10, "");
    assert_eq!(caller.ended(CallKey(2)).by, EndedBy::Remote);
}
