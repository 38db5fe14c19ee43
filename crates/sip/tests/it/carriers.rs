//! What carriers do in everyday life: challenge twice, register, watch, fork, transfer.

use std::time::Duration;

use outcall_sip::{
    AgentEvent, AgentSettings, CallEvent, CallKey, Command, Credentials, EndedBy, Examine, Invite,
    Registration, Reply, Watch,
};

use crate::peer::{Asked, Peer, Unreachable};
use crate::support::{Agent, answered, invite};

fn credentials() -> Credentials {
    Credentials { username: "us".to_owned(), password: "secret".to_owned(), realm: None }
}

/// The next such request; those before it that are sent again are passed over.
fn asked(peer: &Peer, method: &str, is_it: impl Fn(&Asked) -> bool) -> Asked {
    loop {
        let asked = peer.asked(method);
        if is_it(&asked) {
            return asked;
        }
    }
}

fn is_signed(asked: &Asked) -> bool {
    !asked.header("Authorization").is_empty()
}

fn challenge(nonce: &str) -> String {
    format!("Proxy-Authenticate: Digest realm=\"r\", nonce=\"{nonce}\"\r\n")
}

const CHALLENGED: &str = "407 Proxy Authentication Required";

#[test]
fn an_interval_that_is_too_short_is_asked_for_anew_and_challenged_anew() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let order =
        Invite { credentials: Some(credentials()), session_interval_s: Some(90), ..peer.order(1) };
    caller.send(Command::Invite(Box::new(order)));
    peer.answer(&peer.asked("INVITE"), CHALLENGED, &challenge("n1"), "");
    let second = peer.asked("INVITE");
    assert!(second.header("Proxy-Authorization").contains("n1"), "{}", second.text);
    peer.answer(&second, "422 Session Interval Too Small", "Min-SE: 1800\r\n", "");
    let third = peer.asked("INVITE");
    assert_eq!(third.header("Session-Expires"), "1800");
    assert_eq!(third.header("Min-SE"), "1800");
    assert_eq!(third.header("Proxy-Authorization"), "");
    // A new request may be challenged like any other.
    peer.answer(&third, CHALLENGED, &challenge("n2"), "");
    let fourth = peer.asked("INVITE");
    assert!(fourth.header("Proxy-Authorization").contains("n2"), "{}", fourth.text);
    assert_eq!(fourth.header("CSeq"), "4 INVITE");
    peer.answer(&fourth, "200 OK", &peer.contact(), "v=0\r\n");
    assert!(matches!(caller.of(CallKey(1)), CallEvent::Answered { .. }));
}

#[test]
fn nothing_is_sent_once_the_time_for_it_has_passed() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let order = Invite { send_within_ms: 0, ..peer.order(1) };
    caller.send(Command::Invite(Box::new(order)));
    let end = caller.ended(CallKey(1));
    assert_eq!((end.by, end.rang), (EndedBy::NotSent, false), "{}", end.detail);
    assert_eq!(peer.count("INVITE"), 0);
}

#[test]
fn a_hang_up_while_the_next_hop_is_connected_to_leaves_nothing_to_ring() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let full = Unreachable::new();
    let order = Invite { next_hop: format!("sip:{};transport=tcp", full.at), ..peer.order(1) };
    caller.send(Command::Invite(Box::new(order)));
    caller.send(Command::HangUp { call: CallKey(1) });
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Local);
}

#[test]
fn another_branchs_bye_does_not_end_the_call() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let asked = peer.answered(&caller, 1);
    let bye = peer.request(&peer, &asked, "BYE", 7, "").replace(";tag=peer", ";tag=other");
    peer.send(&bye, asked.from);
    assert_eq!(peer.status(), 200);
    let update = peer.request(&peer, &asked, "UPDATE", 8, "").replace(";tag=peer", ";tag=other");
    peer.send(&update, asked.from);
    assert_eq!(peer.status(), 481);
    assert!(caller.is_silent());
    // Nor did the other branch's numbers count.
    peer.ask(&asked, "BYE", 2, "");
    assert_eq!(caller.ended(CallKey(1)).by, EndedBy::Remote);
}

#[test]
fn a_transfer_is_asked_for() {
    let caller = Agent::caller();
    let callee = Agent::start(AgentSettings {
        takes_calls: true,
        takes_transfers: true,
        strangers_per_s: 1_000,
        ..AgentSettings::default()
    });
    let (ours, theirs) = answered(&caller, &callee, invite(1, &callee));
    caller.send(Command::Refer { call: ours, to: "sip:human@desk.example".to_owned() });
    let CallEvent::ReferAsked { to } = callee.of(theirs) else { panic!("no REFER") };
    assert_eq!(to, "<sip:human@desk.example>");
    caller.send(Command::Info { call: ours, digit: '7' });
    assert!(matches!(callee.of(theirs), CallEvent::Digit('7')));
}

#[test]
fn a_transfer_that_nobody_would_follow_is_declined() {
    let (caller, peer) = (Agent::caller(), Peer::new());
    let asked = peer.answered(&caller, 1);
    let refer = peer.request(&peer, &asked, "REFER", 7, "");
    let to = "Max-Forwards: 70\r\nRefer-To: <sip:human@desk.example>\r\n";
    peer.send(&refer.replace("Max-Forwards: 70\r\n", to), asked.from);
    assert_eq!(peer.status(), 603);
    assert!(caller.is_silent());
}

