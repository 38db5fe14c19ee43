//! What is shown of a run: how far it is, its table, and what went wrong.

use anyhow::{Result, ensure};
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::judge::{Grade, Judged};
use super::stage::Stage;
use super::truth::Truth;
use crate::results::Figures;

/// The bars: the figure, what it has to be, and whether that is the most.
const BARS: &[(&str, &str, f64, bool)] = &[
    ("completion_pct", "of the willing, what they wanted was done, %", 80.0, false),
    ("slot_accuracy_pct", "values written down that were the wanted ones, %", 95.0, false),
    ("wrong_outcome_pct", "calls with an outcome that is wrong, %", 2.0, true),
    ("optout_honoured_pct", "wishes for no further calls that are honoured, %", 100.0, false),
    ("reply_p50_ms", "last word to the reply on the wire, median, ms", 500.0, true),
    ("reply_p95_ms", "the same, 95th percentile, ms", 900.0, true),
    ("greeting_p95_ms", "answer to the first of the robot's voice, p95, ms", 300.0, true),
    ("barge_stop_p95_ms", "interruption to silence, p95, ms", 150.0, true),
    ("dialled_twice", "people dialled twice", 0.0, true),
    ("minutes", "minutes", 5.0, true),
];

/// How far a run is.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(contacts: usize) -> Self {
        let bar = ProgressBar::new(contacts as u64);
        if let Ok(style) = ProgressStyle::with_template("{elapsed} [{bar:30}] {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Shows what the ledger and the people say by now.
    pub(super) fn update(&mut self, report: &Value, truths: &[Truth]) {
        let pairs = |name: &str| -> Vec<(String, u64)> {
            serde_json::from_value(report["figures"][name].clone())
                .or_else(|_| serde_json::from_value(report[name].clone()))
                .unwrap_or_default()
        };
        let outcomes: Vec<String> =
            pairs("outcomes").iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        let done: u64 = pairs("attempts").iter().map(|(_, count)| count).sum();
        let open = report["open_attempts"].as_u64().unwrap_or_default();
        let answered = truths.iter().filter(|truth| truth.answered_at_ms.is_some()).count();
        let mut replies: Vec<u64> = truths.iter().flat_map(Truth::replies_ms).collect();
        replies.sort_unstable();
        let half = replies
            .get(replies.len() / 2)
            .map_or_else(String::new, |ms| format!(", reply {ms} ms"));
        self.0.set_position(done);
        let outcomes = outcomes.join(", ");
        self.0.set_message(format!("{open} open, {answered} talked{half}; {outcomes}"));
    }

    pub(super) fn end(self) {
        self.0.finish();
        println!();
    }
}

/// The judged table.
pub(super) fn table(figures: &Figures) {
    let mut rows = Table::new();
    rows.load_style(UTF8_HORIZONTAL_ONLY).set_header([
        "judged by the far end",
        "measured",
        "bar",
        "",
    ]);
    for (name, about, bar, at_most) in BARS {
        let sign = if *at_most { "<=" } else { ">=" };
        let met = match meets(figures, name, *bar, *at_most) {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "not measured",
        };
        let value = figures.get(*name).map_or_else(String::new, ToString::to_string);
        rows.add_row([(*about).to_owned(), value, format!("{sign} {bar}"), met.to_owned()]);
    }
    println!("{rows}");
    let count = |name: &str| figures.get(name).map_or_else(String::new, ToString::to_string);
    println!(
        "the robots say of these replies: the silence that they waited for took up to {} ms (p95), \
         and what they did beyond it {} ms (median) and {} ms (p95)",
        count("silence_p95_ms"),
        count("own_p50_ms"),
        count("own_p95_ms"),
    );
    println!(
        "{} calls, {} talked, {} of them to people who were willing; {} values wanted, \
         {} replies and {} interruptions timed; of {} utterances the robot cut into {} % and left \
         {} % without a reply",
        count("calls"),
        count("talked"),
        count("willing"),
        count("slots_wanted"),
        count("replies"),
        count("interruptions"),
        count("utterances"),
        count("cut_into_pct"),
        count("unanswered_pct"),
    );
}

/// The bar of a figure as it is written, and whether it is met: `None` when it was not measured.
pub(super) fn bar_of(figures: &Figures, name: &str) -> Option<(String, Option<bool>)> {
    let (_, _, bar, at_most) = BARS.iter().find(|(own, ..)| *own == name)?;
    let sign = if *at_most { "at most" } else { "at least" };
    Some((format!("{sign} {bar}"), meets(figures, name, *bar, *at_most)))
}

fn meets(figures: &Figures, name: &str, bar: f64, at_most: bool) -> Option<bool> {
    let value = figures.get(name)?.as_f64()?;
    Some(if at_most { value <= bar } else { value >= bar })
}

/// Fails when a bar is missed or was not measured.
pub(super) fn bars_met(figures: &Figures) -> Result<()> {
    let missed = BARS
        .iter()
        .filter(|(name, _, bar, at_most)| meets(figures, name, *bar, *at_most) != Some(true));
    let missed: Vec<&str> = missed.map(|(name, ..)| *name).collect();
    ensure!(missed.is_empty(), "bars missed or not measured: {}", missed.join(", "));
    Ok(())
}

/// Every call that did not go as it should have.
pub(super) fn wrongs(judged: &[Judged<'_>]) {
    let mut rows = Table::new();
    rows.load_style(UTF8_HORIZONTAL_ONLY);
    rows.set_header(["call", "person", "wanted", "written down", "slots"]);
    let mut any = false;
    for it in judged {
        let slots_wrong = it
            .slots
            .iter()
            .any(|(_, wanted, written)| written.as_ref().is_some_and(|written| written != wanted));
        if it.grade == Grade::Right && !slots_wrong {
            continue;
        }
        any = true;
        let slots: Vec<String> = it
            .slots
            .iter()
            .map(|(name, wanted, written)| {
                format!("{name}: {wanted}, written {}", written.as_deref().unwrap_or("-"))
            })
            .collect();
        let outcome = it.attempt.and_then(|attempt| attempt.outcome()).unwrap_or("-");
        let disposition = it.attempt.and_then(|attempt| attempt.disposition.as_deref());
        rows.add_row([
            it.attempt.map_or_else(String::new, |attempt| attempt.attempt.clone()),
            it.truth.persona.clone(),
            it.truth.outcomes.join(" or "),
            format!("{outcome}, {}", disposition.unwrap_or("-")),
            slots.join("; "),
        ]);
    }
    if any {
        println!("{rows}");
    }
}

/// How to hear and read some of the calls.
pub(super) fn to_listen(stage: &Stage, judged: &[Judged<'_>]) {
    println!(
        "\nListen to three of them, and read what was said (in {}):",
        stage.folder().display()
    );
    let long = |it: &&Judged<'_>| it.truth.utterances.len() >= 3 && it.attempt.is_some();
    let mut shown: Vec<&str> = Vec::new();
    for it in judged.iter().filter(long) {
        if shown.len() == 3 || shown.contains(&it.truth.persona.as_str()) {
            continue;
        }
        shown.push(&it.truth.persona);
        let Some(attempt) = it.attempt else { continue };
        println!(
            "  outcall --config outcall.toml calls show {}   # {}",
            attempt.attempt, it.truth.persona
        );
        println!("  outcall --config outcall.toml listen recordings/{}.wav", attempt.attempt);
    }
}
