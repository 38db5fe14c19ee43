//! From what a voice has said to what is sent: silence cut off, level, noise, mumbles; pure.

use outcall_media::clip::Clip;
use outcall_telephony::simulated::random::SplitMix64;

/// Samples in a millisecond.
const PER_MS: usize = 8;
/// Windows in which silence is looked for: 10 ms.
const WINDOW: usize = 10 * PER_MS;
/// A window is silent that is so much softer than the loudest one: 40 dB.
const SILENT: f64 = 0.01;
/// The loudest sample that is sent.
const PEAK: f64 = 30_000.0;

/// The speech of a rendered sound, without the silence around it, to 10 ms.
pub fn trim(samples: &[i16]) -> &[i16] {
    let levels: Vec<f64> = samples.chunks(WINDOW).map(level_of).collect();
    let least = levels.iter().copied().fold(0.0, f64::max) * SILENT;
    let is_speech = |level: &f64| *level > least;
    let Some(first) = levels.iter().position(is_speech) else { return &[] };
    let last = levels.iter().rposition(is_speech).unwrap_or(first);
    &samples[first * WINDOW..samples.len().min((last + 1) * WINDOW)]
}

/// Speech of which nobody understands a word: it runs backwards, dull and soft.
pub fn mumble(samples: &[i16]) -> Vec<i16> {
    let mut smooth = 0.0;
    let dull = samples.iter().rev().map(|&sample| {
        smooth += (f64::from(sample) - smooth) * 0.3;
        (smooth * 0.7) as i16
    });
    dull.collect()
}

/// Speech at a loudness, the root of the mean square over all of it, with a line's noise beside it.
pub fn dress(samples: &[i16], level: f64, noise: f64, chance: &mut SplitMix64) -> Vec<i16> {
    let loudest = samples.iter().map(|&it| f64::from(it).abs()).fold(1.0, f64::max);
    let factor = (level / level_of(samples).max(1.0)).min(PEAK / loudest);
    samples
        .iter()
        .map(|&sample| (f64::from(sample) * factor + hiss(noise, chance)) as i16)
        .collect()
}

/// A line on which nobody speaks.
pub fn line_noise(ms: usize, noise: f64, chance: &mut SplitMix64) -> Clip {
    Clip::from_samples((0..ms * PER_MS).map(|_| hiss(noise, chance) as i16).collect())
}

/// A sample of noise with this root of the mean square: even within its bounds.
fn hiss(noise: f64, chance: &mut SplitMix64) -> f64 {
    (chance.unit() * 2.0 - 1.0) * noise * 3.0_f64.sqrt()
}

fn level_of(samples: &[i16]) -> f64 {
    let sum: f64 = samples.iter().map(|&it| f64::from(it).powi(2)).sum();
    (sum / samples.len().max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech() -> Vec<i16> {
        let mut samples = vec![3; 1_600];
        samples.extend((0..8_000).map(|at| if at % 16 < 8 { 9_000 } else { -9_000 }));
        samples.extend([2; 2_400]);
        samples
    }

    #[test]
    fn what_is_silent_around_speech_is_cut_off() {
        assert_eq!(trim(&speech()).len(), 8_000);
        assert!(trim(&[0; 800]).is_empty());
        assert!(trim(&[]).is_empty());
    }

    #[test]
    fn speech_gets_its_level_and_the_line_its_noise() {
        let mut chance = SplitMix64::new(1);
        let dressed = dress(trim(&speech()), 2_000.0, 0.0, &mut chance);
        assert!((level_of(&dressed) - 2_000.0).abs() < 2.0, "{}", level_of(&dressed));
        let loud = dress(&[1, -1, 30_000], 30_000.0, 0.0, &mut chance);
        assert!(loud.iter().all(|&it| it <= 30_000), "{loud:?}");
        let noise = line_noise(1_000, 40.0, &mut chance);
        assert_eq!(noise.duration_ms(), 1_000);
        assert!((level_of(noise.samples()) - 40.0).abs() < 2.0, "{}", level_of(noise.samples()));
    }

    #[test]
    fn a_mumble_is_softer_and_as_long() {
        let speech = speech();
        let mumbled = mumble(&speech);
        assert_eq!(mumbled.len(), speech.len());
        assert!(level_of(&mumbled) < level_of(&speech) * 0.7);
    }
}
