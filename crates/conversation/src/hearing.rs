//! Hearing: from the sound of many calls to events.
//!
//! # Layout
//! - [`Attention`], [`Heard`]: what is listened for, and what is heard.
//! - [`Ear`]: the rules of one call, pure: voice activity, end of turn, interruption, who answered.
//!   `sound`: its packets, frames and what was said lately.
//! - `listener`: the thread of all calls, between the media plane and the pools. `places`: how many
//!   readings that can wait are under way. `room`: how many calls can be heard well.

mod ear;
mod event;
mod listener;
mod places;
mod room;
mod sound;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Waker as TaskWaker;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use outcall_inference::pool::{Pool, PoolCounts, PoolError, PoolSettings};
use outcall_inference::runtime::{Runtime, RuntimeError};
use outcall_inference::store::{ModelStore, StoreError};
use outcall_media::plane::{Frame, Stream, StreamId};
use outcall_speech::recognition::{
    ENGLISH, MULTILINGUAL, Recogniser, RecognitionError, RecognitionWorker, Terms, TermsError,
};
use outcall_speech::turn::InterruptionSettings;
use outcall_speech::turn::melody::{Melody, MelodyError};
use outcall_speech::vad::{Vad, VadError};
use outcall_telephony::{RobotRoom, Waker};
use serde::{Deserialize, Serialize};

pub use ear::{Act, Ear, Purpose, Read};
pub use event::{Answers, Attention, Expectation, Heard, Utterance};
use listener::{Answered, Command, Ends, Listener};
use places::Places;
use room::Room;

/// Packets that may wait for the thread: a second of 300 calls, or 5 MiB. What comes above that is
/// missed, and counted by the media plane.
const FRAMES_MAX: usize = 16_384;
/// Commands and events that may wait.
const COMMANDS_MAX: usize = 16_384;
const HEARD_MAX: usize = 65_536;
/// How long whoever commands waits for room.
const WAIT: Duration = Duration::from_millis(50);

/// What hearing runs with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HearingSettings {
    /// The language of the callees, such as `en`. English has a model of its own.
    pub language: String,
    /// Threads that recognise; 0 means half of the processors. More of them share the processors,
    /// and each reply takes longer.
    pub workers: usize,
    /// Replies that may wait for them; more are not recognised.
    pub waiting_max: usize,
    /// Names and words that callees may say and that are not in every dictionary.
    pub vocabulary: Vec<String>,
    /// Whether what was said so far is told while a callee speaks on.
    pub partials: bool,
}

impl Default for HearingSettings {
    fn default() -> Self {
        Self {
            language: "en".to_owned(),
            workers: 0,
            waiting_max: 64,
            vocabulary: Vec::new(),
            partials: false,
        }
    }
}

/// Why calls cannot be heard.
#[derive(Debug, thiserror::Error)]
pub enum HearingError {
    /// The folder of the models.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// ONNX Runtime.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// Voice activity.
    #[error(transparent)]
    Vad(#[from] VadError),
    /// Recognition.
    #[error(transparent)]
    Recognition(#[from] RecognitionError),
    /// End of turn.
    #[error(transparent)]
    Melody(#[from] MelodyError),
    /// The vocabulary of the settings cannot be used.
    #[error("hearing: {0}")]
    Terms(#[from] TermsError),
    /// The system refused a thread.
    #[error("hearing: {0}")]
    Thread(#[from] io::Error),
}

/// The pools that the hearing thread asks.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    pub(crate) recognition: Pool<RecognitionWorker>,
    pub(crate) melody: Pool<Melody>,
    /// Of readings of what was said so far.
    places: Places,
}

/// What holds for all calls.
#[derive(Clone, Debug)]
pub(crate) struct Defaults {
    terms: Option<Arc<Terms>>,
    partials: bool,
}

/// What the thread has done.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    frames: AtomicU64,
    readings: AtomicU64,
    late: AtomicU64,
    failures: AtomicU64,
    dropped: AtomicU64,
    told: AtomicBool,
}

impl Counters {
    /// Counts a reading that there was none of. What had no room or no time says that the machine
    /// is busy, anything else that something is wrong.
    fn note_unread(&self, error: &PoolError) {
        match error {
            PoolError::Full { .. } | PoolError::Late { .. } => {
                self.late.fetch_add(1, Ordering::Relaxed);
            }
            PoolError::Failed { .. } | PoolError::Ended { .. } => {
                self.note_failure("recognition", error);
            }
        }
    }

    /// Counts it, and tells the first of them.
    fn note_failure(&self, what: &str, error: &dyn fmt::Display) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, what, "not understood; what follows is counted only");
        }
    }
}

