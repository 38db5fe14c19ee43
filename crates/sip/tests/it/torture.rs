//! Messages in the manner of RFC 4475: valid ones that are hard to read, and broken ones. None may
//! stop the agent, leak a call, or disturb one in progress.

use std::io::Write;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use outcall_sip::{AgentEvent, Command, EndedBy};

use crate::support::{Agent, answered, invite};

/// The messages, after the sections of the RFC. `{me}` is where the sender listens.
const MESSAGES: &[(&str, &str)] = &[
    (
        "3.1.1.1 a short tortuous INVITE",
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\nTO :\n \
         sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\nfrom   : \"J Rosenberg \
         \\\\\\\"\"  \
         <sip:jdrosen@example.com>\n  ;\n  tag = 98asjd8\nMaX-fOrWaRdS: 0068\nCall-ID: \
         wsinv.ndaksdj@192.0.2.1\nContent-Length   : 0\ncseq: 0009\n  INVITE\nVia  : SIP  /   \
         2.0\n /UDP\n    {me};branch=390skdjuw\ns :\nNewFangledHeader:   newfangled value\n \
         continued newfangled value\nUnknownHeaderWithUnusualValue: ;;,,;;,;\nContact:\n \
         <sip:x@{me}>\n\n",
    ),
    (
        "3.1.1.2 a wide range of characters",
        "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/cra\
         zy?\
         ,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bK-.!%66*_+`'~\nTo: \"BEL:\\\\ NUL:\\\\ DEL:\\\\\" \
         <sip:1_unusual@example.com>\nFrom: token1~` token2'+_ <sip:mundane@example.com>\
         ;fromParam''~+*_!.-%=\"value\";tag=_token~1'+`*%!-.\nCall-ID: \
         intmeth.word%ZK-!.*_+'@word`~\
         )(><:\\\\/\"][?}{\nCSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\n\
         Max-Forwards: 255\nContent-Length: 0\n\n",
    ),
    (
        "3.1.1.3 escapes",
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0\nTo: sip:%75se%72@example.com\n\
         From: <sip:I%20have%20spaces@example.net>;tag=938\nMax-Forwards: 87\nCall-ID: esc01\n\
         CSeq: 234234 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nContact:\n \
         <sip:cal%6Cer@{me};%6C%72;n%61me=v%61lue%25%34%31>\nContent-Length: 0\n\n",
    ),
    (
        "3.1.1.4 escaped nulls",
        "REGISTER sip:example.com SIP/2.0\nTo: sip:null-%00-null@example.com\nFrom: \
         sip:null-%00-null@example.com;tag=839923423\nMax-Forwards: 70\nCall-ID: escnull.39203\n\
         CSeq: 14398234 REGISTER\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkd\nContact: \
         <sip:%00@{me}>\nL:0\n\n",
    ),
    (
        "3.1.1.9 semicolons in the user part",
        "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0\nTo: sip:j_user@example.com\n\
         From: sip:caller@example.org;tag=33242\nMax-Forwards: 3\nCall-ID: semiuri.0ha0isndaksdj\n\
         CSeq: 8 OPTIONS\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nl: 0\n\n",
    ),
    (
        "3.1.1.10 an unknown transport",
        "OPTIONS sip:user@example.com SIP/2.0\nTo: sip:user@example.com\nFrom: \
         <sip:caller@example.com>;tag=323\nMax-Forwards: 70\nCall-ID: transports.kijh4akdnaqjk\n\
         CSeq: 60 OPTIONS\nVia: SIP/2.0/UNKNOWN {me};branch=z9hG4bKkdjuw\nl: 0\n\n",
    ),
    (
        "3.1.1.11 a body of several parts",
        "MESSAGE sip:kumiko@example.org SIP/2.0\nVia: SIP/2.0/UDP {me};branch=z9hG4bK-d87543-1\n\
         Max-Forwards: 70\nContact: <sip:fluffy@{me}>\nTo: <sip:kumiko@example.org>\nFrom: \
         <sip:fluffy@example.com>;tag=2fb0dcc9\nCall-ID: 3d9485ad0c49859b@Zmx1\nCSeq: 1 MESSAGE\n\
         Content-Type: multipart/mixed;boundary=7a9cbec02ceef655\nContent-Length: 45\n\n\
         --7a9cbec02ceef655\n\nHello\n--7a9cbec02ceef655--\n",
    ),
    (
        "3.1.2.1 separators that do not belong there",
        "INVITE sip:user@example.com SIP/2.0\nTo: sip:j.user@example.com\nFrom: \
         sip:caller@example.net;tag=134161461246\nMax-Forwards: 7\nCall-ID: badinv01\nCSeq: 8 \
         INVITE\nVia: SIP/2.0/UDP 192.0.2.15;;,;,,\nContact: \"Joe\" <sip:joe@{me}>;;;;\n\
         Content-Length: 0\n\n",
    ),
    (
        "3.1.2.2 a length beyond the message",
        "INVITE sip:user@example.com SIP/2.0\nMax-Forwards: 80\nTo: sip:j.user@example.com\nFrom: \
         sip:caller@example.net;tag=93942939o2\nContact: <sip:caller@{me}>\nCall-ID: \
         clerr.0ha0isndaksdjweiafasdk3\nCSeq: 8 INVITE\nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bK-39234\n\
         Content-Type: application/sdp\nContent-Length: 9999\n\nv=0\n",
    ),
    (
        "3.1.2.3 a negative length",
        "INVITE sip:user@example.com SIP/2.0\nMax-Forwards: 254\nTo: sip:j.user@example.com\nFrom: \
         sip:caller@example.net;tag=32394234\nCall-ID: ncl.0ha0isndaksdj2193423r542w35\nCSeq: 0 \
         INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nContact: <sip:c@{me}>\n\
         Content-Length: -999\n\nv=0\n",
    ),
    (
        "3.1.2.4 numbers that are too large",
        "REGISTER sip:example.com SIP/2.0\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw23492\nTo: \
         <sip:user@example.com>\nFrom: <sip:user@example.com>;tag=239232jh3\nCSeq: \
         36893488147419103232 REGISTER\nCall-ID: scalar02.23o0pd9vanlq3wnrlnewofjas9ui32\n\
         Max-Forwards: 300\nExpires: 10000000000000000000000000000000000000\nContact: \
         <sip:user@{me}>;expires=280297596632815\nContent-Length: 0\n\n",
    ),
    (
        "3.1.2.6 a quote that never ends",
        "INVITE sip:user@example.com SIP/2.0\nTo: \"Mr. J. User <sip:j.user@example.com>\nFrom: \
         sip:caller@example.net;tag=93334\nMax-Forwards: 10\nCall-ID: quotbal.aksdj\nContact: \
         <sip:caller@{me}>\nCSeq: 8 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw39234\n\
         Content-Length: 0\n\n",
    ),
    (
        "3.1.2.7 a Request-URI in brackets",
        "INVITE <sip:user@example.com> SIP/2.0\nTo: sip:user@example.com\nFrom: \
         sip:caller@example.net;tag=39291\nMax-Forwards: 23\nCall-ID: \
         ltgtruri.1@192.0.2.5\nCSeq: 1 \
         INVITE\nVia: SIP/2.0/UDP {me}\nContact: <sip:caller@{me}>\nContent-Length: 0\n\n",
    ),
    (
        "3.1.2.10 blanks behind the start line",
        "OPTIONS sip:remote-target@example.com SIP/2.0  \nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bK2\nTo: \
         <sip:t@example.com>\nFrom: <sip:l@example.com>;tag=ald\nMax-Forwards: 70\nCall-ID: \
         trws.oicu34958239neffasdhr2345r\nCSeq: 238923 OPTIONS\nContent-Length: 0\n\n",
    ),
    (
        "3.1.2.16 an unknown version",
        "OPTIONS sip:t.watson@example.org SIP/7.0\nVia: SIP/7.0/UDP {me};branch=z9hG4bKkdjuw\n\
         Max-Forwards: 70\nFrom: A. Bell <sip:a.g.bell@example.com>;tag=qweoiqpe\nTo: T. Watson \
         <sip:t.watson@example.org>\nCall-ID: badvers.31417@192.0.2.1\nCSeq: 1 OPTIONS\nl: 0\n\n",
    ),
    (
        "3.1.2.17 a method that CSeq does not name",
        "OPTIONS sip:user@example.com SIP/2.0\nTo: sip:j.user@example.com\nFrom: \
         sip:caller@example.net;tag=34525\nMax-Forwards: 6\nCall-ID: \
         mismatch01.dj0234sxdfl3\nCSeq: \
         8 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw\nl: 0\n\n",
    ),
    (
        "3.1.2.19 a status that is none",
        "SIP/2.0 4294967301 better not break the receiver\nVia: SIP/2.0/UDP {me};branch=z9hG4bK\n\
         Call-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i\nCSeq: 353494 INVITE\nFrom: \
         <sip:user@example.com>;tag=39ansfi3\nTo: <sip:user@example.edu>;tag=902jndnke3\n\
         Content-Length: 0\n\n",
    ),
    (
        "3.3.1 headers that are missing",
        "INVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP \
         {me};branch=z9hG4bKkdj.insuf\nContent-Type: application/sdp\nl: 0\n\n",
    ),
    (
        "3.3.8 headers that may stand once and stand twice",
        "INVITE sip:user@company.com SIP/2.0\nVia: SIP/2.0/UDP {me};branch=z9hG4bK.mve\nCSeq: 5 \
         INVITE\nCSeq: 59 INVITE\nCall-ID: multi01\nCall-ID: multi02\nMax-Forwards: \
         70\nMax-Forwards: \
         5\nFrom: sip:other@example.net;tag=3413415\nFrom: sip:other@example.net;tag=2923420123\n\
         To: \
         sip:user@example.com\nTo: sip:other@example.net\nContact: <sip:a@{me}>\nContent-Length: \
         0\n\n",
    ),
    (
        "3.3.2 and 3.3.3 an unknown scheme",
        "INVITE nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0\nTo: \
         sip:user@example.com\nFrom: \
         sip:caller@example.net;tag=384\nMax-Forwards: 3\nCall-ID: \
         unkscm.nasdfasser0q239nwsdfasdkl34\n\
         CSeq: 3923423 INVITE\nVia: SIP/2.0/UDP {me};branch=z9hG4bKkdjuw39234\nContact: \
         <sip:a@{me}>\nContent-Length: 0\n\n",
    ),
    (
        "3.4.1 an INVITE of RFC 2543",
        "INVITE sip:UserB@example.com SIP/2.0\nVia: SIP/2.0/UDP {me}\nFrom: \
         <sip:UserA@example.org>\nTo: <sip:UserB@example.com>\nCall-ID: inv2543.1717@ift.example\n\
         CSeq: 56 INVITE\nContent-Type: application/sdp\n\nv=0\no=mhandley 29739 7272939 IN IP4 \
         192.0.2.5\ns=-\nc=IN IP4 192.0.2.5\nt=0 0\nm=audio 49217 RTP/AVP 0\n",
    ),
];

