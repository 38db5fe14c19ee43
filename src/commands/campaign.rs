//! `campaign`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use outcall_actors::stats::EngineStats;
use outcall_application::explain::Explanation;
use outcall_application::report::CampaignReport;
use outcall_application::{App, AppError};
use outcall_campaign::lifecycle::CampaignState;
use outcall_campaign::settings::CampaignSettings;
use outcall_campaign::{CampaignId, UnixMillis};
use serde_json::json;

use super::{Style, instant, now, open};
use crate::cli::{Campaign, Run};
use crate::config::Config;
use crate::dial;
use crate::output::{answer, count, duration, table};

/// Does what was asked.
pub(super) fn run(config: &Config, campaign: Campaign, style: Style) -> anyhow::Result<ExitCode> {
    match campaign {
        Campaign::Create { file, name } => create(config, file.as_deref(), name, style),
        Campaign::Example => {
            print!("{}", CampaignSettings::EXAMPLE);
            Ok(ExitCode::SUCCESS)
        }
        Campaign::List => list(config, style),
        Campaign::Run(run) => dial_campaigns(config, &run, style),
        Campaign::Pause { campaign } => {
            let campaign = CampaignId(campaign);
            changed(campaign, open(config)?.pause_campaign(campaign, now())?, style)
        }
        Campaign::Stop { campaign } => {
            let campaign = CampaignId(campaign);
            changed(campaign, open(config)?.stop_campaign(campaign, now())?, style)
        }
        Campaign::Report { campaign } => {
            let report = open(config)?.report(CampaignId(campaign))?;
            answer(style.json, &report, || print_report(&report))?;
            Ok(ExitCode::SUCCESS)
        }
        Campaign::Explain { campaign, at } => {
            let at = at.as_deref().map(instant).transpose()?.unwrap_or_else(now);
            let explanation = open(config)?.explain(CampaignId(campaign), at)?;
            answer(style.json, &explanation, || print_explanation(&explanation))?;
            Ok(ExitCode::SUCCESS)
        }
        Campaign::Export { campaign, out } => {
            export(config, CampaignId(campaign), out.as_deref(), style)
        }
    }
}

fn create(
    config: &Config,
    file: Option<&Path>,
    name: Option<String>,
    style: Style,
) -> anyhow::Result<ExitCode> {
    let (source, text) = match (file, name) {
        (Some(file), _) => (file.display().to_string(), fs_err::read_to_string(file)?),
        (None, name) => {
            let settings = CampaignSettings::new(name.unwrap_or_default());
            ("--name".to_owned(), toml::to_string(&settings)?)
        }
    };
    let record = open(config)?.create_campaign(&source, &text, now())?;
    let value = json!({ "id": record.id, "name": record.name, "state": record.state.code() });
    answer(style.json, &value, || {
        println!("campaign {} '{}' is a {}", record.id, record.name, record.state);
        println!("next: outcall contacts import --campaign {} FILE --dry-run", record.id);
    })?;
    Ok(ExitCode::SUCCESS)
}

fn list(config: &Config, style: Style) -> anyhow::Result<ExitCode> {
    let campaigns = open(config)?.campaigns()?;
    let values: Vec<_> = campaigns
        .iter()
        .map(|one| json!({ "id": one.id, "name": one.name, "state": one.state.code() }))
        .collect();
    answer(style.json, &values, || {
        let mut rows = table(&["id#", "name", "state"]);
        for one in &campaigns {
            rows.add_row([one.id.to_string(), one.name.clone(), one.state.to_string()]);
        }
        println!("{rows}");
    })?;
    Ok(ExitCode::SUCCESS)
}

fn changed(campaign: CampaignId, state: CampaignState, style: Style) -> anyhow::Result<ExitCode> {
    let value = json!({ "id": campaign, "state": state.code() });
    answer(style.json, &value, || println!("campaign {campaign} is {state}"))?;
    Ok(ExitCode::SUCCESS)
}

fn dial_campaigns(config: &Config, run: &Run, style: Style) -> anyhow::Result<ExitCode> {
    let app = open(config)?;
    let campaigns: Vec<CampaignId> = run.campaigns.iter().copied().map(CampaignId).collect();
    // Held until the process ends: nobody else dials from this ledger meanwhile.
    let _lock = app.ledger.lock_for_dialling().map_err(AppError::from)?;
    let stats = Arc::new(EngineStats::default());
    let ended = if run.in_virtual_time {
        dial::in_virtual_time(config, &app, run, &campaigns, &stats, style)?
    } else {
        dial::in_real_time(config, &app, run, &campaigns, &stats, style)?
    };
    let mut reports = Vec::with_capacity(campaigns.len());
    for &campaign in &campaigns {
        reports.push(app.report(campaign)?);
    }
    let value = json!({ "ended": ended.summary(), "reports": reports });
    answer(style.json, &value, || {
        ended.print();
        if !style.quiet {
            reports.iter().for_each(print_report);
        }
    })?;
    Ok(ended.exit_code())
}

