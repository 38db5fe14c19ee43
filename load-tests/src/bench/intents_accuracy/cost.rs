//! What understanding costs: processor time of an utterance, utterances in batches, training.

use anyhow::Result;
use outcall_inference::pool::Worker;
use outcall_understanding::intents::Options;
use outcall_understanding::intents::encoder::{Encode, Encoder, EncoderKind};
use outcall_understanding::intents::worker::{ReadingRequest, ReadingWorker};

use super::corpus::Corpus;
use super::{Figure, Remembering, learn, tenth};
use crate::bench::speech::{Models, quantile, timed};

/// Utterances that are measured.
const UTTERANCES: usize = 256;
/// Examples of the training that is measured.
const EXAMPLES: usize = 10_000;

pub(super) fn measure(
    models: &Models,
    corpus: &Corpus,
    encoder: &mut Remembering,
    figures: &mut Vec<Figure>,
) -> Result<()> {
    let few = corpus.published(10)?;
    let logs = corpus.train.iter().map(|(text, _)| text.clone()).collect();
    let model = learn(&few, encoder, &Options { logs, ..Options::default() })?;
    let model = std::sync::Arc::new(model);
    let request = |text: &str| ReadingRequest {
        model: std::sync::Arc::clone(&model),
        heard: vec![(text.to_owned(), 1.0)],
        expected: Vec::new(),
    };
    let own = Encoder::load(&models.runtime, &models.store, EncoderKind::MiniLm)?;
    let mut worker = ReadingWorker::new(Some(own));
    let step = (corpus.test.len() / UTTERANCES).max(1);
    let texts: Vec<&str> =
        corpus.test.iter().step_by(step).map(|(text, _)| text.as_str()).collect();
    for (size, name, bar) in [(1, "per_s_b1", ""), (8, "per_s_b8", ""), (32, "per_s_b32", "")] {
        let mut each_ms = Vec::new();
        let mut sum_s = 0.0;
        for chunk in texts.chunks(size) {
            let batch = chunk.iter().map(|text| request(text)).collect();
            let (replies, cpu_s) = timed(|| Ok(worker.run(batch)))?;
            anyhow::ensure!(replies.iter().all(Result::is_ok), "an utterance was not read");
            each_ms.push(cpu_s * 1e3 / chunk.len() as f64);
            sum_s += cpu_s;
        }
        if size == 1 {
            let mean_ms = sum_s * 1e3 / texts.len() as f64;
            let (p50, p95) = (quantile(&each_ms, 0.5), quantile(&each_ms, 0.95));
            println!("an utterance: mean {mean_ms:.2} ms, p50 {p50:.2}, p95 {p95:.2}");
            figures.push(Figure::new("cpu_ms", tenth(mean_ms), "<= 6"));
        }
        figures.push(Figure::new(name, (texts.len() as f64 / sum_s).round(), bar));
    }
    let all: Vec<_> = corpus.train.iter().cycle().take(EXAMPLES).cloned().collect();
    // Vectors of known examples are kept; what is new is encoded in a moment.
    encoder.encode(&all.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>())?;
    let options = Options { noise: 0.0, ..Options::default() };
    let (_, cpu_s) = timed(|| learn(&all, encoder, &options))?;
    figures.push(Figure::new("retrain_s", tenth(cpu_s), "< 10"));
    Ok(())
}
