//! A person's ear: from 20 ms frames of the robot's sound to stretches of speech; pure.

use outcall_media::playback::FRAME;

/// A frame is voiced from this loudness on: the root of the mean square of linear 16 bits, 44 dB
/// below full scale. Telephone speech lies around 20 dB higher, the noise of a line below it.
const VOICED: f64 = 200.0;
/// Frames that begin speech.
const BEGINS: u32 = 2;
/// How long it is quiet behind a stretch, in ms: shorter than pauses between sentences, longer
/// than those within words.
pub const GAP_MS: u64 = 280;
/// A stretch with less voice than this is none: a click.
const VOICE_MIN_MS: u64 = 80;
/// The longest stretch, in ms: recognition takes no more than 28 s.
const STRETCH_MAX_MS: u64 = 20_000;
/// What is kept from before the first voiced frame, and behind the last, in ms.
const BEFORE_MS: u64 = 100;
const BEHIND_MS: u64 = 120;
/// Samples in a millisecond.
const PER_MS: usize = 8;
/// The length of a frame, in ms.
pub const FRAME_MS: u64 = 20;

/// A stretch of the robot's speech. Times are in ms of the far end's samples since the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where its first voiced frame begins.
    pub start_ms: u64,
    /// Where its last voiced frame ends.
    pub end_ms: u64,
    /// Its sound, a little more than that: 8 kHz, linear 16 bits.
    pub samples: Vec<i16>,
}

/// What a frame brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sensed {
    /// The robot has begun to speak, at this time.
    Began(u64),
    /// A stretch is complete: it has been quiet for a while.
    Ended(Stretch),
}

#[derive(Debug)]
struct Open {
    start_ms: u64,
    voiced_ms: u64,
    /// Told to have begun.
    told: bool,
}

/// The ear of one call.
#[derive(Debug, Default)]
pub struct Ear {
    /// The latest sound, as much as may still be of use. Ends at `now_ms`.
    recent: Vec<i16>,
    now_ms: u64,
    last_voiced_ms: Option<u64>,
    first_voiced_ms: Option<u64>,
    open: Option<Open>,
}

impl Ear {
    /// The frame that begins at `time_ms`. Frames that are missing count as silence.
    pub fn frame(&mut self, time_ms: u64, samples: &[i16; FRAME]) -> Vec<Sensed> {
        let mut sensed = Vec::new();
        self.skip_to(time_ms, &mut sensed);
        self.recent.extend_from_slice(samples);
        self.now_ms = time_ms + FRAME_MS;
        if loudness(samples) >= VOICED {
            self.voiced(time_ms, &mut sensed);
        }
        self.close_if_quiet(&mut sensed);
        self.forget();
        sensed
    }

    /// Where the last voiced frame ended.
    pub fn last_voiced_ms(&self) -> Option<u64> {
        self.last_voiced_ms
    }

    /// Where the first stretch began.
    pub fn first_voiced_ms(&self) -> Option<u64> {
        self.first_voiced_ms
    }

    /// The sound of the stretch that goes on.
    pub fn so_far(&self) -> Option<Vec<i16>> {
        let open = self.open.as_ref().filter(|open| open.told)?;
        Some(self.sound(open.start_ms.saturating_sub(BEFORE_MS), self.now_ms))
    }

    /// The robot's stretch at the end of the call, if one goes on.
    pub fn finish(&mut self) -> Option<Stretch> {
        let last_ms = self.last_voiced_ms?;
        self.close(last_ms)
    }

    fn skip_to(&mut self, time_ms: u64, sensed: &mut Vec<Sensed>) {
        let missed_ms = time_ms.saturating_sub(self.now_ms);
        if missed_ms == 0 {
            return;
        }
        self.now_ms = time_ms;
        let silence = missed_ms.min(GAP_MS) as usize * PER_MS;
        self.recent.resize(self.recent.len() + silence, 0);
        self.close_if_quiet(sensed);
        if self.open.is_none() {
            self.recent.clear();
        }
    }

    fn voiced(&mut self, time_ms: u64, sensed: &mut Vec<Sensed>) {
        self.last_voiced_ms = Some(time_ms + FRAME_MS);
        let open = self.open.get_or_insert(Open { start_ms: time_ms, voiced_ms: 0, told: false });
        open.voiced_ms += FRAME_MS;
        if !open.told && open.voiced_ms >= u64::from(BEGINS) * FRAME_MS {
            open.told = true;
            self.first_voiced_ms.get_or_insert(open.start_ms);
            sensed.push(Sensed::Began(open.start_ms));
        }
    }

    fn close_if_quiet(&mut self, sensed: &mut Vec<Sensed>) {
        let (Some(open), Some(last_ms)) = (&self.open, self.last_voiced_ms) else { return };
        let too_long = self.now_ms.saturating_sub(open.start_ms) >= STRETCH_MAX_MS;
        if too_long || self.now_ms.saturating_sub(last_ms) >= GAP_MS {
            sensed.extend(self.close(last_ms).map(Sensed::Ended));
        }
    }

    fn close(&mut self, last_ms: u64) -> Option<Stretch> {
        let open = self.open.take()?;
        if !open.told {
            return None;
        }
        // What began as speech and was a click is told as a stretch without words.
        let samples = if open.voiced_ms < VOICE_MIN_MS {
            Vec::new()
        } else {
            let until_ms = self.now_ms.min(last_ms + BEHIND_MS);
            self.sound(open.start_ms.saturating_sub(BEFORE_MS), until_ms)
        };
        Some(Stretch { start_ms: open.start_ms, end_ms: last_ms, samples })
    }

