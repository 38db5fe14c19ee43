//! Turns of a callee, composed from recordings: what is said, and when it truly ends.

use std::path::Path;

use anyhow::Result;
use outcall_media::wav;
use outcall_speech::evaluation::{Condition, Prompt, pink_noise};
use outcall_speech::turn::Expected;
use outcall_telephony::simulated::random::SplitMix64;

/// What kind of turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A recording as it is.
    Plain,
    /// One with a pause to think put inside a phrase.
    Hesitating,
    /// A number of known length, digit by digit.
    Number,
    /// A single word.
    Word,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Plain, Self::Hesitating, Self::Number, Self::Word];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "as recorded",
            Self::Hesitating => "with a hesitation",
            Self::Number => "a number",
            Self::Word => "one word",
        }
    }
}

/// A turn.
pub(super) struct Turn {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) expected: Expected,
    /// 8 kHz, silence before and after.
    pub(super) samples: Vec<i16>,
    /// When the speech truly ends, in milliseconds.
    pub(super) end_ms: u64,
    /// Of the half that no threshold was chosen on: every second recording, every second number.
    pub(super) held_out: bool,
}

impl Turn {
    fn held_out(self, number: usize) -> Self {
        Self { held_out: number % 2 == 1, ..self }
    }
}

const MS: usize = 8;
/// The line before the speech and after it.
const BEFORE: usize = 800 * MS;
const AFTER: usize = 3_000 * MS;
/// The line's own noise: some 60 dB below full scale.
const LINE_NOISE: f32 = 30.0;
/// Blocks of 10 ms.
const BLOCK: usize = 80;
/// A block is speech when it is within so many decibels of the loudest.
const SPEECH_DB: f64 = 40.0;
/// Softer than the loudest block by 30 dB is quiet, and quiet for 50 ms is a pause.
const PAUSE_FACTOR: f64 = 1e-3;
const PAUSE_BLOCKS: usize = 5;
/// How far from a mark a place is inside a phrase, as a part of the whole.
const MARK_DISTANCE: f64 = 0.12;
const NUMBERS: usize = 40;
const WORDS: usize = 60;

/// All turns; the same ones every time.
pub(super) fn compose(prompts: &[Prompt], data: &Path) -> Result<Vec<Turn>> {
    let mut random = SplitMix64::from_words(&[7]);
    let mut turns = Vec::new();
    for (number, prompt) in prompts.iter().enumerate() {
        let spoken = trimmed(&prompt.samples);
        let name = prompt.file.clone();
        let plain = turn(name, Kind::Plain, Expected::Anything, &spoken, &mut random);
        turns.push(plain.held_out(number));
        if let Some(gap) = gap(&spoken, &prompt.text) {
            // 300 to 900 ms.
            let pause = (300 + random.below(600)) as usize * MS;
            let (first, second) = spoken.split_at(gap);
            let whole = [first, &vec![0; pause], second].concat();
            let name = format!("{} + {} ms", prompt.file, pause / MS);
            let hesitating = turn(name, Kind::Hesitating, Expected::Anything, &whole, &mut random);
            turns.push(hesitating.held_out(number));
        }
    }
    let folder = data.join("digits");
    if folder.is_dir() {
        numbers(&folder, &mut random, &mut turns)?;
    }
    Ok(turns)
}

