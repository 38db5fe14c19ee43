//! The streams of a process: sockets, threads, and the handle to each stream.
//!
//! [`MediaPlane::open`] binds a pair of ports and gives a [`Stream`] to one of the shards
//! (`shard`), which serves it at each sweep (`stream`): reads what came (`incoming`, from a
//! `source` that it believes), sends a packet (`outgoing`), looks after RTCP now and then
//! (`control`), and tells what happened to a [`MediaSink`].

mod arrivals;
mod clock;
mod commands;
mod context;
mod control;
mod crypt;
mod error;
mod event;
mod handle;
mod health;
mod incoming;
mod link;
mod outgoing;
mod plane_shared;
mod ports;
mod random;
mod report;
mod settings;
mod shard;
mod source;
mod stream;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;

pub use error::MediaError;
pub use event::{MediaEvent, MediaSink, StreamId};
pub use handle::{DigitsError, Frame, Stream};
pub use report::{PlaneFigures, StreamReport};
pub use settings::{MediaSettings, Symmetric};

use clock::Clock;
use commands::{Act, COMMANDS_PER_STREAM, Command, Shared};
use context::Context;
use handle::Handle;
use plane_shared::{PlaneShared, Published};
use ports::Ports;
use random::Random;
use shard::Shard;

use crate::recording::{Recorder, RecordingEvent};

/// Blocks of recordings (1 s, 32 kB) that may wait for the disk, for each stream that may be open.
const BLOCKS_PER_STREAM: usize = 2;
const BLOCKS_MAX: usize = 8_192;

/// The media plane of a process. Clones are the same plane; when the last one is dropped, its
/// streams close.
#[derive(Clone)]
pub struct MediaPlane {
    plane: Arc<Plane>,
}

struct Plane {
    settings: Arc<MediaSettings>,
    shared: Arc<PlaneShared>,
    ports: Arc<Ports>,
    shards: Vec<(Sender<Command>, Arc<Published>)>,
    recorder: Recorder,
    next_stream: AtomicU64,
    threads: Mutex<Threads>,
}

#[derive(Default)]
struct Threads {
    shards: Vec<JoinHandle<()>>,
    recordings: Option<JoinHandle<()>>,
}

impl Drop for Plane {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Release);
    }
}

impl MediaPlane {
    /// Starts the threads: one for each shard and one that writes recordings. `sink` is told what
    /// happens to streams.
    ///
    /// # Errors
    /// When the settings contradict themselves, or the system refuses a thread.
    pub fn start(settings: MediaSettings, sink: Arc<dyn MediaSink>) -> Result<Self, MediaError> {
        if let Some(problem) = settings.problem() {
            return Err(MediaError::Settings(problem));
        }
        let shared = Arc::new(PlaneShared {
            sink: Arc::clone(&sink),
            stopping: AtomicBool::new(false),
            streams_open: AtomicUsize::new(0),
            commands_lost: AtomicU64::new(0),
        });
        let blocks_max = (settings.streams_max * BLOCKS_PER_STREAM).clamp(256, BLOCKS_MAX);
        let tell = move |owner, event| sink.event(StreamId(owner), recording_event(event));
        let (recorder, recordings) =
            Recorder::start(blocks_max, Box::new(tell)).map_err(MediaError::Thread)?;
        let (bind, dscp, ports) = (settings.bind, settings.dscp, settings.ports.clone());
        let ports = Arc::new(Ports::new(bind, dscp, ports, &mut Random::default()));
        let settings = Arc::new(settings);
        let mut plane = Plane {
            settings,
            shared,
            ports,
            shards: Vec::new(),
            recorder,
            next_stream: AtomicU64::new(1),
            threads: Mutex::new(Threads { shards: Vec::new(), recordings: Some(recordings) }),
        };
        let clock = Clock::start();
        for number in 0..plane.settings.shards {
            let thread = plane.start_shard(number, clock).map_err(MediaError::Thread)?;
            plane.threads.get_mut().unwrap_or_else(PoisonError::into_inner).shards.push(thread);
        }
        Ok(Self { plane: Arc::new(plane) })
    }