/// What hearing has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HearingFigures {
    /// Frames of 32 ms that were judged.
    pub frames: u64,
    /// Readings that came back.
    pub readings: u64,
    /// Readings that were refused for want of room, or not begun before their deadline.
    pub late: u64,
    /// What failed otherwise.
    pub failures: u64,
    /// Events that nobody took in time.
    pub dropped: u64,
    /// The pool of recognition.
    pub recognition: PoolCounts,
    /// Stretches of sound that wait to be recognised now.
    pub waiting: usize,
}

/// Wakes whoever takes what was heard.
#[derive(Default)]
pub(crate) struct Outlet {
    waker: OnceLock<Waker>,
}

impl Outlet {
    fn wake(&self) {
        if let Some(wake) = self.waker.get() {
            wake();
        }
    }
}

/// Hears calls. Its thread ends with it.
pub struct Hearing {
    frames: Sender<Frame>,
    commands: Sender<Command>,
    heard: Receiver<(StreamId, Heard)>,
    outlet: Arc<Outlet>,
    pools: Pools,
    counters: Arc<Counters>,
    room: Arc<Room>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Hearing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hearing").field("figures", &self.figures()).finish_non_exhaustive()
    }
}

impl Hearing {
    /// Loads the models of a folder and starts the threads.
    ///
    /// # Errors
    /// When a model is missing or cannot be run.
    pub fn start(models: &Path, settings: &HearingSettings) -> Result<Self, HearingError> {
        let terms = Terms::new(&settings.vocabulary)?.map(Arc::new);
        let defaults = Defaults { terms, partials: settings.partials };
        let store = ModelStore::open(models)?;
        let runtime = Runtime::load(&store)?;
        let vad = Vad::load(&runtime, &store)?;
        let pools = pools(&runtime, &store, settings)?;
        let (frames, from_frames) = bounded(FRAMES_MAX);
        let (commands, from_commands) = bounded(COMMANDS_MAX);
        let (out, heard) = bounded(HEARD_MAX);
        let (wake, answered) = bounded(1);
        let outlet = Arc::new(Outlet::default());
        let counters = Arc::new(Counters::default());
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let room = Arc::new(Room::new(processors));
        let ends = Ends {
            frames: from_frames,
            commands: from_commands,
            answered,
            waker: TaskWaker::from(Arc::new(Answered(wake))),
            out,
            wake: Arc::clone(&outlet),
            counters: Arc::clone(&counters),
            room: Arc::clone(&room),
        };
        let listener = Listener::new(ends, vad, pools.clone(), defaults);
        let thread =
            std::thread::Builder::new().name("hearing".to_owned()).spawn(|| listener.run())?;
        let thread = Some(thread);
        Ok(Self { frames, commands, heard, outlet, pools, counters, room, thread })
    }

    /// Listens to a stream from now on.
    pub fn attend(&self, stream: &Stream, attention: Attention) {
        if let Some(tap) = self.attend_to(stream.id(), attention) {
            stream.listen(tap);
        }
    }

    /// Listens from now on to the packets of a call that are put into the queue that is returned,
    /// wherever they come from. `None` when the thread takes no commands.
    pub fn attend_to(&self, stream: StreamId, attention: Attention) -> Option<Sender<Frame>> {
        let attends = self.command(Command::Attend(stream, Box::new(attention)));
        attends.then(|| self.frames.clone())
    }

    /// The robot begins to say something on a stream and may be interrupted like this, or it has
    /// ended, or may not be. To be told once for each thing that it says.
    pub fn robot_talks(&self, stream: StreamId, talks: Option<InterruptionSettings>) {
        self.command(Command::RobotTalks(stream, talks));
    }

