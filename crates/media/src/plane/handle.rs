//! The handle to one stream.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender};

use super::commands::{Act, Command, Shared};
use super::crypt::Keys;
use super::event::{MediaEvent, StreamId};
use super::link::Link;
use super::plane_shared::PlaneShared;
use crate::clip::Clip;
use crate::g711::Law;
use crate::playback::{FRAME, PlaybackEnd, PlaybackId, Playing};
use crate::sdp::Negotiated;
use crate::telephone_event::{DIGITS_QUEUED_MAX, Digit, QueueError};

/// How long a caller waits for room in a shard's queue. It empties every 2.5 ms.
const WAIT: Duration = Duration::from_millis(50);

/// 20 ms of the far end's audio as it is heard, for a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Whose.
    pub stream: StreamId,
    /// When it was heard, in milliseconds since the plane's start. Steps of 20; a larger one means
    /// frames that the listener was too slow for.
    pub time_ms: u64,
    /// 8 kHz, linear 16 bits.
    pub samples: [i16; FRAME],
    /// What was sent in the same 20 ms, when it was of a clip: so that a listener knows to the
    /// sample when its own sound was where in what it hears.
    pub playing: Option<Playing>,
}

/// Why digits were not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigitsError {
    /// The far end did not agree on telephone-event, or nothing is connected yet.
    #[error("the far end did not agree on telephone-event (RFC 4733): digits cannot be sent")]
    NotNegotiated,
    /// They cannot be queued.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The stream is closed, or its thread takes no commands.
    #[error("the stream takes no digits: it is closed, or its thread stands still")]
    Closed,
}

/// A stream of a plane: a pair of ports and what is sent and received there. Clones are the same
/// stream; it closes when it is told to, or when the last of them is dropped.
///
/// Every call is carried out at the next sweep of its shard, within 20 ms and in order.
#[derive(Clone)]
pub struct Stream {
    handle: Arc<Handle>,
}

pub(super) struct Handle {
    pub(super) shared: Arc<Shared>,
    pub(super) local_rtp: SocketAddr,
    pub(super) commands: Sender<Command>,
    pub(super) plane: Arc<PlaneShared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.close();
    }
}

impl Handle {
    fn close(&self) {
        if !self.shared.closing.swap(true, Ordering::AcqRel) {
            // Without room for it the shard looks at the flag, a little later.
            drop(self.commands.try_send(Command { stream: self.shared.id, act: Act::Close }));
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, local_rtp) = (self.id(), self.local_rtp());
        f.debug_struct("Stream").field("id", &id).field("local_rtp", &local_rtp).finish()
    }
}

impl Stream {
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle: Arc::new(handle) }
    }

    /// Its name in events.
    pub fn id(&self) -> StreamId {
        self.handle.shared.id
    }

    /// Where the far end shall send RTP, for SDP: the advertised address and this stream's port.
    /// RTCP is on the port above.
    pub fn local_rtp(&self) -> SocketAddr {
        self.handle.local_rtp
    }

    /// Begins, or changes, the flow of media as it was agreed on. A later call moves the media,
    /// puts it on hold or takes it off.
    pub fn connect(&self, negotiated: &Negotiated) {
        let link = Link::of(negotiated);
        let law = match link.law {
            Law::Mu => 1,
            Law::A => 2,
        };
        self.handle.shared.law.store(law, Ordering::Relaxed);
        self.handle.shared.digits.store(link.telephone_event.is_some(), Ordering::Relaxed);
        let keys = Keys::of(negotiated).map(Box::new);
        self.send(Act::Connect { link: Box::new(link), keys });
    }

    /// Plays a clip after those that are queued, without a gap.
    /// [`MediaEvent::PlaybackFinished`] tells its end, whatever becomes of it.
    pub fn play(&self, clip: Arc<Clip>) -> PlaybackId {
        self.play_as(clip, false)
    }

    /// As [`Stream::play`], again and again until it is stopped. What is queued behind it waits.
    pub fn play_loop(&self, clip: Arc<Clip>) -> PlaybackId {
        self.play_as(clip, true)
    }

    fn play_as(&self, clip: Arc<Clip>, looped: bool) -> PlaybackId {
        // Encoding a long clip takes milliseconds, which a shard does not have.
        match self.handle.shared.law.load(Ordering::Relaxed) {
            1 => drop(clip.encoded(Law::Mu)),
            2 => drop(clip.encoded(Law::A)),
            _ => drop((clip.encoded(Law::Mu), clip.encoded(Law::A))),
        }
        let next = &self.handle.shared.next_playback;
        let playback = PlaybackId(next.fetch_add(1, Ordering::Relaxed));
        if !self.send(Act::Play { playback, clip, looped }) {
            let how = PlaybackEnd::Stopped;
            let event = MediaEvent::PlaybackFinished { playback, played_ms: 0, how };
            self.handle.plane.sink.event(self.id(), event);
        }
        playback
    }

    /// Ends all that is queued, after a fade-out of `fade_ms` (at most 100).
    pub fn stop_playback(&self, fade_ms: u16) {
        self.send(Act::StopPlayback { fade_ms });
    }

    /// Holds the playback where it is.
    pub fn pause(&self) {
        self.send(Act::Pause);
    }

    /// Goes on after [`Stream::pause`].
    pub fn resume(&self) {
        self.send(Act::Resume);
    }

    /// Sends digits (RFC 4733), 100 ms each with pauses of 100 ms, after those that wait. Playback
    /// is held meanwhile.
    ///
    /// # Errors
    /// When one is not a key, when there are more than may wait, or when they were not agreed on.
    pub fn send_digits(&self, digits: &str) -> Result<(), DigitsError> {
        if let Some(character) = digits.chars().find(|&character| Digit::new(character).is_none()) {
            return Err(QueueError::NotADigit { character }.into());
        }
        if digits.len() > DIGITS_QUEUED_MAX {
            return Err(QueueError::Full { queued: 0, asked: digits.len() }.into());
        }
        if !self.handle.shared.digits.load(Ordering::Relaxed) {
            return Err(DigitsError::NotNegotiated);
        }
        if self.send(Act::Digits(digits.into())) { Ok(()) } else { Err(DigitsError::Closed) }
    }

    /// Records both directions into a new stereo file: the far end on the left, we on the right.
    /// A recording that goes on ends first.
    pub fn record(&self, path: PathBuf) {
        self.send(Act::Record(path));
    }

    /// Ends the recording. [`MediaEvent::RecordingFinished`] tells when it is complete.
    pub fn stop_recording(&self) {
        self.send(Act::StopRecording);
    }

    /// Gives each frame that is heard to a listener, in place of the one before. A listener whose
    /// queue is full misses frames, which is counted.
    pub fn listen(&self, tap: Sender<Frame>) {
        self.send(Act::Listen(tap));
    }

    /// Closes the stream. [`MediaEvent::Closed`] comes when it is done.
    pub fn close(&self) {
        self.handle.close();
    }

    /// Whether the command is on its way. The shard empties its queue at each slice: only one that
    /// stands still loses a command.
    fn send(&self, act: Act) -> bool {
        let command = Command { stream: self.id(), act };
        match self.handle.commands.send_timeout(command, WAIT) {
            Ok(()) => true,
            Err(SendTimeoutError::Disconnected(_)) => false,
            Err(SendTimeoutError::Timeout(_)) => {
                self.handle.plane.commands_lost.fetch_add(1, Ordering::Relaxed);
                false
            }
        }
    }
}
