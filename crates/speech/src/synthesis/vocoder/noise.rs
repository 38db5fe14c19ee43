//! Noise that is the same at every run.

use std::f32::consts::TAU;

use rustfft::num_complex::Complex32;

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of Gaussian noise of unit variance (SplitMix64 and the transform of Box and Muller).
#[derive(Clone, Debug)]
pub(in crate::synthesis) struct Noise {
    state: u64,
}

impl Noise {
    /// Equal seeds give equal noise.
    pub(in crate::synthesis) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Two values, independent of each other.
    pub(in crate::synthesis) fn next_pair(&mut self) -> Complex32 {
        let bits = self.next_bits();
        // In (0, 1], so that its logarithm is finite.
        let radius = ((bits >> 40) + 1) as f32 / (1 << 24) as f32;
        let angle = ((bits >> 8) & 0xFF_FFFF) as f32 / (1 << 24) as f32;
        Complex32::from_polar((-2.0 * radius.ln()).sqrt(), TAU * angle)
    }

    /// Leaves out pairs.
    pub(super) fn skip(&mut self, pairs: usize) {
        self.state = self.state.wrapping_add(STEP.wrapping_mul(pairs as u64));
    }

    fn next_bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_no_mean_and_unit_variance_and_comes_again() {
        let mut noise = Noise::new(7);
        let pairs: Vec<Complex32> = (0..50_000).map(|_| noise.next_pair()).collect();
        let values = || pairs.iter().flat_map(|pair| [pair.re, pair.im]);
        let mean = values().sum::<f32>() / 100_000.0;
        let variance = values().map(|value| value * value).sum::<f32>() / 100_000.0;
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        assert_eq!(Noise::new(7).next_pair(), pairs[0]);
        let mut later = Noise::new(7);
        later.skip(3);
        assert_eq!(later.next_pair(), pairs[3]);
        assert_ne!(Noise::new(8).next_pair(), pairs[0]);
    }
}
