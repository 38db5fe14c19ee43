//! The audio of calls in progress: who can reach it, and where its events go.
//!
//! The carrier opens a stream for each call; whoever talks on the call finds it here by the call's
//! attempt. Audio itself never passes: only events do.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};
use outcall_campaign::AttemptId;
use outcall_campaign::attempt::{ConversationEnd, EndCause};
use outcall_media::plane::{MediaEvent, MediaSink, Stream, StreamId};

use crate::carrier::Waker;

/// How many events of streams may wait. What comes above that is dropped and counted: each of them
/// only tells what a later one, or the end of the call, tells too.
const QUEUED_EVENTS: usize = 65_536;

/// Whose line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LineId {
    /// A call of ours.
    Attempt(AttemptId),
    /// The n-th call that came in.
    Incoming(u64),
}

/// One end of a queue of events, and what wakes its reader.
struct Outlet {
    sender: Sender<(StreamId, MediaEvent)>,
    waker: OnceLock<Waker>,
}

impl Outlet {
    fn send(&self, stream: StreamId, event: MediaEvent) -> bool {
        let sent = self.sender.try_send((stream, event)).is_ok();
        self.wake();
        sent
    }

    fn wake(&self) {
        if let Some(wake) = self.waker.get() {
            wake();
        }
    }
}

#[derive(Default)]
struct Directory {
    lines: HashMap<LineId, Stream>,
    by_stream: HashMap<StreamId, LineId>,
    /// What was heard on them, as it was written down last.
    heard: HashMap<LineId, serde_json::Value>,
    /// Calls of ours on which sound came before the answer, and those of them that are over since
    /// then. For whoever listens.
    early: HashSet<LineId>,
    early_changes: Vec<(LineId, Early)>,
    /// What the network said of calls before the answer.
    announced: HashMap<LineId, EndCause>,
    /// Calls that came in and that nobody talks on yet, with their scenarios. Never more than there
    /// may be incoming calls at once.
    came_in: Vec<(LineId, String)>,
    /// Calls that came in and that whoever talked on them is done with, and how. At most one for
    /// each that came in.
    talked: Vec<(LineId, ConversationEnd)>,
}

/// What became of the sound that came before an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Early {
    /// It has begun.
    Begins,
    /// The call is over.
    Over,
}

impl Directory {
    /// When nobody takes them, all that wait are dropped: nobody listens then.
    fn note_early(&mut self, line: LineId, change: Early) {
        if self.early_changes.len() >= QUEUED_EVENTS {
            self.early_changes.clear();
        }
        self.early_changes.push((line, change));
    }
}

/// The streams of calls, by their calls. The carrier and the conversations share it.
pub struct Lines {
    directory: Mutex<Directory>,
    carrier: Outlet,
    talkers: Outlet,
    dropped: AtomicU64,
}

/// Where events of streams come out.
pub struct LineEvents(Receiver<(StreamId, MediaEvent)>);

impl LineEvents {
    /// The next event that waits.
    pub fn next(&self) -> Option<(StreamId, MediaEvent)> {
        self.0.try_recv().ok()
    }
}

impl Lines {
    /// An empty directory; the carrier's events, and those of whoever talks.
    pub(crate) fn new() -> (Arc<Self>, LineEvents, LineEvents) {
        let (to_carrier, for_carrier) = bounded(QUEUED_EVENTS);
        let (to_talkers, for_talkers) = bounded(QUEUED_EVENTS);
        let outlet = |sender| Outlet { sender, waker: OnceLock::new() };
        let lines = Self {
            directory: Mutex::default(),
            carrier: outlet(to_carrier),
            talkers: outlet(to_talkers),
            dropped: AtomicU64::new(0),
        };
        (Arc::new(lines), LineEvents(for_carrier), LineEvents(for_talkers))
    }

    fn directory(&self) -> MutexGuard<'_, Directory> {
        // Nothing under this lock panics.
        self.directory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The audio of a call, while it lives.
    pub fn stream(&self, line: LineId) -> Option<Stream> {
        self.directory().lines.get(&line).cloned()
    }

