//! A train of pulses at a pitch, band-limited: every harmonic below a bound at unit amplitude.

use super::{HOP, RATE_HZ};

/// Below this there is no voice.
const VOICED_HZ: f32 = 40.0;
/// Harmonics go up to this.
const HARMONICS_HZ: f32 = 11_000.0;

/// The pulses of a pitch curve with one value a frame; silence where there is no voice.
///
/// The sum of cos(k t) for k = 1 to K is sin((K + 1/2) t) / (2 sin(t / 2)) - 1/2.
pub(super) fn train(pitch_hz: &[f32]) -> Vec<f32> {
    let mut phase = 0.0_f64;
    let mut out = Vec::with_capacity(pitch_hz.len() * HOP);
    for frame in 0..pitch_hz.len() {
        for at in 0..HOP {
            let hz = pitch_at(pitch_hz, frame, at);
            let sung_hz = hz.max(VOICED_HZ);
            phase = (phase + f64::from(sung_hz) / f64::from(RATE_HZ)).fract();
            out.push(if hz > VOICED_HZ { pulse(phase, sung_hz) } else { 0.0 });
        }
    }
    out
}

/// The pitch of a sample, on the line between the middles of two frames.
fn pitch_at(pitch_hz: &[f32], frame: usize, at: usize) -> f32 {
    let share = (at as f32 + 0.5) / HOP as f32 - 0.5;
    let (from, to, share) = if at < HOP / 2 {
        (frame.saturating_sub(1), frame, share + 1.0)
    } else {
        (frame, (frame + 1).min(pitch_hz.len() - 1), share)
    };
    pitch_hz[from] * (1.0 - share) + pitch_hz[to] * share
}

/// `phase` in turns.
fn pulse(phase: f64, hz: f32) -> f32 {
    let angle = (phase * std::f64::consts::TAU) as f32;
    let harmonics = (HARMONICS_HZ / hz).floor() + 0.5;
    let below = 2.0 * (angle * 0.5).sin();
    let sum = if below.abs() <= 2e-3 { harmonics } else { (harmonics * angle).sin() / below };
    sum - 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_pitch_gives_a_pulse_each_period_and_none_without_voice() {
        let pulses = train(&[100.0; 8]);
        assert_eq!(pulses.len(), 8 * HOP);
        let peaks = pulses.iter().filter(|&&pulse| pulse > 100.0).count();
        assert!((10..=30).contains(&peaks), "{peaks} samples near peaks in ten periods");
        assert!(train(&[0.0; 8]).iter().all(|&pulse| pulse == 0.0));
        assert!(train(&[]).is_empty());
    }
}
