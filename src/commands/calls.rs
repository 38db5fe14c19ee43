//! `calls`.

use std::process::ExitCode;

use serde_json::json;

use super::{Style, open};
use crate::cli::Calls;
use crate::config::Config;
use crate::output::{answer, table};

/// Does what was asked of calls.
pub(super) fn run(config: &Config, calls: &Calls, style: Style) -> anyhow::Result<ExitCode> {
    match calls {
        Calls::Inbound { limit } => inbound(config, *limit, style),
    }
}

fn inbound(config: &Config, limit: u32, style: Style) -> anyhow::Result<ExitCode> {
    let records = open(config)?.reader()?.inbound_calls(&config.settings.tenant, limit)?;
    let mut rows = table(&["began", "caller", "called", "scenario", "lasted"]);
    let mut shown = Vec::with_capacity(records.len());
    for record in records {
        let caller = record.caller.map(|number| number.e164());
        let lasted_ms = record.ended_at.since(record.began_at);
        rows.add_row([
            record.began_at.to_string(),
            caller.clone().unwrap_or_else(|| "unknown".to_owned()),
            record.called.clone(),
            record.scenario.clone(),
            format!("{:.1} s", lasted_ms as f64 / 1_000.0),
        ]);
        shown.push(json!({
            "call_id": record.call_id,
            "caller": caller,
            "called": record.called,
            "scenario": record.scenario,
            "began_ms": record.began_at.0,
            "ended_ms": record.ended_at.0,
            "report": record.report,
        }));
    }
    answer(style.json, &shown, || println!("{rows}"))?;
    Ok(ExitCode::SUCCESS)
}
