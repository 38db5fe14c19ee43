//! What the plane tells of its streams.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::report::StreamReport;
use crate::playback::{PlaybackEnd, PlaybackId};
use crate::telephone_event::DigitEvent;

/// A stream of a plane. Never used again by the same plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId(pub u64);

/// Takes the events of a plane.
pub trait MediaSink: Send + Sync {
    /// Called from the thread that carries the stream, or from the one that writes recordings. It
    /// must not block, and should only pass the event on: every other stream waits for it.
    fn event(&self, stream: StreamId, event: MediaEvent);
}

/// What happened to a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaEvent {
    /// The first packet went out.
    Sending {
        /// Since the stream was connected, in microseconds.
        after_connect_us: u64,
    },
    /// The first packet of the far end came in.
    FirstPacket {
        /// Since the stream was connected, in milliseconds.
        after_connect_ms: u64,
        /// Where it came from: not SDP's address when the far end is behind a translator.
        from: SocketAddr,
    },
    /// The far end pressed or released a key (RFC 4733).
    Digit(DigitEvent),
    /// A playback ended. One for each `play`.
    PlaybackFinished {
        /// Which one.
        playback: PlaybackId,
        /// How much of it was sent, in milliseconds.
        played_ms: u64,
        /// How it ended.
        how: PlaybackEnd,
    },
    /// We send, and nothing ever came. Said once.
    OneWay {
        /// How long we have been sending, in milliseconds.
        sent_ms: u64,
    },
    /// Packets came and have stopped.
    Lost {
        /// Since the last packet, in milliseconds.
        silent_ms: u64,
    },
    /// Packets come again after [`MediaEvent::Lost`].
    Resumed,
    /// Packets come, but their audio is silence.
    Quiet {
        /// For how long, in milliseconds.
        silent_ms: u64,
    },
    /// There is sound again after [`MediaEvent::Quiet`].
    Sound,
    /// The recording could not be written; it ends here. Said once for a recording.
    RecordingFailed {
        /// What happened, with the file's name.
        error: String,
    },
    /// The recording is complete on disk. It may come after [`MediaEvent::Closed`].
    RecordingFinished {
        /// The file.
        path: PathBuf,
        /// Its length, in milliseconds.
        duration_ms: u64,
    },
    /// The stream is closed and its ports are free. The last event, but for that of a recording.
    Closed(Box<StreamReport>),
}
