//! `contacts`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use outcall_application::AppError;
use outcall_application::lists::{ImportRequest, Imported};
use outcall_campaign::{CampaignId, Consent, ContactId, PhoneNumber};
use outcall_contacts::{ImportOptions, ImportReport, Tally};
use serde_json::json;

use super::{Style, now, open};
use crate::cli::{Contacts, Import, Suppress};
use crate::config::Config;
use crate::output::{answer, count, table};

/// Does what was asked.
pub(super) fn run(config: &Config, contacts: Contacts, style: Style) -> anyhow::Result<ExitCode> {
    match contacts {
        Contacts::Import(import) => run_import(config, &import, style),
        Contacts::List { campaign, after, limit } => list(config, campaign, after, limit, style),
        Contacts::Suppress(suppress) => run_suppress(config, &suppress, style),
    }
}

fn options(import: &Import) -> anyhow::Result<ImportOptions> {
    let mut options = ImportOptions { sheet: import.sheet.clone(), ..ImportOptions::default() };
    for mapping in &import.mappings {
        options.mappings.push(mapping.parse()?);
    }
    options.default_region = import.region.as_deref().map(str::parse).transpose()?;
    options.default_zone = import.zone.as_deref().map(str::parse).transpose()?;
    options.encoding = import.encoding.as_deref().map(str::parse).transpose()?;
    options.delimiter = match import.delimiter.as_deref() {
        None => None,
        Some("tab" | "\\t") => Some(b'\t'),
        Some(text) if text.len() == 1 => text.bytes().next(),
        Some(text) => anyhow::bail!("--delimiter '{text}': write one character, or tab"),
    };
    Ok(options)
}

fn rejects_path(import: &Import) -> Option<PathBuf> {
    if import.no_rejects {
        return None;
    }
    import.rejects.clone().or_else(|| {
        let mut name = OsString::from(&import.file);
        name.push(".rejects.csv");
        Some(PathBuf::from(name))
    })
}

fn run_import(config: &Config, import: &Import, style: Style) -> anyhow::Result<ExitCode> {
    let app = open(config)?;
    let consent: Consent =
        import.consent.parse().with_context(|| format!("--consent {}", import.consent))?;
    let rejects = rejects_path(import);
    let bar = if style.quiet || style.json { ProgressBar::hidden() } else { import_bar()? };
    let request = ImportRequest {
        campaign: CampaignId(import.campaign),
        file: &import.file,
        options: options(import)?,
        consent,
        rejects: rejects.as_deref(),
        dry_run: import.dry_run,
    };
    let imported = app.import_list(request, now(), &mut |progress| {
        bar.set_length(progress.bytes_total);
        bar.set_position(progress.bytes_read);
        bar.set_message(format!("{} rows", count(progress.rows)));
    });
    bar.finish_and_clear();
    let imported = imported?;
    let value = json!({
        "dry_run": import.dry_run,
        "list": imported.list,
        "report": imported.report,
        "without_rules": imported.without_rules,
    });
    answer(style.json, &value, || print_import(import, &imported, rejects.as_deref()))?;
    Ok(ExitCode::SUCCESS)
}

fn import_bar() -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {msg} {elapsed}")?);
    Ok(bar)
}

fn print_import(import: &Import, imported: &Imported, rejects: Option<&Path>) {
    let report = &imported.report;
    print_columns(report);
    let what = if import.dry_run { "would be accepted" } else { "accepted" };
    println!(
        "{} rows: {} {what}, {} rejected",
        count(report.rows),
        count(report.accepted),
        count(report.rejected)
    );
    print_tallies("rejected because", &report.rejections);
    print_tallies("taken with a warning", &report.warnings);
    for note in &report.notes {
        println!("note: {note}");
    }
    for (region, contacts) in &imported.without_rules {
        println!(
            "note: {} contacts in {region}: no calling rules are known there, so they are held; \
             add a regulation file or set the campaign's jurisdiction",
            count(*contacts)
        );
    }
    if let Some(rejects) = rejects.filter(|_| report.rejected > 0) {
        println!(
            "rejected rows are in {}: mend them there and import that file",
            rejects.display()
        );
    }
    if import.dry_run {
        println!("dry run: nothing was written to the ledger");
    }
}

fn print_columns(report: &ImportReport) {
    let mut rows = table(&["column", "is taken as", "because"]);
    for column in &report.columns {
        let role = serde_json::to_value(column.role).unwrap_or_default();
        let found = serde_json::to_value(column.found).unwrap_or_default();
        let text = |value: serde_json::Value| {
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        };
        rows.add_row([column.name.clone(), text(role), text(found)]);
    }
    println!("{rows}");
}

