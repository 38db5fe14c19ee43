//! Does media flow both ways, and is there sound in it?

use super::event::MediaEvent;
use super::settings::MediaSettings;
use crate::playback::FRAME;

/// Mean size of a sample below which a frame is silence: about -66 dB of full scale. Comfort noise
/// of a quiet line lies above, digital silence and its dither below.
const SOUND_MEAN_MIN: u32 = 16;

/// What is watched in one stream. Times in microseconds of the plane's clock.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Since when both ways should flow; `None` while on hold or before the connection.
    flowing_since: Option<u64>,
    last_packet: Option<u64>,
    sound_at: u64,
    one_way: bool,
    lost: bool,
    quiet: bool,
    pub(super) heard_frames: u64,
}

impl Health {
    /// The connection changed: whether both ways should flow now.
    pub(super) fn connected(&mut self, flowing: bool, now_us: u64) {
        let before = self.flowing_since.take();
        self.flowing_since = flowing.then(|| before.unwrap_or(now_us));
        if before.is_none() {
            self.last_packet = self.last_packet.map(|_| now_us);
            self.sound_at = now_us;
        }
    }

    /// Packets came. Whether they come again after they were lost.
    pub(super) fn packets(&mut self, now_us: u64) -> bool {
        if self.last_packet.is_none() {
            self.sound_at = now_us;
        }
        self.last_packet = Some(now_us);
        std::mem::take(&mut self.lost)
    }

    /// A frame was heard.
    pub(super) fn frame(&mut self, frame: &[i16; FRAME], now_us: u64) -> Option<MediaEvent> {
        if !is_sound(frame) {
            return None;
        }
        self.heard_frames += 1;
        self.sound_at = now_us;
        std::mem::take(&mut self.quiet).then_some(MediaEvent::Sound)
    }

    /// Looks at the time that passed. At most one event a sweep.
    pub(super) fn check(&mut self, now_us: u64, settings: &MediaSettings) -> Option<MediaEvent> {
        let since = self.flowing_since?;
        let Some(last_packet) = self.last_packet else {
            let sent_ms = now_us.saturating_sub(since) / 1_000;
            let one_way = !self.one_way && sent_ms >= u64::from(settings.one_way_after_ms);
            self.one_way |= one_way;
            return one_way.then_some(MediaEvent::OneWay { sent_ms });
        };
        let silent_ms = now_us.saturating_sub(last_packet) / 1_000;
        if silent_ms >= u64::from(settings.lost_after_ms) {
            let first = !std::mem::replace(&mut self.lost, true);
            return first.then_some(MediaEvent::Lost { silent_ms });
        }
        let silent_ms = now_us.saturating_sub(self.sound_at) / 1_000;
        if silent_ms >= u64::from(settings.silence_after_ms) {
            let first = !std::mem::replace(&mut self.quiet, true);
            return first.then_some(MediaEvent::Quiet { silent_ms });
        }
        None
    }

    /// Nothing ever came although we sent.
    pub(super) fn is_one_way(&self) -> bool {
        self.last_packet.is_none() && self.one_way
    }
}

fn is_sound(frame: &[i16; FRAME]) -> bool {
    let sum: u32 = frame.iter().map(|&sample| u32::from(sample.unsigned_abs())).sum();
    sum >= SOUND_MEAN_MIN * FRAME as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn settings() -> MediaSettings {
        MediaSettings {
            one_way_after_ms: 2_000,
            lost_after_ms: 3_000,
            silence_after_ms: 4_000,
            ..MediaSettings::default()
        }
    }

    #[test]
    fn a_far_end_that_never_sends_is_told_once() {
        let mut health = Health::default();
        assert_eq!(health.check(9 * SECOND, &settings()), None, "not connected");
        health.connected(true, 10 * SECOND);
        assert_eq!(health.check(11 * SECOND, &settings()), None);
        let event = health.check(12 * SECOND, &settings());
        assert_eq!(event, Some(MediaEvent::OneWay { sent_ms: 2_000 }));
        assert_eq!(health.check(13 * SECOND, &settings()), None);
        assert!(health.is_one_way());
    }

    #[test]
    fn packets_that_stop_and_come_again_are_told() {
        let mut health = Health::default();
        health.connected(true, 0);
        assert!(!health.packets(SECOND));
        assert_eq!(health.check(3 * SECOND, &settings()), None);
        let event = health.check(4 * SECOND, &settings());
        assert_eq!(event, Some(MediaEvent::Lost { silent_ms: 3_000 }));
        assert_eq!(health.check(5 * SECOND, &settings()), None);
        assert!(health.packets(6 * SECOND));
        assert!(!health.packets(6 * SECOND));
        assert!(!health.is_one_way());
    }

    #[test]
    fn silence_and_sound_after_it_are_told() {
        let mut health = Health::default();
        health.connected(true, 0);
        health.packets(SECOND);
        assert_eq!(health.frame(&[100; FRAME], SECOND), None);
        for second in 2..5 {
            health.packets(second * SECOND);
            assert_eq!(health.frame(&[8; FRAME], second * SECOND), None);
            assert_eq!(health.check(second * SECOND, &settings()), None);
        }
        health.packets(5 * SECOND);
        let event = health.check(5 * SECOND, &settings());
        assert_eq!(event, Some(MediaEvent::Quiet { silent_ms: 4_000 }));
        assert_eq!(health.frame(&[-100; FRAME], 6 * SECOND), Some(MediaEvent::Sound));
        assert_eq!(health.heard_frames, 2);
    }

    #[test]
    fn a_call_on_hold_misses_nothing() {
        let mut health = Health::default();
        health.connected(true, 0);
        health.packets(SECOND);
        health.connected(false, SECOND);
        assert_eq!(health.check(100 * SECOND, &settings()), None);
        health.connected(true, 100 * SECOND);
        assert_eq!(health.check(102 * SECOND, &settings()), None, "it has time to come back");
        assert_ne!(health.check(103 * SECOND, &settings()), None);
    }
}
