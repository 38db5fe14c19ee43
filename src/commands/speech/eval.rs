//! `speech eval`: word errors on a folder of recordings with their texts.

use std::process::ExitCode;

use outcall_speech::evaluation::{Condition, Errors, errors, read_prompts};
use outcall_speech::recognition::Mode;
use serde::Serialize;

use super::Models;
use crate::cli::Eval;
use crate::commands::Style;
use crate::output::{answer, table};

#[derive(Serialize)]
struct Row {
    condition: String,
    words: usize,
    wrong: usize,
    word_error_pct: f64,
}

pub(super) fn run(models: &Models, args: &Eval, style: Style) -> anyhow::Result<ExitCode> {
    let sounds = args.sounds.as_deref().unwrap_or(&args.data);
    let prompts = read_prompts(&args.data.join("prompts.tsv"), sounds)?;
    let mut recogniser = models.recogniser(&args.recognition)?;
    let bar = indicatif::ProgressBar::new((prompts.len() * CONDITIONS.len()) as u64);
    if style.quiet || style.json {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let mut rows = Vec::new();
    for condition in CONDITIONS {
        let mut all = Errors::default();
        for (seed, prompt) in prompts.iter().enumerate() {
            let heard = condition.apply(&prompt.samples, seed as u64);
            let text = recogniser.recognise(&heard, &Mode::Free)?.text;
            let wrong = errors(&prompt.text, &text);
            if args.details && wrong.wrong > 0 {
                let name = condition.name();
                bar.println(format!(
                    "{} ({name})\n  said  {}\n  heard {text}",
                    prompt.file, prompt.text
                ));
            }
            all += wrong;
            bar.inc(1);
        }
        rows.push(Row {
            condition: condition.name(),
            words: all.said,
            wrong: all.wrong,
            word_error_pct: all.rate_pct(),
        });
    }
    bar.finish_and_clear();
    let mut shown = table(&["condition (composed)", "words#", "wrong#", "error#"]);
    for row in &rows {
        let rate = format!("{:.2} %", row.word_error_pct);
        shown.add_row([row.condition.clone(), row.words.to_string(), row.wrong.to_string(), rate]);
    }
    answer(style.json, &rows, || println!("{shown}"))?;
    Ok(ExitCode::SUCCESS)
}

const CONDITIONS: [Condition; 4] = [
    Condition::Clean,
    Condition::MuLaw,
    Condition::Noise { decibels: 10.0 },
    Condition::Loss { percent: 5.0 },
];
