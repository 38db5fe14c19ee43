//! A peer made by hand: a socket that speaks just enough SIP. When its test fails it says what the
//! wire showed.

use std::cell::RefCell;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use outcall_sip::{CallEvent, CallKey, Command, Invite};

use crate::support::{Agent, invite};

/// How long a message is waited for. Reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long nothing must come before a peer counts as left alone.
const SILENCE: Duration = Duration::from_millis(300);

/// How many messages are shown when a test fails.
const SHOWN: usize = 12;

/// The largest datagram that is read, in bytes.
const DATAGRAM_MAX: usize = 16_384;

/// A user agent on a socket.
pub(crate) struct Peer {
    socket: UdpSocket,
    wire: RefCell<Vec<String>>,
}

/// A request as it came.
pub(crate) struct Asked {
    pub(crate) text: String,
    pub(crate) from: SocketAddr,
}

impl Asked {
    pub(crate) fn method(&self) -> &str {
        self.text.split(' ').next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        header(&self.text, name)
    }
}

/// The value of a header, or nothing.
pub(crate) fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let start = format!("{name}: ");
    let line = message.lines().find(|line| line.starts_with(&start));
    line.map_or("", |line| &line[start.len()..])
}

impl Peer {
    pub(crate) fn new() -> Self {
        Self::on("127.0.0.1:0")
    }

    /// A peer at this address.
    pub(crate) fn on(address: &str) -> Self {
        let socket = UdpSocket::bind(address).expect("a socket");
        Self { socket, wire: RefCell::new(Vec::new()) }
    }

    pub(crate) fn at(&self) -> SocketAddr {
        self.socket.local_addr().expect("an address")
    }

    pub(crate) fn order(&self, call: u64) -> Invite {
        let at = self.at();
        let callee = Agent::callee();
        Invite { next_hop: format!("sip:{at}"), to: format!("sip:1@{at}"), ..invite(call, &callee) }
    }

    fn note(&self, way: &str, other: SocketAddr, text: &str) {
        let shown: String = text.chars().take(1_200).collect();
        self.wire.borrow_mut().push(format!("{way} {other}\n{shown}"));
    }

    /// The next message within this time.
    fn next(&self, within: Duration) -> Option<(String, SocketAddr)> {
        self.socket.set_read_timeout(Some(within)).expect("a limit");
        let mut buffer = [0; DATAGRAM_MAX];
        let (length, from) = self.socket.recv_from(&mut buffer).ok()?;
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        self.note("<-", from, &text);
        Some((text, from))
    }

    /// The next request with this method; what comes before it is passed over.
    pub(crate) fn asked(&self, method: &str) -> Asked {
        loop {
            let Some((text, from)) = self.next(PATIENCE) else { panic!("no {method} in time") };
            let asked = Asked { text, from };
            if asked.method() == method {
                return asked;
            }
        }
    }

    /// Whether a request with this method comes within this time.
    pub(crate) fn comes_within(&self, method: &str, limit: Duration) -> bool {
        let is_it = |(text, _): (String, SocketAddr)| text.starts_with(method);
        self.next(limit).is_some_and(is_it)
    }

    /// How many requests with this method come until nothing comes any more.
    pub(crate) fn count(&self, method: &str) -> usize {
        let mut count = 0;
        while let Some((text, _)) = self.next(SILENCE) {
            count += usize::from(text.starts_with(method));
        }
        count
    }

    /// The status of the next response.
    pub(crate) fn status(&self) -> u16 {
        loop {
            let Some((text, _)) = self.next(PATIENCE) else { panic!("no response in time") };
            if let Some(rest) = text.strip_prefix("SIP/2.0 ") {
                return rest[..3].parse().expect("a status");
            }
        }
    }

    pub(crate) fn send(&self, text: &str, to: SocketAddr) {
        self.note("->", to, text);
        self.socket.send_to(text.as_bytes(), to).expect("sent");
    }

