//! How persons understand the robot: a recogniser in a pool, and what was heard before.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use outcall_inference::pool::{Pending, Pool, PoolSettings, Priority};
use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;
use outcall_speech::recognition::{
    ENGLISH, Mode, Recogniser, RecognitionError, RecognitionRequest, RecognitionWorker, Transcript,
};
use sha2::{Digest, Sha256};

/// Stretches that may wait for the recogniser: more are not read.
const WAITING_MAX: usize = 256;
/// After this a reading is of no use.
const DEADLINE: Duration = Duration::from_secs(8);
/// The niceness of the recogniser's thread.
const NICE: i32 = 10;
/// What a robot says to many is read once: so many stretches are remembered.
const REMEMBERED: usize = 4_096;

/// The recogniser of all persons.
#[derive(Clone, Debug)]
pub(super) struct Readers {
    pool: Pool<RecognitionWorker>,
}

impl Readers {
    /// Loads the model of a folder.
    ///
    /// # Errors
    /// When it is missing or cannot be run.
    pub(super) fn load(models: &Path) -> Result<Self, RecognitionError> {
        let store = ModelStore::open(models)?;
        let runtime = Runtime::load(&store)?;
        let make = move || {
            give_way();
            let recogniser = Recogniser::load(&runtime, &store, ENGLISH, "en")?;
            Ok::<_, RecognitionError>(RecognitionWorker::new(recogniser))
        };
        let settings =
            PoolSettings { workers: 1, waiting_max: WAITING_MAX, ..PoolSettings::default() };
        let (pool, _) = Pool::start("persons", settings, make)?;
        Ok(Self { pool })
    }
}

/// Lets this thread have what processor time the others leave. People at the far end of a real
/// line understand without this machine's processors: what they take here must not be missing
/// where the robots' work is measured.
fn give_way() {
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "what persons hear is read with the priority of all threads");
    }
}

/// Why something is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A stretch, by its place in the record.
    Stretch(usize),
    /// What was said so far.
    SoFar,
}

/// The sound of a stretch, shortened.
type Print = [u8; 32];

/// A reading that is under way.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) purpose: Purpose,
    print: Option<Print>,
    state: State,
}

#[derive(Debug)]
enum State {
    Known(Arc<str>),
    Asked(Pending<Transcript>),
    /// There was no room.
    Refused,
}

/// What became of a reading: its words, or none when there was no time.
pub(super) type Outcome = Option<Arc<str>>;

/// The recogniser with its memory.
pub(super) struct Library {
    readers: Readers,
    known: HashMap<Print, Arc<str>>,
    order: VecDeque<Print>,
}

impl Library {
    pub(super) fn new(readers: Readers) -> Self {
        Self { readers, known: HashMap::new(), order: VecDeque::new() }
    }

    /// Begins to read. `urgent` is what somebody wants to answer.
    pub(super) fn read(&self, purpose: Purpose, samples: Vec<i16>, urgent: bool) -> Reading {
        let print = matches!(purpose, Purpose::Stretch(_)).then(|| print_of(&samples));
        let known = print.as_ref().and_then(|print| self.known.get(print));
        let state = match known {
            Some(words) => State::Known(Arc::clone(words)),
            None if samples.is_empty() => State::Known("".into()),
            None => self.ask(samples, urgent),
        };
        Reading { purpose, print, state }
    }

    fn ask(&self, samples: Vec<i16>, urgent: bool) -> State {
        let request = RecognitionRequest { samples: samples.into(), mode: Mode::Free, terms: None };
        let priority = if urgent { Priority::Interactive } else { Priority::Background };
        match self.readers.pool.ask(request, priority, now() + DEADLINE) {
            Ok(pending) => State::Asked(pending),
            Err(error) => {
                tracing::debug!(%error, "a person did not understand");
                State::Refused
            }
        }
    }

    /// The outcome of a reading, once there is one.
    pub(super) fn outcome(&mut self, reading: &mut Reading) -> Poll<Outcome> {
        let pending = match &mut reading.state {
            State::Known(words) => return Poll::Ready(Some(Arc::clone(words))),
            State::Refused => return Poll::Ready(None),
            State::Asked(pending) => pending,
        };
        // The thread looks again with the next frame: nobody has to wake it.
        match Pin::new(pending).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => {
                tracing::debug!(%error, "a person did not understand");
                Poll::Ready(None)
            }
            Poll::Ready(Ok(done)) => {
                let words: Arc<str> = done.reply.text.into();
                if let Some(print) = reading.print {
                    self.remember(print, Arc::clone(&words));
                }
                Poll::Ready(Some(words))
            }
        }
    }

    fn remember(&mut self, print: Print, words: Arc<str>) {
        if self.known.insert(print, words).is_none() {
            self.order.push_back(print);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

fn print_of(samples: &[i16]) -> Print {
    let mut hash = Sha256::new();
    for chunk in samples.chunks(512) {
        let bytes: Vec<u8> = chunk.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        hash.update(&bytes);
    }
    hash.finalize().into()
}

#[expect(clippy::disallowed_methods, reason = "deadlines of requests are of the real clock")]
fn now() -> Instant {
    Instant::now()
}
