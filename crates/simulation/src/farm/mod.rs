//! The callee farm: a SIP user agent that stands in for a carrier and its callees.
//!
//! The last two digits of the dialled number decide what becomes of a call, as with the simulated
//! carrier ([`Fate::forced_by`](outcall_telephony::simulated::Fate::forced_by)); `outcall farm
//! --table` prints them. Everything that comes is counted and can be logged, so that a judge
//! outside of the calling program can say what really happened.
//!
//! | digits | what the callee does |
//! |---|---|
//! | 01 | busy (486) |
//! | 02 | rings until it is cancelled |
//! | 03 | no such number (404) |
//! | 04 | no room (503, Retry-After 1) |
//! | 05 | rings and is rejected (603) |
//! | 06 | the network fails (500) |
//! | 07 | an answering machine that stays: greeting, beep, then it records |
//! | 08 | answers, speaks and hangs up |
//! | 09 | answers and presses 2: call me back |
//! | 10 | answers and presses 9: do not call me again |
//! | 11 | never says anything |
//! | 12 | answers in the moment of the CANCEL |
//! | 20 | early media (183), then answers |
//! | 21 | an announcement before the answer, then 404 |
//! | 22 | an answering machine: greeting, beep, then it records |
//! | 23 | answers and sends no sound at all |
//! | 24 | answers and presses 1, 9 and # |
//! | 25 | not there (480) |
//! | 26 | answers, holds the line for a second, and goes on |
//! | 27 | a busy tone before the answer, then busy (486) |
//! | 28 | early media that has to be acknowledged (PRACK), then answers |
//! | 29 | answers, speaks for five seconds and hangs up |
//! | 30 | a fax machine |
//! | 31 | no room (503), for nobody knows how long |
//! | 32 | rings for 20 s, then answers |
//! | 33 | answers and hangs up at once |
//! | 34 | the machine's greeting as an announcement before the answer, then not there (480) |
//! | 50 | answers, speaks and stays |
//! | -- | rings, then answers, speaks and hangs up as the mix says |
//!
//! # Layout
//! - [`behaviour`]: what a callee does, as steps with pauses. [`script`]: where it is in them. Both
//!   are pure.
//! - [`sounds`]: what is heard.
//! - `yard`: the thread in which all callees live. `yard/acts`: what it does for them. `call`: one
//!   of them. `audio`: what carries its sound.
//! - `probe`: callees that time packets by the kernel's stamps.
//! - [`personas`]: callees that speak and have a want, found by the number in place of its digits.
//! - [`figures`], [`log`]: what was counted, and what happened to each call.
//!
//! # Invariants
//! - One thread, one agenda and one bounded queue of events serve every callee; only probes, which
//!   are few, have threads of their own, and persons share one more.
//! - It never has more calls than it is allowed: what comes above that gets 503.
//! - A probe stands in only for callees that do nothing but talk.

mod audio;
pub mod behaviour;
mod call;
pub mod figures;
pub mod log;
pub mod personas;
mod probe;
pub mod script;
pub mod sounds;
mod yard;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Sender, bounded};
use outcall_campaign::UnixMillis;
use outcall_media::plane::{
    MediaError, MediaEvent, MediaPlane, MediaSettings, MediaSink, StreamId,
};
use outcall_media::wav::WavError;
use outcall_sip::agent::AgentError;
use outcall_sip::trace::TraceBook;
use outcall_sip::{AgentEvent, AgentSettings, CallKey, UserAgent};

