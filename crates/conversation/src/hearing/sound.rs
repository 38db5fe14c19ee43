//! The sound of one call: packets in, frames out, and what was said lately.

use std::collections::VecDeque;
use std::sync::Arc;

use outcall_media::playback::FRAME as PACKET;
use outcall_speech::vad::FRAME;

/// Samples in a millisecond.
const PER_MS: u64 = 8;
/// A packet, in ms.
const PACKET_MS: u64 = PACKET as u64 / PER_MS;
/// Packets that are missing are silence, up to so many ms; a longer hole is made so long.
const HOLE_MAX_MS: u64 = 1_000;
/// Kept while nobody speaks, in ms: a turn begins a little before it is noticed.
const KEPT_QUIET_MS: u64 = 600;
/// Kept of a turn, in ms: more than recognition takes.
const KEPT_TURN_MS: u64 = 30_000;

/// The sound of a call. Times are ms of its sound.
#[derive(Debug, Default)]
pub(super) struct Sound {
    /// The plane's time of the next packet.
    next_ms: Option<u64>,
    /// Samples that do not fill a frame yet.
    unframed: VecDeque<i16>,
    kept: VecDeque<i16>,
    /// Samples that were dropped before those that are kept.
    dropped: u64,
}

impl Sound {
    /// A packet of 20 ms that was heard at `time_ms` of the plane.
    pub(super) fn packet(&mut self, time_ms: u64, samples: &[i16; PACKET]) {
        let missing_ms = self.next_ms.map_or(0, |next_ms| time_ms.saturating_sub(next_ms));
        let hole = missing_ms.min(HOLE_MAX_MS) * PER_MS;
        self.unframed.extend(std::iter::repeat_n(0, hole as usize));
        self.unframed.extend(samples);
        self.next_ms = Some(time_ms + PACKET_MS);
    }

    /// The next 32 ms, when they are complete.
    pub(super) fn next_frame(&mut self) -> Option<[i16; FRAME]> {
        if self.unframed.len() < FRAME {
            return None;
        }
        let mut frame = [0; FRAME];
        for (place, sample) in frame.iter_mut().zip(self.unframed.drain(..FRAME)) {
            *place = sample;
        }
        self.kept.extend(&frame);
        Some(frame)
    }

    /// Where the frames that were given out end.
    pub(super) fn end_ms(&self) -> u64 {
        (self.dropped + self.kept.len() as u64) / PER_MS
    }

    /// Forgets what nobody will ask for: all but the last of it, or all before a turn.
    pub(super) fn forget(&mut self, in_turn: bool) {
        let most = (if in_turn { KEPT_TURN_MS } else { KEPT_QUIET_MS } * PER_MS) as usize;
        let excess = self.kept.len().saturating_sub(most);
        // Many at once: moving the ends of a ring by a frame each time costs as much as a frame.
        if excess >= FRAME {
            self.kept.drain(..excess);
            self.dropped += excess as u64;
            if !in_turn && self.kept.capacity() > 4 * most {
                self.kept.shrink_to(2 * most);
            }
        }
    }

    /// The samples of a stretch, as far as they are still kept.
    pub(super) fn stretch(&self, from_ms: u64, to_ms: u64) -> Arc<[i16]> {
        let place = |ms: u64| {
            let samples = (ms * PER_MS).saturating_sub(self.dropped);
            (samples as usize).min(self.kept.len())
        };
        let (from, to) = (place(from_ms), place(to_ms));
        self.kept.range(from..to.max(from)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(times: impl Iterator<Item = u64>) -> Sound {
        let mut sound = Sound::default();
        for time_ms in times {
            sound.packet(time_ms, &[time_ms as i16; PACKET]);
            while sound.next_frame().is_some() {}
        }
        sound
    }

    #[test]
    fn packets_become_frames_and_stretches_are_found_again() {
        let sound = fed((0..10).map(|n| 1_000 + n * 20));
        assert_eq!(sound.end_ms(), 192, "6 of 32 ms; 8 ms wait for more");
        assert_eq!(&*sound.stretch(20, 21), &[1_020; 8]);
        assert_eq!(sound.stretch(100, 10_000).len(), 92 * 8);
        assert!(sound.stretch(10_000, 100).is_empty());
    }

    #[test]
    fn missing_packets_are_silence_and_a_long_hole_is_cut_short() {
        let sound = fed([0, 20, 100, 120].into_iter());
        assert_eq!(&*sound.stretch(60, 61), &[0; 8]);
        assert_eq!(&*sound.stretch(100, 101), &[100; 8]);
        let sound = fed([0, 3_600_000].into_iter());
        assert!(sound.end_ms() <= 1_040, "{}", sound.end_ms());
    }

    #[test]
    fn memory_is_bounded_and_less_when_nobody_speaks() {
        let mut sound = Sound::default();
        let mut most = 0;
        for packet in 0..5_000 {
            sound.packet(packet * 20, &[1; PACKET]);
            while sound.next_frame().is_some() {}
            sound.forget(packet < 4_000);
            most = most.max(sound.kept.len());
        }
        assert!(most <= (KEPT_TURN_MS * PER_MS) as usize + 2 * FRAME, "{most}");
        assert!(sound.kept.capacity() < 40_000, "{}", sound.kept.capacity());
        assert_eq!(sound.end_ms(), 99_968 + 32);
        assert_eq!(sound.stretch(0, 1_000).len(), 0, "forgotten");
    }
}
