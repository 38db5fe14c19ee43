//! Another runtime beside ours, in the same run: faster-whisper with the same weights, the same
//! recordings and one thread.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use outcall_speech::evaluation::{Errors, Prompt, errors};
use outcall_speech::recognition::to_16_khz;
use serde::Deserialize;

use super::super::Figure;
use super::{REPLY, hundredth, thousandth};

/// In the folder that is given: a Python that has it, and a model.
const PYTHON: &str = "python/bin/python";
const MODEL: &str = "model";
const SCRIPT: &str = include_str!("other.py");

#[derive(Deserialize)]
struct Runtime {
    runtime: String,
}

#[derive(Deserialize)]
struct Recognised {
    text: String,
    cpu_s: f64,
}

pub(super) fn measure(
    folder: Option<&Path>,
    prompts: &[Prompt],
    figures: &mut Vec<Figure>,
) -> Result<()> {
    let Some(folder) = folder.filter(|folder| folder.join(PYTHON).is_file()) else {
        figures.push(Figure::new("other_runtime", "missing: it could not be installed", ""));
        return Ok(());
    };
    let (runtime, all) = recognise(folder, prompts)?;
    let (mut wrong, mut cpu_s, mut audio_s) = (Errors::default(), 0.0, 0.0);
    let (mut replies, mut reply_cpu_s) = (0_u32, 0.0);
    for (prompt, found) in prompts.iter().zip(&all) {
        wrong += errors(&prompt.text, &found.text);
        cpu_s += found.cpu_s;
        audio_s += prompt.samples.len() as f64 / 8_000.0;
        if REPLY.contains(&prompt.samples.len()) {
            replies += 1;
            reply_cpu_s += found.cpu_s;
        }
    }
    println!("{runtime}: {:.2} % of {} words", wrong.rate_pct(), wrong.said);
    let per_reply = reply_cpu_s / f64::from(replies.max(1));
    figures.extend([
        Figure::new("other_runtime", runtime, "for comparison"),
        Figure::new("other_rtf", thousandth(cpu_s / audio_s), "for comparison"),
        Figure::new("other_wer_clean_pct", hundredth(wrong.rate_pct()), "for comparison"),
        Figure::new("other_cpu_s_per_reply", thousandth(per_reply), "for comparison"),
    ]);
    Ok(())
}

fn recognise(folder: &Path, prompts: &[Prompt]) -> Result<(String, Vec<Recognised>)> {
    let sounds = tempfile::tempdir()?;
    let script = sounds.path().join("other.py");
    fs_err::write(&script, SCRIPT)?;
    let mut command = Command::new(folder.join(PYTHON));
    // One thread, whatever library it counts in.
    command.env("OMP_NUM_THREADS", "1").env("OPENBLAS_NUM_THREADS", "1");
    command.arg(&script).arg(folder.join(MODEL));
    for (place, prompt) in prompts.iter().enumerate() {
        let file = sounds.path().join(format!("{place}.f32"));
        let mut out = std::io::BufWriter::new(fs_err::File::create(&file)?);
        for sample in to_16_khz(&prompt.samples) {
            out.write_all(&sample.to_le_bytes())?;
        }
        out.flush()?;
        command.arg(file);
    }
    let output = command.stderr(Stdio::inherit()).output().context("the other runtime")?;
    ensure!(output.status.success(), "the other runtime ended with {}", output.status);
    let text = String::from_utf8(output.stdout)?;
    let mut lines = text.lines();
    let first = lines.next().context("the other runtime said nothing")?;
    let Runtime { runtime } = serde_json::from_str(first)?;
    let all: Vec<Recognised> = lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
    ensure!(all.len() == prompts.len(), "{} of {} recognised", all.len(), prompts.len());
    Ok((runtime, all))
}
