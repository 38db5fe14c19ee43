//! Calls that come in.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

use outcall_campaign::PhoneNumber;
use outcall_campaign::attempt::ConversationEnd;
use outcall_conversation::{AnnouncementSettings, DigitMeaning};
use outcall_media::wav::{Coding, WavWriter};
use outcall_sip::{AllowedSources, CallEvent, CallKey, Command, EndedBy, Invite};
use outcall_telephony::sip::settings::InboundSettings;
use outcall_telephony::sip::{InboundCall, SipSettings};

use crate::support::{Dialler, FarEnd, sdp};

fn with_number(settings: &mut SipSettings) {
    settings.udp = Some(free_port());
    settings.inbound.push(InboundSettings {
        number: Some(PhoneNumber::from_digits(12_025_550_177).expect("a number")),
        scenario: "call-back".to_owned(),
    });
}

fn free_port() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.local_addr().expect("an address")
}

fn call(far_end: &FarEnd, at: SocketAddr, number: &str) {
    call_as(far_end, at, number, &format!("{number}@test"), 40_010);
}

fn call_as(far_end: &FarEnd, at: SocketAddr, number: &str, call_id: &str, rtp_port: u16) {
    let invite = Invite {
        call: CallKey(1),
        call_id: call_id.to_owned(),
        to: format!("sip:{number}@{at}"),
        from: "sip:+442079460123@test.invalid".to_owned(),
        next_hop: format!("sip:{at}"),
        credentials: None,
        sdp: sdp(rtp_port),
        headers: Vec::new(),
        ring_ms: 5_000,
        send_within_ms: 5_000,
        prack: false,
        session_interval_s: None,
        allowed_sources: AllowedSources::default(),
    };
    far_end.agent.send(Command::Invite(Box::new(invite))).expect("room");
}

/// A carrier that answers calls to one number.
fn answering(far_end: &FarEnd, scenario: AnnouncementSettings) -> (Dialler, SocketAddr) {
    let mut at = None;
    let scenarios = BTreeMap::from([("call-back".to_owned(), scenario)]);
    let change = |settings: &mut SipSettings| {
        with_number(settings);
        at = settings.udp;
    };
    let dialler = Dialler::start(&[far_end], change, &scenarios);
    (dialler, at.expect("it was set"))
}

fn written_down(dialler: &mut Dialler) -> InboundCall {
    dialler.until("the end of the call", |dialler| {
        !dialler.inbound.lock().expect("no test fails under it").is_empty()
    });
    dialler.inbound.lock().expect("no test fails under it").remove(0)
}

/// A scenario that speaks for a second, after which the robot stays.
fn speaking(folder: &Path) -> AnnouncementSettings {
    fs_err::create_dir_all(folder).expect("a folder");
    let file = folder.join("second.wav");
    let mut wav = WavWriter::create(&file, Coding::Linear16, 8_000, 1).expect("a file");
    let samples: Vec<u8> = (0..8_000_i16).flat_map(|at| (at % 64 * 200).to_le_bytes()).collect();
    wav.append(&samples).expect("room");
    wav.finish().expect("room");
    AnnouncementSettings { file: Some(file), hold_ms: 60_000, ..AnnouncementSettings::default() }
}

/// Somebody who writes SIP by hand, and where they want the audio to go.
struct Stranger {
    sip: UdpSocket,
    rtp: UdpSocket,
    at: SocketAddr,
}

impl Stranger {
    fn new(at: SocketAddr) -> Self {
        let bind = || UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let (sip, rtp) = (bind(), bind());
        sip.set_read_timeout(Some(Duration::from_millis(5_000))).expect("a limit");
        rtp.set_nonblocking(true).expect("a mode");
        Self { sip, rtp, at }
    }