fn wire(text: &str, me: SocketAddr) -> Vec<u8> {
    text.replace("{me}", &me.to_string()).replace('\n', "\r\n").into_bytes()
}

/// Refuses every call that a message was taken for, and sees that nothing else is told.
fn refuse_all(agent: &Agent) {
    while let Some(event) = agent.event_soon() {
        match event {
            AgentEvent::Incoming(incoming) => agent.respond(incoming.call, 486, None),
            AgentEvent::Call { .. } => {}
            AgentEvent::Watched { .. } | AgentEvent::Registered { .. } => panic!("{event:?}"),
        }
    }
}

#[test]
fn tortuous_messages_stop_nothing() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    let (ours, theirs) = answered(&caller, &callee, invite(1, &callee));
    let udp = callee.agent.udp_addr().expect("it listens");
    let tcp = callee.agent.tcp_addr().expect("it listens");
    for (_, text) in MESSAGES {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let me = socket.local_addr().expect("an address");
        let bytes = wire(text, me);
        socket.send_to(&bytes, udp).expect("sent");
        // Cut off anywhere, as a datagram and as a stream that ends.
        for part in [bytes.len() / 3, bytes.len() / 2, bytes.len() - 2] {
            socket.send_to(&bytes[..part], udp).expect("sent");
        }
        let mut stream = TcpStream::connect(tcp).expect("a connection");
        stream.set_write_timeout(Some(Duration::from_secs(1))).expect("a limit");
        let text = String::from_utf8_lossy(&bytes).replace("/UDP", "/TCP");
        // A stream that the agent has closed meanwhile is as good.
        drop(stream.write_all(text.as_bytes()));
        drop(stream.write_all(&bytes[..bytes.len() / 2]));
    }
    refuse_all(&callee);
    // The call in progress is as it was, and new ones come through.
    caller.send(Command::HangUp { call: ours });
    assert_eq!(caller.ended(ours).by, EndedBy::Local);
    assert_eq!(callee.ended(theirs).by, EndedBy::Remote);
    let (again, _) = answered(&caller, &callee, invite(2, &callee));
    caller.send(Command::HangUp { call: again });
    assert_eq!(caller.ended(again).by, EndedBy::Local);
}
