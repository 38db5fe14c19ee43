//! Calls from the INVITE to the end.

use outcall_sip::{AgentSettings, CallEvent, CallKey, Command, EndedBy, Invite};

use crate::support::{Agent, answered, invite};

#[test]
fn a_call_rings_is_answered_and_the_caller_hangs_up() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    caller.send(Command::Invite(Box::new(invite(1, &callee))));
    let incoming = callee.incoming();
    assert_eq!(
        (incoming.called.as_str(), incoming.caller.as_str()),
        ("+12025550100", "+12025550199")
    );
    assert_eq!(incoming.call_id, "call-1@test");
    assert_eq!(incoming.sdp.as_deref(), Some("v=0\r\nour offer\r\n"));
    callee.respond(incoming.call, 180, None);
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Progress { status: 180, sdp: None }));
    callee.respond(incoming.call, 183, Some("v=0\r\nearly\r\n"));
    let CallEvent::Progress { status: 183, sdp: Some(early) } = caller.of(CallKey(1)) else {
        panic!("no early media")
    };
    assert_eq!(early, "v=0\r\nearly\r\n");
    callee.respond(incoming.call, 200, Some("v=0\r\nanswer\r\n"));
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Answered { sdp: Some(_) }));
    assert!(matches!(callee.of(incoming.call), CallEvent::Answered { .. }));
    caller.send(Command::HangUp { call: CallKey(1) });
    let end = callee.ended(incoming.call);
    assert_eq!((end.by, end.answered), (EndedBy::Remote, true));
    let end = caller.ended(CallKey(1));
    assert_eq!((end.by, end.answered, end.rang), (EndedBy::Local, true, true));
    assert!(caller.is_silent() && callee.is_silent());
}

#[test]
fn the_callee_hangs_up() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    let (ours, theirs) = answered(&caller, &callee, invite(1, &callee));
    callee.send(Command::HangUp { call: theirs });
    assert_eq!(caller.ended(ours).by, EndedBy::Remote);
    assert_eq!(callee.ended(theirs).by, EndedBy::Local);
}

#[test]
fn refusals_come_with_their_status_and_wishes() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    for (index, status) in [486, 480, 404, 603, 500].into_iter().enumerate() {
        let order = invite(index as u64, &callee);
        caller.send(Command::Invite(Box::new(order)));
        callee.respond(callee_call(&callee), status, None);
        let end = caller.ended(CallKey(index as u64));
        assert_eq!((end.by, end.status, end.rang), (EndedBy::Refused, Some(status), false));
    }
    caller.send(Command::Invite(Box::new(invite(9, &callee))));
    let call = callee_call(&callee);
    let headers = vec![
        ("Retry-After".to_owned(), "7 (busy)".to_owned()),
        ("Reason".to_owned(), "Q.850;cause=34".to_owned()),
    ];
    callee.send(Command::Respond { call, status: 503, sdp: None, headers, reliable: false });
    let end = caller.ended(CallKey(9));
    assert_eq!((end.status, end.retry_after_ms, end.q850), (Some(503), Some(7_000), Some(34)));
}

/// The next call, whatever else the callee says of earlier ones.
fn callee_call(callee: &Agent) -> CallKey {
    loop {
        if let outcall_sip::AgentEvent::Incoming(incoming) = callee.event() {
            return incoming.call;
        }
    }
}

#[test]
fn a_ringing_call_is_cancelled() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    caller.send(Command::Invite(Box::new(invite(1, &callee))));
    let theirs = callee.incoming().call;
    callee.respond(theirs, 180, None);
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Progress { .. }));
    caller.send(Command::HangUp { call: CallKey(1) });
    assert_eq!(callee.ended(theirs).by, EndedBy::Remote);
    let end = caller.ended(CallKey(1));
    assert_eq!((end.by, end.status), (EndedBy::Local, Some(487)));
    assert!(caller.is_silent() && callee.is_silent());
}

#[test]
fn nobody_answers_before_the_ring_limit() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    let order = Invite { ring_ms: 300, ..invite(1, &callee) };
    caller.send(Command::Invite(Box::new(order)));
    let theirs = callee.incoming().call;
    callee.respond(theirs, 180, None);
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Progress { .. }));
    assert_eq!(callee.ended(theirs).by, EndedBy::Remote);
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::RingLimit);
}

#[test]
fn a_peer_that_never_answers_is_given_up() {
    let caller = Agent::caller();
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let at = silent.local_addr().expect("an address");
    let callee = Agent::callee();
    let order = Invite { next_hop: format!("sip:{at}"), ..invite(1, &callee) };
    caller.send(Command::Invite(Box::new(order)));
    let end = caller.ended(CallKey(1));
    assert_eq!((end.by, end.status, end.rang), (EndedBy::Timeout, None, false));
}

