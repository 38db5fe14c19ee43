//! `doctor`: what a call needs, and what is amiss.

use std::process::ExitCode;

use outcall_application::doctor::{self, Finding, State};
use serde_json::json;

use super::Style;
use crate::cli::Doctor;
use crate::config::Config;
use crate::doctor::gather;
use crate::output::{answer, table};

/// Looks at everything.
pub(super) fn run(config: &Config, args: &Doctor, style: Style) -> anyhow::Result<ExitCode> {
    print(&doctor::findings(&gather(config, args.no_network)), style)
}

/// Says that there is nothing to look at.
pub(super) fn unreadable(error: &anyhow::Error, style: Style) -> anyhow::Result<ExitCode> {
    print(&doctor::unreadable(format!("{error:#}")), style)
}

fn print(findings: &[Finding], style: Style) -> anyhow::Result<ExitCode> {
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    let (failed, warnings) = (count(State::Failed), count(State::Warning));
    let summary = json!({ "failed": failed, "warnings": warnings, "findings": findings });
    answer(style.json, &summary, || {
        let mut rows = table(&["what", "state", "found", "what to do"]);
        for finding in findings {
            let advice = finding.advice.as_deref().unwrap_or_default();
            rows.add_row([&finding.title(), finding.state.word(), &finding.found, advice]);
        }
        println!("{rows}");
        println!("{failed} failed, {warnings} warnings");
    })?;
    Ok(if doctor::has_failed(findings) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
