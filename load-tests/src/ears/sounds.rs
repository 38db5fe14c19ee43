//! What callees say: recordings of a person over a telephone, numbers put together, tones.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use outcall_media::wav;
use outcall_speech::evaluation::{Condition, pink_noise, read_prompts};
use outcall_speech::tones::synthesis::{Sound, sine};
use outcall_telephony::simulated::random::SplitMix64;

use crate::Arguments;

/// A longer recording is no reply: 2.5 s.
const REPLY_MAX: usize = 20_000;
/// Numbers that are put together.
const NUMBERS: usize = 60;
/// The line's own noise: some 60 dB below full scale.
const LINE_NOISE: f32 = 30.0;
/// How much of that noise is made; it is repeated.
const NOISE: usize = 80_000;

/// All of them, made once: calls only point at them.
pub(crate) struct Sounds {
    /// Replies first, then longer recordings, then numbers, then tones.
    all: Vec<Vec<i16>>,
    replies: usize,
    recordings: usize,
    numbers: usize,
    pub(crate) noise: Vec<i16>,
}

impl Sounds {
    /// # Errors
    /// When a recording cannot be read, or none is a reply.
    pub(crate) fn make(args: &Arguments) -> Result<Self> {
        let prompts = read_prompts(&args.prompts, &args.sounds)?;
        let mut all: Vec<Vec<i16>> = prompts.into_iter().map(|prompt| prompt.samples).collect();
        all.sort_by_key(Vec::len);
        let replies = all.partition_point(|samples| samples.len() <= REPLY_MAX);
        ensure!(replies > 0, "no recording is shorter than 2.5 s: {}", args.prompts.display());
        let recordings = all.len();
        if let Some(folder) = &args.digits {
            all.extend(numbers(folder)?);
        }
        let numbers = all.len() - recordings;
        all.push(sine(1_000.0, 500, -12.0));
        all.push(Sound::default().sit(-12.0).samples());
        all.push(Sound::default().pulses(&[480.0, 620.0], 500, 500, 8, -15.0).samples());
        let line = |samples: &Vec<i16>| Condition::MuLaw.apply(samples, 0);
        let noise = pink_noise(NOISE, 1).iter().map(|it| (it * LINE_NOISE) as i16).collect();
        Ok(Self { all: all.iter().map(line).collect(), replies, recordings, numbers, noise })
    }

    pub(crate) fn get(&self, sound: usize) -> &[i16] {
        self.all.get(sound).map_or(&[], Vec::as_slice)
    }

    /// A recording that a person could reply with.
    pub(crate) fn reply(&self, random: &mut SplitMix64) -> usize {
        random.below(self.replies as u64) as usize
    }

    /// Any recording.
    pub(crate) fn recording(&self, random: &mut SplitMix64) -> usize {
        random.below(self.recordings as u64) as usize
    }

    /// A number, or a reply where there is none.
    pub(crate) fn number(&self, random: &mut SplitMix64) -> usize {
        match self.numbers {
            0 => self.reply(random),
            numbers => self.recordings + random.below(numbers as u64) as usize,
        }
    }

    pub(crate) fn beep(&self) -> usize {
        self.recordings + self.numbers
    }

    pub(crate) fn sit(&self) -> usize {
        self.beep() + 1
    }

    pub(crate) fn busy(&self) -> usize {
        self.beep() + 2
    }
}

/// Numbers of 3 to 7 digits with short gaps, each of one speaker.
fn numbers(folder: &Path) -> Result<Vec<Vec<i16>>> {
    let mut files: Vec<String> = fs_err::read_dir(folder)?
        .filter_map(|file| file.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".wav"))
        .collect();
    files.sort();
    ensure!(!files.is_empty(), "no recordings of digits in {}", folder.display());
    let mut random = SplitMix64::from_words(&[11]);
    let mut numbers = Vec::new();
    for _ in 0..NUMBERS {
        let first = &files[random.below(files.len() as u64) as usize];
        let speaker = first.split('_').nth(1).with_context(|| first.clone())?;
        let own: Vec<&String> =
            files.iter().filter(|name| name.split('_').nth(1) == Some(speaker)).collect();
        let mut number = Vec::new();
        for _ in 0..3 + random.below(5) {
            let file = own[random.below(own.len() as u64) as usize];
            number.extend(wav::read(&folder.join(file))?);
            number.extend(vec![0; 8 * (60 + random.below(120)) as usize]);
        }
        numbers.push(number);
    }
    Ok(numbers)
}
