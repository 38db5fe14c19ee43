//! `speech classify`: who answered, by what a recording of the callee's side holds.

use std::path::PathBuf;
use std::process::ExitCode;

use outcall_speech::answer::{Classifier, Decision, Settings, level_dbfs};
use outcall_speech::recognition::Mode;
use outcall_speech::timeline::{samples_of, stretches};
use outcall_speech::tones::{Tone, ToneDetector};
use outcall_speech::vad::{FRAME, FRAME_MS, Vad};
use serde::Serialize;

use super::{Models, channels};
use crate::cli::Recognition;
use crate::commands::Style;
use crate::output::{answer, table};

/// Kept around a stretch of speech, so that no sound of it is cut.
const AROUND_MS: u64 = 200;

#[derive(Serialize)]
struct Judged {
    file: String,
    decisions: Vec<Decision>,
    tones: Vec<Tone>,
}

pub(super) fn run(models: &Models, files: &[PathBuf], style: Style) -> anyhow::Result<ExitCode> {
    let mut vad = Vad::load(&models.runtime, &models.store)?;
    let mut recogniser = models.recogniser(&Recognition::default())?;
    let mut judged = Vec::new();
    for file in files {
        // Of a recording of a call, the callee is on the left.
        let samples = channels(file)?.into_iter().next().unwrap_or_default();
        let probabilities = vad.probabilities(&samples)?;
        let mut texts = Vec::new();
        for stretch in stretches(&probabilities) {
            let sound = samples_of(stretch, AROUND_MS, &samples);
            texts.push((stretch.to_ms, recogniser.recognise(sound, &Mode::Free)?.text));
        }
        let (decisions, tones) = judge(&samples, &probabilities, &texts);
        judged.push(Judged { file: file.display().to_string(), decisions, tones });
    }
    let mut rows = table(&["file", "after#", "class", "sure#", "why"]);
    for Judged { file, decisions, .. } in &judged {
        for decision in decisions {
            let why: Vec<String> =
                decision.evidence.iter().map(|evidence| format!("{evidence:?}")).collect();
            rows.add_row([
                file.clone(),
                format!("{:.1} s", decision.at_ms as f64 / 1_000.0),
                format!("{:?}", decision.class),
                format!("{:.0} %", decision.confidence * 100.0),
                why.join("; "),
            ]);
        }
    }
    answer(style.json, &judged, || println!("{rows}"))?;
    Ok(ExitCode::SUCCESS)
}

/// Lets the witnesses speak in the order of time; `texts` come with the end of their speech.
fn judge(
    samples: &[i16],
    probabilities: &[f32],
    texts: &[(u64, String)],
) -> (Vec<Decision>, Vec<Tone>) {
    let mut classifier = Classifier::new(Settings::default());
    let mut detector = ToneDetector::new(0);
    let (mut decisions, mut all_tones) = (Vec::new(), Vec::new());
    let mut texts = texts.iter().peekable();
    for (place, (frame, &probability)) in samples.chunks(FRAME).zip(probabilities).enumerate() {
        let at_ms = place as u64 * FRAME_MS;
        decisions.extend(classifier.frame(at_ms, probability, level_dbfs(frame)));
        for tone in detector.push(frame) {
            all_tones.push(tone);
            decisions.extend(classifier.tone(tone));
        }
        while let Some((_, text)) = texts.next_if(|(to_ms, _)| *to_ms <= at_ms) {
            decisions.extend(classifier.phrase(at_ms, text, true));
        }
    }
    let end_ms = probabilities.len() as u64 * FRAME_MS;
    for (_, text) in texts {
        decisions.extend(classifier.phrase(end_ms, text, true));
    }
    (decisions, all_tones)
}
