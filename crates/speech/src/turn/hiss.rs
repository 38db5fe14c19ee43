//! The hiss with which "sure", "so" and "fine" begin.
//!
//! On a telephone line a fricative is noise: the voice activity model is not sure of it until the
//! vowel comes, which for a long "sh" is 200 ms later. Its energy and its zero crossings tell it at
//! once (Rabiner and Sambur, "An Algorithm for Determining the Endpoints of Isolated Utterances",
//! 1975). A breath hisses too: it is reason enough to pause, and not to hear a turn.

use crate::vad::FRAME;

/// The weakest hiss, as the mean square of a frame: 36 dB below full scale. An echo of the robot's
/// own is weaker.
const LEAST: f32 = 500.0 * 500.0;
/// How far above the noise of the line it is: 18 dB.
const ABOVE_NOISE: f32 = 64.0;
/// Zero crossings of a frame, at least: the middle of its spectrum is above 1.2 kHz, where a vowel
/// has little.
const CROSSINGS: usize = FRAME * 3 / 10;
/// What the noise may have risen by with each frame: twice as much after 0.75 s.
const RISE: f32 = 1.03;

/// Hears hisses above the noise of one line.
#[derive(Clone, Debug)]
pub struct Hiss {
    /// Mean square of the noise of the line.
    noise: f32,
}

impl Default for Hiss {
    fn default() -> Self {
        Self { noise: LEAST / ABOVE_NOISE }
    }
}

impl Hiss {
    /// Whether the next frame hisses.
    pub fn frame(&mut self, samples: &[i16; FRAME]) -> bool {
        let energy = samples.iter().map(|&sample| f32::from(sample).powi(2)).sum::<f32>();
        let energy = energy / FRAME as f32;
        let is_loud = energy >= LEAST && energy >= self.noise * ABOVE_NOISE;
        self.noise = (self.noise * RISE).max(1.0).min(energy.max(1.0));
        let crosses = |pair: &&[i16]| (pair[0] < 0) != (pair[1] < 0);
        is_loud && samples.windows(2).filter(crosses).count() >= CROSSINGS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(level: i16, salt: u32) -> [i16; FRAME] {
        let mut state = 0x2545_f491_u32 ^ salt;
        std::array::from_fn(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state % (2 * level as u32 + 1)) as i16 - level
        })
    }

    fn vowel(level: f32) -> [i16; FRAME] {
        std::array::from_fn(|at| ((at as f32 * 0.3).sin() * level) as i16)
    }

    #[test]
    fn a_hiss_stands_out_from_the_noise_of_the_line() {
        let mut hiss = Hiss::default();
        let line = (0..30).any(|salt| hiss.frame(&noise(60, salt)));
        assert!(!line, "the noise of a quiet line");
        assert!(hiss.frame(&noise(2_000, 90)), "a fricative after it");
        assert!(!hiss.frame(&noise(60, 91)), "and it is over at once");
    }

    #[test]
    fn neither_a_vowel_nor_a_weak_echo_nor_a_street_hisses() {
        let mut hiss = Hiss::default();
        assert!(!hiss.frame(&vowel(8_000.0)));
        assert!(!hiss.frame(&noise(600, 1)), "weaker than people are");
        let heard = (0..200).filter(|&salt| hiss.frame(&noise(2_500, salt))).count();
        assert!(heard < 150, "the noise of a street is that of the line: {heard} frames");
        assert!(!hiss.frame(&noise(2_500, 300)));
    }
}
