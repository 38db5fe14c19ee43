//! Joining sounds without a click and at one level.

use std::sync::Arc;

use crate::synthesis::sound::{amplified, crossfade, fade_ends, samples_of, speech, speech_level};

/// Silence that is left on both sides of a joint, in milliseconds.
const MARGIN_MS: u32 = 15;
/// How long one sound runs over the other, in milliseconds.
const FADE_MS: u32 = 8;
/// A level is changed by no more than this: 12 dB.
const FACTOR_MAX: f32 = 4.0;

/// Where a piece comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Fixed,
    Variable,
    Recorded,
}

/// A sound that is to be joined to others.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// 8 kHz.
    pub(super) samples: Arc<[i16]>,
    pub(super) origin: Origin,
    /// The pause after it, where another follows.
    pub(super) pause_ms: u32,
}

/// A level that sounds which come one by one are brought to: the first one's.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::synthesis) struct Level(Option<f32>);

impl Level {
    /// The sound at that level. Of silence there is none.
    pub(in crate::synthesis) fn matched(&mut self, samples: Vec<i16>) -> Vec<i16> {
        let own = speech_level(&samples);
        match self.0 {
            None => {
                self.0 = Some(own).filter(|&level| level > 0.0);
                samples
            }
            Some(reference) if own > 0.0 => amplified(&samples, factor(reference, &samples)),
            Some(_) => samples,
        }
    }
}

/// One sound of several. Pieces of silence alone are left out.
pub(super) fn spliced(pieces: &[Piece]) -> Vec<i16> {
    let reference = reference(pieces);
    let fade = samples_of(FADE_MS);
    let (mut out, mut pause_ms) = (Vec::new(), 0);
    for piece in pieces {
        let cut = margined(&piece.samples);
        if cut.is_empty() {
            continue;
        }
        let next = match piece.origin {
            Origin::Recorded => cut,
            Origin::Fixed | Origin::Variable => amplified(&cut, factor(reference, &cut)),
        };
        if out.is_empty() {
            out = next;
        } else if pause_ms == 0 {
            crossfade(&mut out, &next, fade);
        } else {
            let silence = vec![0; samples_of(pause_ms) + 2 * fade];
            crossfade(&mut out, &silence, fade);
            crossfade(&mut out, &next, fade);
        }
        pause_ms = piece.pause_ms;
    }
    out
}

/// Speech with a margin of silence on both sides, which a crossfade is shorter than: no two voices
/// are heard at once. Where a recording has no such silence, it is added.
fn margined(samples: &[i16]) -> Vec<i16> {
    let Some(speech) = speech(samples) else { return Vec::new() };
    let margin = samples_of(MARGIN_MS);
    let start = speech.start.saturating_sub(margin);
    let end = (speech.end + margin).min(samples.len());
    let mut inner = samples[start..end].to_vec();
    fade_ends(&mut inner, samples_of(FADE_MS));
    let mut out = vec![0; margin - (speech.start - start)];
    out.append(&mut inner);
    out.resize(out.len() + margin - (end - speech.end), 0);
    out
}

/// The level of the recordings, or of the fixed texts where there is none, or of all.
fn reference(pieces: &[Piece]) -> f32 {
    let of = |origin: Origin| {
        let samples = pieces.iter().filter(|piece| piece.origin == origin);
        let samples: Vec<i16> = samples.flat_map(|piece| piece.samples.iter().copied()).collect();
        Some(speech_level(&samples)).filter(|&level| level > 0.0)
    };
    let level = of(Origin::Recorded).or_else(|| of(Origin::Fixed));
    level.or_else(|| of(Origin::Variable)).unwrap_or_default()
}

fn factor(reference: f32, samples: &[i16]) -> f32 {
    let level = speech_level(samples).max(1.0);
    (reference / level).clamp(1.0 / FACTOR_MAX, FACTOR_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone with some silence around it. Without silence it begins at a height.
    fn tone(hz: f32, height: f32, silence: usize) -> Arc<[i16]> {
        let step = std::f32::consts::TAU * hz / 8_000.0;
        let phase = if silence == 0 { 1.0 } else { 0.0 };
        let tone = (0..2_400).map(|at| ((at as f32 * step + phase).sin() * height) as i16);
        let quiet = || std::iter::repeat_n(5, silence);
        quiet().chain(tone).chain(quiet()).collect()
    }

    fn piece(samples: Arc<[i16]>, origin: Origin, pause_ms: u32) -> Piece {
        Piece { samples, origin, pause_ms }
    }

    fn step(samples: &[i16]) -> i32 {
        let steps = samples.windows(2).map(|pair| (i32::from(pair[0]) - i32::from(pair[1])).abs());
        steps.max().unwrap_or_default()
    }

    #[test]
    fn no_step_at_a_joint_is_larger_than_within_the_parts() {
        for silence in [0, 40, 2_000] {
            for pause_ms in [0, 160] {
                let pieces = [
                    piece(tone(400.0, 8_000.0, silence), Origin::Recorded, pause_ms),
                    piece(tone(700.0, 8_000.0, silence), Origin::Recorded, pause_ms),
                    piece(tone(500.0, 8_000.0, silence), Origin::Recorded, pause_ms),
                ];
                // Within the tones, without their edges.
                let inner = |piece: &Piece| step(&piece.samples[silence + 1..silence + 2_399]);
                let allowed = pieces.iter().map(inner).max().unwrap();
                let found = step(&spliced(&pieces));
                assert!(found <= allowed, "{silence} {pause_ms}: {found} above {allowed}");
            }
        }
    }

    #[test]
    fn synthetic_parts_take_the_level_of_the_recording() {
        let pieces = [
            piece(tone(400.0, 8_000.0, 800), Origin::Recorded, 200),
            piece(tone(400.0, 3_000.0, 800), Origin::Variable, 0),
        ];
        let out = spliced(&pieces);
        let (first, second) = out.split_at(out.len() / 2);
        let ratio = speech_level(second) / speech_level(first);
        assert!((0.95..1.05).contains(&ratio), "{ratio}");
    }

    #[test]
    fn silence_at_a_joint_is_the_pause_and_not_what_the_parts_bring() {
        let pieces = [
            piece(tone(400.0, 8_000.0, 4_000), Origin::Fixed, 160),
            piece(tone(400.0, 8_000.0, 4_000), Origin::Fixed, 0),
            piece(vec![0; 4_000].into(), Origin::Variable, 0),
        ];
        // Two tones with four margins and one pause.
        let wanted = 2 * 2_400 + samples_of(4 * MARGIN_MS + 160);
        assert!(spliced(&pieces).len().abs_diff(wanted) <= 80, "{}", spliced(&pieces).len());
        assert!(spliced(&[]).is_empty());
    }
}