pub use self::behaviour::{FarmMix, Table};
pub use self::figures::FarmFigures;
use self::figures::Tally;
pub use self::log::LogEntry;
pub use self::personas::{Personas, PersonasError};
use self::probe::Measured;
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
    /// A WAV file that answering machines greet with.
    pub greeting: Option<PathBuf>,
    /// Where callees record what they hear.
    pub record: Option<PathBuf>,
    /// Where the log goes, a line of JSON for each event.
    pub log: Option<PathBuf>,
    /// How callees behave whose digits mean nothing particular.
    pub mix: FarmMix,
    /// The persons who are called; without them the digits of a number decide.
    pub people: Option<Arc<Personas>>,
    /// Everything random follows from it.
    pub seed: u64,
    /// How many calls there may be at once.
    pub calls_max: usize,
    /// How many answered calls, at once, are timed packet by packet: of callees that only talk, in
    /// the clear. They cannot record, so that there are none when `record` is set.
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
            greeting: None,
            record: None,
            log: None,
            mix: FarmMix::default(),
            people: None,
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
    /// A folder of voices without any.
    #[error("voices: {folder:?} has no WAV file: put some there, or leave the folder out")]
    NoVoices {
        /// Which.
        folder: PathBuf,
    },
    /// A voice that says nothing.
    #[error("voices: {file:?} is shorter than a millisecond: take it away")]
    EmptyVoice {
        /// Which.
        file: PathBuf,
    },
    /// Settings that cannot be as they are.
    #[error("{0}")]
    Settings(String),
    /// A folder, the log, or a thread.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// What reaches the thread of the callees.
enum Happening {
    Agent(AgentEvent),
    Media(StreamId, MediaEvent),
    /// A person has had enough.
    HangUp(CallKey),
    Stop,
}

struct Sink {
    happenings: Sender<Happening>,
    dropped: Arc<AtomicU64>,
}

impl MediaSink for Sink {
    fn event(&self, stream: StreamId, event: MediaEvent) {
        match &event {
            MediaEvent::Closed(_) => {
                if self.happenings.try_send(Happening::Media(stream, event)).is_err() {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
            MediaEvent::RecordingFailed { error } => {
                tracing::warn!(error, "a callee's recording is incomplete");
            }
            MediaEvent::Sending { .. }
            | MediaEvent::FirstPacket { .. }
            | MediaEvent::Digit(_)
            | MediaEvent::PlaybackFinished { .. }
            | MediaEvent::OneWay { .. }
            | MediaEvent::Lost { .. }
            | MediaEvent::Resumed
            | MediaEvent::Quiet { .. }
            | MediaEvent::Sound
            | MediaEvent::RecordingFinished { .. } => {}
        }
    }
}

/// A farm at work. It ends when it is dropped.
pub struct Farm {
    agent: UserAgent,
    plane: MediaPlane,
    happenings: Sender<Happening>,
    thread: Option<JoinHandle<()>>,
    tally: Arc<Mutex<Tally>>,
    measured: Arc<Mutex<Measured>>,
    dropped: Arc<AtomicU64>,
    log: Arc<Mutex<Vec<LogEntry>>>,
}

impl Farm {
    /// Opens the listeners and begins to take calls.
    ///
    /// # Errors
    /// When the settings contradict themselves, a port is taken, a voice cannot be read or a folder
    /// cannot be made.
    pub fn start(settings: FarmSettings) -> Result<Self, FarmError> {
        settings.check()?;
        if let Some(folder) = &settings.record {
            fs_err::create_dir_all(folder)?;
        }
        let (happenings, queue) = bounded(EVENTS);
        let dropped = Arc::new(AtomicU64::new(0));
        let sink = Sink { happenings: happenings.clone(), dropped: Arc::clone(&dropped) };
        let plane = MediaPlane::start(settings.media(), Arc::new(sink))?;
        let to_yard = happenings.clone();
        let sink = Arc::new(move |event| {
            // The yard is gone only when the farm is.
            drop(to_yard.send(Happening::Agent(event)));
        });
        let agent = UserAgent::start(settings.agent(), sink, TraceBook::default())?;
        let tally = Arc::new(Mutex::new(Tally::new()));
        let measured = Arc::new(Mutex::new(Measured::new()));
        let log = Arc::new(Mutex::new(Vec::new()));
        let parts = yard::Parts {
            agent: agent.clone(),
            plane: plane.clone(),
            tally: Arc::clone(&tally),
            measured: Arc::clone(&measured),
            happenings: happenings.clone(),
            log: Arc::clone(&log),
        };
        let yard = Yard::new(settings, parts)?;
        let thread =
            std::thread::Builder::new().name("farm".to_owned()).spawn(move || yard.live(&queue))?;
        let thread = Some(thread);
        Ok(Self { agent, plane, happenings, thread, tally, measured, dropped, log })
    }

    /// Where it takes calls over UDP.
    pub fn sip_addr(&self) -> Option<SocketAddr> {
        self.agent.udp_addr()
    }

    /// Where it takes calls over TCP.
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        self.agent.tcp_addr()
    }

    /// What it has counted so far.
    pub fn figures(&self) -> FarmFigures {
        // Nothing under this lock panics.
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let mut figures = tally.figures(&self.measured);
        drop(tally);
        figures.send_jitter_p99_ms = self.plane.figures().lateness_p99_us as f64 / 1_000.0;
        figures.reports_dropped = self.dropped.load(Ordering::Relaxed);
        figures
    }

    /// What has happened to its calls so far; the latest hundred thousand entries. It may lag a
    /// little behind what a caller knows: [`Farm::stop_with_log`] has all of it.
    pub fn log(&self) -> Vec<LogEntry> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it: calls that are alive are hung up, and their reports waited for, for two seconds at
    /// most.
    pub fn stop(mut self) -> FarmFigures {
        self.end();
        self.figures()
    }

    /// As [`Farm::stop`], and what has happened to its calls up to the end, the reports of their
    /// audio included.
    pub fn stop_with_log(mut self) -> (FarmFigures, Vec<LogEntry>) {
        self.end();
        (self.figures(), self.log())
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        // It fails only when the thread is gone, and is then over anyway.
        drop(self.happenings.send(Happening::Stop));
        // A panic has been reported by the panic hook.
        drop(thread.join());
        self.plane.clone().stop();
        self.agent.stop();
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        self.end();
    }
}

impl FarmSettings {
    fn check(&self) -> Result<(), FarmError> {
        let wrong = |problem: String| Err(FarmError::Settings(problem));
        let percent = self.mix.answer_percent;
        if !(0.0..=100.0).contains(&percent) {
            return wrong(format!("{percent} % of the calls cannot be answered: say 0 to 100"));
        }
        let (first, last) = (*self.ports.start(), *self.ports.end());
        // RTP takes an even port, RTCP the one above (RFC 3550, section 11).
        let even = first.max(2).checked_next_multiple_of(2);
        if even.is_none_or(|even| even >= last) {
            return wrong(format!("ports {first}-{last} hold no pair: write FIRST-LAST, wider"));
        }
        if self.calls_max == 0 {
            return wrong("no call at all is allowed: allow at least one".to_owned());
        }
        Ok(())
    }

