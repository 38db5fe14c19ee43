//! What the farm has counted.

use outcall_media::plane::StreamReport;
use serde::Serialize;

/// Figures of a farm, counted outside of the program that calls it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FarmFigures {
    /// INVITEs that came.
    pub calls: u64,
    /// Calls that were answered and acknowledged.
    pub answered: u64,
    /// Calls that the caller ended after the answer.
    pub ended_by_caller: u64,
    /// Calls that the callee ended after the answer.
    pub ended_by_callee: u64,
    /// Calls that were cancelled.
    pub cancelled: u64,
    /// Calls that were refused.
    pub refused: u64,
    /// Calls that ended otherwise: never acknowledged, not refreshed.
    pub lost: u64,
    /// Calls alive now.
    pub alive: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// RTP packets that came.
    pub packets_received: u64,
    /// The share of packets that did not come, in percent.
    pub loss_pct: f64,
    /// How far the gaps between packets were from 20 ms, by the kernel's time stamps, at the
    /// probes: half of them by less.
    pub receive_jitter_p50_ms: f64,
    /// 99 of 100 by less.
    pub receive_jitter_p99_ms: f64,
    /// The worst.
    pub receive_jitter_max_ms: f64,
    /// Packets that the probes have timed.
    pub probed_packets: u64,
    /// How late the farm itself sent, 99 of 100 packets by less, in ms.
    pub send_jitter_p99_ms: f64,
    /// Packets that the caller sent and that did not come.
    #[serde(skip)]
    pub(super) packets_lost: u64,
}

impl FarmFigures {
    /// Adds what a stream came to.
    pub(super) fn add(&mut self, report: &StreamReport) {
        self.packets_sent += report.packets_sent;
        self.packets_received += report.packets_received;
        self.packets_lost += report.lost;
        let sent = self.packets_received + self.packets_lost;
        self.loss_pct = self.packets_lost as f64 * 100.0 / sent.max(1) as f64;
    }
}
