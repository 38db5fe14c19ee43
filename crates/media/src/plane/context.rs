//! What a shard lends to the stream that it serves.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hdrhistogram::Histogram;

use super::arrivals;
use super::clock::Clock;
use super::event::{MediaEvent, StreamId};
use super::plane_shared::{PlaneShared, Published};
use super::random::Random;
use super::settings::MediaSettings;
use crate::playback::{Ended, FRAME};
use crate::recording::Recorder;

/// The largest datagram that is read whole. Audio of 200 ms fits.
const DATAGRAM_MAX: usize = 2_048;
/// Longest lateness that the figures tell apart: a minute.
const LATENESS_MAX_US: u64 = 60_000_000;

/// Buffers that every sweep uses again.
pub(super) struct Scratch {
    pub(super) datagram: Box<[u8; DATAGRAM_MAX]>,
    pub(super) opened: Vec<u8>,
    pub(super) packet: Vec<u8>,
    pub(super) room: Vec<u8>,
    pub(super) encoded: [u8; FRAME],
    pub(super) heard: [i16; FRAME],
    pub(super) ended: Vec<Ended>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            datagram: Box::new([0; DATAGRAM_MAX]),
            opened: Vec::with_capacity(DATAGRAM_MAX),
            packet: Vec::with_capacity(DATAGRAM_MAX),
            room: arrivals::note_room(),
            encoded: [0; FRAME],
            heard: [0; FRAME],
            ended: Vec::with_capacity(64),
        }
    }
}

/// Counts of a shard, published after each slice.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) packets_sent: u64,
    pub(super) packets_received: u64,
    pub(super) strangers: u64,
    pub(super) late: u64,
    pub(super) send_errors: u64,
    pub(super) sweeps_skipped: u64,
}

/// Lent to each stream in turn.
pub(super) struct Context {
    pub(super) clock: Clock,
    pub(super) settings: Arc<MediaSettings>,
    pub(super) plane: Arc<PlaneShared>,
    pub(super) recorder: Recorder,
    pub(super) random: Random,
    pub(super) scratch: Scratch,
    pub(super) counts: Counts,
    /// How late packets are sent, in microseconds.
    pub(super) lateness: Histogram<u64>,
    /// When the slice should have begun.
    pub(super) deadline_us: u64,
    /// Sweeps since the plane's start.
    pub(super) sweep: u64,
}

impl Context {
    pub(super) fn new(
        clock: Clock,
        settings: Arc<MediaSettings>,
        plane: Arc<PlaneShared>,
        recorder: Recorder,
    ) -> Self {
        let lateness = Histogram::new_with_bounds(1, LATENESS_MAX_US, 2)
            .expect("invariant: bounds from 1, ascending, with 2 digits, are valid");
        Self {
            clock,
            settings,
            plane,
            recorder,
            random: Random::default(),
            scratch: Scratch::default(),
            counts: Counts::default(),
            lateness,
            deadline_us: 0,
            sweep: 0,
        }
    }

    pub(super) fn tell(&self, stream: StreamId, event: MediaEvent) {
        self.plane.sink.event(stream, event);
    }

    /// Notes that a packet goes out now.
    pub(super) fn note_lateness(&mut self, now_us: u64) {
        self.lateness.saturating_record(now_us.saturating_sub(self.deadline_us));
    }

    pub(super) fn publish(&self, published: &Published) {
        let counts = &self.counts;
        published.packets_sent.store(counts.packets_sent, Ordering::Relaxed);
        published.packets_received.store(counts.packets_received, Ordering::Relaxed);
        published.strangers.store(counts.strangers, Ordering::Relaxed);
        published.late.store(counts.late, Ordering::Relaxed);
        published.send_errors.store(counts.send_errors, Ordering::Relaxed);
        published.sweeps_skipped.store(counts.sweeps_skipped, Ordering::Relaxed);
    }

    /// The dear part of the figures: once a second.
    pub(super) fn publish_lateness(&self, published: &Published) {
        let [p50, p99] = [0.5, 0.99].map(|quantile| self.lateness.value_at_quantile(quantile));
        published.lateness_p50_us.store(p50, Ordering::Relaxed);
        published.lateness_p99_us.store(p99, Ordering::Relaxed);
        published.lateness_max_us.store(self.lateness.max(), Ordering::Relaxed);
    }
}
