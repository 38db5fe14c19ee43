//! What a user agent is told, and what it tells.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::examination::{Examination, Examine};

/// Names a call of one agent. Calls that we place are named by the user; calls that come in are
/// named by the agent, with the highest bit set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey(pub u64);

impl CallKey {
    /// The bit that keeps the names of incoming calls apart.
    pub const INCOMING: u64 = 1 << 63;

    /// Whether the call came in.
    pub fn is_incoming(self) -> bool {
        self.0 & Self::INCOMING != 0
    }
}

/// Who we are to a peer that asks (RFC 3261, 22; RFC 7616).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name that the digest is made of.
    pub username: String,
    /// The password.
    pub password: String,
    /// The only realm whose challenges are answered; any when left out.
    pub realm: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Which addresses, besides those that a call was sent to, the peer's own requests may come from.
#[derive(Clone, Default)]
pub struct AllowedSources(Option<Arc<dyn Fn(IpAddr) -> bool + Send + Sync>>);

impl AllowedSources {
    /// Those for which this is true.
    pub fn new(allows: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(allows)))
    }

    pub(crate) fn allow(&self, address: IpAddr) -> bool {
        self.0.as_ref().is_some_and(|allows| allows(address))
    }
}

impl std::fmt::Debug for AllowedSources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AllowedSources")
    }
}

/// A call to place.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Its name.
    pub call: CallKey,
    /// The Call-ID header. Two calls never share one.
    pub call_id: String,
    /// Request URI and To, for example `sip:+12025550100@carrier.example`.
    pub to: String,
    /// From, for example `sip:+12025550199@our.example`.
    pub from: String,
    /// Where to send it, as a SIP URI: `sip:10.0.0.1:5060;transport=tcp`, or a domain, which is
    /// looked up (RFC 3263).
    pub next_hop: String,
    /// What to answer a challenge with.
    pub credentials: Option<Credentials>,
    /// The offer.
    pub sdp: String,
    /// Further headers: names and values.
    pub headers: Vec<(String, String)>,
    /// How long it may go unanswered, in ms from the INVITE on. Then it is cancelled.
    pub ring_ms: u64,
    /// How long the INVITE may still be sent, in ms from now on; past it nothing is.
    pub send_within_ms: u64,
    /// Whether to offer reliable provisional responses (RFC 3262). When the peer requires them
    /// they are acknowledged in any case.
    pub prack: bool,
    /// The session interval to ask for, in s (RFC 4028); `None` asks for none.
    pub session_interval_s: Option<u32>,
    /// From where else the peer's requests may come.
    pub allowed_sources: AllowedSources,
}

/// A trunk whose health is watched with OPTIONS.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Named again in the event.
    pub name: String,
    /// Where to send it, as in [`Invite::next_hop`].
    pub next_hop: String,
    /// How often, in s.
    pub every_s: u32,
    /// What to answer a challenge with.
    pub credentials: Option<Credentials>,
}

/// A registration that is kept (RFC 3261, 10).
#[derive(Clone, Debug)]
pub struct Registration {
    /// Named again in the event.
    pub name: String,
    /// The address of record, for example `sip:outcall@carrier.example`.
    pub address_of_record: String,
    /// The domain to register at, as the Request-URI (RFC 3261, 10.2): `sip:carrier.example`.
    pub registrar: String,
    /// Where to send it, as in [`Invite::next_hop`].
    pub next_hop: String,
    /// What to answer the challenge with.
    pub credentials: Credentials,
    /// The interval to ask for, in s.
    pub expires_s: u32,
}

/// What an agent can be told.
#[derive(Clone, Debug)]
pub enum Command {
    /// Place a call.
    Invite(Box<Invite>),
    /// End a call, whatever its state: CANCEL, BYE, or a refusal of one that comes in.
    HangUp {
        /// Which.
        call: CallKey,
    },
    /// Answer an incoming call with a response. A final one that is no 2xx ends it.
    Respond {
        /// Which.
        call: CallKey,
        /// 101 to 699.
        status: u16,
        /// A description of our side, when the response has one.
        sdp: Option<String>,
        /// Further headers.
        headers: Vec<(String, String)>,
        /// Send a provisional response reliably (RFC 3262), if the peer can.
        reliable: bool,
    },
    /// Cross the CANCEL of an incoming call with a 200, instead of ending it with 487: what a
    /// callee does who lifts the receiver in that very moment. For callees to practise on.
    AnswerCancel {
        /// Which.
        call: CallKey,
        /// Our side.
        sdp: Option<String>,
    },
    /// The answer to a [`CallEvent::Offered`]; `None` refuses it with 488.
    Answer {
        /// Which.
        call: CallKey,
        /// Our side.
        sdp: Option<String>,
    },
    /// Offer the peer another description in an established call (re-INVITE).
    Offer {
        /// Which.
        call: CallKey,
        /// Our side.
        sdp: String,
    },
    /// Ask the peer to call somebody else instead of us (blind transfer, RFC 3515).
    Refer {
        /// Which.
        call: CallKey,
        /// A SIP URI.
        to: String,
    },
    /// Send digits as INFO (`application/dtmf-relay`), for peers without RFC 4733.
    Info {
        /// Which.
        call: CallKey,
        /// One of `0-9*#A-D`.
        digit: char,
    },
    /// Watch a trunk.
    Watch(Box<Watch>),
    /// Keep a registration.
    Register(Box<Registration>),
    /// Look at a trunk once.
    Examine(Box<Examine>),
}

