//! From the handles to the shards.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64};

use crossbeam_channel::Sender;

use super::crypt::Keys;
use super::event::StreamId;
use super::handle::Frame;
use super::link::Link;
use super::ports::Sockets;
use crate::clip::Clip;
use crate::playback::PlaybackId;

/// Commands that may wait for a shard, for each stream that it may carry. A shard takes them every
/// 2.5 ms; a full queue makes the caller wait, at most 50 ms.
pub(super) const COMMANDS_PER_STREAM: usize = 8;

/// What a handle and its shard share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) id: StreamId,
    /// The stream shall close. [`Act::Close`] says so too; this is seen within
    /// [`LOOK_EVERY`](super::stream::LOOK_EVERY) sweeps even when no command gets through.
    pub(super) closing: AtomicBool,
    pub(super) next_playback: AtomicU64,
    /// What was connected last, for clips to be encoded before the shard needs them: 0 for
    /// nothing yet, 1 for mu-law, 2 for A-law.
    pub(super) law: AtomicU8,
    /// Whether digits were agreed on.
    pub(super) digits: AtomicBool,
}

impl Shared {
    pub(super) fn new(id: StreamId) -> Self {
        Self {
            id,
            closing: AtomicBool::new(false),
            next_playback: AtomicU64::new(1),
            law: AtomicU8::new(0),
            digits: AtomicBool::new(false),
        }
    }
}

/// For a stream.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) stream: StreamId,
    pub(super) act: Act,
}

/// What to do.
#[derive(Debug)]
pub(super) enum Act {
    Open { shared: Arc<Shared>, sockets: Box<Sockets> },
    Connect { link: Box<Link>, keys: Option<Box<Keys>> },
    Play { playback: PlaybackId, clip: Arc<Clip>, looped: bool },
    StopPlayback { fade_ms: u16 },
    Pause,
    Resume,
    Digits(Box<str>),
    Record(PathBuf),
    StopRecording,
    Listen(Sender<Frame>),
    Close,
}
