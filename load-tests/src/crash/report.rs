//! The table for people and the figures for files.

use anyhow::Result;
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use outcall_campaign::Disposition;

use super::CrashArgs;
use super::judge::Verdict;
use crate::results::{self, Figures};

/// The figures by their names, in the order of the table.
fn figures(verdict: &Verdict, arguments: &CrashArgs, contacts: u32) -> Vec<(&'static str, u64)> {
    let attempts = verdict.dispositions.values().sum();
    let uncertain = verdict.dispositions.get(&Disposition::Uncertain).copied().unwrap_or(0);
    let mut figures = vec![
        ("runs", arguments.runs.into()),
        ("seed", arguments.seed),
        ("contacts", contacts.into()),
        ("attempts", attempts),
        ("invites", verdict.invites),
        ("kills_mid_call", verdict.kills_mid_call),
        ("in_flight_max", verdict.in_flight_max),
        ("uncertain", uncertain),
        ("uncertain_max", verdict.uncertain_max),
    ];
    figures.extend(verdict.faults().map(|(name, faults)| (name, faults.count)));
    figures
}

/// Prints the figures, how attempts ended, and the first faults of each kind.
pub(super) fn print(verdict: &Verdict, arguments: &CrashArgs, contacts: u32) {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for (name, value) in figures(verdict, arguments, contacts) {
        table.add_row([name.to_owned(), value.to_string()]);
    }
    for (disposition, count) in &verdict.dispositions {
        table.add_row([format!("  {disposition}"), count.to_string()]);
    }
    println!("{table}");
    for (name, faults) in verdict.faults() {
        for example in &faults.examples {
            println!("{name}: {example}");
        }
    }
}

/// Writes the figures.
pub(super) fn write(verdict: &Verdict, arguments: &CrashArgs, contacts: u32) -> Result<()> {
    let figures = figures(verdict, arguments, contacts);
    let figures: Figures =
        figures.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    results::write(&arguments.out, "crash", &figures)
}
