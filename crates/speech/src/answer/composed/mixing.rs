//! Sound put together: levels, noise, time.

use crate::chance::Chance;
use crate::tones::synthesis::Sound;

/// Sound under construction, and where its first speech begins.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape {
    samples: Vec<f32>,
}

impl Tape {
    /// Its length, ms.
    pub(super) fn length_ms(&self) -> u64 {
        self.samples.len() as u64 / 8
    }

    pub(super) fn silence(&mut self, ms: u64) {
        self.samples.resize(self.samples.len() + (ms * 8) as usize, 0.0);
    }

    /// Adds sound as loud as it is.
    pub(super) fn add(&mut self, sound: &Sound) {
        self.samples.extend(sound.samples().iter().map(|sample| f32::from(*sample)));
    }

    /// Adds speech at `level_dbfs`.
    pub(super) fn speech(&mut self, samples: &[i16], level_dbfs: f32) {
        let gain = amplitude(level_dbfs) / rms(samples).max(1.0);
        self.samples.extend(samples.iter().map(|sample| f32::from(*sample) * gain));
    }

    /// Adds noise of `level_dbfs` to all of it: half white, half of low frequencies, as in a car.
    pub(super) fn noise(&mut self, level_dbfs: f32, chance: &mut Chance) {
        let mut low = 0.0f32;
        let mut noise: Vec<f32> = Vec::with_capacity(self.samples.len());
        for _ in 0..self.samples.len() {
            let white = chance.between(-1.0, 1.0);
            low = 0.9 * low + chance.between(-1.0, 1.0);
            noise.push(white + 0.5 * low);
        }
        let power = noise.iter().map(|n| n * n).sum::<f32>() / noise.len().max(1) as f32;
        let gain = amplitude(level_dbfs) / power.sqrt().max(f32::MIN_POSITIVE);
        for (sample, noise) in self.samples.iter_mut().zip(noise) {
            *sample += noise * gain;
        }
    }

    pub(super) fn samples(&self) -> Vec<i16> {
        self.samples.iter().map(|s| s.round().clamp(-32_768.0, 32_767.0) as i16).collect()
    }
}

/// The root mean square of a full-scale sine so many dB down, in units of a sample.
fn amplitude(level_dbfs: f32) -> f32 {
    32_767.0 * std::f32::consts::FRAC_1_SQRT_2 * 10f32.powf(level_dbfs / 20.0)
}

fn rms(samples: &[i16]) -> f32 {
    let power = samples.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>();
    (power / samples.len().max(1) as f32).sqrt()
}

/// The words as a recogniser gives them: one in ten wrong.
pub(super) fn misheard(text: &str, chance: &mut Chance) -> String {
    const OTHERS: [&str; 8] = ["the", "a", "and", "it", "you", "for", "of", "is"];
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        if !chance.happens(0.1) {
            words.push(word.to_owned());
            continue;
        }
        match chance.whole(0, 2) {
            0 => {}
            1 => words.extend(chance.pick(&OTHERS).map(|other| (*other).to_owned())),
            _ => words.push(misspelt(word, chance)),
        }
    }
    words.join(" ")
}

fn misspelt(word: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let place = (chance.bits() % letters.len().max(1) as u64) as usize;
    let letter = char::from(b'a' + (chance.bits() % 26) as u8);
    if let Some(slot) = letters.get_mut(place) {
        *slot = letter;
    }
    letters.into_iter().collect()
}
