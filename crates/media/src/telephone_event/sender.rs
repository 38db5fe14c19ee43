//! Digits that this side sends.

use std::collections::VecDeque;

use super::{CLOCK_PER_MS, Digit, PAYLOAD_LEN, Report};

/// Digits that may wait; more are refused.
pub const DIGITS_QUEUED_MAX: usize = 64;

/// Shortest digit that every receiver must recognise (ITU-T Q.24, table A-1).
pub const DURATION_MS_MIN: u16 = 40;

/// Longest digit that one segment can say with a margin (RFC 4733 section 2.5.1.3: 8,191 ms).
pub const DURATION_MS_MAX: u16 = 8_000;

/// The end of a digit is sent three times (RFC 4733 section 2.5.1.4).
const ENDS: u8 = 3;

/// Shortest time that a packet reports: one sweep of 20 ms.
const PACKET_UNITS: u32 = 20 * CLOCK_PER_MS;

/// A packet to send. The sequence number and the SSRC are those of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutgoingEvent {
    /// Whether the RTP marker is set: on the first packet of a digit.
    pub marker: bool,
    /// The RTP timestamp of all packets of the digit: when it began.
    pub timestamp: u32,
    /// The payload.
    pub payload: [u8; PAYLOAD_LEN],
}

/// Sends digits one after the other, a packet for each sweep.
///
/// An empty sender owns no memory.
#[derive(Clone, Debug, Default)]
pub struct DigitSender {
    waiting: VecDeque<Waiting>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    digit: Digit,
    duration_ms: u16,
    gap_ms: u16,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    Down {
        waiting: Waiting,
        start: u32,
        ends_sent: u8,
    },
    /// No packets; the next digit may begin when `gap` units have passed since `start`.
    Gap {
        start: u32,
        gap: u32,
    },
}

/// Why digits were not queued. None of them was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// A character that no key has.
    #[error("'{character}' is not a digit to send: use 0 to 9, *, # and A to D")]
    NotADigit {
        /// The character.
        character: char,
    },
    /// A digit too short to be recognised or too long for one event.
    #[error(
        "digits of {duration_ms} ms cannot be sent: use {DURATION_MS_MIN} to {DURATION_MS_MAX} ms"
    )]
    Duration {
        /// The duration asked for.
        duration_ms: u16,
    },
    /// The queue is full.
    #[error(
        "{asked} digits do not fit behind the {queued} that wait, the most is \
         {DIGITS_QUEUED_MAX}: send them after these"
    )]
    Full {
        /// Digits that wait.
        queued: usize,
        /// Digits asked for.
        asked: usize,
    },
}

impl DigitSender {
    /// Queues digits of `duration_ms` each with a pause of at least `gap_ms` after each one.
    ///
    /// The three packets of a digit's end fall into its pause, so that a pause lasts at least two
    /// sweeps.
    ///
    /// # Errors
    /// [`QueueError`]; then none of the digits is queued.
    pub fn queue(&mut self, digits: &str, duration_ms: u16, gap_ms: u16) -> Result<(), QueueError> {
        if !(DURATION_MS_MIN..=DURATION_MS_MAX).contains(&duration_ms) {
            return Err(QueueError::Duration { duration_ms });
        }
        let asked = digits.chars().count();
        let queued = self.waiting.len();
        if queued + asked > DIGITS_QUEUED_MAX {
            return Err(QueueError::Full { queued, asked });
        }
        if let Some(character) = digits.chars().find(|key| Digit::new(*key).is_none()) {
            return Err(QueueError::NotADigit { character });
        }
        let digits = digits.chars().filter_map(Digit::new);
        self.waiting.extend(digits.map(|digit| Waiting { digit, duration_ms, gap_ms }));
        Ok(())
    }