    fn media(&self) -> MediaSettings {
        MediaSettings {
            bind: self.sip.ip(),
            advertise: Some(audio_address(self.sip.ip())),
            ports: self.ports.clone(),
            shards: self.shards,
            // Some of the calls before are still closing when the next ones come.
            streams_max: self.calls_max.saturating_add(1_000).min(30_000),
            ..MediaSettings::default()
        }
    }

    fn agent(&self) -> AgentSettings {
        AgentSettings {
            udp: Some(self.sip),
            tcp: self.tcp,
            user_agent: "Outcall-Farm".to_owned(),
            takes_calls: true,
            calls_max: self.calls_max.saturating_mul(2).saturating_add(100),
            strangers_per_s: 1_000_000,
            t1_ms: self.t1_ms,
            ..AgentSettings::default()
        }
    }
}

/// The address to name in a description of audio.
fn audio_address(bind: IpAddr) -> IpAddr {
    if bind.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { bind }
}

#[expect(clippy::disallowed_methods, reason = "the farm lives in the world's time")]
fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_be_are_refused_with_what_would_be_right() {
        let right = FarmSettings::default();
        assert!(right.check().is_ok());
        assert!(FarmSettings { ports: 30_000..=30_001, ..right.clone() }.check().is_ok());
        let mix = |answer_percent| FarmMix { answer_percent, ..FarmMix::default() };
        let wrong = [
            FarmSettings { mix: mix(101.0), ..right.clone() },
            FarmSettings { mix: mix(f64::NAN), ..right.clone() },
            FarmSettings { ports: 30_001..=30_002, ..right.clone() },
            FarmSettings { ports: 65_535..=65_535, ..right.clone() },
            FarmSettings { calls_max: 0, ..right },
        ];
        for settings in wrong {
            let problem = settings.check().err().map(|it| it.to_string()).unwrap_or_default();
            assert!(problem.contains(": "), "{settings:?}: {problem}");
        }
    }
}
