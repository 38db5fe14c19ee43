//! Agents and what they tell.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};
use outcall_sip::trace::TraceBook;
use outcall_sip::{
    AgentEvent, AgentSettings, CallEnd, CallEvent, CallKey, Command, IncomingCall, Invite,
    UserAgent,
};

/// How long an event is waited for. Reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Agent {
    pub(crate) agent: UserAgent,
    events: Receiver<AgentEvent>,
}

impl Agent {
    pub(crate) fn start(settings: AgentSettings) -> Self {
        let (sender, events) = bounded(1_024);
        let sink = Arc::new(move |event| sender.send(event).expect("the test listens"));
        let agent = UserAgent::start(settings, sink, TraceBook::default()).expect("it starts");
        Self { agent, events }
    }

    pub(crate) fn caller() -> Self {
        Self::start(AgentSettings { t1_ms: 50, ..AgentSettings::default() })
    }

    pub(crate) fn callee() -> Self {
        let tcp = Some("127.0.0.1:0".parse().expect("an address"));
        Self::start(AgentSettings {
            takes_calls: true,
            t1_ms: 50,
            strangers_per_s: 1_000,
            tcp,
            ..AgentSettings::default()
        })
    }

    pub(crate) fn event(&self) -> AgentEvent {
        self.events.recv_timeout(PATIENCE).expect("an event in time")
    }

    /// An event, if one comes within the time that a machine under load may need for it.
    pub(crate) fn event_soon(&self) -> Option<AgentEvent> {
        self.events.recv_timeout(Duration::from_millis(500)).ok()
    }

    pub(crate) fn incoming(&self) -> IncomingCall {
        let event = self.event();
        let AgentEvent::Incoming(incoming) = event else { panic!("{event:?} instead of a call") };
        *incoming
    }

    pub(crate) fn of(&self, call: CallKey) -> CallEvent {
        let told = self.event();
        let AgentEvent::Call { call: other, event } = told else {
            panic!("{told:?} instead of an event of {call:?}")
        };
        assert_eq!(other, call, "{event:?}");
        event
    }

    pub(crate) fn ended(&self, call: CallKey) -> CallEnd {
        let event = self.of(call);
        let CallEvent::Ended(end) = event else { panic!("{event:?} instead of the end") };
        end
    }

    pub(crate) fn send(&self, command: Command) {
        self.agent.send(command).expect("its queue has room");
    }

    pub(crate) fn respond(&self, call: CallKey, status: u16, sdp: Option<&str>) {
        let sdp = sdp.map(str::to_owned);
        self.send(Command::Respond { call, status, sdp, headers: Vec::new(), reliable: false });
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.events.recv_timeout(Duration::from_millis(200)).is_err()
    }
}

pub(crate) fn invite(call: u64, callee: &Agent) -> Invite {
    let at = callee.agent.udp_addr().expect("it listens");
    Invite {
        call: CallKey(call),
        call_id: format!("call-{call}@test"),
        to: format!("sip:+12025550100@{at}"),
        from: "sip:+12025550199@test.invalid".to_owned(),
        next_hop: format!("sip:{at}"),
        credentials: None,
        sdp: "v=0\r\nour offer\r\n".to_owned(),
        headers: vec![("X-Test".to_owned(), "1".to_owned())],
        ring_ms: 5_000,
        send_within_ms: 5_000,
        prack: false,
        session_interval_s: None,
        allowed_sources: outcall_sip::AllowedSources::default(),
    }
}

/// A call that both sides know as answered.
pub(crate) fn answered(caller: &Agent, callee: &Agent, invite: Invite) -> (CallKey, CallKey) {
    let ours = invite.call;
    caller.send(Command::Invite(Box::new(invite)));
    let theirs = callee.incoming().call;
    callee.respond(theirs, 200, Some("v=0\r\ntheir answer\r\n"));
    assert!(matches!(caller.of(ours), CallEvent::Answered { sdp: Some(_) }));
    assert!(matches!(callee.of(theirs), CallEvent::Answered { sdp: None }));
    (ours, theirs)
}
