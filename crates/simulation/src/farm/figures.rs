//! What the farm has counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use hdrhistogram::Histogram;
use outcall_media::plane::StreamReport;
use outcall_sip::EndedBy;
use serde::Serialize;

use super::probe::Measured;

/// Figures of a farm, counted outside of the program that calls it.
///
/// Those of the audio are of calls that are over: a stream is counted when it closes.
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
    /// Calls that were refused, those for which there was no room among them.
    pub refused: u64,
    /// The same, by the status that they were refused with.
    pub refused_with: BTreeMap<u16, u64>,
    /// Calls that ended otherwise: never acknowledged, not refreshed.
    pub lost: u64,
    /// Calls alive now.
    pub alive: u64,
    /// Streams of answered calls that are closed.
    pub streams: u64,
    /// Those of them on which nothing ever came. Nothing of them is in `loss_pct`: nobody knows how
    /// much was sent.
    pub streams_unheard: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// RTP packets that came.
    pub packets_received: u64,
    /// The share of packets that did not come, in percent.
    pub loss_pct: f64,
    /// Interarrival jitter at the end of each stream (RFC 3550, section 6.4.1), in ms: half of the
    /// streams had less. Of streams that a sweep of 20 ms reads it is coarse; the probes' is not.
    pub stream_jitter_p50_ms: f64,
    /// 99 of 100 streams had less.
    pub stream_jitter_p99_ms: f64,
    /// How far the gaps between packets were from 20 ms, by the kernel's time stamps, at the
    /// probes: half of them by less. 0 when nothing was probed.
    pub receive_jitter_p50_ms: f64,
    /// 99 of 100 by less.
    pub receive_jitter_p99_ms: f64,
    /// The worst.
    pub receive_jitter_max_ms: f64,
    /// Packets that the probes have timed.
    pub probed_packets: u64,
    /// How late the farm itself sent, 99 of 100 packets by less, in ms.
    pub send_jitter_p99_ms: f64,
    /// Reports of streams that found the farm too busy to count them: when this is not 0, the
    /// figures of the audio are too low.
    pub reports_dropped: u64,
    /// Commands that found the user agent too busy: that many callees fell silent.
    pub commands_dropped: u64,
}

/// The counters behind the figures.
pub(super) struct Tally {
    counted: FarmFigures,
    packets_lost: u64,
    jitter_us: Histogram<u64>,
}

impl Tally {
    pub(super) fn new() -> Self {
        let jitter_us = Histogram::new_with_bounds(1, 60_000_000, 3)
            .expect("invariant: the bounds are in order and three digits are allowed");
        Self { counted: FarmFigures::default(), packets_lost: 0, jitter_us }
    }

    pub(super) fn invited(&mut self) {
        self.counted.calls += 1;
    }

    pub(super) fn answered(&mut self) {
        self.counted.answered += 1;
    }

    pub(super) fn alive(&mut self, calls: usize) {
        self.counted.alive = calls as u64;
    }

    pub(super) fn command_dropped(&mut self) {
        self.counted.commands_dropped += 1;
    }

    /// A call is over.
    pub(super) fn ended(&mut self, answered: bool, by: EndedBy, refused_with: Option<u16>) {
        let counted = &mut self.counted;
        match (answered, by) {
            (true, EndedBy::Remote) => counted.ended_by_caller += 1,
            (true, EndedBy::Local) => counted.ended_by_callee += 1,
            (false, EndedBy::Remote) => counted.cancelled += 1,
            (false, EndedBy::Local) => {
                counted.refused += 1;
                if let Some(status) = refused_with {
                    *counted.refused_with.entry(status).or_default() += 1;
                }
            }
            (
                _,
                EndedBy::Refused
                | EndedBy::RingLimit
                | EndedBy::Timeout
                | EndedBy::NotSent
                | EndedBy::Broken
                | EndedBy::Expired,
            ) => counted.lost += 1,
        }
    }

    /// A stream is closed. Only answered calls are to be heard.
    pub(super) fn closed(&mut self, report: &StreamReport, answered: bool) {
        let counted = &mut self.counted;
        counted.packets_sent += report.packets_sent;
        counted.packets_received += report.packets_received;
        self.packets_lost += report.lost;
        if answered {
            counted.streams += 1;
            counted.streams_unheard += u64::from(report.packets_received == 0);
        }
        if report.packets_received > 0 {
            let jitter_us = (report.jitter_ms * 1_000.0).max(1.0);
            self.jitter_us.saturating_record(jitter_us as u64);
        }
    }

    /// What it comes to so far.
    pub(super) fn figures(&self, measured: &Mutex<Measured>) -> FarmFigures {
        let mut figures = self.counted.clone();
        let sent = figures.packets_received + self.packets_lost;
        figures.loss_pct = self.packets_lost as f64 * 100.0 / sent.max(1) as f64;
        let jitter_ms = |share| self.jitter_us.value_at_quantile(share) as f64 / 1_000.0;
        figures.stream_jitter_p50_ms = jitter_ms(0.5);
        figures.stream_jitter_p99_ms = jitter_ms(0.99);
        // Nothing under this lock panics.
        let measured = measured.lock().unwrap_or_else(PoisonError::into_inner);
        figures.receive_jitter_p50_ms = measured.jitter_ms(0.5);
        figures.receive_jitter_p99_ms = measured.jitter_ms(0.99);
        figures.receive_jitter_max_ms = measured.jitter_ms(1.0);
        figures.probed_packets = measured.packets;
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(tally: &Tally) -> FarmFigures {
        tally.figures(&Mutex::new(Measured::new()))
    }

    #[test]
    fn every_call_ends_in_exactly_one_place() {
        let mut tally = Tally::new();
        for answered in [false, true] {
            for by in [EndedBy::Local, EndedBy::Remote, EndedBy::Expired, EndedBy::Timeout] {
                tally.ended(answered, by, Some(486));
            }
        }
        let figures = figures(&tally);
        assert_eq!((figures.ended_by_caller, figures.ended_by_callee), (1, 1));
        assert_eq!((figures.cancelled, figures.refused, figures.lost), (1, 1, 4));
        assert_eq!(figures.refused_with, BTreeMap::from([(486, 1)]));
    }

    #[test]
    fn loss_is_the_share_of_what_should_have_come_and_silent_streams_are_told_apart() {
        let mut tally = Tally::new();
        let heard = StreamReport {
            packets_received: 99,
            lost: 1,
            jitter_ms: 2.0,
            ..StreamReport::default()
        };
        tally.closed(&heard, true);
        tally.closed(&StreamReport::default(), true);
        // Nobody speaks before the answer.
        tally.closed(&StreamReport::default(), false);
        let figures = figures(&tally);
        assert_eq!(figures.loss_pct, 1.0);
        assert_eq!((figures.streams, figures.streams_unheard), (2, 1));
        assert!((figures.stream_jitter_p99_ms - 2.0).abs() < 0.01, "{figures:?}");
    }
}
