//! From the line's 8 kHz to the 16 kHz that recognition was trained on.

use std::sync::LazyLock;

/// Samples on each side that an inserted sample is made of.
const REACH: usize = 16;

/// The weights of the samples around an inserted one: a sinc under a Hamming window. Samples that
/// came stay as they are (a half-band filter).
static WEIGHTS: LazyLock<[f32; 2 * REACH]> = LazyLock::new(|| {
    let mut weights: [f32; 2 * REACH] = std::array::from_fn(|place| {
        let distance = place as f64 - REACH as f64 + 0.5;
        let turn = std::f64::consts::PI * distance;
        let window = 0.54 + 0.46 * (turn / REACH as f64).cos();
        (turn.sin() / turn * window) as f32
    });
    let sum: f32 = weights.iter().sum();
    for weight in &mut weights {
        *weight /= sum;
    }
    weights
});

/// Twice as many samples, scaled to -1 .. 1.
pub fn to_16_khz(samples: &[i16]) -> Vec<f32> {
    let scaled: Vec<f32> = std::iter::repeat_n(0, REACH)
        .chain(samples.iter().copied())
        .chain(std::iter::repeat_n(0, REACH))
        .map(|sample| f32::from(sample) / 32_768.0)
        .collect();
    let weights = &*WEIGHTS;
    let mut all = Vec::with_capacity(2 * samples.len());
    for (place, around) in scaled.windows(2 * REACH).skip(1).take(samples.len()).enumerate() {
        all.push(scaled[place + REACH]);
        all.push(around.iter().zip(weights).map(|(sample, weight)| sample * weight).sum());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_stays_the_tone_that_it_was() {
        for hz in [200.0, 1_000.0, 3_000.0] {
            let tone = |second: f64| (std::f64::consts::TAU * hz * second).sin() * 16_384.0;
            let samples: Vec<i16> = (0..800).map(|n| tone(f64::from(n) / 8_000.0) as i16).collect();
            let twice = to_16_khz(&samples);
            assert_eq!(twice.len(), 1_600);
            for (place, sample) in twice.iter().enumerate().skip(100).take(1_400) {
                let right = tone(place as f64 / 16_000.0) / 32_768.0;
                assert!((f64::from(*sample) - right).abs() < 0.01, "{hz} Hz, sample {place}");
            }
        }
        assert!(to_16_khz(&[]).is_empty());
    }
}
