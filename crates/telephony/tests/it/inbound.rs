//! Calls that come in.

use std::collections::BTreeMap;

use outcall_campaign::PhoneNumber;
use outcall_sip::{AllowedSources, CallEvent, CallKey, Command, EndedBy, Invite};
use outcall_telephony::sip::settings::InboundSettings;
use outcall_telephony::sip::{AnnouncementSettings, SipSettings};

use crate::support::{Dialler, FarEnd, sdp};

fn with_number(settings: &mut SipSettings) {
    settings.udp = Some(free_port());
    settings.inbound.push(InboundSettings {
        number: Some(PhoneNumber::from_digits(12_025_550_177).expect("a number")),
        scenario: "call-back".to_owned(),
    });
}

fn free_port() -> std::net::SocketAddr {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.local_addr().expect("an address")
}

fn call(far_end: &FarEnd, at: std::net::SocketAddr, number: &str) {
    let invite = Invite {
        call: CallKey(1),
        call_id: format!("{number}@test"),
        to: format!("sip:{number}@{at}"),
        from: "sip:+442079460123@test.invalid".to_owned(),
        next_hop: format!("sip:{at}"),
        credentials: None,
        sdp: sdp(40_010),
        headers: Vec::new(),
        ring_ms: 5_000,
        send_within_ms: 5_000,
        prack: false,
        session_interval_s: None,
        allowed_sources: AllowedSources::default(),
    };
    far_end.agent.send(Command::Invite(Box::new(invite))).expect("room");
}

#[test]
fn a_call_back_is_answered_and_written_down_and_other_numbers_are_refused() {
    let far_end = FarEnd::start();
    let mut at = None;
    let scenario = AnnouncementSettings { hold_ms: 50, ..AnnouncementSettings::default() };
    let scenarios = BTreeMap::from([("call-back".to_owned(), scenario)]);
    let change = |settings: &mut SipSettings| {
        with_number(settings);
        at = settings.udp;
    };
    let mut dialler = Dialler::start(&[&far_end], change, &scenarios);
    let at = at.expect("it was set");
    call(&far_end, at, "+12025550177");
    dialler.until("the end of the call", |dialler| {
        !dialler.inbound.lock().expect("no test fails under it").is_empty()
    });
    let inbound = dialler.inbound.lock().expect("no test fails under it").remove(0);
    assert_eq!(inbound.scenario, "call-back");
    assert_eq!(inbound.caller.map(|number| number.digits()), Some(442_079_460_123));
    let answered = far_end.until("an answer", |event| matches!(event, CallEvent::Answered { .. }));
    assert!(matches!(answered, CallEvent::Answered { sdp: Some(_) }), "{answered:?}");
    far_end.until(
        "the end",
        |event| matches!(event, CallEvent::Ended(end) if end.by == EndedBy::Remote),
    );
    call(&far_end, at, "+12025550178");
    dialler.drive(300);
    far_end.until(
        "a refusal",
        |event| matches!(event, CallEvent::Ended(end) if end.status == Some(404)),
    );
    assert!(dialler.seen.is_empty());
}
