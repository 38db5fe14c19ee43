//! Tones made: for tests and benchmarks.

use super::SAMPLES_PER_MS;

/// A sine of `hz` for `ms` milliseconds at `level_dbfs` (0 is a full-scale sine).
pub fn sine(hz: f32, ms: u64, level_dbfs: f32) -> Vec<i16> {
    Sound::default().tones(&[hz], ms, level_dbfs).samples()
}

/// The frequencies of a keypad's key (ITU-T Q.23), Hz; none for a character that is not on it.
pub fn dtmf_hz(key: char) -> Option<[f32; 2]> {
    const ROWS: [&str; 4] = ["123A", "456B", "789C", "*0#D"];
    const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
    const HIGH: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
    let places = ROWS.iter().zip(LOW);
    let mut found = places.filter_map(|(row, low)| Some([low, HIGH[row.find(key)?]]));
    found.next()
}

/// A piece of sound under construction, 8 kHz and one channel.
#[derive(Clone, Debug, Default)]
pub struct Sound {
    samples: Vec<f32>,
}

impl Sound {
    /// Adds silence of `ms` milliseconds.
    #[must_use]
    pub fn silence(mut self, ms: u64) -> Self {
        self.samples.resize(self.samples.len() + (ms * SAMPLES_PER_MS) as usize, 0.0);
        self
    }

    /// Adds these tones together for `ms` milliseconds, each at `level_dbfs`, with edges of 2 ms.
    #[must_use]
    pub fn tones(mut self, hz: &[f32], ms: u64, level_dbfs: f32) -> Self {
        let count = (ms * SAMPLES_PER_MS) as usize;
        let peak = 10f32.powf(level_dbfs / 20.0);
        for index in 0..count {
            let edge = (index.min(count - index) as f32 / 16.0).min(1.0);
            let wave = |hz: &f32| {
                let turns = f64::from(*hz) * index as f64 / 8_000.0;
                (turns.fract() * std::f64::consts::TAU).sin() as f32
            };
            self.samples.push(hz.iter().map(wave).sum::<f32>() * peak * edge);
        }
        self
    }

    /// Adds `pulses` times these tones for `on_ms`, each followed by silence of `off_ms`.
    #[must_use]
    pub fn pulses(self, hz: &[f32], on_ms: u64, off_ms: u64, pulses: u32, level_dbfs: f32) -> Self {
        let pulse = |sound: Self, _| sound.tones(hz, on_ms, level_dbfs).silence(off_ms);
        (0..pulses).fold(self, pulse)
    }

    /// Adds special information tones (ITU-T E.180/Q.35): 950, 1,400 and 1,800 Hz, 330 ms each.
    #[must_use]
    pub fn sit(self, level_dbfs: f32) -> Self {
        let rising = [950.0, 1_400.0, 1_800.0];
        rising.iter().fold(self, |sound, hz| sound.tones(&[*hz], 330, level_dbfs))
    }

    /// Adds other sound.
    #[must_use]
    pub fn then(mut self, samples: &[i16]) -> Self {
        self.samples.extend(samples.iter().map(|sample| f32::from(*sample) / 32_768.0));
        self
    }

    /// The sound so far, clipped at full scale.
    pub fn samples(&self) -> Vec<i16> {
        let clip = |sample: &f32| (sample * 32_767.0).round().clamp(-32_768.0, 32_767.0) as i16;
        self.samples.iter().map(clip).collect()
    }
}
