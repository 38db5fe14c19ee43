//! `speech say`: text into a WAV file.

use std::process::ExitCode;
use std::time::Instant;

use outcall_media::wav::{Coding, WavWriter};
use outcall_speech::synthesis::Voice;

use super::Models;
use crate::cli::Say;
use crate::commands::Style;
use crate::output::answer;

const RATE_HZ: u32 = 8_000;

pub(super) fn run(models: &Models, args: &Say, style: Style) -> anyhow::Result<ExitCode> {
    let mut voice = Voice::load(&models.runtime, &models.store)?;
    let started = now();
    let (mut samples, mut first_ms) = (Vec::new(), None);
    for phrase in voice.phrases(&args.text)? {
        samples.extend(voice.render(&phrase)?);
        first_ms.get_or_insert_with(|| started.elapsed().as_millis() as u64);
    }
    anyhow::ensure!(!samples.is_empty(), "there is nothing to say in '{}'", args.text);
    let took_ms = started.elapsed().as_millis() as u64;
    let mut file = WavWriter::create(&args.out, Coding::Linear16, RATE_HZ, 1)?;
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    file.append(&bytes)?;
    file.finish()?;
    let lasts_s = samples.len() as f64 / f64::from(RATE_HZ);
    let value = serde_json::json!({
        "file": args.out,
        "text": args.text,
        "seconds": lasts_s,
        "first_audio_ms": first_ms,
        "rendered_ms": took_ms,
    });
    answer(style.json, &value, || {
        println!("{}: {lasts_s:.1} s, rendered in {took_ms} ms", args.out.display());
    })?;
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::disallowed_methods, reason = "how long it took is told to people")]
fn now() -> Instant {
    Instant::now()
}
