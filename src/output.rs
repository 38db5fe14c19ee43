//! Tables for people, JSON for programs, exit codes.

use std::process::ExitCode;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use outcall_application::AppError;
use outcall_ledger::LedgerError;
use serde::Serialize;

/// The campaign cannot go on by itself.
pub(crate) const STUCK: u8 = 3;

/// Another process dials from this ledger.
const LOCKED: u8 = 4;

/// Prints an error and gives its exit code.
pub(crate) fn failure(error: &anyhow::Error, json: bool) -> ExitCode {
    let known = error.downcast_ref::<AppError>();
    let code = match known {
        Some(AppError::Ledger(LedgerError::Locked { .. })) => LOCKED,
        _ => 1,
    };
    if json {
        let message = format!("{error:#}");
        let name = known.map_or("failed", AppError::code);
        let value = serde_json::json!({ "error": { "code": name, "message": message } });
        eprintln!("{value}");
    } else {
        eprintln!("error: {error:#}");
    }
    ExitCode::from(code)
}

/// Prints an answer: JSON when asked for, else what `human` prints.
pub(crate) fn answer<T: Serialize>(
    json: bool,
    value: &T,
    human: impl FnOnce(),
) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(value)?);
    } else {
        human();
    }
    Ok(())
}

/// A table with a header; columns whose header ends with `#` hold figures.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().map(|title| title.trim_end_matches('#')));
    for (index, title) in header.iter().enumerate() {
        if title.ends_with('#')
            && let Some(column) = table.column_mut(index)
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A count with thin groups of three: 1,234,567.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A length of time in words: 3 d 4 h, 5 min 6 s, 1.2 s.
pub(crate) fn duration(ms: i64) -> String {
    let seconds = ms / 1_000;
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{:.1} s", ms as f64 / 1_000.0),
        (0, 0, _) => format!("{minutes} min {rest} s"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_and_durations_told_in_two_units() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234), "1,234");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(duration(1_250), "1.2 s");
        assert_eq!(duration(306_000), "5 min 6 s");
        assert_eq!(duration(90_000_000), "1 d 1 h");
    }
}
