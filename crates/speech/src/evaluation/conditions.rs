//! Telephone conditions, made from clean recordings. They are composed, not recorded: say so beside
//! every figure.

use outcall_media::concealment::Concealer;
use outcall_media::g711::Law;
use outcall_media::jitter::BLOCK;

use crate::chance::Chance;

/// What a line does to a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Condition {
    /// Nothing.
    Clean,
    /// Mu-law there and back.
    MuLaw,
    /// Mu-law, with noise so many decibels below the speech: pink, as rooms and engines are.
    Noise {
        /// Speech to noise, in decibels.
        decibels: f32,
    },
    /// Mu-law, with packets of 20 ms lost one by one and concealed as the media plane does.
    Loss {
        /// Of 100 packets.
        percent: f32,
    },
    /// Mu-law, louder or softer.
    Level {
        /// Change in decibels.
        decibels: f32,
    },
}

impl Condition {
    /// A short name, for tables.
    pub fn name(self) -> String {
        match self {
            Self::Clean => "clean".to_owned(),
            Self::MuLaw => "mu-law".to_owned(),
            Self::Noise { decibels } => format!("noise {decibels} dB"),
            Self::Loss { percent } => format!("{percent} % loss"),
            Self::Level { decibels } => format!("level {decibels:+} dB"),
        }
    }

    /// What arrives of a recording of 8 kHz. The same seed gives the same.
    pub fn apply(self, samples: &[i16], seed: u64) -> Vec<i16> {
        match self {
            Self::Clean => samples.to_vec(),
            Self::MuLaw => companded(samples),
            Self::Noise { decibels } => companded(&noisy(samples, decibels, seed)),
            Self::Loss { percent } => lossy(&companded(samples), percent, seed),
            Self::Level { decibels } => {
                let factor = 10_f32.powf(decibels / 20.0);
                companded(&map(samples, |_, sample| sample * factor))
            }
        }
    }
}

fn map(samples: &[i16], mut change: impl FnMut(usize, f32) -> f32) -> Vec<i16> {
    // Louder than full scale is clipped, as on the line; `as` saturates.
    samples.iter().enumerate().map(|(n, &s)| change(n, f32::from(s)) as i16).collect()
}

fn companded(samples: &[i16]) -> Vec<i16> {
    samples.iter().map(|&sample| Law::Mu.decode(Law::Mu.encode(sample))).collect()
}

/// Adds noise at a distance from the level of the speech: the mean of its louder half.
fn noisy(samples: &[i16], decibels: f32, seed: u64) -> Vec<i16> {
    let mut powers: Vec<f32> = samples
        .chunks(BLOCK)
        .map(|block| block.iter().map(|&s| f32::from(s).powi(2)).sum::<f32>() / block.len() as f32)
        .collect();
    powers.sort_by(f32::total_cmp);
    let loud = &powers[powers.len() / 2..];
    let speech = (loud.iter().sum::<f32>() / loud.len().max(1) as f32).sqrt();
    let level = speech * 10_f32.powf(-decibels / 20.0);
    let noise = pink_noise(samples.len(), seed);
    map(samples, |place, sample| sample + noise[place] * level)
}

/// Noise of power 1 whose power falls by 3 dB an octave (P. Kellet's filter of white noise).
pub fn pink_noise(length: usize, seed: u64) -> Vec<f32> {
    let mut random = Chance::new(seed);
    let mut poles = [0.0_f32; 3];
    let mut noise: Vec<f32> = (0..length)
        .map(|_| {
            let white = random.unit() * 2.0 - 1.0;
            poles[0] = 0.99765 * poles[0] + white * 0.099_046;
            poles[1] = 0.963 * poles[1] + white * 0.296_516_4;
            poles[2] = 0.57 * poles[2] + white * 1.052_691_3;
            poles.iter().sum::<f32>() + white * 0.1848
        })
        .collect();
    let power = noise.iter().map(|s| s * s).sum::<f32>() / length.max(1) as f32;
    let scale = 1.0 / power.sqrt().max(f32::MIN_POSITIVE);
    for sample in &mut noise {
        *sample *= scale;
    }
    noise
}

fn lossy(samples: &[i16], percent: f32, seed: u64) -> Vec<i16> {
    let mut random = Chance::new(seed);
    let mut concealer = Concealer::default();
    let mut heard = Vec::with_capacity(samples.len());
    for packet in samples.chunks(2 * BLOCK) {
        let lost = random.unit() * 100.0 < percent;
        for part in packet.chunks(BLOCK) {
            let mut block = [0; BLOCK];
            block[..part.len()].copy_from_slice(part);
            if lost {
                concealer.conceal(&mut block);
            } else {
                concealer.heard(&mut block);
            }
            heard.extend_from_slice(&block[..part.len()]);
        }
    }
    heard
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone() -> Vec<i16> {
        (0..16_000).map(|n| ((f64::from(n) * 0.5).sin() * 8_000.0) as i16).collect()
    }

    fn power(samples: impl Iterator<Item = f32>) -> f32 {
        let (count, sum) = samples.fold((0, 0.0), |(n, sum), s| (n + 1, sum + s * s));
        sum / count as f32
    }

    #[test]
    fn noise_lies_as_far_below_the_speech_as_it_was_told() {
        let clean = tone();
        let noisy = Condition::Noise { decibels: 10.0 }.apply(&clean, 1);
        let added = noisy.iter().zip(&clean).map(|(a, b)| f32::from(*a) - f32::from(*b));
        let ratio = power(clean.iter().map(|&s| f32::from(s))) / power(added);
        assert!((10.0 * ratio.log10() - 10.0).abs() < 0.5, "{} dB", 10.0 * ratio.log10());
        assert_eq!(noisy, Condition::Noise { decibels: 10.0 }.apply(&clean, 1));
        assert_ne!(noisy, Condition::Noise { decibels: 10.0 }.apply(&clean, 2));
    }

    #[test]
    fn loss_changes_as_many_packets_as_it_was_told_and_keeps_the_time() {
        let clean = Condition::MuLaw.apply(&tone(), 0);
        let heard = Condition::Loss { percent: 5.0 }.apply(&tone(), 3);
        assert_eq!(heard.len(), clean.len());
        let pairs = heard.chunks(160).zip(clean.chunks(160));
        let changed = pairs.filter(|(heard, clean)| heard != clean).count();
        assert!((2..=12).contains(&changed), "{changed} of 100 packets, and those after them");
    }
}
