//! Messages in the manner of RFC 4475: valid ones that are hard to read, and broken ones. None may
//! stop the agent, leak a call, or disturb one in progress.

use std::io::Write;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use outcall_sip::{AgentEvent, Command, EndedBy};

use self::messages::MESSAGES;
use crate::support::{Agent, answered, invite};

mod messages;

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

#[test]
fn zz_explore() {
    let callee = Agent::callee();
    let udp = callee.agent.udp_addr().expect("it listens");
    for (name, text) in MESSAGES {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(150))).expect("a limit");
        let me = socket.local_addr().expect("an address");
        socket.send_to(&wire(text, me), udp).expect("sent");
        let mut got = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok((n, _)) = socket.recv_from(&mut buffer) {
            got.push(String::from_utf8_lossy(&buffer[8..n.min(11)]).into_owned());
            if let Ok(event) = callee.events.try_recv() {
                match event {
                    AgentEvent::Incoming(i) => { got.push(format!("CALL {} {} {:?}", i.called, i.caller, i.sdp)); callee.respond(i.call, 486, None); }
                    other => got.push(format!("{other:?}").chars().take(60).collect()),
                }
            }
            if got.len() > 5 { break; }
        }
        println!("EXPLORE {name}: {got:?}");
    }
}