    fn send(&self, method: &str, uri_user: &str, to: &str, body: &str) {
        let (own, at) = (self.sip.local_addr().expect("an address"), self.at);
        let text = format!(
            "{method} sip:{uri_user}@{at} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {own};branch=z9hG4bK{method}\r\n\
             From: <sip:00442079460123@{own}>;tag=a\r\nTo: {to}\r\nCall-ID: stranger@test\r\n\
             CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContact: <sip:x@{own}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.sip.send_to(text.as_bytes(), at).expect("it is sent");
    }

    /// The To of the 200, with the carrier's tag.
    fn invite(&self, dialler: &mut Dialler, uri_user: &str, to_user: &str) -> String {
        let port = self.rtp.local_addr().expect("an address").port();
        self.send("INVITE", uri_user, &format!("<sip:{to_user}@test.invalid>"), &sdp(port));
        dialler.drive(100);
        loop {
            let mut bytes = [0; 4_096];
            let length = self.sip.recv(&mut bytes).expect("a response in time");
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            if !text.starts_with("SIP/2.0 100") {
                assert!(text.starts_with("SIP/2.0 200"), "{text}");
                let to = text.lines().find_map(|line| line.strip_prefix("To: "));
                return to.expect("a To").to_owned();
            }
        }
    }

    fn is_sent_audio(&self) -> bool {
        self.rtp.recv(&mut [0; 2_048]).is_ok()
    }
}

#[test]
fn nothing_is_sent_to_a_caller_before_the_ack_and_the_call_is_written_down_at_the_end() {
    let folder = std::env::temp_dir().join(format!("outcall-spoofed-{}", std::process::id()));
    let far_end = FarEnd::start();
    let (mut dialler, at) = answering(&far_end, speaking(&folder));
    let stranger = Stranger::new(at);
    let to = stranger.invite(&mut dialler, "+12025550177", "+12025550177");
    dialler.drive(400);
    assert!(!stranger.is_sent_audio());
    stranger.send("ACK", "+12025550177", &to, "");
    dialler.until("audio", |_| stranger.is_sent_audio());
    let inbound = std::sync::Arc::clone(&dialler.inbound);
    // The stranger never answers the BYE.
    drop(dialler);
    fs_err::remove_dir_all(&folder).expect("it is there");
    assert_eq!(inbound.lock().expect("no test fails under it").len(), 1);
}

#[test]
fn a_number_called_over_a_registration_stands_in_to() {
    let far_end = FarEnd::start();
    let scenario = AnnouncementSettings { hold_ms: 10, ..AnnouncementSettings::default() };
    let (mut dialler, at) = answering(&far_end, scenario);
    let stranger = Stranger::new(at);
    let to = stranger.invite(&mut dialler, "outcall", "0012025550177");
    stranger.send("ACK", "outcall", &to, "");
    // The robot hangs up by itself; that the BYE is not answered costs four seconds.
    let inbound = written_down(&mut dialler);
    assert_eq!(inbound.called, "0012025550177");
    assert_eq!(inbound.caller.map(|number| number.digits()), Some(442_079_460_123));
}

#[test]
fn a_digit_of_a_caller_reaches_the_record() {
    let far_end = FarEnd::start();
    let digits = BTreeMap::from([('9', DigitMeaning::OptedOut)]);
    let scenario =
        AnnouncementSettings { hold_ms: 60_000, digits, ..AnnouncementSettings::default() };
    let (mut dialler, at) = answering(&far_end, scenario);
    let rtp = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let port = rtp.local_addr().expect("an address").port();
    call_as(&far_end, at, "+12025550177", "digit@test", port);
    dialler.drive(200);
    let answered = far_end.until("an answer", |event| matches!(event, CallEvent::Answered { .. }));
    let CallEvent::Answered { sdp: Some(answer) } = answered else { panic!("{answered:?}") };
    let line = answer.lines().find_map(|line| line.strip_prefix("m=audio ")).expect("audio");
    let port = line.split(' ').next().and_then(|port| port.parse().ok()).expect("a port");
    let to = SocketAddr::from(([127, 0, 0, 1], port));
    for number in 0..5_u8 {
        // The digit 9 as an event of payload type 101 (RFC 4733, 2.3), 20 ms longer each time.
        let (marked, length) = (if number == 0 { 0x80 } else { 0 }, 160 * (u16::from(number) + 1));
        let [high, low] = length.to_be_bytes();
        let packet = [0x80, 101 | marked, 0, number, 0, 0, 0, 1, 0, 0, 0, 7, 9, 10, high, low];
        rtp.send_to(&packet, to).expect("it is sent");
        dialler.drive(20);
    }
    let inbound = written_down(&mut dialler);
    assert_eq!(inbound.outcome, Some(ConversationEnd::OptedOut));
    let report = inbound.report.expect("a report");
    assert!(report.contains(r#""outcome":{"result":"opted_out"}"#), "{report}");
}

#[test]
fn what_is_too_long_to_be_kept_is_refused() {
    let far_end = FarEnd::start();
    let (mut dialler, at) = answering(&far_end, AnnouncementSettings::default());
    let (number, long) = ("+12025550177", "1".repeat(300));
    for (number, call_id) in [(number, long.as_str()), (&long[..65], "short@test")] {
        call_as(&far_end, at, number, call_id, 40_010);
        dialler.drive(200);
        far_end.until(
            "a refusal",
            |event| matches!(event, CallEvent::Ended(end) if end.status == Some(400)),
        );
    }
    drop(dialler.carrier);
    assert!(dialler.inbound.lock().expect("no test fails under it").is_empty());
}

#[test]
fn the_end_of_the_carrier_hangs_up_and_writes_down() {
    let far_end = FarEnd::start();
    let scenario = AnnouncementSettings { hold_ms: 60_000, ..AnnouncementSettings::default() };
    let (mut dialler, at) = answering(&far_end, scenario);
    call(&far_end, at, "+12025550177");
    dialler.drive(200);
    far_end.until("an answer", |event| matches!(event, CallEvent::Answered { .. }));
    let inbound = std::sync::Arc::clone(&dialler.inbound);
    drop(dialler);
    far_end.until(
        "the BYE",
        |event| matches!(event, CallEvent::Ended(end) if end.by == EndedBy::Remote),
    );
    let inbound = inbound.lock().expect("no test fails under it");
    assert_eq!(inbound.len(), 1);
    assert_eq!(inbound[0].outcome, None);
}

#[test]
fn a_call_back_is_answered_and_written_down_and_other_numbers_are_refused() {
    let far_end = FarEnd::start();
    let scenario = AnnouncementSettings { hold_ms: 50, ..AnnouncementSettings::default() };
    let (mut dialler, at) = answering(&far_end, scenario);
    call(&far_end, at, "+12025550177");
    let inbound = written_down(&mut dialler);
    assert_eq!(inbound.outcome, Some(ConversationEnd::Completed));
    let report = inbound.report.expect("a report");
    assert!(report.contains(r#""ended_by":"local""#), "{report}");
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