    /// The kept sound from one time to another.
    fn sound(&self, from_ms: u64, to_ms: u64) -> Vec<i16> {
        let back = |ms: u64| self.now_ms.saturating_sub(ms) as usize * PER_MS;
        let from = self.recent.len().saturating_sub(back(from_ms));
        let to = self.recent.len().saturating_sub(back(to_ms));
        self.recent[from..to.max(from)].to_vec()
    }

    fn forget(&mut self) {
        let from_ms = self.open.as_ref().map_or(self.now_ms, |open| open.start_ms);
        let wanted = (self.now_ms.saturating_sub(from_ms) + BEFORE_MS) as usize * PER_MS;
        // In steps of a second, so that not every frame moves all of it.
        if self.recent.len() > wanted + 1_000 * PER_MS {
            self.recent.drain(..self.recent.len() - wanted);
        }
    }
}

fn loudness(samples: &[i16; FRAME]) -> f64 {
    let sum: f64 = samples.iter().map(|&it| f64::from(it).powi(2)).sum();
    (sum / FRAME as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOUD: [i16; FRAME] = [1_000; FRAME];
    const QUIET: [i16; FRAME] = [20; FRAME];

    /// Frames from `time_ms` on; what was sensed and the time behind them.
    fn hear(ear: &mut Ear, time_ms: u64, frames: &[(u64, [i16; FRAME])]) -> (Vec<Sensed>, u64) {
        let mut at = time_ms;
        let mut sensed = Vec::new();
        for (count, frame) in frames {
            for _ in 0..*count {
                sensed.extend(ear.frame(at, frame));
                at += FRAME_MS;
            }
        }
        (sensed, at)
    }

    #[test]
    fn a_stretch_has_the_times_of_its_voice_and_the_sound_around_it() {
        let mut ear = Ear::default();
        let (sensed, _) = hear(&mut ear, 0, &[(50, QUIET), (20, LOUD), (5, QUIET), (10, LOUD)]);
        assert_eq!(sensed, [Sensed::Began(1_000)]);
        let (sensed, _) = hear(&mut ear, 1_700, &[(14, QUIET)]);
        let [Sensed::Ended(stretch)] = &sensed[..] else { panic!("{sensed:?}") };
        assert_eq!((stretch.start_ms, stretch.end_ms), (1_000, 1_700));
        assert_eq!(stretch.samples.len() as u64 / 8, 100 + 700 + 120);
        assert_eq!(stretch.samples[799..801], [20, 1_000]);
        assert_eq!(ear.last_voiced_ms(), Some(1_700));
        assert_eq!(ear.first_voiced_ms(), Some(1_000));
    }

    #[test]
    fn a_click_is_no_speech_and_a_short_noise_has_no_words() {
        let mut ear = Ear::default();
        let (sensed, at) = hear(&mut ear, 0, &[(10, QUIET), (1, LOUD), (30, QUIET)]);
        assert_eq!(sensed, []);
        let (sensed, _) = hear(&mut ear, at, &[(3, LOUD), (30, QUIET)]);
        let [Sensed::Began(_), Sensed::Ended(stretch)] = &sensed[..] else { panic!("{sensed:?}") };
        assert!(stretch.samples.is_empty());
    }

    #[test]
    fn frames_that_are_missing_are_silence() {
        let mut ear = Ear::default();
        hear(&mut ear, 0, &[(10, LOUD)]);
        let sensed = ear.frame(10_000, &QUIET);
        assert!(matches!(&sensed[..], [Sensed::Ended(it)] if it.end_ms == 200), "{sensed:?}");
    }

    #[test]
    fn what_goes_on_can_be_read_before_it_ends() {
        let mut ear = Ear::default();
        assert_eq!(ear.so_far(), None);
        hear(&mut ear, 0, &[(10, QUIET), (40, LOUD)]);
        assert_eq!(ear.so_far().map(|it| it.len() / 8), Some(100 + 800));
        let stretch = ear.finish().unwrap();
        assert_eq!((stretch.start_ms, stretch.end_ms), (200, 1_000));
        assert_eq!(ear.finish(), None);
    }

    proptest! {
        /// Whatever is heard: stretches begin before they end, in order, and little is kept.
        #[test]
        fn stretches_are_told_in_order_and_what_is_kept_is_bounded(
            runs in prop::collection::vec((1..40_u64, any::<bool>(), 0..4_u64), 1..60),
        ) {
            let (mut ear, mut at, mut told, mut open) = (Ear::default(), 0, 0, false);
            for (count, loud, missed) in runs {
                at += missed * 40;
                let frame = if loud { LOUD } else { QUIET };
                let (sensed, next) = hear(&mut ear, at, &[(count, frame)]);
                at = next;
                for it in sensed {
                    match it {
                        Sensed::Began(start) => {
                            prop_assert!(!open && start >= told);
                            open = true;
                        }
                        Sensed::Ended(stretch) => {
                            prop_assert!(open && stretch.start_ms < stretch.end_ms);
                            told = stretch.end_ms;
                            open = false;
                        }
                    }
                }
                prop_assert!(ear.recent.len() <= (STRETCH_MAX_MS as usize + 2_000) * PER_MS);
            }
        }
    }
}