/// Prints a report.
pub(super) fn print_report(report: &CampaignReport) {
    println!("campaign {} '{}': {}", report.id, report.name, report.state);
    let figures = &report.figures;
    let contacts: Vec<String> =
        figures.contacts.iter().map(|(state, n)| format!("{} {state}", count(*n))).collect();
    println!("{} contacts imported: {}", count(report.imported), contacts.join(", "));
    let total: u64 = figures.attempts.iter().map(|(_, count)| count).sum();
    if total > 0 {
        let mut rows = table(&["attempts ended", "count#", "share#", ""]);
        for (disposition, number) in &figures.attempts {
            let share = *number as f64 / total as f64;
            rows.add_row([
                disposition.code().to_owned(),
                count(*number),
                format!("{:.1} %", share * 100.0),
                "█".repeat((share * 40.0).round() as usize),
            ]);
        }
        rows.add_row(["all".to_owned(), count(total), String::new(), String::new()]);
        println!("{rows}");
    }
    let dialogues: u64 = figures.outcomes.iter().map(|(_, count)| count).sum();
    if dialogues > 0 {
        let mut rows = table(&["dialogues ended", "count#", "share#", ""]);
        for (outcome, number) in &figures.outcomes {
            let share = *number as f64 / dialogues as f64;
            rows.add_row([
                outcome.clone(),
                count(*number),
                format!("{:.1} %", share * 100.0),
                "█".repeat((share * 40.0).round() as usize),
            ]);
        }
        println!("{rows}");
    }
    if let (Some(first), Some(last)) = (figures.first_intent, figures.last_intent) {
        println!("dialled from {first} to {last} ({})", duration(last.since(first)));
    }
    if let Some(percent) = report.answered_percent {
        println!("answered: {percent} % of the calls; talk time {}", duration(figures.talk_ms));
    }
    if let Some(percent) = report.abandoned_percent.filter(|&percent| percent > 0.0) {
        println!("abandoned: {percent} % of the calls that a person answered");
    }
    if !figures.refusals.is_empty() {
        let refusals: Vec<String> =
            figures.refusals.iter().map(|(rule, n)| format!("{rule} {}", count(*n))).collect();
        println!("refused at dial time: {}", refusals.join(", "));
    }
    if figures.open_attempts > 0 {
        println!("in flight now: {}", count(figures.open_attempts));
    }
    if !report.uncertain.is_empty() {
        let mut rows = table(&["uncertain attempt", "number", "intent", "what is known"]);
        for one in &report.uncertain {
            rows.add_row([
                one.attempt.clone(),
                one.number.clone(),
                one.intent.to_string(),
                one.cause.clone(),
            ]);
        }
        println!("{rows}");
    }
}

fn print_explanation(explanation: &Explanation) {
    let at = |instant: Option<UnixMillis>| {
        instant.map_or_else(|| "not by itself".to_owned(), |instant| instant.to_string())
    };
    println!(
        "campaign {} is {}, as of {}",
        explanation.campaign, explanation.state, explanation.now
    );
    for obstacle in &explanation.obstacles {
        println!("! {}: {}", obstacle.what, obstacle.advice);
    }
    println!("{} contacts may be dialled now", count(explanation.dialable_now));
    if explanation.holdings.is_empty() {
        println!("no rule holds a contact back");
        return;
    }
    let mut rows = table(&["rule", "contacts#", "what it means", "next due"]);
    for holding in &explanation.holdings {
        rows.add_row([
            holding.rule.clone(),
            count(holding.contacts),
            holding.detail.clone(),
            at(holding.next_due),
        ]);
    }
    println!("{rows}");
    if explanation.dialable_now == 0 {
        println!("next contact due: {}", at(explanation.next_due));
    }
}

fn export(
    config: &Config,
    campaign: CampaignId,
    out: Option<&Path>,
    style: Style,
) -> anyhow::Result<ExitCode> {
    let app = open(config)?;
    app.campaign(campaign)?;
    let reader = app.reader().map_err(AppError::from)?;
    let Some(file) = out else {
        let mut out = std::io::stdout().lock();
        reader.export(campaign, &mut out).map_err(AppError::from)?;
        return Ok(ExitCode::SUCCESS);
    };
    let written = write_export(&app, campaign, file)?;
    let value = json!({ "file": file, "attempts": written });
    answer(style.json, &value, || {
        println!("{}: {} attempts", file.display(), count(written));
    })?;
    Ok(ExitCode::SUCCESS)
}

fn write_export(app: &App, campaign: CampaignId, file: &Path) -> anyhow::Result<u64> {
    let mut out = std::io::BufWriter::new(fs_err::File::create(file)?);
    let reader = app.reader().map_err(AppError::from)?;
    let written = reader.export(campaign, &mut out).map_err(AppError::from)?;
    out.into_inner()?.sync_all()?;
    Ok(written)
}