fn numbers(folder: &Path, random: &mut SplitMix64, turns: &mut Vec<Turn>) -> Result<()> {
    let mut files: Vec<String> = fs_err::read_dir(folder)?
        .filter_map(|file| file.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".wav"))
        .collect();
    files.sort();
    let mut speakers: Vec<&str> = files.iter().filter_map(|name| name.split('_').nth(1)).collect();
    speakers.sort_unstable();
    speakers.dedup();
    for number in 0..NUMBERS + WORDS {
        let speaker = speakers[number % speakers.len()];
        let own: Vec<&String> =
            files.iter().filter(|name| name.split('_').nth(1) == Some(speaker)).collect();
        let count = if number < NUMBERS { 4 + random.below(5) } else { 1 };
        let (mut spoken, mut digits) = (Vec::new(), String::new());
        for place in 0..count {
            let file = own[random.below(own.len() as u64) as usize];
            digits += &file[..1];
            if place > 0 {
                // Mostly a breath, now and then a look at the card.
                let gap_ms = if random.below(4) == 0 {
                    300 + random.below(400)
                } else {
                    60 + random.below(120)
                };
                spoken.extend(vec![0; gap_ms as usize * MS]);
            }
            spoken.extend(trimmed(&wav::read(&folder.join(file))?));
        }
        let kind = if count > 1 { Kind::Number } else { Kind::Word };
        let expected = Expected::Digits { count: Some(count as u32) };
        let turn = turn(format!("{speaker} {digits}"), kind, expected, &spoken, random);
        turns.push(turn.held_out(number));
    }
    Ok(())
}

fn turn(
    name: String,
    kind: Kind,
    expected: Expected,
    spoken: &[i16],
    random: &mut SplitMix64,
) -> Turn {
    let before = BEFORE + random.below(256) as usize;
    let end_ms = ((before + spoken.len()) / MS) as u64;
    let mut samples = vec![0; before];
    samples.extend_from_slice(spoken);
    samples.extend([0; AFTER]);
    let noise = pink_noise(samples.len(), random.below(1 << 32));
    for (sample, noise) in samples.iter_mut().zip(noise) {
        *sample = sample.saturating_add((noise * LINE_NOISE) as i16);
    }
    let samples = Condition::MuLaw.apply(&samples, 0);
    Turn { name, kind, expected, samples, end_ms, held_out: false }
}

fn energy(block: &[i16]) -> f64 {
    block.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>() / block.len().max(1) as f64
}

/// The recording from its first to its last block of speech.
fn trimmed(samples: &[i16]) -> Vec<i16> {
    let energies: Vec<f64> = samples.chunks(BLOCK).map(energy).collect();
    let loudest = energies.iter().copied().fold(1.0, f64::max);
    let least = loudest / 10_f64.powf(SPEECH_DB / 10.0);
    let first = energies.iter().position(|&energy| energy >= least).unwrap_or(0);
    let last = energies.iter().rposition(|&energy| energy >= least).unwrap_or(0);
    samples[first * BLOCK..((last + 1) * BLOCK).min(samples.len())].to_vec()
}

/// The softest place inside a phrase of a recording of 2 s or more: one where the speaker made no
/// pause, and far from where the text has a mark. That people think where a sentence could end is
/// left out: nobody could tell.
fn gap(spoken: &[i16], text: &str) -> Option<usize> {
    let blocks = spoken.len() / BLOCK;
    if spoken.len() < 2_000 * MS {
        return None;
    }
    let energies: Vec<f64> = spoken.chunks_exact(BLOCK).map(energy).collect();
    let loudest = energies.iter().copied().fold(1.0, f64::max);
    let quiet = |block: &usize| energies[*block] < loudest * PAUSE_FACTOR;
    let inside = |block: &usize| {
        let before = (0..*block).rev().take_while(quiet).count();
        let after = (*block..blocks).take_while(quiet).count();
        before + after <= PAUSE_BLOCKS
    };
    let letters = text.chars().count() as f64;
    let marks: Vec<f64> = text
        .chars()
        .enumerate()
        .filter(|(_, c)| matches!(c, '.' | ',' | '!' | '?'))
        .map(|(place, _)| place as f64 / letters)
        .collect();
    let far = |block: &usize| {
        let place = *block as f64 / blocks as f64;
        marks.iter().all(|mark| (mark - place).abs() > MARK_DISTANCE)
    };
    let soft = |block: &usize| energies[*block..*block + 2].iter().sum::<f64>();
    let middle = (blocks * 2 / 10..blocks * 8 / 10).filter(inside).filter(far);
    middle.min_by(|left, right| soft(left).total_cmp(&soft(right))).map(|block| (block + 1) * BLOCK)
}
