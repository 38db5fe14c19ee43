//! How many replies two cores recognise, and how long each waits, as the load rises.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use outcall_inference::pool::{Done, Pending, Pool, PoolSettings, Priority};
use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;
use outcall_speech::evaluation::{Condition, Prompt};
use outcall_speech::recognition::{
    ENGLISH, Mode, Recogniser, RecognitionError, RecognitionRequest, RecognitionWorker, Transcript,
};

use super::super::Figure;
use super::super::speech::{Models, quantile};
use super::{REPLY, hundredth};

const WORKERS: usize = 2;
const FLOOD: usize = 60;
/// How long each load lasts.
const STEP: Duration = Duration::from_secs(12);
/// A reply that is not recognised by then is of no use.
const DEADLINE: Duration = Duration::from_secs(30);

pub(super) fn measure(
    models: &Models,
    prompts: &[Prompt],
    figures: &mut Vec<Figure>,
) -> Result<()> {
    let replies: Vec<Arc<[i16]>> = prompts
        .iter()
        .filter(|prompt| REPLY.contains(&prompt.samples.len()))
        .map(|prompt| Condition::MuLaw.apply(&prompt.samples, 0).into())
        .collect();
    ensure!(!replies.is_empty(), "no prompt of 1 to 3 s: capacity cannot be measured");
    let pool = pool(&models.runtime, &models.store)?;
    let most = flood(&pool, &replies)?;
    println!("{WORKERS} workers recognise {most:.1} replies a second");
    figures.push(Figure::new("utterances_per_s", hundredth(most), "report"));
    for (percent, names) in [
        (25, ["queue_p50_ms_at_25_pct", "queue_p99_ms_at_25_pct"]),
        (50, ["queue_p50_ms_at_50_pct", "queue_p99_ms_at_50_pct"]),
        (75, ["queue_p50_ms_at_75_pct", "queue_p99_ms_at_75_pct"]),
    ] {
        let per_s = most * f64::from(percent) / 100.0;
        let waits = steady(&pool, &replies, per_s)?;
        let (p50, p99) = (quantile(&waits, 0.5), quantile(&waits, 0.99));
        println!("{per_s:.1} replies a second: wait p50 {p50:.0} ms, p99 {p99:.0} ms");
        figures.push(Figure::new(names[0], p50.round(), "report"));
        figures.push(Figure::new(names[1], p99.round(), "report"));
    }
    Ok(())
}

fn pool(runtime: &Runtime, store: &ModelStore) -> Result<Pool<RecognitionWorker>> {
    let (runtime, store) = (runtime.clone(), store.clone());
    let settings = PoolSettings { workers: WORKERS, waiting_max: 1_000, ..PoolSettings::default() };
    let make = move || {
        let recogniser = Recogniser::load(&runtime, &store, ENGLISH, "en")?;
        Ok::<_, RecognitionError>(RecognitionWorker::new(recogniser))
    };
    Ok(Pool::start("recognition", settings, make)?.0)
}

fn ask(pool: &Pool<RecognitionWorker>, samples: &Arc<[i16]>) -> Result<Pending<Transcript>> {
    let samples = Arc::clone(samples);
    let request = RecognitionRequest { samples, mode: Mode::Free, terms: None };
    Ok(pool.ask(request, Priority::Interactive, now() + DEADLINE)?)
}

/// Everything at once: replies a second.
fn flood(pool: &Pool<RecognitionWorker>, replies: &[Arc<[i16]>]) -> Result<f64> {
    let started = now();
    let asked: Result<Vec<_>> =
        replies.iter().cycle().take(FLOOD).map(|samples| ask(pool, samples)).collect();
    for pending in asked? {
        pending.wait()?;
    }
    Ok(FLOOD as f64 / started.elapsed().as_secs_f64())
}

/// One after the other, evenly: how long each waited, in milliseconds.
fn steady(pool: &Pool<RecognitionWorker>, replies: &[Arc<[i16]>], per_s: f64) -> Result<Vec<f64>> {
    let count = (STEP.as_secs_f64() * per_s) as usize;
    let started = now();
    let mut asked = Vec::with_capacity(count);
    for (place, samples) in replies.iter().cycle().take(count).enumerate() {
        let due = started + Duration::from_secs_f64(place as f64 / per_s);
        thread::sleep(due.saturating_duration_since(now()));
        asked.push(ask(pool, samples)?);
    }
    let wait = |pending: Pending<Transcript>| {
        let Done { waited, .. } = pending.wait().context("at a steady load")?;
        Ok(waited.as_secs_f64() * 1_000.0)
    };
    asked.into_iter().map(wait).collect()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}
