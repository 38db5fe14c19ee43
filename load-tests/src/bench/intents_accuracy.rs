//! Understanding: intents from a few examples, what is out of scope, mistakes of recognition, and
//! what it costs. Settings were chosen on validation splits; test splits are only reported.

mod corpus;
mod cost;
mod scope;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ndarray::{Array1, Array2};
use outcall_understanding::intents::chance::Chance;
use outcall_understanding::intents::channel::Channel;
use outcall_understanding::intents::encoder::{Encode, Encoder, EncoderError, EncoderKind};
use outcall_understanding::intents::lexicon::Lexicon;
use outcall_understanding::intents::{IntentModel, IntentSet, Options, train};

use super::speech::Models;
use super::{BenchArgs, Figure};
use corpus::{Corpus, Texts};

/// The test data, beside the project.
const DATA: &str = "../shared/data/nlu";
/// Samples of the training set besides the published one.
const RESAMPLES: u64 = 3;
/// Published results on BANKING77, to read beside: 5, 10 examples, all.
const PUBLISHED: &[(&str, &str)] = &[
    ("USE + ConveRT (Casanueva and others, 2020)", "77.8 / 85.2 / 93.4"),
    ("DNNC (Zhang and others, 2020)", "80.4 / 86.7 / -"),
    ("CPFT (Zhang and others, 2021)", "80.9 / 87.2 / -"),
    ("ICDA (Lin and others, 2023), with a large language model", "84.0 / 89.8 / 94.4"),
];

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let data = args.data.clone().unwrap_or_else(|| PathBuf::from(DATA));
    let models = Models::open()?;
    let encoder = Encoder::load(&models.runtime, &models.store, EncoderKind::MiniLm)?;
    let mut encoder = Remembering { encoder, known: HashMap::new() };
    let mut figures = Vec::new();
    let banking = Corpus::read(&data.join("banking77"))?;
    accuracy(&banking, &mut encoder, &mut figures)?;
    cost::measure(&models, &banking, &mut encoder, &mut figures)?;
    scope::measure(&data.join("clinc150"), &mut encoder, &mut figures)?;
    noise(&banking, &mut encoder, &mut figures)?;
    println!("\npublished on BANKING77, 5 / 10 examples / all:");
    for (name, results) in PUBLISHED {
        println!("  {results:<20} {name}");
    }
    Ok(figures)
}

/// An encoder that remembers what it has encoded, for as long as the benchmark runs.
struct Remembering {
    encoder: Encoder,
    known: HashMap<String, Array1<f32>>,
}

impl Encode for Remembering {
    fn identity(&self) -> &str {
        self.encoder.identity()
    }

    fn encode(&mut self, texts: &[&str]) -> Result<Array2<f32>, EncoderError> {
        let unknown: Vec<&str> =
            texts.iter().copied().filter(|text| !self.known.contains_key(*text)).collect();
        let vectors = self.encoder.encode(&unknown)?;
        for (text, vector) in unknown.iter().zip(vectors.rows()) {
            self.known.insert((*text).to_owned(), vector.to_owned());
        }
        let width = outcall_understanding::intents::encoder::WIDTH;
        let mut all = Array2::zeros((texts.len(), width));
        for (text, mut row) in texts.iter().zip(all.rows_mut()) {
            row.assign(&self.known[*text]);
        }
        Ok(all)
    }
}

/// The examples of a run: the published ones, or a sample of the training set.
fn few(corpus: &Corpus, each: usize, seed: u64) -> Result<Texts> {
    if seed == 0 {
        return corpus.published(each);
    }
    Ok(corpus.sample(each, seed))
}

