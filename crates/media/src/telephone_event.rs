//! Digits as RTP packets of their own: telephone-event (RFC 4733).
//!
//! A digit is an event that begins at one RTP timestamp. All its packets carry that timestamp and a
//! duration that grows; the last one has the end bit and is sent three times. [`DigitReceiver`]
//! makes one start and one end of that, [`DigitSender`] does the reverse.

mod receiver;
mod sender;

pub use receiver::{DigitEvent, DigitReceiver};
pub use sender::{
    DIGITS_QUEUED_MAX, DURATION_MS_MAX, DURATION_MS_MIN, DigitSender, OutgoingEvent, QueueError,
};

use std::fmt;

/// Bytes of one event's payload (RFC 4733 section 2.3).
pub const PAYLOAD_LEN: usize = 4;

/// The clock of the events of this platform: that of the audio beside them.
const CLOCK_PER_MS: u32 = crate::g711::CLOCK_HZ / 1_000;

/// The end bit, in the second byte.
const END: u8 = 0x80;

/// One of the sixteen keys: `0` to `9`, `*`, `#`, `A` to `D` (RFC 4733 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digit(char);

/// The keys in the order of their event codes.
const KEYS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

impl Digit {
    /// The digit that a character names; letters in either case. `None` for any other character.
    #[must_use]
    pub fn new(character: char) -> Option<Self> {
        let key = character.to_ascii_uppercase();
        KEYS.contains(&key).then_some(Self(key))
    }

    /// The digit of an event code, or `None` above 15: other events are not digits.
    #[must_use]
    pub fn from_event(code: u8) -> Option<Self> {
        KEYS.get(usize::from(code)).copied().map(Self)
    }

    /// The event code, 0 to 15.
    #[must_use]
    pub fn event(self) -> u8 {
        let place = KEYS.iter().position(|key| *key == self.0);
        let place = place.expect("invariant: a digit is made only of a key");
        u8::try_from(place).expect("invariant: there are sixteen keys")
    }

    /// The key, letters in upper case.
    #[must_use]
    pub const fn as_char(self) -> char {
        self.0
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// An event's payload, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Report {
    event: u8,
    end: bool,
    /// Timestamp units since the event began.
    duration: u16,
}

impl Report {
    fn read(payload: &[u8]) -> Option<Self> {
        let [event, flags, high, low] = *payload.first_chunk::<PAYLOAD_LEN>()?;
        let duration = u16::from_be_bytes([high, low]);
        Some(Self { event, end: flags & END != 0, duration })
    }

    fn write(self) -> [u8; PAYLOAD_LEN] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, if self.end { END | VOLUME } else { VOLUME }, high, low]
    }
}

/// The power that a gateway shall give the tone: 10 dB below the reference (dBm0, without sign).
const VOLUME: u8 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_and_event_codes_are_those_of_the_standard() {
        let codes = |keys: &str| -> Vec<u8> {
            keys.chars().map(|key| Digit::new(key).unwrap().event()).collect()
        };
        assert_eq!(codes("09*#AD"), [0, 9, 10, 11, 12, 15]);
        assert_eq!(Digit::new('b').unwrap().as_char(), 'B');
        assert_eq!((Digit::new('E'), Digit::new('+'), Digit::from_event(16)), (None, None, None));
    }

    #[test]
    fn a_payload_is_written_as_the_standard_draws_it() {
        let report = Report { event: 11, end: true, duration: 800 };
        assert_eq!(report.write(), [11, 0x8a, 0x03, 0x20]);
        assert_eq!(Report::read(&report.write()), Some(report));
        assert_eq!(Report::read(&[11, 0x8a, 3]), None);
    }

    fn sent(keys: &str, duration_ms: u16, gap_ms: u16) -> Vec<OutgoingEvent> {
        let mut sender = DigitSender::default();
        sender.queue(keys, duration_ms, gap_ms).unwrap();
        let mut packets = Vec::new();
        let mut now = 0xffff_ff00_u32; // across the wrap of the timestamps
        while sender.is_active() {
            packets.extend(sender.next(now));
            now = now.wrapping_add(160);
        }
        packets
    }

    fn keys_of(events: impl IntoIterator<Item = DigitEvent>) -> String {
        let started = events.into_iter().filter_map(|event| match event {
            DigitEvent::Started(digit) => Some(digit.as_char()),
            DigitEvent::Ended { .. } => None,
        });
        started.collect()
    }

    proptest! {
        #[test]
        fn what_is_sent_arrives_once_in_spite_of_losses_and_copies(
            keys in "[0-9*#A-D]{1,12}", duration_ms in 40u16..500, gap_ms in 0u16..300,
            chance in prop::collection::vec(0u8..10, 1..97),
        ) {
            let mut receiver = DigitReceiver::default();
            let mut events = Vec::new();
            let mut whole_events = Vec::new();
            for (place, packet) in sent(&keys, duration_ms, gap_ms).iter().enumerate() {
                // The first packet of a digit always arrives; of the others some are lost or
                // come twice.
                let copies = match chance[place % chance.len()] {
                    _ if packet.marker => 1,
                    0..=3 => 0,
                    4 => 2,
                    _ => 1,
                };
                let OutgoingEvent { marker, timestamp, payload } = packet;
                for _ in 0..copies {
                    events.extend(receiver.receive(*timestamp, *marker, payload));
                }
                whole_events.push(*timestamp);
            }
            whole_events.dedup();
            prop_assert_eq!(whole_events.len(), keys.len());
            prop_assert_eq!(keys_of(events), keys);
        }

        #[test]
        fn no_payload_panics(
            packets in prop::collection::vec(
                (any::<u32>(), any::<bool>(), prop::collection::vec(any::<u8>(), 0..8)), 0..40,
            ),
        ) {
            let mut receiver = DigitReceiver::default();
            for (timestamp, marker, payload) in packets {
                let heard = receiver.receive(timestamp, marker, &payload);
                let is_digit = payload.len() >= PAYLOAD_LEN && payload[0] < 16;
                prop_assert!(heard.is_none() || is_digit);
                let was_down = receiver.is_down();
                prop_assert!(receiver.expire(timestamp).is_none() || was_down);
            }
        }
    }
}
