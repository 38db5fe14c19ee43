//! Recognition in a pool.

use std::time::{Duration, Instant};

use outcall_inference::pool::{Pool, PoolSettings, Priority};
use outcall_speech::recognition::{
    ENGLISH, Mode, Recogniser, RecognitionError, RecognitionRequest, RecognitionWorker,
};

use super::models::Models;

#[expect(clippy::disallowed_methods, reason = "deadlines are of the real clock")]
fn later() -> Instant {
    Instant::now() + Duration::from_secs(120)
}

#[test]
fn replies_of_several_calls_are_recognised_by_a_pool() {
    let Some(models) = Models::find() else { return };
    let mut voice = models.voice();
    let texts = ["Yes, that is right.", "No, please call me tomorrow."];
    let sounds = texts.map(|text| voice.speak(text).unwrap());
    let (runtime, store) = (models.runtime, models.store);
    let settings = PoolSettings { workers: 2, ..PoolSettings::default() };
    let make = move || {
        let recogniser = Recogniser::load(&runtime, &store, ENGLISH, "en")?;
        Ok::<_, RecognitionError>(RecognitionWorker::new(recogniser))
    };
    let (pool, threads) = Pool::start("recognition", settings, make).unwrap();
    let ask = |sound: &Vec<i16>| {
        let samples = sound.clone().into();
        let request = RecognitionRequest { samples, mode: Mode::Free, terms: None };
        pool.ask(request, Priority::Interactive, later()).unwrap()
    };
    let pending: Vec<_> = sounds.iter().map(ask).collect();
    for (pending, text) in pending.into_iter().zip(texts) {
        let done = pending.wait().unwrap();
        assert_eq!(done.reply.text, text);
        assert!(done.computed > Duration::ZERO);
    }
    drop(pool);
    for thread in threads {
        thread.join().unwrap();
    }
}
