//! 32 ms of sound to its shape.

use std::sync::{Arc, OnceLock};

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

/// Samples of a look: 32 ms, in which tones 90 Hz apart stand alone.
pub(super) const WINDOW: usize = 256;
/// Samples from one look to the next: 10 ms.
pub(super) const HOP: usize = 80;

/// Hz of a bin.
const BIN_HZ: f32 = 8_000.0 / WINDOW as f32;
/// The bins of 187 to 3,688 Hz: mains hum lies below, and a telephone line ends above.
const BINS: std::ops::Range<usize> = 6..119;
/// Below this, dBFS, sound is quiet: tones are looked for from -38 dBFS up.
const QUIET_DBFS: f32 = -46.0;
/// Bins at each side of a peak that belong to it: a Hann window's main lobe, and one for drift.
const LOBE: usize = 3;
/// A tone stands alone when nothing else comes closer than this, dB.
const ALONE_DB: f32 = -13.0;
/// Two tones are a pair when they differ by no more than this, dB: the twist that a line may add.
const TWIST_DB: f32 = -10.0;

/// What 32 ms of sound look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    /// Nothing to speak of.
    Quiet,
    /// One tone, Hz.
    Single(f32),
    /// Two tones, the lower first, Hz.
    Pair(f32, f32),
    /// Speech, noise, music.
    Other,
}

/// One look at the sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) shape: Shape,
    /// Level of the whole band against a full-scale sine.
    pub(super) level_dbfs: f32,
    /// The strongest other peak against the tones, dB: -100 where there is none.
    pub(super) rival_db: f32,
    /// The tones' part of all power in the band, 0 to 1.
    pub(super) purity: f32,
}

/// The transform and its window: made once for all calls.
struct Plan {
    fft: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
}

fn plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| {
        let turn = std::f32::consts::TAU / WINDOW as f32;
        let window = (0..WINDOW).map(|n| 0.5 - 0.5 * (n as f32 * turn).cos()).collect();
        Plan { fft: FftPlanner::new().plan_fft_forward(WINDOW), window }
    })
}

/// Looks at sound; keeps its buffers from one look to the next.
pub(super) struct Spectrum {
    buffer: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
}

impl Spectrum {
    pub(super) fn new() -> Self {
        let zero = Complex::new(0.0, 0.0);
        let scratch = vec![zero; plan().fft.get_inplace_scratch_len()];
        Self { buffer: vec![zero; WINDOW], scratch, power: vec![0.0; WINDOW / 2] }
    }

    /// The shape of [`WINDOW`] samples, each from -1 to 1.
    pub(super) fn look(&mut self, samples: &[f32]) -> Look {
        let mean = samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32;
        let level_dbfs = decibels(2.0 * mean);
        let mut look = Look { shape: Shape::Quiet, level_dbfs, rival_db: -100.0, purity: 0.0 };
        if level_dbfs < QUIET_DBFS {
            return look;
        }
        self.transform(samples);
        let total: f32 = BINS.map(|bin| self.power[bin]).sum();
        // A Hann window keeps 3/8 of the power, and the transform multiplies it by its length
        // twice over, half of it in the negative frequencies.
        let in_band = 2.0 * total / (0.375 * (WINDOW * WINDOW) as f32);
        look.level_dbfs = decibels(2.0 * in_band);
        if look.level_dbfs < QUIET_DBFS {
            return look;
        }
        self.describe(total, &mut look);
        look
    }

    fn transform(&mut self, samples: &[f32]) {
        let plan = plan();
        for ((slot, sample), weight) in self.buffer.iter_mut().zip(samples).zip(&plan.window) {
            *slot = Complex::new(sample * weight, 0.0);
        }
        plan.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
        for (power, value) in self.power.iter_mut().zip(&self.buffer) {
            *power = value.norm_sqr();
        }
    }

    fn describe(&self, total: f32, look: &mut Look) {
        let first = self.peak(&[]);
        let second = self.peak(&[first]);
        let third = self.peak(&[first, second]);
        let [one, two, three] = [first, second, third].map(|bin| self.lobe(bin));
        look.shape = Shape::Other;
        if decibels(two / one) <= ALONE_DB {
            look.rival_db = decibels(two / one);
            look.purity = one / total;
            look.shape = Shape::Single(self.frequency(first));
        } else if decibels(two / one) >= TWIST_DB && decibels(three / one) <= ALONE_DB {
            look.rival_db = decibels(three / one);
            look.purity = (one + two) / total;
            let (low, high) = (first.min(second), first.max(second));
            look.shape = Shape::Pair(self.frequency(low), self.frequency(high));
        }
        if look.purity < 0.6 {
            look.shape = Shape::Other;
        }
    }

    /// The strongest bin that does not belong to one of these peaks.
    fn peak(&self, others: &[usize]) -> usize {
        let free = |bin: &usize| others.iter().all(|other| other.abs_diff(*bin) > LOBE);
        let stronger = |a: &usize, b: &usize| self.power[*a].total_cmp(&self.power[*b]);
        BINS.filter(free).max_by(stronger).unwrap_or(BINS.start)
    }

    /// The power of a peak and its neighbours.
    fn lobe(&self, bin: usize) -> f32 {
        let range = bin.saturating_sub(2)..=(bin + 2).min(self.power.len() - 1);
        self.power[range].iter().sum()
    }

    /// The pitch of a peak, Hz: between bins, by the ratio of the two strongest, which for a Hann
    /// window is exact for a lone sine (Grandke, 1983).
    fn frequency(&self, bin: usize) -> f32 {
        let amplitude = |bin: usize| self.power[bin].sqrt();
        let (below, at, above) = (amplitude(bin - 1), amplitude(bin), amplitude(bin + 1));
        let ratio = below.max(above) / at.max(f32::MIN_POSITIVE);
        let shift = ((2.0 * ratio - 1.0) / (1.0 + ratio)).clamp(-0.5, 1.0);
        let shift = if above >= below { shift } else { -shift };
        (bin as f32 + shift) * BIN_HZ
    }
}

/// A ratio of powers in dB, not below -100.
fn decibels(ratio: f32) -> f32 {
    10.0 * ratio.max(1e-10).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tones::synthesis::{Sound, sine};

    fn look(sound: &[i16]) -> Look {
        let samples: Vec<f32> = sound.iter().map(|s| f32::from(*s) / 32_768.0).collect();
        Spectrum::new().look(&samples[..WINDOW])
    }

    #[test]
    fn a_sine_is_one_tone_of_its_pitch_and_level() {
        for hz in [400.0, 433.3, 1_000.0, 1_417.0, 2_100.0] {
            let look = look(&sine(hz, 100, -20.0));
            let Shape::Single(found) = look.shape else { panic!("{hz}: {look:?}") };
            assert!((found - hz).abs() < 1.0, "{hz}: {found}");
            assert!((look.level_dbfs + 20.0).abs() < 0.5, "{hz}: {look:?}");
            assert!(look.purity > 0.99, "{hz}: {look:?}");
        }
    }

    #[test]
    fn two_sines_are_a_pair() {
        let look = look(&Sound::default().tones(&[480.0, 620.0], 100, -20.0).samples());
        let Shape::Pair(low, high) = look.shape else { panic!("{look:?}") };
        assert!((low - 480.0).abs() < 6.0 && (high - 620.0).abs() < 6.0, "{look:?}");
    }

    #[test]
    fn nothing_is_quiet() {
        assert_eq!(look(&[0; WINDOW]).shape, Shape::Quiet);
    }
}
