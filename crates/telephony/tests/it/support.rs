//! A carrier under test, and the far ends of its trunks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, bounded};
use outcall_campaign::attempt::EndCause;
use outcall_campaign::{AttemptId, CampaignId, ContactId, PhoneNumber, UnixMillis};
use outcall_conversation::announcement::Script;
use outcall_conversation::{AnnouncementSettings, Announcements, PromptSettings, Prompts};
use outcall_media::plane::MediaSettings;
use outcall_sip::trace::TraceBook;
use outcall_sip::{
    AgentEvent, AgentSettings, CallEvent, CallKey, Command, IncomingCall, UserAgent,
};
use outcall_telephony::sip::settings::TrunkSettings;
use outcall_telephony::sip::{InboundCall, SipCarrier, SipSettings};
use outcall_telephony::{CallOrder, Carrier, CarrierEvent, Conversations, Signal};

/// How long something is waited for. Reached only when a test fails.
const PATIENCE_MS: i64 = 10_000;

#[expect(clippy::disallowed_methods, reason = "these tests run on real sockets in real time")]
pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    UnixMillis(i64::try_from(since.as_millis()).expect("before the end of time"))
}

/// The far end of a trunk.
pub(crate) struct FarEnd {
    pub(crate) agent: UserAgent,
    events: Receiver<AgentEvent>,
}

impl FarEnd {
    pub(crate) fn start() -> Self {
        let (sender, events) = bounded(1_024);
        let sink = Arc::new(move |event| sender.send(event).expect("the test listens"));
        let settings = AgentSettings {
            takes_calls: true,
            strangers_per_s: 10_000,
            t1_ms: 100,
            ..AgentSettings::default()
        };
        let agent = UserAgent::start(settings, sink, TraceBook::default()).expect("it starts");
        Self { agent, events }
    }

    pub(crate) fn event(&self) -> AgentEvent {
        self.events
            .recv_timeout(Duration::from_millis(PATIENCE_MS.unsigned_abs()))
            .expect("in time")
    }

    pub(crate) fn incoming(&self) -> IncomingCall {
        loop {
            if let AgentEvent::Incoming(incoming) = self.event() {
                return *incoming;
            }
        }
    }

    pub(crate) fn until(&self, what: &str, wanted: impl Fn(&CallEvent) -> bool) -> CallEvent {
        loop {
            let event = self.event();
            if let AgentEvent::Call { event, .. } = event {
                if wanted(&event) {
                    return event;
                }
                assert!(!matches!(event, CallEvent::Ended(_)), "{event:?} before {what}");
            }
        }
    }

    pub(crate) fn respond(&self, call: CallKey, status: u16, sdp: Option<String>) {
        let respond = Command::Respond { call, status, sdp, headers: Vec::new(), reliable: false };
        self.agent.send(respond).expect("its queue has room");
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.events.recv_timeout(Duration::from_millis(300)).is_err()
    }
}

/// A description of audio at a port where nobody may listen.
pub(crate) fn sdp(port: u16) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
    )
}

/// The carrier, its conversations, and what came of them.
pub(crate) struct Dialler {
    pub(crate) carrier: SipCarrier,
    pub(crate) robots: Announcements,
    pub(crate) seen: Vec<CarrierEvent>,
    pub(crate) inbound: Arc<Mutex<Vec<InboundCall>>>,
}

impl Dialler {
    pub(crate) fn start(
        far_ends: &[&FarEnd],
        change: impl FnOnce(&mut SipSettings),
        scenarios: &BTreeMap<String, AnnouncementSettings>,
    ) -> Self {
        let udp = Some("127.0.0.1:0".parse().expect("an address"));
        let mut settings = SipSettings { udp, t1_ms: 100, ..SipSettings::default() };
        for (index, far_end) in far_ends.iter().enumerate() {
            let at = far_end.agent.udp_addr().expect("it listens");
            let mut trunk = TrunkSettings::new(format!("trunk-{index}"), format!("sip:{at}"));
            trunk.options_every_s = 0;
            trunk.calls_per_second = 1_000.0;
            trunk.ramp_s = 0;
            settings.trunks.push(trunk);
        }
        change(&mut settings);
        let inbound = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&inbound);
        let sink = Arc::new(move |call| noted.lock().expect("no test fails under it").push(call));
        let media = MediaSettings { shards: 1, ..MediaSettings::default() };
        let parts = SipCarrier::start(settings, media, sink, now()).expect("it starts");
        let mut prompts =
            Prompts::new("no-models".as_ref(), "no-prompts".as_ref(), PromptSettings::default());
        let mut load = |name: &str, settings: &AnnouncementSettings| {
            Script::load(name, settings, &mut prompts).expect("nothing is missing")
        };
        let outgoing = load("outgoing", &AnnouncementSettings::default());
        let scenarios = scenarios.iter().map(|(name, it)| (name.clone(), load(name, it))).collect();
        let (carrier, robots) = Announcements::new(parts, outgoing, scenarios, None);
        Self { carrier, robots, seen: Vec::new(), inbound }
    }

    pub(crate) fn place(&mut self, contact: i64) {
        let order = CallOrder {
            attempt: attempt(contact),
            number: PhoneNumber::from_digits(12_025_550_100).expect("a number"),
            caller_id: None,
            ring_ms: 5_000,
            send_by: now() + 5_000,
        };
        self.carrier.place(order, now());
    }

    pub(crate) fn until(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let start = now();
        while !wanted(self) {
            let waited_ms = now().since(start);
            assert!(waited_ms < PATIENCE_MS, "no {what}; seen: {:?}", self.seen);
            self.carrier.poll(now(), &mut self.seen);
            self.robots.poll(now(), &mut Vec::new());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Drives the carrier for a while.
    pub(crate) fn drive(&mut self, for_ms: i64) {
        let until = now() + for_ms;
        self.until("the end of a while", |_| now() >= until);
    }

    pub(crate) fn until_signal(&mut self, contact: i64, signal: Signal) {
        let wanted = CarrierEvent { attempt: attempt(contact), signal };
        self.until(&format!("{signal:?}"), |dialler| dialler.seen.contains(&wanted));
    }

    pub(crate) fn released(&mut self, contact: i64) -> EndCause {
        let of = |seen: &[CarrierEvent]| {
            seen.iter().find_map(|event| match event.signal {
                Signal::Released(cause) if event.attempt == attempt(contact) => Some(cause),
                Signal::Released(_) | Signal::Ringing | Signal::EarlyMedia | Signal::Answered => {
                    None
                }
            })
        };
        self.until("release", |dialler| of(&dialler.seen).is_some());
        of(&self.seen).expect("it was just seen")
    }

    pub(crate) fn report(&mut self, contact: i64) -> serde_json::Value {
        let text = self.carrier.take_report(attempt(contact)).expect("a report");
        serde_json::from_str(&text).expect("JSON")
    }
}

pub(crate) fn attempt(contact: i64) -> AttemptId {
    AttemptId { campaign: CampaignId(1), contact: ContactId(contact), attempt_no: 1 }
}
