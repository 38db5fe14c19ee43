//! Who answered, on composed calls of the half that no threshold was chosen on.

use std::path::Path;

use anyhow::Result;
use outcall_speech::answer::composed::{Corpus, Half, Mix, beeps, compose};
use outcall_speech::answer::evaluation::{Witnesses, evaluate, evaluate_beeps};
use outcall_speech::answer::{Class, Settings};
use outcall_speech::vad::Vad;

use super::super::Figure;
use super::super::speech::SOUNDS;
use super::tenth;

const SEED: u64 = 1;
const BEEPS: usize = 400;

pub(super) fn measure(vad: &mut Vad, data: &Path, figures: &mut Vec<Figure>) -> Result<()> {
    let (sounds, digits) = (Path::new(SOUNDS), data.join("digits"));
    if !sounds.is_dir() || !digits.is_dir() {
        println!("answers are not measured: {} or {} is missing", SOUNDS, digits.display());
        return Ok(());
    }
    let prompts = data.join("prompts.tsv");
    let corpus = Corpus::load(&[sounds, &digits], Some(&prompts))?;
    let cases = compose(&corpus, Half::Test, Mix::default(), SEED);
    let mut failed = None;
    let witnesses = Witnesses { words: true, tones: true };
    let evaluation = evaluate(&cases, &Settings::default(), witnesses, |audio| {
        vad.probabilities(audio).unwrap_or_else(|error| {
            failed = Some(error);
            Vec::new()
        })
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    println!("\n{evaluation}\n");
    let p50_ms = evaluation.first_decision_ms(Class::Human, 0.5).unwrap_or_default();
    figures.push(Figure::new("answer_p50_s", p50_ms as f64 / 1_000.0, "<= 1.5"));
    let (wrong, _) = evaluation.false_machine();
    figures.push(Figure::new("false_machine_pct", hundredth(wrong * 100.0), "<= 1"));
    let (found, _) = evaluation.machine_found();
    figures.push(Figure::new("machine_found_pct", tenth(found * 100.0), "report"));
    let beeps = evaluate_beeps(&beeps(&corpus, Half::Test, BEEPS, SEED));
    let found = beeps.found as f64 * 100.0 / beeps.beeps.max(1) as f64;
    figures.push(Figure::new("beeps_found_pct", tenth(found), "report"));
    figures.push(Figure::new("false_beeps", beeps.false_beeps, "report"));
    Ok(())
}

fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
