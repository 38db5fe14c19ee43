//! From the parts of a spectrum to samples: pulses at the pitch shaped by the harmonic part, noise
//! shaped by the noise part, and a rest with a phase of its own, through one inverse short-time
//! Fourier transform.
//!
//! S = exp(h) exp(i pi tanh(p)) STFT(pulses) + exp(n) Z + exp(r) exp(i q)

mod noise;
mod pulses;

use std::f32::consts::PI;
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

pub(super) use noise::Noise;

/// Samples a second that come out.
pub(super) const RATE_HZ: u32 = 24_000;
/// Samples from one frame to the next.
pub(super) const HOP: usize = 300;
/// Samples of a frame.
const FRAME: usize = 1_200;
/// Bins of a spectrum, 20 Hz apart.
pub(super) const BINS: usize = FRAME / 2 + 1;
/// Bins up to 4.3 kHz: what a telephone carries, and what its low-pass lets through beyond.
pub(super) const BINS_OF_TELEPHONE: usize = 216;
const OVERLAP: usize = FRAME / HOP;
/// Logarithms of magnitudes are bounded by this.
const LOG_MAX: f32 = 7.0;

/// What the acoustic model gives: [`BINS`] rows of one value a frame, and the pitch of each frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spectrum {
    /// Logarithm of the magnitude that shapes the pulses.
    pub(super) harmonic: Vec<f32>,
    /// Its phase, before tanh, in half turns.
    pub(super) harmonic_phase: Vec<f32>,
    /// Logarithm of the magnitude that shapes the noise.
    pub(super) noise: Vec<f32>,
    /// Logarithm of the magnitude of the rest.
    pub(super) residual: Vec<f32>,
    /// Its phase in radians.
    pub(super) residual_phase: Vec<f32>,
    /// Hertz; 0 where there is no voice.
    pub(super) pitch_hz: Vec<f32>,
}

/// Makes samples of spectra.
pub(super) struct Vocoder {
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
}

impl std::fmt::Debug for Vocoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vocoder").finish_non_exhaustive()
    }
}

impl Vocoder {
    pub(super) fn new() -> Self {
        let mut planner = FftPlanner::new();
        let turn = |at: usize| (f64::from(at as u32) / FRAME as f64) * std::f64::consts::TAU;
        let window = (0..FRAME).map(|at| (0.5 - 0.5 * turn(at).cos()) as f32).collect();
        Self {
            forward: planner.plan_fft_forward(FRAME),
            inverse: planner.plan_fft_inverse(FRAME),
            window,
        }
    }

    /// The samples of the first `bins` of a spectrum at [`RATE_HZ`], one being full scale.
    pub(super) fn samples(&self, spectrum: &Spectrum, bins: usize, noise: &mut Noise) -> Vec<f32> {
        let frames = spectrum.pitch_hz.len();
        let pulses = pulses::train(&spectrum.pitch_hz);
        let mut out = vec![0.0; (frames + OVERLAP - 1) * HOP];
        let mut scratch = vec![Complex32::ZERO; self.forward.get_inplace_scratch_len()];
        let mut inverse_scratch = vec![Complex32::ZERO; self.inverse.get_inplace_scratch_len()];
        let mut frame = vec![Complex32::ZERO; FRAME];
        for index in 0..frames {
            self.load_pulses(&pulses, index, &mut frame);
            self.forward.process_with_scratch(&mut frame, &mut scratch);
            shape(spectrum, index, bins.min(BINS), noise, &mut frame);
            self.inverse.process_with_scratch(&mut frame, &mut inverse_scratch);
            let sums = &mut out[index * HOP..index * HOP + FRAME];
            for ((sum, value), weight) in sums.iter_mut().zip(&frame).zip(&self.window) {
                *sum += value.re * weight / FRAME as f32;
            }
        }
        self.normalise(&mut out, frames);
        out[FRAME / 2..FRAME / 2 + frames * HOP].to_vec()
    }

    /// A frame of pulses under the window, mirrored at the ends of the sentence.
    fn load_pulses(&self, pulses: &[f32], index: usize, frame: &mut [Complex32]) {
        let last = pulses.len() as isize - 1;
        for (at, (value, weight)) in frame.iter_mut().zip(&self.window).enumerate() {
            let from = (index * HOP + at) as isize - (FRAME / 2) as isize;
            let mirrored = if from > last { 2 * last - from } else { from }.abs().min(last);
            let pulse = pulses.get(mirrored.unsigned_abs()).copied().unwrap_or_default();
            *value = Complex32::new(pulse * weight / (FRAME / OVERLAP) as f32, 0.0);
        }
    }

    /// Divides by the sum of the squared windows: constant inside, less at the ends.
    fn normalise(&self, out: &mut [f32], frames: usize) {
        for (block, samples) in out.chunks_exact_mut(HOP).enumerate() {
            for (at, sample) in samples.iter_mut().enumerate() {
                let first = (block + 1).saturating_sub(frames);
                let squares = (first..OVERLAP.min(block + 1)).map(|part| {
                    let weight = self.window[part * HOP + at];
                    weight * weight
                });
                *sample /= squares.sum::<f32>().max(1e-11);
            }
        }
    }
}

/// Turns the spectrum of the pulses in `frame` into that of the voice.
fn shape(
    spectrum: &Spectrum,
    index: usize,
    bins: usize,
    noise: &mut Noise,
    frame: &mut [Complex32],
) {
    let frames = spectrum.pitch_hz.len();
    for (bin, value) in frame.iter_mut().take(bins).enumerate() {
        let at = bin * frames + index;
        let magnitude = |log: f32| log.min(LOG_MAX).exp();
        let turn = PI * spectrum.harmonic_phase[at].tanh();
        let harmonic = Complex32::from_polar(magnitude(spectrum.harmonic[at]), turn);
        let residual =
            Complex32::from_polar(magnitude(spectrum.residual[at]), spectrum.residual_phase[at]);
        let hiss = noise.next_pair() * magnitude(spectrum.noise[at]);
        *value = *value * harmonic + hiss + residual;
    }
    frame[bins..BINS].fill(Complex32::ZERO);
    // Equal bins have equal noise, however many there are.
    noise.skip(BINS - bins);
    // The samples are real: the other half is the mirror of this one.
    frame[0].im = 0.0;
    frame[FRAME / 2].im = 0.0;
    for bin in 1..FRAME / 2 {
        frame[FRAME - bin] = frame[bin].conj();
    }
}
