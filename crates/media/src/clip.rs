//! Audio ready to be sent: 8 kHz, one channel.

use std::f64::consts::TAU;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::g711::Law;
use crate::wav::{self, WavError};

/// Samples of a millisecond at 8 kHz.
const SAMPLES_PER_MS: u64 = 8;

/// Audio of 8 kHz and one channel.
///
/// The samples are shared: a clone costs no copy. Each law's bytes are made once, at the first use,
/// so that a thousand calls that play the same prompt copy the bytes of each packet and encode
/// nothing.
#[derive(Clone, Debug)]
pub struct Clip {
    audio: Arc<Audio>,
}

#[derive(Debug)]
struct Audio {
    samples: Box<[i16]>,
    mu: OnceLock<Box<[u8]>>,
    a: OnceLock<Box<[u8]>>,
}

impl Clip {
    /// A clip of these samples: 8 kHz, one channel, linear 16 bits.
    pub fn from_samples(samples: Vec<i16>) -> Self {
        let audio = Audio { samples: samples.into(), mu: OnceLock::new(), a: OnceLock::new() };
        Self { audio: Arc::new(audio) }
    }

    /// A clip read from a WAV file of any form that [`wav::read`] takes, mixed to one channel and
    /// resampled to 8 kHz.
    ///
    /// # Errors
    /// When the file cannot be read or is not such a file; the error names the chunk and offset.
    pub fn from_wav(path: &Path) -> Result<Self, WavError> {
        wav::read(path).map(Self::from_samples)
    }

    /// A sine of `hz` for `ms` milliseconds; `level` is its peak as a part of full scale, 0 to 1.
    pub fn tone(hz: f64, ms: u32, level: f64) -> Self {
        let peak = f64::from(i16::MAX) * level.clamp(0.0, 1.0);
        let step = TAU * hz / 8_000.0;
        let count = u64::from(ms) * SAMPLES_PER_MS;
        let sample = |index: u64| ((index as f64 * step).sin() * peak).round() as i16;
        Self::from_samples((0..count).map(sample).collect())
    }

    /// Silence of `ms` milliseconds.
    pub fn silence(ms: u32) -> Self {
        Self::from_samples(vec![0; ms as usize * SAMPLES_PER_MS as usize])
    }

    /// These clips one after the other, without a gap.
    pub fn concat<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut samples = Vec::new();
        for part in parts {
            samples.extend_from_slice(part.samples());
        }
        Self::from_samples(samples)
    }

    /// How long it lasts, in milliseconds, rounded down.
    pub fn duration_ms(&self) -> u64 {
        self.audio.samples.len() as u64 / SAMPLES_PER_MS
    }

    /// The samples: 8 kHz, linear 16 bits.
    pub fn samples(&self) -> &[i16] {
        &self.audio.samples
    }

    /// The samples encoded with `law`, a byte each (RFC 3551, section 4.5.14). Encoded at the first
    /// call and kept.
    pub fn encoded(&self, law: Law) -> &[u8] {
        self.kept(law).get_or_init(|| {
            let mut bytes = vec![0; self.audio.samples.len()];
            law.encode_into(&self.audio.samples, &mut bytes);
            bytes.into()
        })
    }

    /// Fills the beginning of `out` with the bytes from `position` on, and returns how many there
    /// are. When the clip was not encoded with this law before, only this part of it is: a shard
    /// has no time for the whole of it.
    pub(crate) fn copy_encoded(&self, law: Law, position: usize, out: &mut [u8]) -> usize {
        let count = out.len().min(self.audio.samples.len() - position);
        let (part, target) = (position..position + count, &mut out[..count]);
        let Some(bytes) = self.kept(law).get() else {
            return law.encode_into(&self.audio.samples[part], target);
        };
        target.copy_from_slice(&bytes[part]);
        count
    }

    fn kept(&self, law: Law) -> &OnceLock<Box<[u8]>> {
        match law {
            Law::Mu => &self.audio.mu,
            Law::A => &self.audio.a,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_has_the_length_and_the_peak_that_were_asked_for() {
        let tone = Clip::tone(1_000.0, 100, 0.5);
        assert_eq!((tone.duration_ms(), tone.samples().len()), (100, 800));
        let peak = tone.samples().iter().max().copied();
        assert_eq!(peak, Some(16_384), "1 kHz has a sample at the top of its wave");
    }

    #[test]
    fn clips_put_together_keep_their_order() {
        let first = Clip::from_samples(vec![1, 2]);
        let second = Clip::from_samples(vec![3]);
        assert_eq!(Clip::concat([&first, &second, &first]).samples(), [1, 2, 3, 1, 2]);
    }

    #[test]
    fn both_laws_encode_every_sample() {
        let clip = Clip::from_samples(vec![-8_000, 0, 8_000]);
        for law in [Law::Mu, Law::A] {
            let expected: Vec<u8> = clip.samples().iter().map(|&s| law.encode(s)).collect();
            assert_eq!(clip.encoded(law), expected);
        }
    }

    #[test]
    fn a_part_is_encoded_without_the_rest_and_is_the_same_with_it() {
        let samples: Vec<i16> = (0..400).map(|index| index * 40).collect();
        for law in [Law::Mu, Law::A] {
            let clip = Clip::from_samples(samples.clone());
            let (mut before, mut after) = ([0; 160], [0; 160]);
            assert_eq!(clip.copy_encoded(law, 320, &mut before), 80);
            assert!(clip.kept(law).get().is_none(), "the rest would take too long");
            let whole = clip.encoded(law).to_vec();
            assert_eq!(clip.copy_encoded(law, 320, &mut after), 80);
            assert_eq!((&before[..80], &after[..80]), (&whole[320..], &whole[320..]));
        }
    }

    #[test]
    fn silence_lasts_as_long_as_asked() {
        let clip = Clip::silence(30);
        assert_eq!(clip.duration_ms(), 30);
        assert!(clip.samples().iter().all(|&sample| sample == 0));
    }
}
