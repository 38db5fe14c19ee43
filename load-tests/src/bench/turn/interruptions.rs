//! Interruption: how soon after the callee begins to speak the robot is silent.

use anyhow::Result;
use outcall_speech::evaluation::Prompt;
use outcall_speech::turn::{
    Interruption, InterruptionSettings, Patience, Reaction, TurnSettings, Turns,
};
use outcall_speech::vad::{FRAME_MS, Vad};

use super::super::Figure;
use super::super::speech::quantile;
use super::frames;

/// From the decision to silence on the wire: the fade-out, and one sweep of the media plane.
const FADE_MS: f64 = 20.0 + 20.0;
/// Blocks of 10 ms; speech is what is within 30 dB of the loudest.
const BLOCK: usize = 80;
const SPEECH_FACTOR: f64 = 1e-3;

pub(super) fn measure(
    vad: &mut Vad,
    prompts: &[Prompt],
    details: bool,
    figures: &mut Vec<Figure>,
) -> Result<()> {
    let mut delays = Vec::new();
    for (number, prompt) in prompts.iter().enumerate() {
        let lead = frames(20) + number * 37 % frames(1);
        let mut samples = vec![0; lead];
        samples.extend_from_slice(&prompt.samples);
        let begins_ms = (lead + onset(&prompt.samples)) as f64 / 8.0;
        let mut turns = Turns::new(TurnSettings::default(), Patience::default());
        let mut guard = Interruption::new(InterruptionSettings::default());
        for (frame, probability) in vad.probabilities(&samples)?.into_iter().enumerate() {
            let end_ms = (frame as u64 + 1) * FRAME_MS;
            turns.frame(end_ms, probability);
            if guard.speech(turns.speech_ms()) == Some(Reaction::Pause) {
                let delay_ms = end_ms as f64 + FADE_MS - begins_ms;
                if details && delay_ms > 150.0 {
                    println!("{}: silent after {delay_ms:.0} ms", prompt.file);
                }
                delays.push(delay_ms);
                break;
            }
        }
    }
    let (p50, p95) = (quantile(&delays, 0.5), quantile(&delays, 0.95));
    println!("interruption, {} of {}: p50 {p50:.0} ms", delays.len(), prompts.len());
    figures.push(Figure::new("barge_stop_p50_ms", p50.round(), "report"));
    figures.push(Figure::new("barge_stop_p95_ms", p95.round(), "<= 150"));
    Ok(())
}

/// Where the speech begins.
fn onset(samples: &[i16]) -> usize {
    let energy = |block: &[i16]| block.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>();
    let energies: Vec<f64> = samples.chunks(BLOCK).map(energy).collect();
    let loudest = energies.iter().copied().fold(1.0, f64::max);
    let first = energies.iter().position(|&energy| energy >= loudest * SPEECH_FACTOR);
    first.unwrap_or(0) * BLOCK
}
