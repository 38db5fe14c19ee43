//! The carrier set up from its settings.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

use crossbeam_channel::bounded;
use outcall_campaign::UnixMillis;
use outcall_media::plane::{MediaError, MediaPlane, MediaSettings};
use outcall_media::sdp::{Direction, LocalCrypto, LocalMedia, Security};
use outcall_media::srtp::{MasterKey, Profile};
use outcall_sip::agent::AgentError;
use outcall_sip::passport::{Attestation, Signer};
use outcall_sip::trace::{TraceBook, TraceLimits};
use outcall_sip::{AgentSettings, AllowedSources, Command, UserAgent};
use ring::rand::{SecureRandom, SystemRandom};

use super::incoming::{Inbound, InboundSink};
use super::losses::LossWatch;
use super::traces::Traces;
use super::{SipCarrier, Trunks};
use crate::agenda::Agenda;
use crate::carrier::Waker;
use crate::sip::call::Media;
use crate::sip::causes::CauseTable;
use crate::sip::lines::{LineEvents, Lines};
use crate::sip::routing::TrunkId;
use crate::sip::settings::{AttestationLevel, InvalidSip, SipSettings, TraceSettings};
use crate::sip::trunk_plan::TrunkPlan;
use crate::sip::trunks::TrunkTable;

/// How many events of the agent may wait. When it is full the agent waits too: its peers repeat
/// themselves, and no end of a call is lost. The end of the carrier lets go of the queue first.
const AGENT_EVENTS: usize = 65_536;

/// The payload type that digits are offered with, as everybody does.
const TELEPHONE_EVENT: u8 = 101;

/// Milliseconds of audio in a packet.
const PTIME_MS: u16 = 20;

/// Why the carrier cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SipStartError {
    /// A setting.
    #[error("{0}")]
    Settings(#[from] InvalidSip),
    /// The user agent.
    #[error("SIP: {0}")]
    Agent(#[from] AgentError),
    /// The media plane.
    #[error("media: {0}")]
    Media(#[from] MediaError),
    /// Where traces are to be written.
    #[error("sip.trace.folder: {0}")]
    Traces(std::io::Error),
    /// The key that calls are signed with.
    #[error("sip.identity: {0}")]
    Identity(String),
}

/// A carrier and what goes with it.
pub struct SipParts {
    /// The carrier.
    pub carrier: SipCarrier,
    /// The audio of its calls.
    pub lines: Arc<Lines>,
    /// Digits and the ends of playbacks, for whoever talks.
    pub talk_events: LineEvents,
}

impl SipCarrier {
    /// Opens the listeners, starts the media plane, and begins to watch trunks and to register.
    /// `inbound` is told of every call that came in, when it is over.
    ///
    /// # Errors
    /// When a setting cannot be used, or a port is taken.
    pub fn start(
        settings: SipSettings,
        media: MediaSettings,
        inbound: InboundSink,
        now: UnixMillis,
    ) -> Result<SipParts, SipStartError> {
        let table = TrunkTable::new(&settings, now)?;
        let plans =
            settings.trunks.iter().map(TrunkPlan::new).collect::<Result<Vec<_>, InvalidSip>>()?;
        let signer = signer(&settings)?;
        let (lines, line_events, talk_events) = Lines::new();
        let plane = MediaPlane::start(settings.advertised(media), Arc::clone(&lines) as _)?;
        let waker: Arc<OnceLock<Waker>> = Arc::default();
        let (sender, agent_events) = bounded(AGENT_EVENTS);
        let wake = Arc::clone(&waker);
        let sink = Arc::new(move |event| {
            // An error says that the carrier is being dropped: it listens no more.
            drop(sender.send(event));
            if let Some(wake) = wake.get() {
                wake();
            }
        });
        let limits = trace_limits(&settings.trace);
        let agent = UserAgent::start(agent_settings(&settings), sink, TraceBook::new(limits))?;
        for plan in &plans {
            let watch = plan.watch().map(|watch| Command::Watch(Box::new(watch)));
            let register = plan.registration().map(|it| Command::Register(Box::new(it)));
            for command in watch.into_iter().chain(register) {
                agent.send(command).map_err(|error| AgentError::Stack(error.to_string()))?;
            }
        }
        let realm = realm(&agent, &settings);
        let traces = Traces::new(agent.traces(), &settings.trace).map_err(SipStartError::Traces)?;
        let carrier = Self {
            causes: CauseTable::new(&settings.causes),
            inbound: Inbound::new(&settings, inbound, now)?,
            traces,
            settings: Arc::new(settings),
            plans,
            trunks: Trunks(Arc::new(Mutex::new(table))),
            signer,
            agent,
            plane,
            lines: Arc::clone(&lines),
            agent_events,
            line_events,
            waker,
            calls: HashMap::new(),
            keys: HashMap::new(),
            waiting: VecDeque::new(),
            due: Agenda::default(),
            ready: Vec::new(),
            reports: HashMap::new(),
            losses: LossWatch::default(),
            next_key: 1,
            polled_at: now,
            realm,
        };
        Ok(SipParts { carrier, lines, talk_events })
    }

    /// Audio for a call on a trunk, with our side of its description.
    pub(super) fn open_media(&self, trunk: TrunkId) -> Result<Media, String> {
        let plan = &self.plans[trunk.index()];
        self.media_with(plan.laws.clone(), plan.security)
    }

    /// Audio for a call that comes in: with every codec, and as the caller wants it.
    pub(super) fn open_inbound_media(&self) -> Result<Media, String> {
        use outcall_media::g711::Law;
        self.media_with(vec![Law::Mu, Law::A], Security::WhenAsked)
    }

    fn media_with(
        &self,
        laws: Vec<outcall_media::g711::Law>,
        security: Security,
    ) -> Result<Media, String> {
        let stream = self.plane.open().map_err(|error| error.to_string())?;
        let at = stream.local_rtp();
        let crypto = if security != Security::Never {
            let profile = Profile::AesCm128HmacSha1_80;
            Some(LocalCrypto { profile, key: fresh_key()? })
        } else {
            None
        };
        let local = LocalMedia {
            address: at.ip(),
            rtp_port: at.port(),
            rtcp_port: at.port() + 1,
            laws,
            telephone_event: Some(TELEPHONE_EVENT),
            ptime_ms: PTIME_MS,
            direction: Direction::SendReceive,
            crypto,
            session_id: stream.id().0,
            version: 1,
        };
        Ok(Media::new(stream, local, security))
    }
}

fn fresh_key() -> Result<MasterKey, String> {
    let mut bytes = [0; MasterKey::LEN];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "no random numbers for a key".to_owned())?;
    Ok(MasterKey::from_bytes(&bytes))
}

/// What stands behind the `@` of our Call-IDs: the address, and when this process began to use it,
/// so that the Call-IDs of two processes are never the same.
fn realm(agent: &UserAgent, settings: &SipSettings) -> String {
    let mut bytes = [0; 8];
    let salt = match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        Err(_) => 0,
    };
    let at = agent.addresses();
    let own = at.udp.or(at.tcp).or(at.tls).map(|address| address.ip());
    let host = settings.public_address.or(own).map(|ip| ip.to_string()).unwrap_or_default();
    format!("{salt:x}.{host}")
}

