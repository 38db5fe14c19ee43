//! Strings of digits, spliced from single ones: composed, not spoken in one breath.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use outcall_media::wav;
use outcall_telephony::simulated::random::SplitMix64;

/// Digits in a string.
pub(super) const LENGTH: usize = 10;
const STRINGS: usize = 40;
/// The pause between two digits, in samples of 8 kHz: 60 to 120 ms.
const GAP_MIN: u64 = 480;
const GAP_SPREAD: u64 = 480;

/// Each string with its sound; one speaker a string, in turn.
pub(super) fn compose(folder: &Path) -> Result<Vec<(String, Vec<i16>)>> {
    let mut files: Vec<String> = fs_err::read_dir(folder)?
        .filter_map(|file| file.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".wav"))
        .collect();
    files.sort();
    let speaker = |name: &str| name.split('_').nth(1).map(str::to_owned);
    let mut speakers: Vec<String> = files.iter().filter_map(|name| speaker(name)).collect();
    speakers.sort();
    speakers.dedup();
    ensure!(!speakers.is_empty(), "{} holds no DIGIT_SPEAKER_TAKE.wav", folder.display());
    let mut random = SplitMix64::from_words(&[4]);
    let mut strings = Vec::new();
    for number in 0..STRINGS {
        let speaker = &speakers[number % speakers.len()];
        let (mut digits, mut samples) = (String::new(), vec![0; 1_600]);
        for _ in 0..LENGTH {
            let digit = random.below(10);
            let start = format!("{digit}_{speaker}_");
            let takes: Vec<&String> =
                files.iter().filter(|name| name.starts_with(&start)).collect();
            ensure!(!takes.is_empty(), "{} holds no {start}*.wav", folder.display());
            let take = takes[random.below(takes.len() as u64) as usize];
            digits += &digit.to_string();
            samples.extend(wav::read(&folder.join(take)).with_context(|| take.clone())?);
            let gap = GAP_MIN + random.below(GAP_SPREAD);
            samples.extend(std::iter::repeat_n(0, gap as usize));
        }
        samples.extend([0; 1_600]);
        strings.push((digits, samples));
    }
    Ok(strings)
}
