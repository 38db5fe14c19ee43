//! Recordings: stereo files, the far end on the left and what we send on the right, written by one
//! thread of their own.
//!
//! A file is in the line's own law (G.711), a byte a sample: what came and went is in it code by
//! code, in half the bytes of linear samples. 1 min of a call takes 0.96 MB.
//!
//! A stream fills blocks of a second ([`Track`]) and hands each to the writer through a bounded
//! queue. A block that finds the queue full is dropped and counted, and the next one says how much
//! silence goes before it: the file keeps its time. Blocks come back through a pool.

mod track;
mod writer;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};

use crate::g711::Law;

pub use track::Track;

/// Frames of 20 ms in a block: 1 s.
pub const BLOCK_FRAMES: usize = 50;
/// Bytes of a frame: 160 samples of two channels.
pub const FRAME_SIZE: usize = 320;
/// Blocks that lie ready in the pool at most: 4 MiB.
const POOL_BLOCKS: usize = 256;

/// What the writer tells of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingEvent {
    /// The file could not be written and ends here. Said once.
    Failed {
        /// What happened, with the file's name.
        error: String,
    },
    /// The file is complete.
    Finished {
        /// The file.
        path: PathBuf,
        /// Its length, in milliseconds.
        duration_ms: u64,
    },
}

/// Takes what the writer tells; called from its thread. `owner` is what [`Recorder::begin`] got.
pub type RecordingSink = Box<dyn Fn(u64, RecordingEvent) + Send>;

enum Job {
    Begin { recording: u64, owner: u64, path: PathBuf, law: Law },
    Block { recording: u64, silent_frames: u64, bytes: Vec<u8> },
    End { recording: u64, silent_frames: u64 },
    Stop,
}

/// The way to the writer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    jobs: Sender<Job>,
    pool: Receiver<Vec<u8>>,
    /// Blocks that may wait; the rest of the queue is for beginnings and ends.
    blocks_max: usize,
    blocks_dropped: AtomicU64,
    next_recording: AtomicU64,
}

impl Recorder {
    /// Starts the writer. `blocks_max` blocks (16 kB each) may wait for the disk.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(blocks_max: usize, sink: RecordingSink) -> io::Result<(Self, JoinHandle<()>)> {
        let (jobs, queue) = crossbeam_channel::bounded(blocks_max * 2);
        let (used, pool) = crossbeam_channel::bounded(POOL_BLOCKS);
        let writer = writer::Writer::new(queue, used, sink);
        let thread =
            std::thread::Builder::new().name("recordings".to_owned()).spawn(|| writer.run())?;
        let (blocks_dropped, next_recording) = (AtomicU64::new(0), AtomicU64::new(1));
        let shared = Shared { jobs, pool, blocks_max, blocks_dropped, next_recording };
        Ok((Self { shared: Arc::new(shared) }, thread))
    }

    /// Begins a recording in the line's law; `owner` is told of it. `None` when the queue is full
    /// to its very end: the disk has stood still for long.
    pub fn begin(&self, owner: u64, path: PathBuf, law: Law) -> Option<Track> {
        let recording = self.shared.next_recording.fetch_add(1, Ordering::Relaxed);
        self.shared.jobs.try_send(Job::Begin { recording, owner, path, law }).ok()?;
        Some(Track::new(self.clone(), recording, law))
    }

    /// Ends the writer once it has written what waits.
    pub fn stop(&self) {
        // The writer takes jobs until this one, so that a full queue empties; without a writer
        // there is nothing to stop.
        drop(self.shared.jobs.send(Job::Stop));
    }

    /// Blocks that the disk was too slow for.
    pub fn blocks_dropped(&self) -> u64 {
        self.shared.blocks_dropped.load(Ordering::Relaxed)
    }

    /// Whether nothing waits for the writer.
    #[cfg(test)]
    fn is_idle(&self) -> bool {
        self.shared.jobs.is_empty()
    }

    /// An empty block.
    fn block(&self) -> Vec<u8> {
        let fresh = || Vec::with_capacity(BLOCK_FRAMES * FRAME_SIZE);
        self.shared.pool.try_recv().unwrap_or_else(|_| fresh())
    }

    /// Hands over a block; gives it back when the queue is full.
    fn hand_over(&self, recording: u64, silent_frames: u64, bytes: Vec<u8>) -> Result<(), Vec<u8>> {
        if self.shared.jobs.len() >= self.shared.blocks_max {
            self.shared.blocks_dropped.fetch_add(1, Ordering::Relaxed);
            return Err(bytes);
        }
        self.shared.jobs.try_send(Job::Block { recording, silent_frames, bytes }).map_err(|error| {
            self.shared.blocks_dropped.fetch_add(1, Ordering::Relaxed);
            match error.into_inner() {
                Job::Block { bytes, .. } => bytes,
                Job::Begin { .. } | Job::End { .. } | Job::Stop => Vec::new(),
            }
        })
    }

    fn end(&self, recording: u64, silent_frames: u64) {
        // Refused only when the disk stands still behind thousands of blocks; the file is then
        // closed when the writer ends, and can be read as it is.
        drop(self.shared.jobs.try_send(Job::End { recording, silent_frames }));
    }
}
