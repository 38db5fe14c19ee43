//! Interruption: how soon after the callee begins to speak the robot is silent, and how often it
//! falls silent for nothing: the noise of a line and the echo of its own voice.

use anyhow::Result;
use outcall_speech::evaluation::{Condition, Prompt, pink_noise};
use outcall_speech::turn::{
    Hiss, Interruption, InterruptionSettings, Patience, Reaction, TurnSettings, Turns,
};
use outcall_speech::vad::{FRAME, FRAME_MS, Vad};

use super::super::Figure;
use super::super::speech::quantile;
use super::frames;

/// From the decision to silence on the wire: the fade-out, and one sweep of the media plane.
const FADE_MS: f64 = 20.0 + 20.0;
/// Blocks of 10 ms; speech is what is within 30 dB of the loudest.
const BLOCK: usize = 80;
const SPEECH_FACTOR: f64 = 1e-3;

/// Noise of a quiet line, of a room and of a street, in dB below full scale.
const NOISES_DB: [f32; 3] = [60.0, 50.0, 40.0];
const NOISE_S: usize = 120;
/// Echo of the robot's own voice, in dB below it: a telephone without a good canceller.
const ECHO_DB: f32 = 40.0;

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
        if let Some(&at_ms) = pauses_ms(vad, &samples)?.first() {
            let delay_ms = at_ms as f64 + FADE_MS - begins_ms;
            if details && delay_ms > 150.0 {
                println!("{}: silent after {delay_ms:.0} ms", prompt.file);
            }
            delays.push(delay_ms);
        }
    }
    let (p50, p95) = (quantile(&delays, 0.5), quantile(&delays, 0.95));
    println!("interruption, {} of {}: p50 {p50:.0} ms", delays.len(), prompts.len());
    figures.push(Figure::new("barge_stop_p50_ms", p50.round(), "report"));
    figures.push(Figure::new("barge_stop_p95_ms", p95.round(), "<= 150"));
    let mut noise = Vec::new();
    for (seed, decibels) in NOISES_DB.into_iter().enumerate() {
        let level = f32::from(i16::MAX) / 10_f32.powf(decibels / 20.0);
        let sound = pink_noise(NOISE_S * 8_000, seed as u64);
        noise.extend(sound.into_iter().map(|sample| (sample * level) as i16));
    }
    let per_min = pauses_per_min(vad, &Condition::MuLaw.apply(&noise, 0))?;
    figures.push(Figure::new("needless_pauses_noise_per_min", per_min, "report"));
    let voices: Vec<i16> = prompts.iter().flat_map(|prompt| &prompt.samples).copied().collect();
    let echo = Condition::Level { decibels: -ECHO_DB }.apply(&voices, 0);
    let per_min = pauses_per_min(vad, &echo)?;
    figures.push(Figure::new("needless_pauses_echo_per_min", per_min, "report"));
    Ok(())
}

/// How often the robot pauses for a sound in which nobody speaks.
fn pauses_per_min(vad: &mut Vad, samples: &[i16]) -> Result<f64> {
    let pauses = pauses_ms(vad, samples)?.len();
    let minutes = samples.len() as f64 / 8_000.0 / 60.0;
    Ok((pauses as f64 / minutes * 100.0).round() / 100.0)
}

/// When the robot pauses for a sound, in milliseconds of it.
fn pauses_ms(vad: &mut Vad, samples: &[i16]) -> Result<Vec<u64>> {
    let mut turns = Turns::new(TurnSettings::default(), Patience::default());
    let mut guard = Interruption::new(InterruptionSettings::default());
    let mut hiss = Hiss::default();
    let mut pauses = Vec::new();
    let probabilities = vad.probabilities(samples)?;
    for (place, (probability, part)) in
        probabilities.into_iter().zip(samples.chunks(FRAME)).enumerate()
    {
        let end_ms = (place as u64 + 1) * FRAME_MS;
        let mut frame = [0; FRAME];
        frame[..part.len()].copy_from_slice(part);
        turns.frame(end_ms, probability);
        let reaction = guard.frame(probability, hiss.frame(&frame), turns.speech_ms());
        if reaction == Some(Reaction::Pause) {
            pauses.push(end_ms);
        }
    }
    Ok(pauses)
}

/// Where the speech begins.
fn onset(samples: &[i16]) -> usize {
    let energy = |block: &[i16]| block.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>();
    let energies: Vec<f64> = samples.chunks(BLOCK).map(energy).collect();
    let loudest = energies.iter().copied().fold(1.0, f64::max);
    let first = energies.iter().position(|&energy| energy >= loudest * SPEECH_FACTOR);
    first.unwrap_or(0) * BLOCK
}
