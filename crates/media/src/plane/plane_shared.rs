//! What all parts of a plane share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::event::MediaSink;
use super::report::PlaneFigures;

/// Shared by the plane, its handles and its shards. Nothing here is touched for a packet.
pub(super) struct PlaneShared {
    pub(super) sink: Arc<dyn MediaSink>,
    pub(super) stopping: AtomicBool,
    pub(super) streams_open: AtomicUsize,
    pub(super) commands_lost: AtomicU64,
}

/// Figures that a shard publishes after each slice.
#[derive(Debug, Default)]
pub(super) struct Published {
    pub(super) packets_sent: AtomicU64,
    pub(super) packets_received: AtomicU64,
    pub(super) strangers: AtomicU64,
    pub(super) late: AtomicU64,
    pub(super) send_errors: AtomicU64,
    pub(super) sweeps_skipped: AtomicU64,
    pub(super) lateness_p50_us: AtomicU64,
    pub(super) lateness_p99_us: AtomicU64,
    pub(super) lateness_max_us: AtomicU64,
}

impl Published {
    /// Adds this shard's figures to those of the plane. Of the lateness the worst shard counts.
    pub(super) fn add_to(&self, figures: &mut PlaneFigures) {
        let read = |value: &AtomicU64| value.load(Ordering::Relaxed);
        figures.packets_sent += read(&self.packets_sent);
        figures.packets_received += read(&self.packets_received);
        figures.strangers += read(&self.strangers);
        figures.late += read(&self.late);
        figures.send_errors += read(&self.send_errors);
        figures.sweeps_skipped += read(&self.sweeps_skipped);
        figures.lateness_p50_us = figures.lateness_p50_us.max(read(&self.lateness_p50_us));
        figures.lateness_p99_us = figures.lateness_p99_us.max(read(&self.lateness_p99_us));
        figures.lateness_max_us = figures.lateness_max_us.max(read(&self.lateness_max_us));
    }
}