#[test]
fn a_refused_connection_means_that_nothing_was_sent() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a socket");
        listener.local_addr().expect("an address")
    };
    let next_hop = format!("sip:{closed};transport=tcp");
    caller.send(Command::Invite(Box::new(Invite { next_hop, ..invite(1, &callee) })));
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::NotSent);
    let next_hop = "sip:nowhere.invalid".to_owned();
    caller.send(Command::Invite(Box::new(Invite { next_hop, ..invite(2, &callee) })));
    assert_eq!(caller.ended(CallKey(2)).by, EndedBy::NotSent);
}

#[test]
fn a_call_over_tcp_is_released_over_tcp() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    let tcp = callee.agent.tcp_addr().expect("it listens");
    let order = Invite { next_hop: format!("sip:{tcp};transport=tcp"), ..invite(1, &callee) };
    let (ours, theirs) = answered(&caller, &callee, order);
    caller.send(Command::HangUp { call: ours });
    assert_eq!(callee.ended(theirs).by, EndedBy::Remote);
    assert_eq!(caller.ended(ours).by, EndedBy::Local);
}

#[test]
fn offers_within_a_call_are_answered_both_ways() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    let (ours, theirs) = answered(&caller, &callee, invite(1, &callee));
    callee.send(Command::Offer { call: theirs, sdp: "v=0\r\nhold\r\n".to_owned() });
    let CallEvent::Offered { sdp } = caller.of(ours) else { panic!("no offer") };
    assert_eq!(sdp.as_deref(), Some("v=0\r\nhold\r\n"));
    caller.send(Command::Answer { call: ours, sdp: Some("v=0\r\nheld\r\n".to_owned()) });
    let CallEvent::OfferAnswered { sdp } = callee.of(theirs) else { panic!("no answer") };
    assert_eq!(sdp.as_deref(), Some("v=0\r\nheld\r\n"));
    caller.send(Command::Offer { call: ours, sdp: "v=0\r\nmoved\r\n".to_owned() });
    assert!(matches!(callee.of(theirs), CallEvent::Offered { sdp: Some(_) }));
    callee.send(Command::Answer { call: theirs, sdp: None });
    assert!(matches!(caller.of(ours), CallEvent::OfferAnswered { sdp: None }));
    // A refused offer leaves the call as it was.
    caller.send(Command::HangUp { call: ours });
    assert_eq!(callee.ended(theirs).by, EndedBy::Remote);
}

#[test]
fn reliable_provisionals_are_acknowledged() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    let order = Invite { prack: true, ..invite(1, &callee) };
    caller.send(Command::Invite(Box::new(order)));
    let incoming = callee.incoming();
    assert!(incoming.prack);
    let sdp = Some("v=0\r\nearly\r\n".to_owned());
    let call = incoming.call;
    callee.send(Command::Respond { call, status: 183, sdp, headers: Vec::new(), reliable: true });
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Progress { status: 183, sdp: Some(_) }));
    // Without its PRACK it would come again and again.
    assert!(caller.is_silent());
    callee.respond(call, 200, Some("v=0\r\nanswer\r\n"));
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Answered { .. }));
    assert!(matches!(callee.of(call), CallEvent::Answered { .. }));
    caller.send(Command::HangUp { call: CallKey(1) });
    assert_eq!(callee.ended(call).by, EndedBy::Remote);
}

#[test]
fn two_calls_may_not_share_a_name() {
    let (caller, callee) = (Agent::caller(), Agent::callee());
    let (ours, theirs) = answered(&caller, &callee, invite(1, &callee));
    let twin = Invite { call_id: "other@test".to_owned(), ..invite(1, &callee) };
    caller.send(Command::Invite(Box::new(twin)));
    assert_eq!(caller.ended(ours).by, EndedBy::NotSent);
    callee.send(Command::HangUp { call: theirs });
    assert_eq!(caller.ended(ours).by, EndedBy::Remote);
}

#[test]
fn an_agent_that_takes_no_calls_declines() {
    let (caller, outbound) = (Agent::caller(), Agent::start(AgentSettings::default()));
    caller.send(Command::Invite(Box::new(invite(1, &outbound))));
    let end = caller.ended(CallKey(1));
    assert_eq!((end.by, end.status), (EndedBy::Refused, Some(603)));
    assert!(outbound.is_silent());
}
