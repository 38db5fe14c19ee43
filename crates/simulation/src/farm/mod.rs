//! The callee farm: a SIP user agent that stands in for a carrier and its callees.
//!
//! The last two digits of the dialled number decide what becomes of a call, as with the simulated
//! carrier ([`Fate::forced_by`](outcall_telephony::simulated::Fate::forced_by)); `outcall farm
//! --table` prints them. Everything that comes is counted and can be logged, so that a judge
//! outside of the calling program can say what really happened.
//!
//! # Layout
//! - [`behaviour`]: what a callee does, as steps with pauses; pure.
//! - [`sounds`]: what is heard.
//! - `yard`: the thread in which all callees live. `call`: one of them.
//! - `probe`: callees that time packets by the kernel's stamps.
//! - [`figures`], [`log`]: what was counted, and what happened to each call.
//!
//! # Invariants
//! - One thread, one agenda and one bounded queue of events serve every callee; only probes, which
//!   are few, have threads of their own.
//! - It never has more calls than it is allowed: what comes above that gets 503.

pub mod behaviour;
mod call;
pub mod figures;
pub mod log;
mod probe;
pub mod sounds;
mod yard;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, bounded};
use outcall_media::plane::{
    MediaError, MediaEvent, MediaPlane, MediaSettings, MediaSink, StreamId,
};
use outcall_media::wav::WavError;
use outcall_sip::agent::AgentError;
use outcall_sip::trace::TraceBook;
use outcall_sip::{AgentEvent, AgentSettings, UserAgent};

pub use self::behaviour::{FarmMix, Table};
pub use self::figures::FarmFigures;
pub use self::log::LogEntry;
use self::yard::Yard;

/// How many events may wait for the farm. When it is full the agent waits too; what streams have to
/// say is dropped then.
const EVENTS: usize = 65_536;

/// The settings of a farm.
#[derive(Clone, Debug)]
pub struct FarmSettings {
    /// Where it takes calls over UDP.
    pub sip: SocketAddr,
    /// Where it takes calls over TCP, if it does.
    pub tcp: Option<SocketAddr>,
    /// The ports of its audio.
    pub ports: RangeInclusive<u16>,
    /// Threads that carry the audio.
    pub shards: usize,
    /// A folder of WAV files that callees speak with.
    pub voices: Option<PathBuf>,
    /// Where callees record what they hear.
    pub record: Option<PathBuf>,
    /// Where the log goes, a line of JSON for each event.
    pub log: Option<PathBuf>,
    /// How callees behave whose digits mean nothing particular.
    pub mix: FarmMix,
    /// Everything random follows from it.
    pub seed: u64,
    /// How many calls there may be at once.
    pub calls_max: usize,
    /// How many of the answered calls, at once, are timed packet by packet.
    pub probes: usize,
    /// The estimate of the round trip, in ms (RFC 3261, 17.1.1.1).
    pub t1_ms: u64,
}

impl Default for FarmSettings {
    fn default() -> Self {
        Self {
            sip: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tcp: None,
            ports: 30_000..=49_999,
            shards: 1,
            voices: None,
            record: None,
            log: None,
            mix: FarmMix::default(),
            seed: 1,
            calls_max: 20_000,
            probes: 0,
            t1_ms: 500,
        }
    }
}

/// Why a farm cannot start.
#[derive(Debug, thiserror::Error)]
pub enum FarmError {
    /// The user agent.
    #[error("SIP: {0}")]
    Agent(#[from] AgentError),
    /// The media plane.
    #[error("media: {0}")]
    Media(#[from] MediaError),
    /// A voice.
    #[error("voices: {0}")]
    Voice(#[from] WavError),
    /// A folder, the log, or a thread.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What reaches the thread of the callees.
enum Happening {
    Agent(AgentEvent),
    Media(StreamId, MediaEvent),
    Stop,
}

struct Sink(Sender<Happening>);

impl MediaSink for Sink {
    fn event(&self, stream: StreamId, event: MediaEvent) {
        let matters = matches!(event, MediaEvent::Closed(_));
        if matters {
            // A report that finds the queue full is missing in the figures, and nothing else.
            drop(self.0.try_send(Happening::Media(stream, event)));
        }
    }
}

/// A farm at work.
pub struct Farm {
    agent: UserAgent,
    plane: MediaPlane,
    happenings: Sender<Happening>,
    thread: Option<JoinHandle<()>>,
    figures: Arc<Mutex<FarmFigures>>,
    log: Arc<Mutex<Vec<LogEntry>>>,
}

impl Farm {
    /// Opens the listeners and begins to take calls.
    ///
    /// # Errors
    /// When a port is taken, a voice cannot be read or a folder cannot be made.
    pub fn start(settings: FarmSettings) -> Result<Self, FarmError> {
        if let Some(folder) = &settings.record {
            fs_err::create_dir_all(folder)?;
        }
        let (happenings, queue) = bounded(EVENTS);
        let media = MediaSettings {
            bind: settings.sip.ip(),
            ports: settings.ports.clone(),
            shards: settings.shards,
            streams_max: settings.calls_max.clamp(1, 30_000),
            ..MediaSettings::default()
        };
        let plane = MediaPlane::start(media, Arc::new(Sink(happenings.clone())))?;
        let to_yard = happenings.clone();
        let sink = Arc::new(move |event| {
            // The yard is gone only when the farm is.
            drop(to_yard.send(Happening::Agent(event)));
        });
        let agent_settings = AgentSettings {
            udp: Some(settings.sip),
            tcp: settings.tcp,
            user_agent: "Outcall-Farm".to_owned(),
            takes_calls: true,
            calls_max: settings.calls_max.saturating_mul(2),
            strangers_per_s: 1_000_000,
            t1_ms: settings.t1_ms,
            ..AgentSettings::default()
        };
        let agent = UserAgent::start(agent_settings, sink, TraceBook::default())?;
        let figures = Arc::new(Mutex::new(FarmFigures::default()));
        let log = Arc::new(Mutex::new(Vec::new()));
        let parts = yard::Parts {
            agent: agent.clone(),
            plane: plane.clone(),
            figures: Arc::clone(&figures),
            log: Arc::clone(&log),
        };
        let yard = Yard::new(settings, parts)?;
        let thread =
            std::thread::Builder::new().name("farm".to_owned()).spawn(move || yard.live(&queue))?;
        Ok(Self { agent, plane, happenings, thread: Some(thread), figures, log })
    }

    /// Where it takes calls over UDP.
    pub fn sip_addr(&self) -> Option<SocketAddr> {
        self.agent.udp_addr()
    }

    /// What it has counted so far.
    pub fn figures(&self) -> FarmFigures {
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner).clone();
        figures.send_jitter_p99_ms = self.plane.figures().lateness_p99_us as f64 / 1_000.0;
        figures
    }

    /// What has happened to its calls so far; the latest hundred thousand entries.
    pub fn log(&self) -> Vec<LogEntry> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it. Calls that are alive are dropped without a word.
    pub fn stop(mut self) -> FarmFigures {
        // The streams say their last words first.
        self.plane.clone().stop();
        drop(self.happenings.send(Happening::Stop));
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by the panic hook.
            drop(thread.join());
        }
        self.agent.stop();
        self.figures()
    }
}

/// The address to name in a description of audio.
fn audio_address(bind: IpAddr) -> IpAddr {
    if bind.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { bind }
}