fn accuracy(corpus: &Corpus, encoder: &mut Remembering, figures: &mut Vec<Figure>) -> Result<()> {
    let plain = Options { noise: 0.0, ..Options::default() };
    let logs: Vec<String> = corpus.train.iter().map(|(text, _)| text.clone()).collect();
    let with_logs = Options { logs, self_training: true, ..plain.clone() };
    for (name, each, options, bar) in [
        ("banking77_5", 5, &plain, ">= 81.5"),
        ("banking77_5_logs", 5, &with_logs, ">= 84"),
        ("banking77_10", 10, &plain, ">= 87"),
    ] {
        let (mut test, mut valid, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 0..=RESAMPLES {
            let options = Options { seed: seed + 1, ..options.clone() };
            let model = learn(&few(corpus, each, seed)?, encoder, &options)?;
            errors.push(f64::from(model.calibration().error) * 100.0);
            valid.push(right_pct(&model, &corpus.valid, encoder)?);
            test.push(right_pct(&model, &corpus.test, encoder)?);
        }
        report(name, &test, &valid);
        println!("    calibration error on held-out examples {}", list(&errors));
        figures.push(Figure::new(name, tenth(mean(&test)), bar));
    }
    let model = learn(&corpus.train, encoder, &plain)?;
    let test = right_pct(&model, &corpus.test, encoder)?;
    let valid = right_pct(&learn(&corpus.rest(), encoder, &plain)?, &corpus.valid, encoder)?;
    report("banking77_full", &[test], &[valid]);
    figures.push(Figure::new("banking77_full", tenth(test), ">= 93"));
    Ok(())
}

/// Ten examples and logs, and mistakes in so many of the words. Each run hears another third of the
/// texts: together they hear all of them once.
fn noise(corpus: &Corpus, encoder: &mut Remembering, figures: &mut Vec<Figure>) -> Result<()> {
    let logs: Vec<String> = corpus.train.iter().map(|(text, _)| text.clone()).collect();
    let mut channel = Channel::new(Lexicon::of(logs.iter().map(String::as_str)));
    let mut models = Vec::new();
    for seed in 0..RESAMPLES {
        let options = Options { logs: logs.clone(), seed: seed + 1, ..Options::default() };
        models.push(learn(&few(corpus, 10, seed)?, encoder, &options)?);
    }
    for (name, rate, bar) in
        [("noisy_10", 0.1, ">= 82"), ("noisy_20", 0.2, ">= 78"), ("noisy_30", 0.3, ">= 73")]
    {
        let (mut test, mut valid) = (Vec::new(), Vec::new());
        for (seed, model) in models.iter().enumerate() {
            for (texts, results) in [(&corpus.test, &mut test), (&corpus.valid, &mut valid)] {
                let mut chance = Chance::new(100 + seed as u64);
                let third = texts.iter().skip(seed).step_by(models.len());
                let heard = |(text, intent): &(String, String)| {
                    (channel.pass(text, rate, &mut chance), intent.clone())
                };
                let heard: Texts = third.map(heard).collect();
                results.push(right_pct(model, &heard, encoder)?);
            }
        }
        report(name, &test, &valid);
        figures.push(Figure::new(name, tenth(mean(&test)), bar));
    }
    Ok(())
}

fn learn(texts: &Texts, encoder: &mut Remembering, options: &Options) -> Result<IntentModel> {
    let set = IntentSet::from_pairs(texts.iter().map(|(t, i)| (t.as_str(), i.as_str())));
    Ok(train(&set, Some(encoder), options)?)
}

/// How many texts are taken for what they are, in percent.
fn right_pct(model: &IntentModel, texts: &Texts, encoder: &mut Remembering) -> Result<f64> {
    let mut right = 0;
    for chunk in texts.chunks(256) {
        let plans: Vec<_> = chunk.iter().map(|(text, _)| model.plan(&[(text, 1.0)])).collect();
        let all: Vec<&str> = plans.iter().flat_map(|plan| plan.texts()).collect();
        encoder.encode(&all)?;
        for (plan, (_, intent)) in plans.iter().zip(chunk) {
            let vectors = encoder.encode(&plan.texts().collect::<Vec<_>>())?;
            let judgement = model.judge(plan, Some(&vectors));
            let p = &judgement.probabilities;
            let best = (0..p.len()).max_by(|&a, &b| p[a].total_cmp(&p[b]));
            right += u32::from(best.is_some_and(|best| model.names()[best] == *intent));
        }
    }
    Ok(f64::from(right) * 100.0 / texts.len().max(1) as f64)
}

fn report(name: &str, test: &[f64], valid: &[f64]) {
    println!(
        "{name:<18} test {:.2} (spread {:.2}) of {}; validation {}",
        mean(test),
        spread(test),
        list(test),
        list(valid)
    );
}

fn list(values: &[f64]) -> String {
    values.iter().map(|value| format!("{value:.1}")).collect::<Vec<_>>().join(", ")
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The standard deviation.
fn spread(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / values.len().max(1) as f64).sqrt()
}

fn tenth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A folder with a file that is missing says which set it should hold.
fn text_of(path: &Path) -> Result<String> {
    fs_err::read_to_string(path).context("give a folder with banking77/ and clinc150/ as --data")
}