    /// The packet of this sweep, in place of an audio packet; `None` when there is none, as in the
    /// pause between two digits, in which audio may be sent.
    ///
    /// `now_timestamp` is the timestamp that this sweep's audio packet has or would have. A sweep
    /// that was missed shortens nothing: durations follow the timestamp.
    pub fn next(&mut self, now_timestamp: u32) -> Option<OutgoingEvent> {
        if let Stage::Gap { start, gap } = self.stage
            && now_timestamp.wrapping_sub(start) >= gap
        {
            self.stage = Stage::Idle;
        }
        if self.stage == Stage::Idle {
            let waiting = self.waiting.pop_front()?;
            self.stage = Stage::Down { waiting, start: now_timestamp, ends_sent: 0 };
        }
        let Stage::Down { waiting, start, ends_sent } = self.stage else { return None };
        let whole = u32::from(waiting.duration_ms) * CLOCK_PER_MS;
        let elapsed = now_timestamp.wrapping_sub(start);
        let duration = elapsed.saturating_add(PACKET_UNITS).min(whole);
        let end = ends_sent > 0 || duration == whole;
        self.stage = if !end {
            self.stage
        } else if ends_sent + 1 < ENDS {
            Stage::Down { waiting, start, ends_sent: ends_sent + 1 }
        } else {
            let gap = whole + u32::from(waiting.gap_ms) * CLOCK_PER_MS;
            Stage::Gap { start, gap }
        };
        let duration = if end { whole } else { duration };
        let duration = u16::try_from(duration).expect("invariant: DURATION_MS_MAX fits");
        let report = Report { event: waiting.digit.event(), end, duration };
        Some(OutgoingEvent { marker: elapsed == 0, timestamp: start, payload: report.write() })
    }

    /// Whether a digit is being sent, waits, or has not had its pause yet.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.stage != Stage::Idle || !self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each sweep of 20 ms sends, from `start` on, while the sender is active.
    fn sweeps(sender: &mut DigitSender, start: u32) -> Vec<Option<OutgoingEvent>> {
        let mut sent = Vec::new();
        let mut now = start;
        while sender.is_active() && sent.len() < 1_000 {
            sent.push(sender.next(now));
            now = now.wrapping_add(PACKET_UNITS);
        }
        sent
    }

    #[test]
    fn a_digit_grows_ends_three_times_and_keeps_its_timestamp() {
        let mut sender = DigitSender::default();
        sender.queue("5", 60, 80).unwrap();
        let sent = sweeps(&mut sender, 1000);
        let packets: Vec<_> = sent.iter().flatten().collect();
        let payloads: Vec<_> = packets.iter().map(|packet| packet.payload).collect();
        let expected =
            [[5, 10, 0, 160], [5, 10, 1, 64], [5, 138, 1, 224], [5, 138, 1, 224], [5, 138, 1, 224]];
        assert_eq!(payloads, expected);
        assert!(packets.iter().all(|packet| packet.timestamp == 1000));
        let markers: Vec<_> = packets.iter().map(|packet| packet.marker).collect();
        assert_eq!(markers, [true, false, false, false, false]);
    }

    #[test]
    fn the_next_digit_begins_after_the_pause() {
        let mut sender = DigitSender::default();
        sender.queue("12", 60, 80).unwrap();
        let sent = sweeps(&mut sender, 0);
        let begins: Vec<_> = sent
            .iter()
            .flatten()
            .filter(|packet| packet.marker)
            .map(|packet| packet.timestamp)
            .collect();
        assert_eq!(begins, [0, 140 * CLOCK_PER_MS]);
    }

    #[test]
    fn a_pause_leaves_room_for_all_ends_of_a_digit() {
        let mut sender = DigitSender::default();
        sender.queue("12", 40, 0).unwrap();
        let ends =
            sweeps(&mut sender, 0).iter().flatten().filter(|p| p.payload[1] & 0x80 != 0).count();
        assert_eq!(ends, 6);
    }

    #[test]
    fn a_missed_sweep_shortens_no_digit() {
        let mut sender = DigitSender::default();
        sender.queue("5", 100, 60).unwrap();
        assert_eq!(sender.next(0).unwrap().payload, [5, 10, 0, 160]);
        assert_eq!(sender.next(480).unwrap().payload, [5, 10, 2, 128]);
        assert_eq!(sender.next(9_000).unwrap().payload, [5, 138, 3, 32]);
    }

    #[test]
    fn a_refused_queue_changes_nothing() {
        let mut sender = DigitSender::default();
        assert_eq!(sender.queue("12x", 100, 60), Err(QueueError::NotADigit { character: 'x' }));
        assert_eq!(sender.queue("1", 39, 60), Err(QueueError::Duration { duration_ms: 39 }));
        assert_eq!(sender.queue("1", 8_001, 60), Err(QueueError::Duration { duration_ms: 8_001 }));
        sender.queue(&"1".repeat(60), 100, 60).unwrap();
        assert_eq!(sender.queue("12345", 100, 60), Err(QueueError::Full { queued: 60, asked: 5 }));
        sender.queue("1234", 100, 60).unwrap();
        let sent = sweeps(&mut sender, 0);
        assert_eq!(sent.iter().flatten().filter(|packet| packet.marker).count(), 64);
    }
}
