//! What the farm's callees do, seen by a user agent and by the carrier.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, bounded};
use outcall_campaign::UnixMillis;
use outcall_media::plane::MediaSettings;
use outcall_simulation::farm::log::What;
use outcall_simulation::{Farm, FarmSettings};
use outcall_sip::trace::TraceBook;
use outcall_sip::{
    AgentEvent, AgentSettings, AllowedSources, CallEnd, CallEvent, CallKey, Command, EndedBy,
    Invite, UserAgent,
};
use outcall_telephony::conformance::{self, Subject};
use outcall_telephony::sip::settings::TrunkSettings;
use outcall_telephony::sip::{SipCarrier, SipSettings};

/// How long an event is waited for. Reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(10);

fn farm() -> (Farm, SocketAddr) {
    let settings = FarmSettings { t1_ms: 50, probes: 1, ..FarmSettings::default() };
    let farm = Farm::start(settings).expect("it opens");
    let at = farm.sip_addr().expect("it listens");
    (farm, at)
}

struct Caller {
    agent: UserAgent,
    events: Receiver<AgentEvent>,
}

impl Caller {
    fn start() -> Self {
        let (sender, events) = bounded(1_024);
        let sink = Arc::new(move |event| sender.send(event).expect("the test listens"));
        let settings = AgentSettings { t1_ms: 50, ..AgentSettings::default() };
        let agent = UserAgent::start(settings, sink, TraceBook::default()).expect("it starts");
        Self { agent, events }
    }

    fn call(&self, at: SocketAddr, digits: u64) -> CallKey {
        let call = CallKey(digits);
        let invite = Invite {
            call,
            call_id: format!("{digits}@test"),
            to: format!("sip:+120255501{digits:02}@{at}"),
            from: "sip:us@test.invalid".to_owned(),
            next_hop: format!("sip:{at}"),
            credentials: None,
            sdp: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                  m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
                .to_owned(),
            headers: Vec::new(),
            ring_ms: 1_500,
            send_within_ms: 5_000,
            prack: true,
            session_interval_s: None,
            allowed_sources: AllowedSources::default(),
        };
        self.agent.send(Command::Invite(Box::new(invite))).expect("room");
        call
    }

    /// Everything up to the end; answered calls are hung up on at once.
    fn outcome(&self, at: SocketAddr, digits: u64) -> (Vec<u16>, CallEnd) {
        let call = self.call(at, digits);
        let mut provisional = Vec::new();
        loop {
            let event = self.events.recv_timeout(PATIENCE).expect("in time");
            let AgentEvent::Call { call: of, event } = event else { continue };
            assert_eq!(of, call);
            match event {
                CallEvent::Progress { status, .. } => provisional.push(status),
                CallEvent::Answered { sdp } => {
                    assert!(sdp.is_some());
                    self.agent.send(Command::HangUp { call }).expect("room");
                }
                CallEvent::Ended(end) => return (provisional, end),
                CallEvent::Offered { .. }
                | CallEvent::OfferAnswered { .. }
                | CallEvent::Digit(_)
                | CallEvent::Referred { .. }
                | CallEvent::ReferAsked { .. } => {}
            }
        }
    }
}

#[test]
fn the_digits_decide() {
    let (farm, at) = farm();
    let caller = Caller::start();
    for (digits, status, by) in [
        (1, Some(486), EndedBy::Refused),
        (2, Some(487), EndedBy::RingLimit),
        (3, Some(404), EndedBy::Refused),
        (4, Some(503), EndedBy::Refused),
        (5, Some(603), EndedBy::Refused),
        (6, Some(500), EndedBy::Refused),
        (25, Some(480), EndedBy::Refused),
        (31, Some(503), EndedBy::Refused),
        (50, None, EndedBy::Local),
    ] {
        let (_, end) = caller.outcome(at, digits);
        assert_eq!((end.status, end.by), (status, by), "..{digits:02}: {end:?}");
        let retry_after_ms = (digits == 4).then_some(1_000);
        assert_eq!(end.retry_after_ms, retry_after_ms, "..{digits:02}");
    }
    let (early, _) = caller.outcome(at, 28);
    assert!(early.contains(&183), "{early:?}");
    let (figures, log) = farm.stop_with_log();
    let answered: Vec<_> = log
        .iter()
        .filter(|entry| entry.what == What::Answered)
        .map(|entry| entry.call_id.as_str())
        .collect();
    assert_eq!(answered, ["50@test", "28@test"], "{log:?}");
    assert_eq!((figures.calls, figures.alive), (10, 0), "{figures:?}");
    assert_eq!((figures.refused, figures.cancelled, figures.lost), (7, 1, 0), "{figures:?}");
    let refused_with: Vec<_> = figures.refused_with.into_iter().collect();
    let wanted = [(404, 1), (480, 1), (486, 1), (500, 1), (503, 2), (603, 1)];
    assert_eq!(refused_with, wanted);
}

#[expect(clippy::disallowed_methods, reason = "the conformance suite runs on real sockets here")]
fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    UnixMillis(i64::try_from(since.as_millis()).expect("before the end of time"))
}

#[test]
fn sip_trunks_do_what_every_carrier_has_to() {
    let (_farm, at) = farm();
    conformance::check(|| {
        let mut trunk = TrunkSettings::new("farm", format!("sip:{at}"));
        trunk.options_every_s = 0;
        trunk.channels = 100;
        trunk.calls_per_second = 10_000.0;
        trunk.ramp_s = 0;
        let settings = SipSettings {
            udp: Some("127.0.0.1:0".parse().expect("an address")),
            t1_ms: 50,
            trunks: vec![trunk],
            ..SipSettings::default()
        };
        let media = MediaSettings::default();
        let parts = SipCarrier::start(settings, media, Arc::new(|_| {}), now()).expect("it starts");
        Subject::new(parts.carrier, 1_500, |ms| {
            std::thread::sleep(Duration::from_millis(ms.unsigned_abs()));
            now()
        })
    });
}
