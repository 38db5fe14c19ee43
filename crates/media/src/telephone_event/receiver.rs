//! Digits that the other side sends.

use super::{CLOCK_PER_MS, Digit, Report};

/// What a caller hears of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitEvent {
    /// A key went down: said at the first packet of an event, whichever packet that is. It also
    /// ends a key that was still down; no [`DigitEvent::Ended`] comes for that one.
    Started(Digit),
    /// The key went up.
    Ended {
        /// The key.
        digit: Digit,
        /// How long it was down, as far as the packets told.
        duration_ms: u32,
    },
}

/// Makes one start, and at most one end, of the many packets of each digit.
///
/// When to report: the start at once, for a caller's key shall stop a prompt without delay. An end
/// at the first packet with the end bit; when that packet was also the first one of its event, at
/// the next one or by [`DigitReceiver::expire`].
///
/// Packets of the same event, of an earlier one, and of events that are not digits change nothing.
/// After a change of SSRC use a new receiver: timestamps begin anew.
#[derive(Clone, Copy, Debug, Default)]
pub struct DigitReceiver {
    current: Option<Current>,
}

#[derive(Clone, Copy, Debug)]
struct Current {
    digit: Digit,
    /// Timestamp of the latest packet: that of the event, or of its latest segment.
    timestamp: u32,
    /// Longest duration told for this segment.
    duration: u16,
    /// Units in the segments before this one.
    earlier_segments: u32,
    ended: bool,
    /// Caller's clock at the first look after the latest packet; `None` before that look.
    quiet_since: Option<u32>,
}

/// Packets this far behind the current event belong to an earlier one: 5 s. Farther behind, the
/// sender has set its clock anew, and the packet is of a new event.
const LATE_MAX: u32 = 5_000 * CLOCK_PER_MS;

/// A key whose packets stop without an end is taken to be up after 200 ms: four packets at the
/// longest usual interval of 50 ms (RFC 4733 section 2.5.1.2).
const QUIET_MAX: u32 = 200 * CLOCK_PER_MS;

/// Some senders move the timestamp with each packet of one event. This far, 50 ms, it is taken for
/// the same event, provided that the duration does not fall.
const DRIFT_MAX: u32 = 50 * CLOCK_PER_MS;

impl DigitReceiver {
    /// Takes a packet: its RTP timestamp (8,000 a second), its marker, its payload.
    ///
    /// A payload that is too short, or whose event is not a digit, is ignored.
    pub fn receive(&mut self, timestamp: u32, marker: bool, payload: &[u8]) -> Option<DigitEvent> {
        let report = Report::read(payload)?;
        let digit = Digit::from_event(report.event)?;
        let Some(current) = &mut self.current else {
            return Some(self.start(timestamp, digit, report));
        };
        if current.continues(timestamp, marker, digit, report) {
            return current.update(timestamp, report);
        }
        let behind = current.timestamp.wrapping_sub(timestamp);
        if behind <= LATE_MAX {
            return None;
        }
        Some(self.start(timestamp, digit, report))
    }

    /// Ends a key whose packets stopped: call it from each sweep.
    ///
    /// `now_timestamp` is any clock that counts 8,000 a second and never stops; it need not be the
    /// other side's.
    pub fn expire(&mut self, now_timestamp: u32) -> Option<DigitEvent> {
        let current = self.current.as_mut().filter(|current| !current.ended)?;
        let since = *current.quiet_since.get_or_insert(now_timestamp);
        if now_timestamp.wrapping_sub(since) < QUIET_MAX {
            return None;
        }
        Some(current.end())
    }

    /// Whether a key is down: only then does [`DigitReceiver::expire`] have work.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.current.is_some_and(|current| !current.ended)
    }

    fn start(&mut self, timestamp: u32, digit: Digit, report: Report) -> DigitEvent {
        self.current = Some(Current {
            digit,
            timestamp,
            duration: report.duration,
            earlier_segments: 0,
            ended: false,
            quiet_since: None,
        });
        DigitEvent::Started(digit)
    }
}

impl Current {
    /// Whether a packet belongs to this event.
    fn continues(&self, timestamp: u32, marker: bool, digit: Digit, report: Report) -> bool {
        let ahead = timestamp.wrapping_sub(self.timestamp);
        if ahead == 0 {
            return true;
        }
        if marker || digit != self.digit {
            return false;
        }
        self.is_next_segment(ahead) || (ahead <= DRIFT_MAX && report.duration >= self.duration)
    }

    /// A key held longer than a duration can say goes on in a new segment that begins where the
    /// full one ended, without a marker (RFC 4733 section 2.5.1.3).
    fn is_next_segment(&self, ahead: u32) -> bool {
        !self.ended && ahead == u32::from(u16::MAX)
    }

    fn update(&mut self, timestamp: u32, report: Report) -> Option<DigitEvent> {
        let ahead = timestamp.wrapping_sub(self.timestamp);
        if self.is_next_segment(ahead) {
            self.earlier_segments = self.earlier_segments.saturating_add(ahead);
            self.duration = 0;
        }
        self.timestamp = timestamp;
        if self.ended {
            return None;
        }
        self.quiet_since = None;
        self.duration = self.duration.max(report.duration);
        report.end.then(|| self.end())
    }

