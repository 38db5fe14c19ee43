//! `calls`.

mod show;

use std::process::ExitCode;

use outcall_campaign::CampaignId;
use serde_json::json;

use super::{Style, open};
use crate::cli::Calls;
use crate::config::Config;
use crate::output::{answer, table};

/// Does what was asked of calls.
pub(super) fn run(config: &Config, calls: &Calls, style: Style) -> anyhow::Result<ExitCode> {
    match calls {
        Calls::List { campaign, ended, limit } => {
            list(config, CampaignId(*campaign), ended.as_deref(), *limit, style)
        }
        Calls::Show { attempt } => show::show(config, attempt, style),
        Calls::Inbound { limit } => inbound(config, *limit, style),
    }
}

fn list(
    config: &Config,
    campaign: CampaignId,
    ended: Option<&str>,
    limit: u32,
    style: Style,
) -> anyhow::Result<ExitCode> {
    let app = open(config)?;
    app.campaign(campaign)?;
    let attempts = app.reader()?.attempts(campaign, ended, limit)?;
    let mut rows =
        table(&["call", "placed", "name", "number", "disposition", "outcome", "talked#"]);
    for attempt in &attempts {
        let talked_ms = attempt.answered.zip(attempt.ended).map(|(from, to)| to.since(from));
        let none = || "-".to_owned();
        rows.add_row([
            attempt.attempt.clone(),
            attempt.intent.to_string(),
            attempt.name.clone(),
            attempt.number.clone(),
            attempt.disposition.clone().unwrap_or_else(none),
            attempt.outcome.clone().unwrap_or_else(none),
            talked_ms.map_or_else(none, |ms| format!("{:.1} s", ms as f64 / 1_000.0)),
        ]);
    }
    answer(style.json, &attempts, || println!("{rows}"))?;
    Ok(ExitCode::SUCCESS)
}

fn inbound(config: &Config, limit: u32, style: Style) -> anyhow::Result<ExitCode> {
    let records = open(config)?.reader()?.inbound_calls(&config.settings.tenant, limit)?;
    let mut rows = table(&["began", "caller", "called", "scenario", "lasted", "outcome"]);
    let mut shown = Vec::with_capacity(records.len());
    for record in records {
        let caller = record.caller.map(|number| number.e164());
        let outcome = record.report.as_deref().and_then(outcome);
        let lasted_ms = record.ended_at.since(record.began_at);
        rows.add_row([
            record.began_at.to_string(),
            caller.clone().unwrap_or_else(|| "unknown".to_owned()),
            record.called.clone(),
            record.scenario.clone(),
            format!("{:.1} s", lasted_ms as f64 / 1_000.0),
            outcome.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
        shown.push(json!({
            "call_id": record.call_id,
            "caller": caller,
            "called": record.called,
            "scenario": record.scenario,
            "began_ms": record.began_at.0,
            "ended_ms": record.ended_at.0,
            "outcome": outcome,
            "report": record.report,
        }));
    }
    answer(style.json, &shown, || println!("{rows}"))?;
    Ok(ExitCode::SUCCESS)
}

/// How the conversation ended, as its report says; `None` when the caller hung up before.
fn outcome(report: &str) -> Option<String> {
    let report: serde_json::Value = serde_json::from_str(report).ok()?;
    Some(report.get("outcome")?.get("result")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_outcome_is_read_from_the_report() {
        let report = r#"{ "tries": [], "outcome": { "result": "opted_out" } }"#;
        assert_eq!(super::outcome(report).as_deref(), Some("opted_out"));
        assert_eq!(super::outcome(r#"{ "tries": [] }"#), None);
        assert_eq!(super::outcome("{"), None);
    }
}
