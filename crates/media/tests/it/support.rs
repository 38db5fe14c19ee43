//! Planes whose events can be waited for.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError};
use outcall_media::clip::Clip;
use outcall_media::g711::Law;
use outcall_media::jitter::JitterSettings;
use outcall_media::plane::{
    MediaEvent, MediaPlane, MediaSettings, MediaSink, Stream, StreamId, StreamReport,
};
use outcall_media::sdp::{Direction, Negotiated, PayloadTypes};
use outcall_media::wav;

/// Far longer than anything here takes, so that only a fault reaches it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Ports of a plane.
const PORTS: u16 = 20;

static NEXT_PORT: AtomicU16 = AtomicU16::new(22_000);

struct Queue(Sender<(StreamId, MediaEvent)>);

impl MediaSink for Queue {
    fn event(&self, stream: StreamId, event: MediaEvent) {
        // A test that has ended hears no more.
        let full = matches!(self.0.try_send((stream, event)), Err(TrySendError::Full(_)));
        assert!(!full, "no test has so many events");
    }
}

/// A plane and what it tells.
pub(crate) struct Side {
    pub(crate) plane: MediaPlane,
    events: Receiver<(StreamId, MediaEvent)>,
    /// Recordings that were complete before anyone waited for them.
    recorded: RefCell<Vec<PathBuf>>,
}

/// Settings whose buffer is deep enough for a machine that is busy with other tests.
pub(crate) fn settings() -> MediaSettings {
    let first = NEXT_PORT.fetch_add(PORTS, Ordering::Relaxed);
    MediaSettings {
        ports: first..=first + PORTS - 1,
        shards: 1,
        jitter: JitterSettings { min_ms: 200, max_ms: 500 },
        ..MediaSettings::default()
    }
}

impl Side {
    pub(crate) fn start(settings: MediaSettings) -> Self {
        let (queue, events) = crossbeam_channel::bounded(10_000);
        let plane = MediaPlane::start(settings, Arc::new(Queue(queue))).unwrap();
        Self { plane, events, recorded: RefCell::default() }
    }

    /// The first event from now on for which `wanted` has an answer. Those before it are dropped.
    pub(crate) fn wait<T>(&self, mut wanted: impl FnMut(MediaEvent) -> Option<T>) -> T {
        loop {
            let (_, event) = self.events.recv_timeout(PATIENCE).expect("the event comes in time");
            if let MediaEvent::RecordingFinished { path, .. } = &event {
                self.recorded.borrow_mut().push(path.clone());
            }
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    pub(crate) fn wait_finished(&self) -> u64 {
        self.wait(|event| match event {
            MediaEvent::PlaybackFinished { played_ms, .. } => Some(played_ms),
            _ => None,
        })
    }

    /// Closes a stream and returns its report and the events before it.
    pub(crate) fn close(&self, stream: &Stream) -> (Box<StreamReport>, Vec<MediaEvent>) {
        stream.close();
        let mut before = Vec::new();
        let report = self.wait(|event| match event {
            MediaEvent::Closed(report) => Some(report),
            other => {
                before.push(other);
                None
            }
        });
        (report, before)
    }

    pub(crate) fn wait_recorded(&self, path: &Path) -> wav::Sound {
        while !self.recorded.borrow().iter().any(|recorded| recorded == path) {
            self.wait(|event| matches!(event, MediaEvent::RecordingFinished { .. }).then_some(()));
        }
        wav::decode(&fs_err::read(path).unwrap()).unwrap()
    }
}

/// What SDP would have agreed on with a far end at this address: A-law, digits.
pub(crate) fn agreed(remote: SocketAddr) -> Negotiated {
    Negotiated {
        remote_rtp: remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
        law: Law::A,
        payload_type: 8,
        telephone_event: Some(101),
        receive: PayloadTypes { mu: None, a: Some(8), telephone_event: Some(101) },
        direction: Direction::SendReceive,
        local_key: None,
        remote_key: None,
        rtcp_mux: false,
    }
}

/// Connects two streams to each other.
pub(crate) fn connect(near: &Stream, far: &Stream) {
    near.connect(&agreed(far.local_rtp()));
    far.connect(&agreed(near.local_rtp()));
}

/// Noise that is never the same, so that its place can be found; and what a far end hears of it.
pub(crate) fn noise(ms: u32) -> (Arc<Clip>, Vec<i16>) {
    let mut state = 12_345_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) as i16) / 4
    };
    let samples: Vec<i16> = (0..ms * 8).map(|_| next()).collect();
    let heard = samples.iter().map(|&sample| Law::A.decode(Law::A.encode(sample))).collect();
    (Arc::new(Clip::from_samples(samples)), heard)
}

/// Whether `part` is in `whole`, without a gap.
pub(crate) fn contains(whole: &[i16], part: &[i16]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}
