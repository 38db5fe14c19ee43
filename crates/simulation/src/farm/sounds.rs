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

use super::FarmError;

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
    /// 480 and 620 Hz, half a second in one (North America).
    Busy,
    /// The three tones of "the number is not in service" (ITU-T E.180: 950, 1,400 and 1,800 Hz, a
    /// third of a second each), and somebody who says so.
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
    busy: Arc<Clip>,
    special: Arc<Clip>,
    fax: Arc<Clip>,
}

impl Sounds {
    /// Makes the sounds; with a folder, the speech is what its WAV files say, and with a file an
    /// answering machine greets as that does.
    pub(super) fn new(
        seed: u64,
        voices: Option<&Path>,
        greeting: Option<&Path>,
    ) -> Result<Self, FarmError> {
        let speech = match voices {
            Some(folder) => read_voices(folder)?,
            None => (0..4).map(|voice| Arc::new(talk(seed.wrapping_add(voice), 4.0))).collect(),
        };
        let greeting = match greeting {
            Some(file) => Clip::from_wav(file)?,
            None => talk(seed.wrapping_add(100), 3.0),
        };
        let beep = Clip::tone(1_000.0, 500, 0.5);
        let ringback = Clip::from_samples(mix(&[440.0, 480.0], 2.0, 0.2));
        let busy = Clip::from_samples(mix(&[480.0, 620.0], 0.5, 0.2));
        let [low, middle, high] =
            [950.0, 1_400.0, 1_800.0].map(|hz| Clip::from_samples(mix(&[hz], 0.33, 0.3)));
        let notice = talk(seed.wrapping_add(200), 2.0);
        let fax = Clip::from_samples(mix(&[1_100.0], 0.5, 0.3));
        Ok(Self {
            speech,
            greeting: Arc::new(greeting),
            beep: Arc::new(beep),
            ringback: Arc::new(Clip::concat([&ringback, &Clip::silence(4_000)])),
            busy: Arc::new(Clip::concat([&busy, &Clip::silence(500)])),
            special: Arc::new(Clip::concat([&low, &middle, &high, &notice])),
            fax: Arc::new(Clip::concat([&fax, &Clip::silence(3_000)])),
        })
    }

    /// How long a sound lasts that is played once, in ms.
    pub(super) fn length_ms(&self, sound: Sound, call: u64) -> u32 {
        u32::try_from(self.clip(sound, call).duration_ms()).unwrap_or(u32::MAX)
    }

    /// A sound; of speech, one of several voices.
    pub(super) fn clip(&self, sound: Sound, call: u64) -> Arc<Clip> {
        let clip = match sound {
            Sound::Speech => &self.speech[(call % self.speech.len() as u64) as usize],
            Sound::Greeting => &self.greeting,
            Sound::Beep => &self.beep,
            Sound::Ringback => &self.ringback,
            Sound::Busy => &self.busy,
            Sound::SpecialInformation => &self.special,
            Sound::FaxTone => &self.fax,
        };
        Arc::clone(clip)
    }
}

/// The WAV files of a folder, in the order of their names.
fn read_voices(folder: &Path) -> Result<Vec<Arc<Clip>>, FarmError> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let file = entry?.path();
        if file.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("wav")) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(FarmError::NoVoices { folder: folder.to_owned() });
    }
    files.sort();
    let voices: Result<_, WavError> =
        files.iter().map(|file| Clip::from_wav(file).map(Arc::new)).collect();
    let voices: Vec<Arc<Clip>> = voices?;
    match files.iter().zip(&voices).find(|(_, voice)| voice.duration_ms() == 0) {
        Some((file, _)) => Err(FarmError::EmptyVoice { file: file.clone() }),
        None => Ok(voices),
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

    /// How strong a tone is in some samples (Goertzel), as the share of a sine of full scale.
    fn strength(samples: &[i16], hz: f64) -> f64 {
        let turn = 2.0 * (TAU * hz / RATE_HZ).cos();
        let (mut one, mut two) = (0.0, 0.0);
        for &sample in samples {
            (one, two) = (f64::from(sample) + turn * one - two, one);
        }
        let power = one * one + two * two - turn * one * two;
        2.0 * power.max(0.0).sqrt() / samples.len() as f64 / f64::from(i16::MAX)
    }

    #[test]
    fn tones_have_their_frequencies_and_pauses() {
        let sounds = Sounds::new(1, None, None).unwrap();
        let heard = |sound: Sound, from_ms: usize, hz: f64| {
            let clip = sounds.clip(sound, 0);
            strength(&clip.samples()[from_ms * 8..][..800], hz)
        };
        for (sound, from_ms, hz) in [
            (Sound::Beep, 100, 1_000.0),
            (Sound::Ringback, 1_000, 440.0),
            (Sound::Ringback, 1_000, 480.0),
            (Sound::Busy, 200, 480.0),
            (Sound::Busy, 200, 620.0),
            (Sound::SpecialInformation, 100, 950.0),
            (Sound::SpecialInformation, 430, 1_400.0),
            (Sound::SpecialInformation, 760, 1_800.0),
            (Sound::FaxTone, 200, 1_100.0),
        ] {
            assert!(heard(sound, from_ms, hz) > 0.05, "{sound:?} at {from_ms} ms: {hz} Hz");
            assert!(heard(sound, from_ms, 3_000.0) < 0.01, "{sound:?} at {from_ms} ms");
        }
        for (sound, pause_ms) in
            [(Sound::Ringback, 3_000), (Sound::Busy, 700), (Sound::FaxTone, 2_000)]
        {
            assert!(heard(sound, pause_ms, 440.0) < 0.001, "{sound:?} does not pause");
        }
        assert_eq!(sounds.length_ms(Sound::Beep, 0), 500);
    }

    #[test]
    fn voices_come_from_a_folder_and_a_folder_without_any_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let said =
            |voices: &Path| Sounds::new(1, Some(voices), None).err().map(|it| it.to_string());
        assert!(said(&folder.path().join("nowhere")).unwrap().contains("nowhere"));
        assert!(said(folder.path()).unwrap().contains("WAV"));
        fs_err::write(folder.path().join("a.wav"), wav(&[7; 80])).unwrap();
        fs_err::write(folder.path().join("notes.txt"), "no voice").unwrap();
        let sounds =
            Sounds::new(1, Some(folder.path()), Some(&folder.path().join("a.wav"))).unwrap();
        assert_eq!(sounds.clip(Sound::Speech, 7).samples(), [7; 80]);
        assert_eq!(sounds.clip(Sound::Greeting, 7).samples(), [7; 80]);
    }

    /// 8 kHz, one channel, linear 16 bits.
    fn wav(samples: &[i16]) -> Vec<u8> {
        let data: Vec<u8> = samples.iter().flat_map(|it| it.to_le_bytes()).collect();
        let length = u32::try_from(data.len()).unwrap();
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((36 + length).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        bytes.extend(8_000_u32.to_le_bytes());
        bytes.extend(16_000_u32.to_le_bytes());
        bytes.extend(b"\x02\0\x10\0data");
        bytes.extend(length.to_le_bytes());
        bytes.extend(data);
        bytes
    }
}