#[test]
fn a_registration_takes_the_registrars_interval_and_names_its_domain() {
    let (agent, peer) = (Agent::caller(), Peer::new());
    agent.send(Command::Register(Box::new(Registration {
        name: "north".to_owned(),
        address_of_record: "sip:us@carrier.example".to_owned(),
        registrar: "sip:carrier.example".to_owned(),
        next_hop: format!("sip:{}", peer.at()),
        credentials: credentials(),
        expires_s: 60,
    })));
    let first = peer.asked("REGISTER");
    assert!(first.text.starts_with("REGISTER sip:carrier.example SIP/2.0\r\n"), "{}", first.text);
    peer.answer(&first, "423 Interval Too Brief", "Min-Expires: 900\r\n", "");
    let AgentEvent::Registered { up: false, status: Some(423), .. } = agent.event() else {
        panic!("it was refused")
    };
    let second = peer.asked("REGISTER");
    assert_eq!(second.header("Expires"), "900");
    let asks = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n";
    peer.answer(&second, "401 Unauthorized", asks, "");
    let third = peer.asked("REGISTER");
    assert!(
        third.header("Authorization").contains("uri=\"sip:carrier.example\""),
        "{}",
        third.text
    );
    let contact = third.header("Contact").to_owned();
    let others = "<sip:outcall@192.0.2.9:5060>;expires=3600";
    let bound = format!("Contact: {others}, {contact};expires=2\r\n");
    peer.answer(&third, "200 OK", &bound, "");
    let AgentEvent::Registered { up: true, .. } = agent.event() else { panic!("it holds") };
    // Ours lapses after 2 s, whatever the others have: it comes again before that.
    assert!(peer.comes_within("REGISTER", Duration::from_secs(5)));
}

#[test]
fn a_watched_trunk_is_up_when_it_answers_and_down_when_it_says_so() {
    let (agent, peer) = (Agent::caller(), Peer::new());
    agent.send(Command::Watch(Box::new(Watch {
        name: "north".to_owned(),
        next_hop: format!("sip:{}", peer.at()),
        every_s: 1,
        credentials: None,
    })));
    for (status, expected) in [("200 OK", true), ("503 Service Unavailable", false)] {
        peer.answer(&peer.asked("OPTIONS"), status, "", "");
        let AgentEvent::Watched { up, .. } = agent.event() else { panic!("no word of the trunk") };
        assert_eq!(up, expected, "{status}");
    }
}

#[test]
fn a_trunk_that_is_looked_at_once_says_how_it_sees_us_and_the_registration_is_taken_back() {
    let (agent, peer) = (Agent::caller(), Peer::new());
    let next_hop = format!("sip:{}", peer.at());
    let registration = Registration {
        name: "north".to_owned(),
        address_of_record: "sip:us@carrier.example".to_owned(),
        registrar: "sip:carrier.example".to_owned(),
        next_hop: next_hop.clone(),
        credentials: credentials(),
        expires_s: 60,
    };
    agent.send(Command::Examine(Box::new(Examine {
        name: "north".to_owned(),
        next_hop,
        credentials: Some(credentials()),
        registration: Some(registration),
        within_ms: 8_000,
    })));
    let mut options = peer.asked("OPTIONS");
    let via = format!("{};received=203.0.113.7", options.header("Via"));
    options.text = options.text.replace(options.header("Via"), &via);
    let dated = "Date: Mon, 02 Mar 2026 14:00:00 GMT\r\n";
    peer.answer(&options, "200 OK", dated, "");
    let first = peer.asked("REGISTER");
    peer.answer(&first, "423 Interval Too Brief", "Min-Expires: 900\r\n", "");
    let second = asked(&peer, "REGISTER", |it| it.header("Expires") == "900");
    let asks = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n";
    peer.answer(&second, "401 Unauthorized", asks, "");
    peer.answer(&asked(&peer, "REGISTER", is_signed), "200 OK", "", "");
    let gone = asked(&peer, "REGISTER", |it| it.header("Expires") == "0");
    peer.answer(&gone, "200 OK", "", "");
    let AgentEvent::Examined(found) = agent.event() else { panic!("nothing was found") };
    assert_eq!(found.addresses, Ok(vec![peer.at()]));
    let options = found.options.answer().expect("it answered");
    assert_eq!((options.status, options.authenticated), (200, false));
    assert_eq!(options.date.as_deref(), Some("Mon, 02 Mar 2026 14:00:00 GMT"));
    let seen = options.seen.expect("its Via");
    assert_eq!(seen.sent_by, agent.agent.udp_addr().expect("it listens"));
    assert_eq!(seen.address().to_string(), "203.0.113.7");
    let registered = found.registration.as_ref().and_then(Reply::answer).expect("it answered");
    assert_eq!((registered.status, registered.authenticated), (200, true));
    assert_eq!(found.taken_back, Some(true));
}

#[test]
fn a_trunk_that_refuses_our_credentials_is_told_apart_from_one_that_is_silent() {
    let (agent, peer) = (Agent::caller(), Peer::new());
    let look = |within_ms| {
        agent.send(Command::Examine(Box::new(Examine {
            name: "north".to_owned(),
            next_hop: format!("sip:{}", peer.at()),
            credentials: Some(credentials()),
            registration: None,
            within_ms,
        })));
    };
    look(8_000);
    let asks = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n";
    peer.answer(&peer.asked("OPTIONS"), "401 Unauthorized", asks, "");
    peer.answer(&asked(&peer, "OPTIONS", is_signed), "403 Forbidden", "", "");
    let AgentEvent::Examined(found) = agent.event() else { panic!("nothing was found") };
    let refused = found.options.answer().expect("it answered");
    assert_eq!((refused.status, refused.authenticated), (403, true));
    look(200);
    let AgentEvent::Examined(found) = agent.event() else { panic!("nothing was found") };
    assert_eq!(found.options, Reply::Silence);
    assert_eq!((found.registration, found.taken_back), (None, None));
}