    fn end(&mut self) -> DigitEvent {
        self.ended = true;
        let units = self.earlier_segments.saturating_add(u32::from(self.duration));
        DigitEvent::Ended { digit: self.digit, duration_ms: units / CLOCK_PER_MS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digit(key: char) -> Digit {
        Digit::new(key).unwrap()
    }

    /// Packets as (timestamp, marker, key, end, duration), and what came of each.
    fn heard(packets: &[(u32, bool, char, bool, u16)]) -> Vec<Option<DigitEvent>> {
        let mut receiver = DigitReceiver::default();
        let receive = |(timestamp, marker, key, end, duration): &(u32, bool, char, bool, u16)| {
            let report = Report { event: digit(*key).event(), end: *end, duration: *duration };
            receiver.receive(*timestamp, *marker, &report.write())
        };
        packets.iter().map(receive).collect()
    }

    const ENDED_100_MS: Option<DigitEvent> =
        Some(DigitEvent::Ended { digit: Digit('5'), duration_ms: 100 });

    #[test]
    fn a_digit_starts_at_its_first_packet_and_ends_at_its_first_end() {
        let events = heard(&[
            (1000, true, '5', false, 160),
            (1000, false, '5', false, 320),
            (1000, false, '5', true, 800),
            (1000, false, '5', true, 800),
            (1000, false, '5', true, 800),
        ]);
        let started = Some(DigitEvent::Started(digit('5')));
        assert_eq!(events, [started, None, ENDED_100_MS, None, None]);
    }

    #[test]
    fn a_digit_of_which_only_ends_arrive_is_still_heard() {
        let events = heard(&[(1000, false, '5', true, 800), (1000, false, '5', true, 800)]);
        assert_eq!(events, [Some(DigitEvent::Started(digit('5'))), ENDED_100_MS]);
    }

    #[test]
    fn the_same_key_twice_is_two_digits_even_when_the_first_end_is_lost() {
        let events = heard(&[(1000, true, '5', false, 160), (2600, true, '5', false, 160)]);
        assert_eq!(events, [Some(DigitEvent::Started(digit('5'))); 2]);
    }

    #[test]
    fn a_marker_begins_a_digit_however_soon() {
        let events = heard(&[(1000, true, '5', true, 160), (1320, true, '5', false, 160)]);
        assert_eq!(events, [Some(DigitEvent::Started(digit('5'))); 2]);
    }

    #[test]
    fn packets_of_an_earlier_digit_are_ignored() {
        let events = heard(&[
            (1000, true, '5', false, 160),
            (3000, true, '6', false, 160),
            (1000, false, '5', true, 800),
            (3000, false, '6', true, 400),
        ]);
        let ended = Some(DigitEvent::Ended { digit: digit('6'), duration_ms: 50 });
        assert_eq!(events[2..], [None, ended]);
    }

    #[test]
    fn a_sender_that_sets_its_clock_back_far_is_heard() {
        let events = heard(&[(500_000, true, '5', true, 160), (100, true, '6', false, 160)]);
        assert_eq!(events[1], Some(DigitEvent::Started(digit('6'))));
    }

    #[test]
    fn a_sender_that_moves_the_timestamp_within_a_digit_sends_one_digit() {
        let events = heard(&[
            (1000, true, '5', false, 160),
            (1160, false, '5', false, 320),
            (1320, false, '5', true, 800),
            (1480, false, '5', true, 800),
        ]);
        assert_eq!(events, [Some(DigitEvent::Started(digit('5'))), None, ENDED_100_MS, None]);
    }

    #[test]
    fn a_key_held_longer_than_a_segment_is_one_digit() {
        let events = heard(&[
            (1000, true, '5', false, 160),
            (1000, false, '5', false, 65_535),
            (66_535, false, '5', false, 160),
            (66_535, false, '5', true, 1_600),
        ]);
        let ended = Some(DigitEvent::Ended { digit: digit('5'), duration_ms: 8_391 });
        assert_eq!(events, [Some(DigitEvent::Started(digit('5'))), None, None, ended]);
    }

    #[test]
    fn a_digit_without_an_end_is_up_after_200_ms_of_quiet() {
        let mut receiver = DigitReceiver::default();
        let packet = |duration| Report { event: 5, end: false, duration }.write();
        assert!(receiver.receive(1000, true, &packet(160)).is_some());
        // The caller's clock is another one, here about to wrap.
        let clock = 0xffff_fc00_u32;
        assert_eq!(receiver.expire(clock), None);
        assert_eq!(receiver.expire(clock.wrapping_add(1_440)), None);
        assert_eq!(receiver.receive(1000, false, &packet(800)), None);
        assert_eq!(receiver.expire(clock.wrapping_add(1_600)), None, "a packet came meanwhile");
        assert_eq!(receiver.expire(clock.wrapping_add(3_200)), ENDED_100_MS);
        assert_eq!(receiver.expire(clock.wrapping_add(9_000)), None, "an end comes once");
        assert_eq!(receiver.receive(1000, false, &packet(960)), None, "and stays");
    }

    #[test]
    fn events_that_are_not_digits_are_ignored() {
        let mut receiver = DigitReceiver::default();
        let flash = Report { event: 16, end: false, duration: 160 }.write();
        assert_eq!(receiver.receive(1000, true, &flash), None);
        assert_eq!(receiver.receive(1000, true, &[5, 0, 0]), None);
        assert!(!receiver.is_down());
    }
}