    /// What is listened for on a stream from now on.
    pub fn expect(&self, stream: StreamId, expectation: Expectation) {
        self.command(Command::Expect(stream, expectation));
    }

    /// What was said on a stream until that [pause](Heard::Paused) is an answer: nothing more has
    /// to be waited for.
    pub fn is_answer(&self, stream: StreamId, trial: u32) {
        self.command(Command::IsAnswer(stream, trial));
    }

    /// Nothing more comes on a stream: a turn under way is told as soon as its words are known.
    pub fn close(&self, stream: StreamId) {
        self.command(Command::Close(stream));
    }

    /// The call is over: what was asked for it is taken back.
    pub fn leave(&self, stream: StreamId) {
        self.command(Command::Leave(stream));
    }

    /// The next thing that was heard.
    pub fn next(&self) -> Option<(StreamId, Heard)> {
        self.heard.try_recv().ok()
    }

    /// Calls this when something was heard. Once: whoever listens does so for ever.
    pub fn wake_by(&self, waker: Waker) {
        drop(self.outlet.waker.set(waker));
    }

    /// How many calls can be heard well.
    pub fn room(&self) -> Arc<dyn RobotRoom> {
        Arc::<Room>::clone(&self.room)
    }

    /// What was done so far.
    pub fn figures(&self) -> HearingFigures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        HearingFigures {
            frames: read(&self.counters.frames),
            readings: read(&self.counters.readings),
            late: read(&self.counters.late),
            failures: read(&self.counters.failures),
            dropped: read(&self.counters.dropped),
            recognition: self.pools.recognition.counts(),
            waiting: self.pools.recognition.waiting(),
        }
    }

    fn command(&self, command: Command) -> bool {
        let sent = self.commands.send_timeout(command, WAIT).is_ok();
        if !sent {
            self.counters.note_failure("hearing", &"its thread stands still");
        }
        sent
    }
}

impl HearingFigures {
    /// For whoever looks after the machine: whether it could follow the calls.
    fn tell(&self) {
        let Self { readings, late, failures, dropped, .. } = *self;
        if late + failures + dropped > 0 {
            let advice = "more workers, or fewer calls at once, are needed where replies come late";
            tracing::warn!(readings, late, failures, dropped, advice, "not all was understood");
        } else {
            tracing::info!(readings, "every reply was read in time");
        }
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.figures().tell();
        // A thread that stands still is left behind.
        let told = self.commands.send_timeout(Command::Stop, WAIT).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| told)
            && thread.join().is_err()
        {
            tracing::error!("the hearing thread had panicked");
        }
    }
}

fn pools(
    runtime: &Runtime,
    store: &ModelStore,
    settings: &HearingSettings,
) -> Result<Pools, HearingError> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = if settings.workers > 0 { settings.workers } else { processors.div_ceil(2) };
    let waiting_max = settings.waiting_max;
    let (own_runtime, own_store) = (runtime.clone(), store.clone());
    let language = settings.language.clone();
    let make = move || {
        let model = if language == "en" { ENGLISH } else { MULTILINGUAL };
        let recogniser = Recogniser::load(&own_runtime, &own_store, model, &language)?;
        Ok::<_, RecognitionError>(RecognitionWorker::new(recogniser))
    };
    let pool = PoolSettings { workers, waiting_max, ..PoolSettings::default() };
    let (recognition, _) = Pool::start("recognition", pool, make)?;
    let (own_runtime, own_store) = (runtime.clone(), store.clone());
    let make = move || Melody::load(&own_runtime, &own_store);
    let pool = PoolSettings { workers: 1, waiting_max, ..PoolSettings::default() };
    let (melody, _) = Pool::start("melody", pool, make)?;
    Ok(Pools { recognition, melody, places: Places::beside(workers) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vocabulary_that_cannot_be_used_is_refused_before_a_model_is_looked_for() {
        let vocabulary = vec!["Okonkwo".to_owned(), String::new()];
        let settings = HearingSettings { vocabulary, ..HearingSettings::default() };
        let error = Hearing::start(Path::new("nowhere"), &settings).unwrap_err();
        assert!(matches!(error, HearingError::Terms(_)), "{error}");
        assert!(error.to_string().contains("hearing: vocabulary, term 2"), "{error}");
    }
}
