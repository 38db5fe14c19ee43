//! Figures of a stream and of a plane.

use std::path::PathBuf;

use serde::Serialize;

/// What a stream came to, told when it closes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StreamReport {
    /// Packets of RTP sent.
    pub packets_sent: u64,
    /// Packets of RTP accepted, duplicates among them.
    pub packets_received: u64,
    /// Bytes of payload sent.
    pub octets_sent: u64,
    /// Bytes of payload accepted.
    pub octets_received: u64,
    /// Packets that never came, by their numbers (RFC 3550, appendix A.3).
    pub lost: u64,
    /// Packets that came too late to be heard.
    pub late: u64,
    /// Packets that came twice.
    pub duplicate: u64,
    /// Audio made up in place of lost or late packets, in milliseconds.
    pub concealed_ms: u64,
    /// Audio that was heard faster because packets came more evenly than before, in milliseconds
    /// that were saved.
    pub shortened_ms: u64,
    /// Packets refused: from another source, not RTP, forged, or of a payload type that was not
    /// agreed on while the far end was not known yet.
    pub strangers: u64,
    /// How often the far end changed its SSRC.
    pub ssrc_changes: u32,
    /// Interarrival jitter (RFC 3550, section 6.4.1) at the end, in milliseconds. A packet
    /// counts as come when it is read: at a sweep of 20 ms, and of a burst perhaps one at each of
    /// the next eight sweeps. The figure is good for packets that come one by one, over many of
    /// them; of bursts it tells too little.
    pub jitter_ms: f64,
    /// Round trip by RTCP, the latest, in milliseconds.
    pub round_trip_ms: Option<f64>,
    /// Loss that the far end last reported of our packets, 0 to 1.
    pub far_end_loss: Option<f64>,
    /// From the connection to the far end's first packet, in milliseconds.
    pub first_packet_ms: Option<u64>,
    /// Clips sent, in milliseconds.
    pub audio_sent_ms: u64,
    /// Sound heard (above silence), in milliseconds.
    pub heard_ms: u64,
    /// We sent and nothing ever came.
    pub one_way: bool,
    /// Packets that the network stack refused to take.
    pub send_errors: u64,
    /// Frames that a listener was too slow for.
    pub listener_dropped_frames: u64,
    /// The latest recording.
    pub recording: Option<PathBuf>,
    /// Frames of 20 ms of it that the disk was too slow for: silence in the file.
    pub recording_dropped_frames: u64,
}

/// Figures of a plane since its start. At most a second old.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PlaneFigures {
    /// Streams open now.
    pub streams_open: u64,
    /// Packets of RTP sent.
    pub packets_sent: u64,
    /// Packets of RTP accepted.
    pub packets_received: u64,
    /// Packets refused, see [`StreamReport::strangers`].
    pub strangers: u64,
    /// Packets too late to be heard.
    pub late: u64,
    /// Packets that the network stack refused to take.
    pub send_errors: u64,
    /// Packets that were not sent since a thread was late by more than three sweeps: 20 ms of
    /// silence each.
    pub sweeps_skipped: u64,
    /// How late packets were sent against their schedule, in microseconds: half of them by less.
    pub lateness_p50_us: u64,
    /// 99 of 100 packets by less.
    pub lateness_p99_us: u64,
    /// The latest packet.
    pub lateness_max_us: u64,
    /// Commands that found the queue full for 50 ms and were lost.
    pub commands_lost: u64,
    /// Blocks of recordings (up to 1 s each) that the disk was too slow for.
    pub recording_blocks_dropped: u64,
}
