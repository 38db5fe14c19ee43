//! Measures and repairs of samples at 8 kHz: where speech is, how loud it is, joints without a
//! click.

use std::f32::consts::PI;
use std::ops::Range;

use super::RATE_HZ;

/// Samples of the windows in which loudness is measured: 5 ms.
const WINDOW: usize = RATE_HZ as usize / 200;
/// A window is speech when it is no further below the loudest one than this, 42 dB: a faint "f"
/// at the beginning of a word is.
const QUIETER_MAX: f32 = 0.008;
/// And no quieter than this, in units of a sample.
const FLOOR: f32 = 12.0;
/// And louder than the quietest tenth of the windows by this: the hiss of a recording is none.
const ABOVE_HISS: f32 = 3.0;
/// But hiss is never taken for louder than this part of the loudest window: 26 dB below it.
const HISS_MAX: f32 = 0.05;

/// Samples of a time.
pub(super) fn samples_of(ms: u32) -> usize {
    (u64::from(ms) * u64::from(RATE_HZ) / 1000) as usize
}

/// The root mean square of samples.
pub(super) fn level(samples: &[i16]) -> f32 {
    if samples.is_empty() {
        return 0.0;
    }
    let squares: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    (squares / samples.len() as f64).sqrt() as f32
}

fn speech_windows(samples: &[i16]) -> Vec<bool> {
    let levels: Vec<f32> = samples.chunks(WINDOW).map(level).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    let loudest = sorted.last().copied().unwrap_or_default();
    let quietest = sorted.get(sorted.len() / 10).copied().unwrap_or_default();
    let hiss = (quietest * ABOVE_HISS).min(loudest * HISS_MAX);
    let bound = (loudest * QUIETER_MAX).max(FLOOR).max(hiss);
    levels.iter().map(|&level| level > bound).collect()
}

/// From the first to the last sample of speech; `None` where all is silence.
pub(super) fn speech(samples: &[i16]) -> Option<Range<usize>> {
    let windows = speech_windows(samples);
    let first = windows.iter().position(|&is_speech| is_speech)?;
    let last = windows.iter().rposition(|&is_speech| is_speech)?;
    Some(first * WINDOW..((last + 1) * WINDOW).min(samples.len()))
}

/// The level of those windows that are speech: pauses do not make a prompt quieter.
pub(super) fn speech_level(samples: &[i16]) -> f32 {
    let windows = speech_windows(samples);
    let spoken: Vec<i16> = samples
        .chunks(WINDOW)
        .zip(windows)
        .filter(|(_, is_speech)| *is_speech)
        .flat_map(|(window, _)| window.iter().copied())
        .collect();
    level(&spoken)
}

/// Speech with no more silence around it than `before_ms` and `after_ms`.
pub(super) fn trimmed(samples: &[i16], before_ms: u32, after_ms: u32) -> &[i16] {
    let Some(speech) = speech(samples) else { return &[] };
    let start = speech.start.saturating_sub(samples_of(before_ms));
    let end = (speech.end + samples_of(after_ms)).min(samples.len());
    &samples[start..end]
}

/// Samples times a factor. Where they would not fit the factor is smaller, so that nothing is
/// clipped.
pub(super) fn amplified(samples: &[i16], factor: f32) -> Vec<i16> {
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or_default();
    let factor = factor.min(f32::from(i16::MAX) / f32::from(peak.max(1)));
    samples.iter().map(|&sample| (f32::from(sample) * factor).round() as i16).collect()
}

/// Fades the ends of a sound in and out with a raised cosine of `fade` samples.
pub(super) fn fade_ends(samples: &mut [i16], fade: usize) {
    let fade = fade.min(samples.len() / 2);
    let last = samples.len().saturating_sub(1);
    for at in 0..fade {
        let weight = rise(at, fade);
        samples[at] = weighted(samples[at], weight);
        samples[last - at] = weighted(samples[last - at], weight);
    }
}

/// Appends a sound: its first `fade` samples run over the last ones of `out`, the one fading in
/// with a raised cosine while the other fades out.
pub(super) fn crossfade(out: &mut Vec<i16>, next: &[i16], fade: usize) {
    let fade = fade.min(out.len()).min(next.len());
    let start = out.len() - fade;
    for (at, (old, &new)) in out[start..].iter_mut().zip(next).enumerate() {
        let weight = rise(at, fade);
        *old = weighted(*old, 1.0 - weight).saturating_add(weighted(new, weight));
    }
    out.extend_from_slice(&next[fade..]);
}

/// From 0 to 1 over `length` samples.
fn rise(at: usize, length: usize) -> f32 {
    0.5 - 0.5 * (PI * (at as f32 + 0.5) / length as f32).cos()
}

fn weighted(sample: i16, weight: f32) -> i16 {
    (f32::from(sample) * weight).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(count: usize, height: f32) -> Vec<i16> {
        (0..count).map(|at| ((at as f32 * 0.3).sin() * height) as i16).collect()
    }

    fn padded(tone: &[i16]) -> Vec<i16> {
        [&[3; 800], tone, &[-3; 400]].concat()
    }

    #[test]
    fn speech_is_found_between_silence() {
        let sound = padded(&tone(1_600, 8_000.0));
        assert_eq!(speech(&sound), Some(800..2_400));
        assert_eq!(trimmed(&sound, 10, 20).len(), 80 + 1_600 + 160);
        assert_eq!(speech(&[2; 500]), None);
        assert!(trimmed(&[], 10, 10).is_empty());
    }

    #[test]
    fn the_level_of_speech_does_not_count_pauses() {
        let tone = tone(1_600, 8_000.0);
        let (plain, with_pauses) = (level(&tone), speech_level(&padded(&tone)));
        assert!((plain - with_pauses).abs() < 1.0, "{plain} {with_pauses}");
        let louder = level(&amplified(&tone, 2.0));
        assert!((louder / plain - 2.0).abs() < 0.01, "{louder}");
        assert_eq!(amplified(&[i16::MAX, -100], 3.0), [i16::MAX, -100]);
    }

    #[test]
    fn a_crossfade_has_no_step() {
        let mut out = tone(800, 8_000.0);
        crossfade(&mut out, &tone(800, 4_000.0), 64);
        assert_eq!(out.len(), 1_536);
        let step = out.windows(2).map(|pair| (pair[0] - pair[1]).abs()).max().unwrap();
        assert!(step <= 2_500, "a step of {step}");
    }
}