    /// Opens a stream on a pair of ports of its own. It sends and receives nothing until it is
    /// connected.
    ///
    /// # Errors
    /// When no ports are free (the error names the range), as many streams are open as may be, or
    /// the plane was stopped.
    pub fn open(&self) -> Result<Stream, MediaError> {
        let Plane { shared, settings, .. } = &*self.plane;
        if shared.stopping.load(Ordering::Acquire) {
            return Err(MediaError::Stopped);
        }
        let max = settings.streams_max;
        if shared.streams_open.fetch_add(1, Ordering::AcqRel) >= max {
            shared.streams_open.fetch_sub(1, Ordering::AcqRel);
            return Err(MediaError::Full { max });
        }
        let opened = self.plane.open();
        if opened.is_err() {
            shared.streams_open.fetch_sub(1, Ordering::AcqRel);
        }
        opened
    }

    /// The figures of the plane, at most a second old.
    pub fn figures(&self) -> PlaneFigures {
        let Plane { shared, recorder, .. } = &*self.plane;
        let mut figures = PlaneFigures {
            streams_open: shared.streams_open.load(Ordering::Relaxed) as u64,
            commands_lost: shared.commands_lost.load(Ordering::Relaxed),
            recording_blocks_dropped: recorder.blocks_dropped(),
            ..PlaneFigures::default()
        };
        for (_, published) in &self.plane.shards {
            published.add_to(&mut figures);
        }
        figures
    }

    /// Closes all streams, completes all recordings and ends the threads. Blocks until that is
    /// done: do not call it from a [`MediaSink`].
    pub fn stop(self) {
        self.plane.shared.stopping.store(true, Ordering::Release);
        let mut threads = self.plane.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let threads = std::mem::take(&mut *threads);
        join(threads.shards);
        self.plane.recorder.stop();
        join(threads.recordings);
    }
}

impl Plane {
    fn start_shard(&mut self, number: usize, clock: Clock) -> std::io::Result<JoinHandle<()>> {
        let count = self.settings.shards;
        let capacity = self.settings.streams_max.div_ceil(count) * COMMANDS_PER_STREAM;
        let (sender, commands) = crossbeam_channel::bounded(capacity.max(256));
        let published = Arc::new(Published::default());
        let (settings, shared) = (Arc::clone(&self.settings), Arc::clone(&self.shared));
        let recorder = self.recorder.clone();
        let figures = Arc::clone(&published);
        let thread =
            std::thread::Builder::new().name(format!("media-{number}")).spawn(move || {
                let cx = Context::new(clock, settings, shared, recorder);
                Shard::new(number, count, commands, cx, figures).run();
            })?;
        self.shards.push((sender, published));
        Ok(thread)
    }

    fn open(&self) -> Result<Stream, MediaError> {
        let sockets = Box::new(self.ports.open()?);
        let address = self.settings.advertise.unwrap_or(self.settings.bind);
        let local_rtp = SocketAddr::new(address, sockets.port());
        let id = StreamId(self.next_stream.fetch_add(1, Ordering::Relaxed));
        let shared = Arc::new(Shared::new(id));
        let (commands, _) = &self.shards[id.0 as usize % self.shards.len()];
        let act = Act::Open { shared: Arc::clone(&shared), sockets };
        if commands.send(Command { stream: id, act }).is_err() {
            return Err(MediaError::Stopped);
        }
        let plane = Arc::clone(&self.shared);
        Ok(Stream::new(Handle { shared, local_rtp, commands: commands.clone(), plane }))
    }
}

fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    for thread in threads {
        if thread.join().is_err() {
            tracing::error!("a media thread had panicked: its streams were lost");
        }
    }
}

fn recording_event(event: RecordingEvent) -> MediaEvent {
    match event {
        RecordingEvent::Failed { error } => MediaEvent::RecordingFailed { error },
        RecordingEvent::Finished { path, duration_ms } => {
            MediaEvent::RecordingFinished { path, duration_ms }
        }
    }
}
