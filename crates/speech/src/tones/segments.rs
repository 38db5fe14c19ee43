//! Shapes to stretches of one pitch.

use super::spectrum::{Look, Shape};

/// From one look to the next, ms.
pub(super) const STEP_MS: u64 = 10;
/// Looks that a stretch may miss: a fax's answer turns its phase over every 450 ms (ITU-T V.25),
/// and two tones 40 Hz apart fade in and out 40 times a second.
const MISSED_MAX: u32 = 3;
/// How far a look's pitch may lie from the stretch's, Hz.
const DRIFT_HZ: f32 = 24.0;
/// Looks kept of a stretch; of a longer one the first are kept.
const LOOKS_MAX: usize = 400;

/// The pitch of a stretch, Hz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pitch {
    Single(f32),
    Pair(f32, f32),
}

impl Pitch {
    fn of(shape: Shape) -> Option<Self> {
        match shape {
            Shape::Single(hz) => Some(Self::Single(hz)),
            Shape::Pair(low, high) => Some(Self::Pair(low, high)),
            Shape::Quiet | Shape::Other => None,
        }
    }

    /// Whether two pitches are one, within `within_hz`.
    pub(super) fn is_near(self, other: Self, within_hz: f32) -> bool {
        match (self, other) {
            (Self::Single(a), Self::Single(b)) => (a - b).abs() <= within_hz,
            (Self::Pair(a, b), Self::Pair(c, d)) => {
                (a - c).abs() <= within_hz && (b - d).abs() <= within_hz
            }
            (Self::Single(_), Self::Pair(..)) | (Self::Pair(..), Self::Single(_)) => false,
        }
    }

    /// The pitch, of two the lower, Hz.
    pub(super) fn lowest_hz(self) -> f32 {
        match self {
            Self::Single(hz) | Self::Pair(hz, _) => hz,
        }
    }
}

/// A stretch of one pitch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) pitch: Pitch,
    /// From where it is half as loud as at its loudest to where it is so again, ms.
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    pub(super) level_dbfs: f32,
    /// Standard deviation of the pitch over its loud part, Hz.
    pub(super) spread_hz: f32,
    /// Standard deviation of the level over its inner part, dB.
    pub(super) ripple_db: f32,
    /// The strongest other peak against the tone, dB; mean over its inner part.
    pub(super) rival_db: f32,
    /// The tone's part of all power; mean over its inner part.
    pub(super) purity: f32,
}

impl Segment {
    pub(super) fn length_ms(&self) -> u64 {
        self.end_ms.saturating_sub(self.start_ms)
    }
}

/// What a look has brought.
#[derive(Clone, Copy, Debug)]
pub(super) struct News {
    /// A stretch that is over.
    pub(super) closed: Option<Segment>,
    /// The stretch that goes on: when it began, and its pitch.
    pub(super) open: Option<(u64, Pitch)>,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    at_ms: u64,
    pitch: Pitch,
    look: Look,
}

/// Puts looks together to stretches.
#[derive(Debug, Default)]
pub(super) struct Segmenter {
    kept: Vec<Kept>,
    pitch: Option<Pitch>,
    missed: u32,
    /// The start of another stretch, while the present one may still go on.
    rival: Option<Kept>,
}

impl Segmenter {
    /// Looks held.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.kept.len()
    }

    /// Takes the look whose middle is at `at_ms`.
    pub(super) fn step(&mut self, at_ms: u64, look: Look) -> News {
        let seen = Pitch::of(look.shape).map(|pitch| Kept { at_ms, pitch, look });
        let mut closed = None;
        match (self.pitch, seen) {
            (None, Some(kept)) => self.open(kept),
            (None, None) => {}
            (Some(pitch), Some(kept)) if pitch.is_near(kept.pitch, DRIFT_HZ) => self.extend(kept),
            (Some(_), seen) => closed = self.miss(seen),
        }
        let open = self.kept.first().map(|first| first.at_ms).zip(self.pitch);
        News { closed, open }
    }

    fn open(&mut self, kept: Kept) {
        self.kept.clear();
        self.kept.push(kept);
        self.pitch = Some(kept.pitch);
        self.missed = 0;
        self.rival = None;
    }

    fn extend(&mut self, kept: Kept) {
        self.missed = 0;
        self.rival = None;
        if self.kept.len() < LOOKS_MAX {
            self.kept.push(kept);
        } else if let Some(last) = self.kept.last_mut() {
            *last = kept;
        }
        // The first looks of a tone see only a part of it: its pitch is the loudest look's.
        let louder = |a: &&Kept, b: &&Kept| a.look.level_dbfs.total_cmp(&b.look.level_dbfs);
        if self.kept.len() <= 4 {
            self.pitch = self.kept.iter().max_by(louder).map(|kept| kept.pitch);
        }
    }

    fn miss(&mut self, seen: Option<Kept>) -> Option<Segment> {
        self.missed += 1;
        let goes_on = match (self.rival, seen) {
            (Some(rival), Some(kept)) => rival.pitch.is_near(kept.pitch, DRIFT_HZ),
            (None, _) | (_, None) => false,
        };
        if !goes_on {
            self.rival = seen;
        }
        if self.missed < MISSED_MAX && !goes_on {
            return None;
        }
        let closed = self.summary();
        self.kept.clear();
        self.pitch = None;
        if let Some(rival) = self.rival.take() {
            self.open(rival);
            if let Some(kept) = seen.filter(|_| goes_on) {
                self.extend(kept);
            }
        }
        self.missed = 0;
        closed
    }

    fn summary(&self) -> Option<Segment> {
        let loudest = self.kept.iter().map(|k| k.look.level_dbfs).fold(f32::MIN, f32::max);
        let above = |kept: &&Kept, db: f32| kept.look.level_dbfs >= loudest - db;
        // At its edge a tone fills half of the window: a quarter of the power, by Hann's weights
        // a little less than half.
        let mut half = self.kept.iter().filter(|kept| above(kept, 4.0));
        let first = half.next()?;
        let last = half.next_back().unwrap_or(first);
        let inner: Vec<&Kept> = self.kept.iter().filter(|kept| above(kept, 2.0)).collect();
        let pitches: Vec<f32> = inner.iter().map(|kept| kept.pitch.lowest_hz()).collect();
        let levels: Vec<f32> = inner.iter().map(|kept| kept.look.level_dbfs).collect();
        let (lowest_hz, spread_hz) = mean_and_deviation(&pitches);
        let (level_dbfs, ripple_db) = mean_and_deviation(&levels);
        let rivals: Vec<f32> = inner.iter().map(|kept| kept.look.rival_db).collect();
        let purities: Vec<f32> = inner.iter().map(|kept| kept.look.purity).collect();
        let pitch = match inner.first()?.pitch {
            Pitch::Single(_) => Pitch::Single(lowest_hz),
            Pitch::Pair(_, high) => Pitch::Pair(lowest_hz, high),
        };
        Some(Segment {
            pitch,
            start_ms: first.at_ms.saturating_sub(STEP_MS / 2),
            end_ms: last.at_ms + STEP_MS / 2,
            level_dbfs,
            spread_hz,
            ripple_db,
            rival_db: mean_and_deviation(&rivals).0,
            purity: mean_and_deviation(&purities).0,
        })
    }
}

/// The mean and the standard deviation; of nothing, zero.
fn mean_and_deviation(values: &[f32]) -> (f32, f32) {
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
    (mean, variance.sqrt())
}
