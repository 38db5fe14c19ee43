//! Recognition: errors under telephone conditions, processor time, and how many replies two cores
//! recognise.

mod capacity;
mod other;
mod strings;
mod terms;
mod voices;
mod yes_no;

use std::path::Path;

use anyhow::{Context, Result};
use outcall_speech::evaluation::{Condition, Errors, Prompt, digit_errors, errors};
use outcall_speech::recognition::{ENGLISH, Mode, Recogniser};

use super::speech::{self, Models, timed};
use super::{BenchArgs, Figure};

/// A reply, in samples of 8 kHz: 1 to 3 s.
const REPLY: std::ops::RangeInclusive<usize> = 8_000..=24_000;

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let data = speech::data(args.data.as_deref());
    let prompts = speech::prompts(&data)?;
    let models = Models::open()?;
    let mut recogniser = load(&models)?;
    let mut figures = Vec::new();
    let mut cost = Cost::default();
    for (name, condition, bar) in [
        ("wer_clean_pct", Condition::Clean, "<= 2.5"),
        ("wer_mulaw_pct", Condition::MuLaw, "<= 2.5"),
        ("wer_noise10_pct", Condition::Noise { decibels: 10.0 }, "report"),
        ("wer_loss5_pct", Condition::Loss { percent: 5.0 }, "report"),
        ("wer_quiet_pct", Condition::Level { decibels: -20.0 }, "report"),
        ("wer_loud_pct", Condition::Level { decibels: 6.0 }, "report"),
    ] {
        let wrong = recognise_all(&mut recogniser, &prompts, condition, args.details, &mut cost)?;
        println!("{:<12} {:.2} % of {} words", condition.name(), wrong.rate_pct(), wrong.said);
        figures.push(Figure::new(name, hundredth(wrong.rate_pct()), bar));
    }
    figures.push(Figure::new("rtf", thousandth(cost.cpu_s / cost.audio_s), "<= 0.08"));
    let per_reply = cost.reply_cpu_s / cost.replies.max(1) as f64;
    figures.push(Figure::new("cpu_s_per_reply", thousandth(per_reply), "<= 0.12"));
    figures.push(Figure::new("replies", cost.replies, ""));
    digits(&mut recogniser, &data, &mut figures)?;
    let mut voices = voices::Voices::load(&models)?;
    yes_no::measure(&mut recogniser, &mut voices, &prompts, args.details, &mut figures)?;
    terms::measure(&mut recogniser, &mut voices, &prompts, args.details, &mut figures)?;
    other::measure(args.other.as_deref(), &prompts, &mut figures)?;
    capacity::measure(&models, &prompts, &mut figures)?;
    Ok(figures)
}

fn load(models: &Models) -> Result<Recogniser> {
    Ok(Recogniser::load(&models.runtime, &models.store, ENGLISH, "en")?)
}

/// What recognition took.
#[derive(Default)]
struct Cost {
    cpu_s: f64,
    audio_s: f64,
    replies: u64,
    reply_cpu_s: f64,
}

fn recognise_all(
    recogniser: &mut Recogniser,
    prompts: &[Prompt],
    condition: Condition,
    details: bool,
    cost: &mut Cost,
) -> Result<Errors> {
    let mut all = Errors::default();
    for (seed, prompt) in prompts.iter().enumerate() {
        let heard = condition.apply(&prompt.samples, seed as u64);
        let (transcript, cpu_s) = timed(|| {
            recogniser.recognise(&heard, &Mode::Free).with_context(|| prompt.file.clone())
        })?;
        cost.cpu_s += cpu_s;
        cost.audio_s += heard.len() as f64 / 8_000.0;
        if REPLY.contains(&heard.len()) {
            cost.replies += 1;
            cost.reply_cpu_s += cpu_s;
        }
        let wrong = errors(&prompt.text, &transcript.text);
        if details && wrong.wrong > 0 {
            println!(
                "{} {}: {}\n    said: {}",
                condition.name(),
                prompt.file,
                transcript.text,
                prompt.text
            );
        }
        all += wrong;
    }
    Ok(all)
}

/// Strings of ten digits, plain and in the mode for digits.
fn digits(recogniser: &mut Recogniser, data: &Path, figures: &mut Vec<Figure>) -> Result<()> {
    let folder = data.join("digits");
    if !folder.is_dir() {
        println!("no folder {}: digit strings are not measured", folder.display());
        return Ok(());
    }
    let strings = strings::compose(&folder)?;
    let known = Mode::Digits { count: Some(strings::LENGTH as u32) };
    for (name, mode, bar) in [
        ("digit_error_plain_pct", Mode::Free, "for comparison"),
        ("digit_error_pct", Mode::Digits { count: None }, "<= half of plain"),
        ("digit_error_count_known_pct", known, "report"),
    ] {
        let (mut wrong, mut cpu_s) = (Errors::default(), 0.0);
        for (seed, (digits, samples)) in strings.iter().enumerate() {
            let heard = Condition::MuLaw.apply(samples, seed as u64);
            let (transcript, took_s) = timed(|| Ok(recogniser.recognise(&heard, &mode)?))?;
            cpu_s += took_s;
            wrong += digit_errors(digits, &transcript.text);
        }
        let each = cpu_s / strings.len().max(1) as f64;
        println!("{name}: {:.1} %, {each:.3} s of processor each", wrong.rate_pct());
        figures.push(Figure::new(name, hundredth(wrong.rate_pct()), bar));
    }
    Ok(())
}

fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn thousandth(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
