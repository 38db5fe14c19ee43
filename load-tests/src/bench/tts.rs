//! Synthesis: how fast, how soon, and whether our own recogniser understands it over a telephone.

mod sentences;

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use outcall_inference::pool::{Pool, PoolSettings};
use outcall_speech::evaluation::{Condition, Errors, errors};
use outcall_speech::recognition::{ENGLISH, Mode, Recogniser};
use outcall_speech::synthesis::Voice;
use outcall_speech::synthesis::cache::Cache;
use outcall_speech::synthesis::prompt::{Part, Prompt};
use outcall_speech::synthesis::saying::Saying;
use outcall_speech::synthesis::worker::Worker;

use super::speech::{Models, quantile, timed};
use super::{BenchArgs, Figure, tenth};
use sentences::SENTENCES;

const RATE_HZ: f64 = 8_000.0;
const CACHE_BYTES: usize = 64 << 20;
/// A phrase that takes longer is an error.
const WITHIN: Duration = Duration::from_secs(30);

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let models = Models::open()?;
    let mut voice = Voice::load(&models.runtime, &models.store)?;
    let mut recogniser = Recogniser::load(&models.runtime, &models.store, ENGLISH, "en")?;
    let (mut cpu_s, mut audio_s, mut wrong) = (0.0, 0.0, Errors::default());
    for (seed, text) in SENTENCES.iter().enumerate() {
        let (samples, took_s) = timed(|| Ok(voice.speak(text)?))?;
        cpu_s += took_s;
        audio_s += samples.len() as f64 / RATE_HZ;
        let heard = Condition::MuLaw.apply(&samples, seed as u64);
        let transcript = recogniser.recognise(&heard, &Mode::Free)?;
        let own = errors(text, &transcript.text);
        if args.details && own.wrong > 0 {
            println!("said:  {text}\nheard: {}", transcript.text);
        }
        wrong += own;
    }
    let mut figures = vec![
        Figure::new("rtf", (cpu_s / audio_s * 10_000.0).round() / 10_000.0, "report"),
        Figure::new("wer_pct", (wrong.rate_pct() * 100.0).round() / 100.0, "<= 5"),
        Figure::new("words", wrong.said, ""),
    ];
    first_audio(&mut voice, &mut figures)?;
    first_audio_through_a_pool(&models, &voice, &mut figures)?;
    Ok(figures)
}

/// From a call's question to the first sound that it can send: through the pool's queue and thread,
/// while the rest of the text is still to be rendered.
fn first_audio_through_a_pool(
    models: &Models,
    voice: &Voice,
    figures: &mut Vec<Figure>,
) -> Result<()> {
    let voice = Mutex::new(voice.sharing(&models.runtime, &models.store).map(Some)?);
    let make = move || {
        let voice = voice.lock().unwrap_or_else(PoisonError::into_inner).take();
        voice.map(Worker::new).ok_or_else(|| io::Error::other("one worker only"))
    };
    let (pool, _) = Pool::start("synthesis", PoolSettings::default(), make)?;
    let (mut first, mut gaps) = (Vec::new(), 0_u64);
    // Of several sentences, as an announcement is.
    for text in SENTENCES.chunks(4).map(|some| some.join(" ")) {
        let started = now();
        let mut saying = Saying::begin(&pool, text, WITHIN)?;
        let mut heard_ms = None;
        while let Some(samples) = saying.wait_next() {
            let samples = samples?;
            let at_ms = ms_since(started);
            let until_ms = heard_ms.get_or_insert_with(|| {
                first.push(at_ms);
                at_ms
            });
            // A phrase that comes when the one before it has been heard leaves a hole.
            gaps += u64::from(at_ms > *until_ms);
            *until_ms += samples.len() as f64 * 1_000.0 / RATE_HZ;
        }
    }
    figures.push(Figure::new("first_audio_pool_ms", tenth(quantile(&first, 0.5)), "< 250"));
    figures.push(Figure::new("first_audio_pool_p95_ms", tenth(quantile(&first, 0.95)), "report"));
    figures.push(Figure::new("gaps_after_it", gaps, "0"));
    Ok(())
}

/// From the text to the first sound that can be sent.
fn first_audio(voice: &mut Voice, figures: &mut Vec<Figure>) -> Result<()> {
    let mut uncached = Vec::new();
    for text in SENTENCES {
        let started = now();
        if let Some(phrase) = voice.phrases(text)?.first() {
            voice.render(phrase)?;
        }
        uncached.push(ms_since(started));
    }
    let mut cache = Cache::in_memory(CACHE_BYTES);
    let prompts: Vec<Prompt> =
        SENTENCES.iter().map(|text| Prompt::new(vec![Part::Fixed((*text).to_owned())])).collect();
    for prompt in &prompts {
        prompt.prepare(voice, &mut cache)?;
    }
    let mut cached = Vec::new();
    for prompt in &prompts {
        let started = now();
        prompt.render(voice, &mut cache)?;
        cached.push(ms_since(started));
    }
    for (name, p95, times, bar) in [
        ("first_audio_cached_ms", "first_audio_cached_p95_ms", cached, "< 60"),
        ("first_audio_ms", "first_audio_p95_ms", uncached, "< 250"),
    ] {
        figures.push(Figure::new(name, tenth(quantile(&times, 0.5)), bar));
        figures.push(Figure::new(p95, tenth(quantile(&times, 0.95)), "report"));
    }
    Ok(())
}

fn ms_since(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1_000.0
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}
