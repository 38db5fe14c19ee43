//! What the program wrote down of its calls' audio, summed.
//!
//! A sweep that is skipped sends nothing and takes no sequence number, so that no listener misses
//! anything: only the time of a call says how many packets it should have sent.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::peers::outcall::Attempt;

/// A packet each way holds so much audio.
const PACKET_MS: f64 = 20.0;

/// The part that is read here of the report in an attempt's `detail`.
#[derive(Debug, Deserialize)]
struct Detail {
    media: Option<Stream>,
}

/// Names as in the program's report of a stream. None has a default: a name that changes is to be
/// noticed.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Stream {
    packets_sent: u64,
    packets_received: u64,
    lost: u64,
    late: u64,
    concealed_ms: u64,
    recording_dropped_frames: u64,
}

/// From when to when was measured, in ms of the Unix epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub from_ms: i64,
    pub to_ms: i64,
}

/// The sum over all calls that were answered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Audio {
    /// Calls whose audio was counted.
    pub heard_of: u64,
    /// Calls that were answered before the window and ended after it.
    pub throughout: u64,
    /// Packets of RTP in the window, both ways: of each call as many as it had in the mean.
    pub window_packets: f64,
    packets_sent: u64,
    packets_received: u64,
    lost: u64,
    late: u64,
    concealed_ms: u64,
    talk_ms: i64,
    /// Frames of 20 ms that the disk was too slow for.
    pub recording_dropped_frames: u64,
}

impl Audio {
    /// Sums over the attempts of a run that is over.
    pub(super) fn sum(attempts: &[Attempt], window: Window) -> Result<Self> {
        let mut sum = Self::default();
        for attempt in attempts {
            // Who did not answer, and who was not called, has no audio.
            if let (Some(from_ms), Some(to_ms)) = (attempt.answered_ms, attempt.ended_ms) {
                let stream = stream(attempt).with_context(|| attempt.number.clone())?;
                sum.add(stream, Window { from_ms, to_ms }, window);
            }
        }
        Ok(sum)
    }

    fn add(&mut self, stream: Option<Stream>, talk: Window, window: Window) {
        self.heard_of += u64::from(stream.is_some());
        // What nobody wrote down was not sent: its time counts all the same.
        let stream = stream.unwrap_or_default();
        let talk_ms = (talk.to_ms - talk.from_ms).max(0);
        let inside = talk.from_ms <= window.from_ms && talk.to_ms >= window.to_ms;
        self.throughout += u64::from(inside);
        let (from_ms, to_ms) = (talk.from_ms.max(window.from_ms), talk.to_ms.min(window.to_ms));
        let share = (to_ms - from_ms).max(0) as f64 / talk_ms.max(1) as f64;
        self.window_packets += (stream.packets_sent + stream.packets_received) as f64 * share;
        self.packets_sent += stream.packets_sent;
        self.packets_received += stream.packets_received;
        self.lost += stream.lost;
        self.late += stream.late;
        self.concealed_ms += stream.concealed_ms;
        self.talk_ms += talk_ms;
        self.recording_dropped_frames += stream.recording_dropped_frames;
    }

    /// Of the packets that the time of the calls asks for, how many were sent, in percent.
    pub(super) fn sent_share_pct(&self) -> f64 {
        percent(self.packets_sent as f64, self.talk_ms as f64 / PACKET_MS)
    }

    /// The same of those that came. The farm skips sweeps too when it is late.
    pub(super) fn received_share_pct(&self) -> f64 {
        percent(self.packets_received as f64, self.talk_ms as f64 / PACKET_MS)
    }

    /// Of the packets that were sent to the program, how many never came, in percent.
    pub(super) fn lost_to_program_pct(&self) -> f64 {
        percent(self.lost as f64, (self.lost + self.packets_received) as f64)
    }

    /// Of the packets that came, how many came too late to be heard, in percent.
    pub(super) fn late_to_program_pct(&self) -> f64 {
        percent(self.late as f64, self.packets_received as f64)
    }

    /// How much of the audio was made up by the program in place of what did not come, in percent.
    pub(super) fn concealed_pct(&self) -> f64 {
        percent(self.concealed_ms as f64, self.talk_ms as f64)
    }
}

/// The carrier's report is JSON in a text.
fn stream(attempt: &Attempt) -> Result<Option<Stream>> {
    let Some(Value::String(text)) = &attempt.detail else { return Ok(None) };
    let detail: Detail = serde_json::from_str(text).with_context(|| text.clone())?;
    Ok(detail.media)
}

/// Of nothing, nothing.
fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part * 100.0 / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WINDOW: Window = Window { from_ms: 10_000, to_ms: 20_000 };

    fn attempt(answered_ms: i64, ended_ms: i64, media: Option<Value>) -> Attempt {
        let detail = media.map(|media| json!({ "tries": [], "media": media }).to_string());
        let attempt = json!({
            "number": "+16145500040", "answered_ms": answered_ms, "ended_ms": ended_ms,
            "disposition": "completed", "detail": detail
        });
        serde_json::from_value(attempt).unwrap()
    }

    fn media(packets_sent: u64, packets_received: u64) -> Value {
        json!({
            "packets_sent": packets_sent, "packets_received": packets_received, "lost": 10,
            "late": 5, "concealed_ms": 300, "recording_dropped_frames": 2, "jitter_ms": 1.0
        })
    }

    #[test]
    fn packets_that_were_not_sent_are_missing_from_the_time_of_the_calls() {
        let attempts =
            [attempt(5_000, 35_000, Some(media(1_500, 990))), attempt(5_000, 35_000, None)];
        let audio = Audio::sum(&attempts, WINDOW).unwrap();
        assert_eq!((audio.heard_of, audio.throughout), (1, 2));
        assert_eq!((audio.sent_share_pct(), audio.received_share_pct()), (50.0, 33.0));
        assert_eq!((audio.lost_to_program_pct(), audio.concealed_pct()), (1.0, 0.5));
        assert_eq!(audio.recording_dropped_frames, 2);
        // A third of the call is inside of the window.
        assert_eq!(audio.window_packets, 830.0);
    }

    #[test]
    fn calls_that_begin_late_or_end_early_are_not_there_throughout() {
        let whole = media(500, 500);
        let late = attempt(15_000, 25_000, Some(whole.clone()));
        let early = attempt(5_000, 15_000, Some(whole.clone()));
        let outside = attempt(20_000, 30_000, Some(whole));
        let audio = Audio::sum(&[late, early, outside], WINDOW).unwrap();
        assert_eq!((audio.heard_of, audio.throughout), (3, 0));
        assert_eq!((audio.window_packets, audio.sent_share_pct()), (1_000.0, 100.0));
    }

    #[test]
    fn who_did_not_answer_counts_nothing_and_a_report_without_a_name_is_an_error() {
        let busy = json!({ "number": "+16145500040", "answered_ms": null, "ended_ms": 1,
            "disposition": "busy", "detail": "{\"tries\":[]}" });
        let busy: Attempt = serde_json::from_value(busy).unwrap();
        let audio = Audio::sum(&[busy], WINDOW).unwrap();
        assert_eq!((audio.heard_of, audio.sent_share_pct()), (0, 0.0));
        let strange = attempt(5_000, 35_000, Some(json!({ "packets_sent": 1 })));
        assert!(Audio::sum(&[strange], WINDOW).is_err());
    }
}
