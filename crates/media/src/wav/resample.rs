//! Down to 8 kHz with a windowed sinc, so that nothing above 4 kHz folds into the voice.

use std::f64::consts::{PI, TAU};

const OUT_HZ: u32 = 8_000;
/// Half of the filter's length, in samples of the output. With Blackman's window a transition of
/// about 5.5 / (2 * 32) of 8 kHz, 0.7 kHz: flat to 3.4 kHz, the band of a telephone, and about
/// 70 dB down where it would fold back into that band.
const HALF_WIDTH: u32 = 32;
/// Where the filter is down by 6 dB.
const CUT_OFF_HZ: f64 = 3_750.0;

/// Resamples one channel to 8 kHz. `rate_hz` is at least 8,000; the result is as long as the sound,
/// to a sample.
pub fn to_8_khz(samples: &[i16], rate_hz: u32) -> Vec<i16> {
    if rate_hz <= OUT_HZ {
        return samples.to_vec();
    }
    let divisor = greatest_common_divisor(rate_hz, OUT_HZ);
    let (step, phase_count) = ((rate_hz / divisor) as usize, (OUT_HZ / divisor) as usize);
    let phases: Vec<Vec<f32>> =
        (0..phase_count).map(|phase| taps(phase as f64 / phase_count as f64, rate_hz)).collect();
    let half = half_width(rate_hz) as isize;
    let count = samples.len() * phase_count / step;
    let mut out = Vec::with_capacity(count);
    for index in 0..count {
        let position = index * step;
        let first = (position / phase_count) as isize - half + 1;
        out.push(convolve(samples, first, &phases[position % phase_count]));
    }
    out
}

fn half_width(rate_hz: u32) -> u32 {
    (HALF_WIDTH * rate_hz).div_ceil(OUT_HZ)
}

/// The filter for an output sample that lies `fraction` of an input sample past an input sample.
fn taps(fraction: f64, rate_hz: u32) -> Vec<f32> {
    let half = f64::from(half_width(rate_hz));
    let cut_off = 2.0 * CUT_OFF_HZ / f64::from(rate_hz);
    let tap = |index: u32| {
        let distance = f64::from(index) - half + 1.0 - fraction;
        let sinc = match PI * cut_off * distance {
            angle if angle.abs() < 1e-9 => 1.0,
            angle => angle.sin() / angle,
        };
        let turn = TAU * (distance / half).clamp(-1.0, 1.0) / 2.0;
        sinc * (0.42 + 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos())
    };
    let taps: Vec<f64> = (0..2 * half_width(rate_hz)).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|tap| (tap / sum) as f32).collect()
}

/// The sum of samples from `first` on, each times its tap. Outside of the sound is silence.
fn convolve(samples: &[i16], first: isize, taps: &[f32]) -> i16 {
    let skipped = first.min(0).unsigned_abs().min(taps.len());
    let start = first.max(0) as usize;
    let heard = samples.get(start..).unwrap_or_default();
    let sum: f32 =
        heard.iter().zip(&taps[skipped..]).map(|(&sample, tap)| f32::from(sample) * tap).sum();
    sum.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, rate_hz: u32) -> Vec<i16> {
        let step = TAU * hz / f64::from(rate_hz);
        (0..rate_hz / 2).map(|index| ((f64::from(index) * step).sin() * 16_000.0) as i16).collect()
    }

    /// The loudness of the middle, where no edge of the sound is near.
    fn level(samples: &[i16]) -> f64 {
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        let sum: f64 = middle.iter().map(|&sample| f64::from(sample).powi(2)).sum();
        (sum / middle.len() as f64).sqrt()
    }

    #[test]
    fn a_voice_passes_at_every_rate_and_what_would_fold_back_does_not() {
        for rate_hz in [16_000, 24_000, 32_000, 44_100, 48_000] {
            for hz in [300.0, 1_000.0, 3_300.0] {
                let passed =
                    level(&to_8_khz(&tone(hz, rate_hz), rate_hz)) / level(&tone(hz, rate_hz));
                assert!((0.97..1.03).contains(&passed), "{hz} Hz at {rate_hz}: {passed}");
            }
            for hz in [4_600.0, 6_000.0, 7_900.0] {
                let passed =
                    level(&to_8_khz(&tone(hz, rate_hz), rate_hz)) / level(&tone(hz, rate_hz));
                assert!(passed < 0.001, "{hz} Hz at {rate_hz}: {passed}");
            }
        }
    }

    #[test]
    fn a_tone_keeps_its_phase() {
        let out = to_8_khz(&tone(1_000.0, 44_100), 44_100);
        let wanted = tone(1_000.0, 8_000);
        let middle = 1_000..3_000;
        let error = middle.map(|i| (i32::from(out[i]) - i32::from(wanted[i])).abs()).max().unwrap();
        assert!(error < 200, "off by {error} of 16,000");
    }

    #[test]
    fn a_second_stays_a_second() {
        for rate_hz in [8_000, 16_000, 24_000, 32_000, 44_100, 48_000] {
            assert_eq!(to_8_khz(&vec![0; rate_hz as usize], rate_hz).len(), 8_000);
        }
        assert!(to_8_khz(&[], 48_000).is_empty());
    }
}