/// Who or what ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// We hung up or cancelled.
    Local,
    /// The peer hung up (BYE), or cancelled a call that came in.
    Remote,
    /// A final response that is no success.
    Refused,
    /// The ring limit passed.
    RingLimit,
    /// No final response came in time, or none at all.
    Timeout,
    /// Nothing left this machine: the next hop is unknown, or refused the connection.
    NotSent,
    /// The answer could not be used: a broken response.
    Broken,
    /// The session was not refreshed in time (RFC 4028), or our 2xx was never acknowledged.
    Expired,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEnd {
    /// Who ended it.
    pub by: EndedBy,
    /// The final response, when there was one.
    pub status: Option<u16>,
    /// The Q.850 cause of a Reason header (RFC 3326).
    pub q850: Option<u16>,
    /// The Retry-After of the final response, in ms.
    pub retry_after_ms: Option<u64>,
    /// Whether a provisional response above 100 had come: a phone may have rung.
    pub rang: bool,
    /// Whether it was answered.
    pub answered: bool,
    /// Words of the peer or the transport, for people.
    pub detail: String,
}

/// What happens to a call.
#[derive(Clone, Debug)]
pub enum CallEvent {
    /// A provisional response above 100; with a description when there is early media.
    Progress {
        /// 180, 183 and the like.
        status: u16,
        /// The peer's side.
        sdp: Option<String>,
    },
    /// Answered (2xx), and acknowledged; of a call that came in: our 2xx was acknowledged. It also
    /// comes when the answer crosses a hang-up of ours; the agent then releases the call itself.
    Answered {
        /// The peer's side.
        sdp: Option<String>,
    },
    /// The peer offers another description (re-INVITE or UPDATE), or asks for ours when it has
    /// none. To be answered with [`Command::Answer`] within two seconds.
    Offered {
        /// The peer's side.
        sdp: Option<String>,
    },
    /// The peer's answer to our [`Command::Offer`]; `None` when it was refused.
    OfferAnswered {
        /// The peer's side.
        sdp: Option<String>,
    },
    /// A digit in an INFO of the peer.
    Digit(char),
    /// How far a transfer has come: the status in a NOTIFY, or of the REFER itself when it was
    /// refused.
    Referred {
        /// 100 to 699.
        status: u16,
    },
    /// The peer asks us to call somebody else; it was accepted, which happens only with
    /// [`crate::AgentSettings::takes_transfers`].
    ReferAsked {
        /// A SIP URI.
        to: String,
    },
    /// Over.
    Ended(CallEnd),
}

/// A call that comes in.
#[derive(Clone, Debug)]
pub struct IncomingCall {
    /// Its name.
    pub call: CallKey,
    /// Its Call-ID.
    pub call_id: String,
    /// The number that was called: the user part of the Request-URI, or of To when the Request-URI
    /// is our own Contact, as over a trunk that we register with.
    pub called: String,
    /// The user part of From: who calls, as far as they say.
    pub caller: String,
    /// Where it came from.
    pub source: SocketAddr,
    /// The offer, if it has one.
    pub sdp: Option<String>,
    /// Whether the caller can acknowledge provisional responses.
    pub prack: bool,
}

/// What an agent tells.
#[derive(Clone, Debug)]
pub enum AgentEvent {
    /// Something happened to a call.
    Call {
        /// Which.
        call: CallKey,
        /// What.
        event: CallEvent,
    },
    /// A call comes in. It is ringing nowhere yet; 100 has been sent.
    Incoming(Box<IncomingCall>),
    /// The answer to a watched trunk's OPTIONS, or none.
    Watched {
        /// Of the watch.
        name: String,
        /// Whether the peer answers.
        up: bool,
        /// With what.
        status: Option<u16>,
    },
    /// The state of a registration.
    Registered {
        /// Of the registration.
        name: String,
        /// Whether it holds.
        up: bool,
        /// The final response.
        status: Option<u16>,
    },
    /// What was found of a trunk that was looked at.
    Examined(Box<Examination>),
}

/// Where events go. Called on the agent's thread, which does nothing else meanwhile: a sink that
/// waits holds up every call, and has to be let go before the agent is stopped, which joins the
/// thread.
pub type EventSink = Arc<dyn Fn(AgentEvent) + Send + Sync>;
