//! Where somebody speaks in a recording.

use crate::vad::FRAME_MS;

/// A stretch of speech, in milliseconds from the beginning of the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins.
    pub from_ms: u64,
    /// Where it ends.
    pub to_ms: u64,
}

/// Probability at which speech begins, and below which it pauses.
const BEGINS: f32 = 0.5;
const PAUSES: f32 = 0.35;
/// Pauses that are shorter do not end a stretch.
const PAUSE_MS: u64 = 500;
/// What is shorter is a click.
const SHORTEST_MS: u64 = 96;
/// What is longer is cut at its next pause, however short: recognition takes no more at once.
const LONGEST_MS: u64 = 20_000;

/// The stretches of speech, by the probability of each frame of 32 ms.
pub fn stretches(probabilities: &[f32]) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    let mut from: Option<u64> = None;
    let close = |from_ms: u64, to_ms: u64, all: &mut Vec<Stretch>| match all.last_mut() {
        Some(last) if from_ms - last.to_ms < PAUSE_MS && to_ms - last.from_ms <= LONGEST_MS => {
            last.to_ms = to_ms;
        }
        _ => all.push(Stretch { from_ms, to_ms }),
    };
    for (frame, &probability) in probabilities.iter().enumerate() {
        let start_ms = frame as u64 * FRAME_MS;
        match from {
            None if probability >= BEGINS => from = Some(start_ms),
            Some(from_ms) if probability < PAUSES => {
                close(from_ms, start_ms, &mut all);
                from = None;
            }
            _ => {}
        }
    }
    if let Some(from_ms) = from {
        close(from_ms, probabilities.len() as u64 * FRAME_MS, &mut all);
    }
    all.retain(|stretch| stretch.to_ms - stretch.from_ms >= SHORTEST_MS);
    all
}

/// The samples of a stretch with so much around it: 8 kHz.
pub fn samples_of(stretch: Stretch, around_ms: u64, samples: &[i16]) -> &[i16] {
    let at = |ms: u64| (ms as usize * 8).min(samples.len());
    &samples[at(stretch.from_ms.saturating_sub(around_ms))..at(stretch.to_ms + around_ms)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(pieces: &[(usize, f32)]) -> Vec<f32> {
        pieces.iter().flat_map(|&(count, p)| std::iter::repeat_n(p, count)).collect()
    }

    #[test]
    fn short_pauses_do_not_part_speech_and_clicks_are_none() {
        let found = stretches(&frames(&[(10, 0.0), (20, 0.9), (10, 0.1), (10, 0.9), (30, 0.0)]));
        let whole = Stretch { from_ms: 10 * FRAME_MS, to_ms: 50 * FRAME_MS };
        assert_eq!(found, [whole]);
        assert_eq!(stretches(&frames(&[(10, 0.9), (20, 0.1), (10, 0.9)])).len(), 2);
        assert!(stretches(&frames(&[(5, 0.0), (2, 0.9), (20, 0.0)])).is_empty());
        assert!(stretches(&[]).is_empty());
        assert_eq!(samples_of(whole, 100, &[0; 9_000]).len(), 9_000 - 1_760);
    }

    #[test]
    fn what_is_too_long_is_cut_at_a_short_pause() {
        let found = stretches(&frames(&[(500, 0.9), (5, 0.1), (500, 0.9)]));
        assert_eq!(found.len(), 2);
    }
}
