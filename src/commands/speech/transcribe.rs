//! `speech transcribe` and `listen`: what is said in a recording, by whom, and when.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;

use outcall_speech::recognition::{Mode, Recogniser, Terms, Word, YesNo};
use outcall_speech::timeline::{Stretch, samples_of, stretches};
use outcall_speech::vad::Vad;
use serde::Serialize;

use super::{Models, channels};
use crate::cli::{Listen, Recognition, Transcribe};
use crate::commands::Style;
use crate::output::{answer, table};

/// Kept around a stretch of speech, so that no sound of it is cut.
const AROUND_MS: u64 = 200;
/// Players that a system may have, and what they are told.
const PLAYERS: &[(&str, &[&str])] = &[
    ("ffplay", &["-nodisp", "-autoexit", "-loglevel", "error"]),
    ("play", &["-q"]),
    ("aplay", &["-q"]),
];

#[derive(Serialize)]
struct Line {
    file: String,
    /// Of a recording of a call: the callee left, the robot right.
    speaker: &'static str,
    from_ms: u64,
    to_ms: u64,
    text: String,
    confidence: f32,
    words: Vec<Word>,
    /// In the mode for yes and no: what it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<YesNo>,
}

pub(super) fn run(models: &Models, args: &Transcribe, style: Style) -> anyhow::Result<ExitCode> {
    let mode = match args {
        Transcribe { digits: true, count, .. } => Mode::Digits { count: *count },
        Transcribe { yes_no: true, .. } => Mode::YesNo,
        Transcribe { when: true, .. } => Mode::When,
        Transcribe { .. } => Mode::Free,
    };
    let terms = Terms::new(&args.vocabulary)?.map(Arc::new);
    let mut lines = Vec::new();
    let mut reader = Reader::load(models, &args.recognition)?;
    for file in &args.files {
        lines.extend(reader.read(file, &mode, terms.as_ref())?);
    }
    show(&lines, args.files.len() > 1, style)
}

/// `listen`: the words, and the sound when the system has a player.
pub(in crate::commands) fn listen(
    models: anyhow::Result<Models>,
    args: &Listen,
    style: Style,
) -> anyhow::Result<ExitCode> {
    match models {
        Ok(models) => {
            let mut reader = Reader::load(&models, &args.recognition)?;
            let lines = reader.read(&args.file, &Mode::Free, None)?;
            show(&lines, false, style)?;
        }
        Err(error) => eprintln!("no words: {error:#}"),
    }
    if args.silent {
        return Ok(ExitCode::SUCCESS);
    }
    for (player, options) in PLAYERS {
        let mut command = Command::new(player);
        command.args(*options).arg(&args.file).stdin(Stdio::null());
        if let Ok(status) = command.status() {
            anyhow::ensure!(status.success(), "{player} ended with {status}");
            return Ok(ExitCode::SUCCESS);
        }
    }
    let names: Vec<&str> = PLAYERS.iter().map(|(name, _)| *name).collect();
    anyhow::bail!("no player found to hear it with: install one of {}", names.join(", "));
}

/// What it takes to read a recording.
struct Reader {
    vad: Vad,
    recogniser: Recogniser,
}

impl Reader {
    fn load(models: &Models, recognition: &Recognition) -> anyhow::Result<Self> {
        let vad = Vad::load(&models.runtime, &models.store)?;
        Ok(Self { vad, recogniser: models.recogniser(recognition)? })
    }

    /// All that is said, in the order of time.
    fn read(
        &mut self,
        file: &Path,
        mode: &Mode,
        terms: Option<&Arc<Terms>>,
    ) -> anyhow::Result<Vec<Line>> {
        let channels = channels(file)?;
        let names: &[&'static str] =
            if channels.len() == 2 { &["callee", "robot"] } else { &["-"] };
        let mut lines = Vec::new();
        for (samples, speaker) in channels.iter().zip(names) {
            for stretch in stretches(&self.vad.probabilities(samples)?) {
                let Stretch { from_ms, to_ms } = stretch;
                let sound = samples_of(stretch, AROUND_MS, samples);
                let transcript = self.recogniser.recognise_with(sound, mode, terms)?;
                lines.push(Line {
                    file: file.display().to_string(),
                    speaker,
                    from_ms,
                    to_ms,
                    confidence: transcript.confidence(),
                    text: transcript.text,
                    words: transcript.words,
                    answer: transcript.answer,
                });
            }
        }
        lines.sort_by_key(|line| line.from_ms);
        Ok(lines)
    }
}

fn show(lines: &[Line], many: bool, style: Style) -> anyhow::Result<ExitCode> {
    let mut header = vec!["from#", "to#", "speaker", "text", "sure#"];
    if many {
        header.insert(0, "file");
    }
    let answers = lines.iter().any(|line| line.answer.is_some());
    if answers {
        header.push("answer");
    }
    let mut rows = table(&header);
    for line in lines {
        let seconds = |ms: u64| format!("{:.1} s", ms as f64 / 1_000.0);
        let mut row = vec![
            seconds(line.from_ms),
            seconds(line.to_ms),
            line.speaker.to_owned(),
            line.text.clone(),
            format!("{:.0} %", line.confidence * 100.0),
        ];
        if answers {
            row.push(line.answer.map_or_else(String::new, |answer| answer.to_string()));
        }
        if many {
            row.insert(0, line.file.clone());
        }
        rows.add_row(row);
    }
    answer(style.json, &lines, || println!("{rows}"))?;
    Ok(ExitCode::SUCCESS)
}
