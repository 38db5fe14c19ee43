//! What callees and networks sound like: made here, or read from WAV files.
//!
//! The speech is not speech: noise shaped like vowels, in syllables, so that it has the loudness
//! and the pauses of somebody talking.

use std::f64::consts::TAU;
use std::path::Path;
use std::sync::Arc;

use outcall_media::clip::Clip;
use outcall_media::wav::WavError;
use outcall_telephony::simulated::random::SplitMix64;

/// Samples per second.
const RATE_HZ: f64 = 8_000.0;

/// A sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// Somebody talking.
    Speech,
    /// What an answering machine says.
    Greeting,
    /// Its beep: 1 kHz.
    Beep,
    /// 440 and 480 Hz, two seconds in six (North America).
    Ringback,
    /// The three tones before "the number is not in service" (ITU-T E.180, 6).
    SpecialInformation,
    /// 1,100 Hz for half a second in three and a half (ITU-T T.30, 4.1.1).
    FaxTone,
}

/// Every sound, made once and shared by all calls.
pub(super) struct Sounds {
    speech: Vec<Arc<Clip>>,
    greeting: Arc<Clip>,
    beep: Arc<Clip>,
    ringback: Arc<Clip>,
    special: Arc<Clip>,
    fax: Arc<Clip>,
}

impl Sounds {
    /// Makes the sounds; with a folder, the speech is what its WAV files say.
    pub(super) fn new(seed: u64, voices: Option<&Path>) -> Result<Self, WavError> {
        let mut speech = Vec::new();
        if let Some(folder) = voices {
            let mut files: Vec<_> = fs_err::read_dir(folder)
                .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
                .unwrap_or_default();
            files.sort();
            files.retain(|file| file.extension().is_some_and(|kind| kind == "wav"));
            for file in files {
                speech.push(Arc::new(Clip::from_wav(&file)?));
            }
        }
        if speech.is_empty() {
            speech.extend((0..4).map(|voice| Arc::new(talk(seed + voice, 4.0))));
        }
        let beep = Clip::tone(1_000.0, 500, 0.5);
        let ringback = Clip::from_samples(mix(&[440.0, 480.0], 2.0, 0.2));
        let tones = [985.2, 1_428.5, 1_776.7].map(|hz| Clip::from_samples(mix(&[hz], 0.33, 0.3)));
        let fax = Clip::from_samples(mix(&[1_100.0], 0.5, 0.3));
        Ok(Self {
            speech,
            greeting: Arc::new(talk(seed + 100, 3.0)),
            beep: Arc::new(beep),
            ringback: Arc::new(Clip::concat([&ringback, &Clip::silence(4_000)])),
            special: Arc::new(Clip::concat(&tones)),
            fax: Arc::new(Clip::concat([&fax, &Clip::silence(3_000)])),
        })
    }

    /// A sound; of speech, one of several voices.
    pub(super) fn clip(&self, sound: Sound, call: u64) -> Arc<Clip> {
        let clip = match sound {
            Sound::Speech => &self.speech[(call % self.speech.len() as u64) as usize],
            Sound::Greeting => &self.greeting,
            Sound::Beep => &self.beep,
            Sound::Ringback => &self.ringback,
            Sound::SpecialInformation => &self.special,
            Sound::FaxTone => &self.fax,
        };
        Arc::clone(clip)
    }
}

fn mix(tones_hz: &[f64], seconds: f64, level: f64) -> Vec<i16> {
    let count = (seconds * RATE_HZ) as usize;
    let share = level * f64::from(i16::MAX) / tones_hz.len() as f64;
    (0..count)
        .map(|at| {
            let time = at as f64 / RATE_HZ;
            let sum: f64 = tones_hz.iter().map(|hz| (TAU * hz * time).sin()).sum();
            (share * sum) as i16
        })
        .collect()
}

/// Syllables of a fifth of a second: a pulse train through two resonances, with pauses.
fn talk(seed: u64, seconds: f64) -> Clip {
    let mut chance = SplitMix64::new(seed);
    let pitch_hz = 95.0 + chance.unit() * 110.0;
    let count = (seconds * RATE_HZ) as usize;
    let syllable = (0.2 * RATE_HZ) as usize;
    let mut samples = Vec::with_capacity(count);
    let (mut phase, mut first, mut second) = (0.0, [0.0; 2], [0.0; 2]);
    let (mut one_hz, mut two_hz, mut loud) = (500.0, 1_500.0, 0.0);
    for at in 0..count {
        if at % syllable == 0 {
            one_hz = 300.0 + chance.unit() * 500.0;
            two_hz = 900.0 + chance.unit() * 1_400.0;
            loud = if chance.percent(20.0) { 0.0 } else { 0.4 + chance.unit() * 0.6 };
        }
        phase += pitch_hz / RATE_HZ;
        let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
        phase -= phase.floor();
        let breath = (chance.unit() - 0.5) * 0.05;
        let voiced = resonate(pulse + breath, one_hz, &mut first);
        let sound = resonate(voiced, two_hz, &mut second);
        let along = (at % syllable) as f64 / syllable as f64;
        let swell = (std::f64::consts::PI * along).sin();
        samples.push((sound * loud * swell * 2_500.0).clamp(-20_000.0, 20_000.0) as i16);
    }
    Clip::from_samples(samples)
}

/// A resonance of 100 Hz width.
fn resonate(input: f64, hz: f64, state: &mut [f64; 2]) -> f64 {
    let radius = (-std::f64::consts::PI * 100.0 / RATE_HZ).exp();
    let output =
        input + 2.0 * radius * (TAU * hz / RATE_HZ).cos() * state[0] - radius * radius * state[1];
    *state = [output, state[0]];
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_loud_and_has_pauses() {
        let clip = talk(1, 4.0);
        let loudness = |window: &[i16]| {
            let sum: f64 = window.iter().map(|&it| f64::from(it).powi(2)).sum();
            (sum / window.len() as f64).sqrt()
        };
        let windows: Vec<f64> = clip.samples().chunks(800).map(loudness).collect();
        assert!(windows.iter().any(|&it| it > 500.0), "{windows:?}");
        assert!(windows.iter().any(|&it| it < 100.0), "{windows:?}");
        assert_eq!(talk(1, 1.0).samples(), talk(1, 1.0).samples());
    }
}