    /// Whose stream it is.
    pub(crate) fn line_of(&self, stream: StreamId) -> Option<LineId> {
        self.directory().by_stream.get(&stream).copied()
    }

    pub(crate) fn insert(&self, line: LineId, stream: &Stream) {
        let mut directory = self.directory();
        directory.by_stream.insert(stream.id(), line);
        directory.lines.insert(line, stream.clone());
    }

    pub(crate) fn remove(&self, line: LineId) -> Option<Stream> {
        let mut directory = self.directory();
        directory.heard.remove(&line);
        directory.announced.remove(&line);
        if directory.early.remove(&line) {
            directory.note_early(line, Early::Over);
            self.talkers.wake();
        }
        let stream = directory.lines.remove(&line)?;
        directory.by_stream.remove(&stream.id());
        Some(stream)
    }

    /// Writes down what was heard on a call, in place of what was written before. It goes into the
    /// call's report. Of a call that is over nothing is written.
    pub fn write_down(&self, line: LineId, heard: serde_json::Value) {
        let mut directory = self.directory();
        if directory.lines.contains_key(&line) {
            directory.heard.insert(line, heard);
        }
    }

    /// What was written down of a call; at most once.
    pub(crate) fn take_heard(&self, line: LineId) -> Option<serde_json::Value> {
        self.directory().heard.remove(&line)
    }

    /// Sound comes on a call of ours before it is answered: somebody may listen.
    pub(crate) fn early_media(&self, line: LineId) {
        let mut directory = self.directory();
        if directory.early.insert(line) {
            directory.note_early(line, Early::Begins);
            self.talkers.wake();
        }
    }

    /// On which calls there is sound before the answer, and which of them are over, since the last
    /// time and in this order.
    pub fn take_early(&self) -> Vec<(LineId, Early)> {
        std::mem::take(&mut self.directory().early_changes)
    }

    /// Before the answer the network has said what the call will end as: more than SIP will tell.
    /// Of a call that is over nothing is noted.
    pub fn announced(&self, line: LineId, cause: EndCause) {
        let mut directory = self.directory();
        if directory.lines.contains_key(&line) {
            directory.announced.insert(line, cause);
        }
    }

    /// What the network has said of a call; at most once.
    pub(crate) fn take_announced(&self, line: LineId) -> Option<EndCause> {
        self.directory().announced.remove(&line)
    }

    /// A call has come in and is answered: somebody is to talk on it.
    pub(crate) fn call_came_in(&self, line: LineId, scenario: &str) {
        self.directory().came_in.push((line, scenario.to_owned()));
        self.talkers.wake();
    }

    /// The calls that came in since the last time.
    pub fn take_came_in(&self) -> Vec<(LineId, String)> {
        std::mem::take(&mut self.directory().came_in)
    }

    /// Whoever talked on a call that came in is done: it is to be hung up.
    pub fn talked(&self, line: LineId, end: ConversationEnd) {
        self.directory().talked.push((line, end));
        self.carrier.wake();
    }

    /// The calls to hang up, and how their conversations ended.
    pub(crate) fn take_talked(&self) -> Vec<(LineId, ConversationEnd)> {
        std::mem::take(&mut self.directory().talked)
    }

    /// Wakes the carrier's driver for its events.
    pub(crate) fn wake_carrier_by(&self, waker: Waker) {
        // A carrier has one driver for its whole life.
        drop(self.carrier.waker.set(waker));
    }

    /// Wakes whoever talks for its events.
    pub fn wake_talkers_by(&self, waker: Waker) {
        drop(self.talkers.waker.set(waker));
    }

    /// How many events were dropped because nobody took them in time.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl MediaSink for Lines {
    fn event(&self, stream: StreamId, event: MediaEvent) {
        let is_talk = matches!(event, MediaEvent::Digit(_) | MediaEvent::PlaybackFinished { .. });
        let outlet = if is_talk { &self.talkers } else { &self.carrier };
        if !outlet.send(stream, event) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