/// Nothing is kept that could not be written anywhere.
fn trace_limits(settings: &TraceSettings) -> TraceLimits {
    let calls = if settings.folder.is_some() { settings.calls } else { 0 };
    TraceLimits::for_calls(calls as usize)
}

/// The agent of a process with these settings.
pub(in crate::sip) fn agent_settings(settings: &SipSettings) -> AgentSettings {
    AgentSettings {
        udp: settings.udp.or_else(|| AgentSettings::default().udp),
        tcp: settings.tcp,
        tls: settings.tls.as_ref().map(|tls| outcall_sip::TlsListen {
            bind: tls.bind,
            certificate: tls.certificate.clone(),
            key: tls.key.clone(),
        }),
        authorities: settings.tls_roots.clone(),
        public_address: settings.public_address,
        user_agent: settings.user_agent.clone(),
        t1_ms: u64::from(settings.t1_ms),
        dscp: settings.dscp.signalling,
        takes_calls: !settings.inbound.is_empty(),
        known: {
            let networks: Vec<_> =
                settings.trunks.iter().flat_map(|trunk| trunk.allowed_sources.clone()).collect();
            AllowedSources::new(move |from| networks.iter().any(|one| one.contains(from)))
        },
        ..AgentSettings::default()
    }
}

fn signer(settings: &SipSettings) -> Result<Option<Signer>, SipStartError> {
    let Some(identity) = &settings.identity else { return Ok(None) };
    let problem = |error: String| SipStartError::Identity(error);
    let pem = fs_err::read_to_string(&identity.key).map_err(|error| problem(error.to_string()))?;
    let attestation = match identity.attestation {
        AttestationLevel::A => Attestation::A,
        AttestationLevel::B => Attestation::B,
        AttestationLevel::C => Attestation::C,
    };
    Signer::from_pem(&pem, identity.certificate_url.as_str(), attestation)
        .map(Some)
        .map_err(|error| problem(error.to_string()))
}
