//! Whether what is out of scope is told from what is in scope: CLINC150.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use outcall_understanding::intents::chance::Chance;
use outcall_understanding::intents::encoder::Encode;
use outcall_understanding::intents::{IntentModel, Options};

use super::corpus::{Texts, clinc};
use super::{Figure, RESAMPLES, Remembering, learn, mean, right_pct, spread};

pub(super) fn measure(
    folder: &Path,
    encoder: &mut Remembering,
    figures: &mut Vec<Figure>,
) -> Result<()> {
    let splits = clinc(folder)?;
    let split = |name: &str| splits.get(name).with_context(|| format!("no split {name}"));
    let (train, test) = (split("train")?, split("test")?);
    let options = Options { noise: 0.0, ..Options::default() };
    let mut auroc = Vec::new();
    for seed in 1..=RESAMPLES {
        let model = learn(&sample(train, 5, seed), encoder, &options)?;
        let valid = area(&model, split("val")?, split("oos_val")?, encoder)?;
        auroc.push(area(&model, test, split("oos_test")?, encoder)?);
        let right = right_pct(&model, test, encoder)?;
        println!("clinc150 5: accuracy {right:.1}, validation auroc {valid:.4}");
    }
    println!("oos_auroc_5        test {:.4} (spread {:.4})", mean(&auroc), spread(&auroc));
    figures.push(Figure::new("oos_auroc_5", thousandth(mean(&auroc)), ">= 0.955"));
    let model = learn(train, encoder, &options)?;
    let valid = area(&model, split("val")?, split("oos_val")?, encoder)?;
    let full = area(&model, test, split("oos_test")?, encoder)?;
    let right = right_pct(&model, test, encoder)?;
    println!("oos_auroc_full     test {full:.4}, validation {valid:.4}, accuracy {right:.1}");
    figures.push(Figure::new("oos_auroc_full", thousandth(full), ">= 0.974"));
    Ok(())
}

fn sample(train: &Texts, each: usize, seed: u64) -> Texts {
    let mut by_intent: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (text, intent) in train {
        by_intent.entry(intent).or_default().push(text);
    }
    let mut chance = Chance::new(seed);
    let mut sample = Vec::new();
    for (intent, mut texts) in by_intent {
        chance.shuffle(&mut texts);
        let few = texts.into_iter().take(each);
        sample.extend(few.map(|text| (text.to_owned(), intent.to_owned())));
    }
    sample
}

/// The area under the curve: how often a text in scope looks more like it than one out of scope.
fn area(
    model: &IntentModel,
    inside: &Texts,
    outside: &Texts,
    encoder: &mut Remembering,
) -> Result<f64> {
    let mut scores: Vec<(f32, bool)> = Vec::new();
    for (texts, is_inside) in [(inside, true), (outside, false)] {
        for chunk in texts.chunks(256) {
            let plans: Vec<_> = chunk.iter().map(|(text, _)| model.plan(&[(text, 1.0)])).collect();
            encoder.encode(&plans.iter().flat_map(|plan| plan.texts()).collect::<Vec<_>>())?;
            for plan in &plans {
                let vectors = encoder.encode(&plan.texts().collect::<Vec<_>>())?;
                scores.push((model.judge(plan, Some(&vectors)).scope, is_inside));
            }
        }
    }
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won) = (0.0, 0.0);
    for (_, is_inside) in &scores {
        if *is_inside { won += below } else { below += 1.0 }
    }
    Ok(won / (inside.len() as f64 * outside.len() as f64))
}

fn thousandth(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