fn print_tallies(title: &str, tallies: &[Tally]) {
    if tallies.is_empty() {
        return;
    }
    let mut rows = table(&[title, "rows#", "for example", "what to do"]);
    for tally in tallies {
        let example = tally.examples.first().map_or_else(String::new, |example| {
            let column = example.column.as_deref().map(|name| format!(", {name}"));
            format!("line {}{}: {}", example.line, column.unwrap_or_default(), example.detail)
        });
        let reason = serde_json::to_value(tally.reason).unwrap_or_default();
        let reason = reason.as_str().unwrap_or_default().to_owned();
        rows.add_row([reason, count(tally.count), example, tally.advice.clone()]);
    }
    println!("{rows}");
}

fn list(
    config: &Config,
    campaign: i64,
    after: i64,
    limit: u32,
    style: Style,
) -> anyhow::Result<ExitCode> {
    let app = open(config)?;
    let campaign = CampaignId(campaign);
    app.campaign(campaign)?;
    let reader = app.reader().map_err(AppError::from)?;
    let contacts = reader.contacts(campaign, ContactId(after), limit).map_err(AppError::from)?;
    answer(style.json, &contacts, || {
        let mut rows =
            table(&["id#", "name", "numbers", "zones", "state", "attempts#", "last", "due"]);
        for contact in &contacts {
            rows.add_row([
                contact.id.to_string(),
                contact.name.clone(),
                contact.numbers.join(" "),
                contact.zones.replace('|', " "),
                contact.state.clone(),
                contact.attempts.to_string(),
                contact.last_disposition.clone().unwrap_or_default(),
                contact.due.map(|due| due.to_string()).unwrap_or_default(),
            ]);
        }
        println!("{rows}");
        if let Some(last) = contacts.last().filter(|_| contacts.len() == limit as usize) {
            println!("more: --after {}", last.id);
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn numbers(suppress: &Suppress) -> anyhow::Result<Vec<PhoneNumber>> {
    let mut texts = suppress.numbers.clone();
    if let Some(file) = &suppress.file {
        let text = fs_err::read_to_string(file)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        texts.extend(lines.map(str::to_owned));
    }
    anyhow::ensure!(!texts.is_empty(), "name at least one number, or a --file with numbers");
    let parse = |text: &String| {
        text.parse().map_err(|source| AppError::Number { text: text.clone(), source })
    };
    Ok(texts.iter().map(parse).collect::<Result<_, _>>()?)
}

fn run_suppress(config: &Config, suppress: &Suppress, style: Style) -> anyhow::Result<ExitCode> {
    let app = open(config)?;
    if suppress.list {
        return list_suppressed(&app, style);
    }
    // Read before anything is changed: one wrong number changes nothing.
    let numbers = numbers(suppress)?;
    let campaign = suppress.campaign.map(CampaignId);
    if let Some(campaign) = campaign {
        app.campaign(campaign)?;
    }
    let tenant = app.ledger.tenant(&app.tenant, now()).map_err(AppError::from)?;
    let given = numbers.len() as u64;
    let changed = if suppress.lift {
        app.ledger.lift_suppression(tenant, campaign, numbers)
    } else {
        app.ledger.suppress(tenant, campaign, numbers, &suppress.reason, now())
    };
    let changed = changed.map_err(AppError::from)?;
    let value = json!({ "given": given, "changed": changed });
    answer(style.json, &value, || {
        let (did, otherwise) = if suppress.lift {
            ("lifted", "not suppressed")
        } else {
            ("suppressed", "suppressed before")
        };
        println!("{} {did}, {} {otherwise}", count(changed), count(given - changed));
    })?;
    Ok(ExitCode::SUCCESS)
}

fn list_suppressed(app: &outcall_application::App, style: Style) -> anyhow::Result<ExitCode> {
    let reader = app.reader().map_err(AppError::from)?;
    let all = reader.suppressions(&app.tenant, u32::MAX).map_err(AppError::from)?;
    let values: Vec<_> = all
        .iter()
        .map(|one| {
            json!({
                "number": one.number.e164(),
                "campaign": one.campaign,
                "reason": one.reason,
                "since": one.since.to_string(),
            })
        })
        .collect();
    answer(style.json, &values, || {
        let mut rows = table(&["number", "campaign", "reason", "since"]);
        for one in &all {
            let campaign = one.campaign.map_or("all".to_owned(), |campaign| campaign.to_string());
            rows.add_row([one.number.e164(), campaign, one.reason.clone(), one.since.to_string()]);
        }
        println!("{rows}");
    })?;
    Ok(ExitCode::SUCCESS)
}