    /// A response to a request, with this tag.
    pub(crate) fn response(
        asked: &Asked,
        tag: &str,
        status: &str,
        added: &str,
        body: &str,
    ) -> String {
        let to = asked.header("To");
        let to = match to.contains("tag=") || status.starts_with("100") {
            true => to.to_owned(),
            false => format!("{to};tag={tag}"),
        };
        format!(
            "SIP/2.0 {status}\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
             {added}Content-Length: {}\r\n\r\n{body}",
            asked.header("Via"),
            asked.header("From"),
            asked.header("Call-ID"),
            asked.header("CSeq"),
            body.len()
        )
    }

    /// Answers a request.
    pub(crate) fn answer(&self, asked: &Asked, status: &str, added: &str, body: &str) {
        self.send(&Self::response(asked, "peer", status, added, body), asked.from);
    }

    pub(crate) fn contact(&self) -> String {
        format!("Contact: <sip:peer@{}>\r\nContent-Type: application/sdp\r\n", self.at())
    }

    /// A request in the dialog that an INVITE to `callee` has opened. Anybody who knows the tags
    /// can send it.
    pub(crate) fn ask_as(&self, callee: &Self, invite: &Asked, method: &str, seq: u32, body: &str) {
        self.send(&self.request(callee, invite, method, seq, body), invite.from);
    }

    /// The same, not sent yet.
    pub(crate) fn request(
        &self,
        callee: &Self,
        invite: &Asked,
        method: &str,
        seq: u32,
        body: &str,
    ) -> String {
        format!(
            "{method} sip:outcall@{} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{method}{seq}\r\n\
             From: {};tag=peer\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {seq} {method}\r\n\
             Max-Forwards: 70\r\n{}Content-Length: {}\r\n\r\n{body}",
            invite.from,
            self.at(),
            invite.header("To"),
            invite.header("From"),
            invite.header("Call-ID"),
            callee.contact(),
            body.len()
        )
    }

    /// A request of ours in the dialog that an INVITE has opened.
    pub(crate) fn ask(&self, invite: &Asked, method: &str, seq: u32, body: &str) {
        self.ask_as(self, invite, method, seq, body);
    }

    /// A call that this peer has answered; its INVITE.
    pub(crate) fn answered(&self, caller: &Agent, call: u64) -> Asked {
        caller.send(Command::Invite(Box::new(self.order(call))));
        let asked = self.asked("INVITE");
        self.answer(&asked, "200 OK", &self.contact(), "v=0\r\n");
        self.asked("ACK");
        assert!(matches!(caller.of(CallKey(call)), CallEvent::Answered { .. }));
        asked
    }

    /// Calls an agent: an INVITE with this branch.
    pub(crate) fn call(&self, agent: &Agent, branch: &str) {
        let to = agent.agent.udp_addr().expect("it listens");
        let at = self.at();
        let text = format!(
            "INVITE sip:1@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{branch}\r\n\
             From: <sip:2@{at}>;tag=peer\r\nTo: <sip:1@{to}>\r\nCall-ID: {branch}@peer\r\n\
             CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n{}Content-Length: 5\r\n\r\nv=0\r\n",
            self.contact()
        );
        self.send(&text, to);
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (at, wire) = (self.socket.local_addr(), self.wire.borrow());
            let last = &wire[wire.len().saturating_sub(SHOWN)..];
            eprintln!("the last of what {at:?} saw:\n{}", last.join("\n"));
        }
    }
}

/// An address that neither takes connections nor refuses them: a listener whose queue is full.
pub(crate) struct Unreachable {
    pub(crate) at: SocketAddr,
    _listener: socket2::Socket,
    _waiting: Vec<socket2::Socket>,
}

impl Unreachable {
    pub(crate) fn new() -> Self {
        use socket2::{Domain, Socket, Type};
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        listener.bind(&any.into()).expect("a port");
        listener.listen(0).expect("it listens");
        let bound = listener.local_addr().expect("an address");
        let waiting = (0..8).map(|_| {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
            socket.set_nonblocking(true).expect("a socket that does not wait");
            // The first are queued, the others wait for ever.
            drop(socket.connect(&bound));
            socket
        });
        let waiting = waiting.collect();
        let at = bound.as_socket().expect("an address");
        Self { at, _listener: listener, _waiting: waiting }
    }
}
