//! `scenario`: check, test and draw what robots say.

mod files;
mod proof;
mod training;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use outcall_dialogue::check::check;
use outcall_dialogue::rehearsal::rehearse;
use outcall_dialogue::{
    Loaded, NearestExample, Problem, Severity, Understander, document, graph, load,
};
use serde_json::json;

use self::files::{Disk, scenarios};
use self::training::Encoders;
use super::Style;
use crate::cli::Scenario;
use crate::output::{answer, table};

/// The currency meant in tests when only a number is said.
const CURRENCY: &str = "USD";

/// Does what was asked of scenarios.
pub(super) fn run(asked: &Scenario, models: &Path, style: Style) -> anyhow::Result<ExitCode> {
    match asked {
        Scenario::Check { paths } => check_all(paths, style),
        Scenario::Test { paths, trained: false } => {
            test_all(paths, style, |loaded| Ok(NearestExample::new(&loaded.scenario, CURRENCY)))
        }
        Scenario::Test { paths, trained: true } => {
            let encoders = Encoders::find(models);
            test_all(paths, style, |loaded| encoders.train(&loaded.scenario, CURRENCY))
        }
        Scenario::Train { file, out } => {
            let loaded = read(&file.to_string_lossy())?;
            training::write(&Encoders::find(models), &loaded.scenario, CURRENCY, out, style)
        }
        Scenario::Graph { file, mermaid } => {
            let loaded = read(&file.to_string_lossy())?;
            let draw = if *mermaid { graph::mermaid } else { graph::dot };
            print!("{}", draw(&loaded.scenario));
            Ok(ExitCode::SUCCESS)
        }
        Scenario::Schema => {
            print!("{}", document::schema()?);
            Ok(ExitCode::SUCCESS)
        }
        Scenario::Mutate { paths, count, seed } => proof::mutate(paths, (*seed, *count), style),
        Scenario::Replay { file, calls, seed } => proof::replay(file, *calls, *seed, style),
    }
}

fn read(path: &str) -> anyhow::Result<Loaded> {
    Ok(load(&Disk, path)?)
}

fn check_all(paths: &[PathBuf], style: Style) -> anyhow::Result<ExitCode> {
    let mut problems: Vec<Problem> = Vec::new();
    let files = scenarios(paths)?;
    for path in &files {
        match load(&Disk, path) {
            Ok(loaded) => problems.extend(check(&loaded)),
            Err(found) => problems.extend(found.0),
        }
    }
    let errors = problems.iter().filter(|found| found.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    let summary = json!({ "files": files.len(), "errors": errors, "problems": problems });
    answer(style.json, &summary, || {
        for problem in &problems {
            let severity = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            println!("{severity}: {problem}");
        }
        println!("{} scenarios, {errors} errors, {warnings} warnings", files.len());
    })?;
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn test_all<U: Understander>(
    paths: &[PathBuf],
    style: Style,
    understander: impl Fn(&Loaded) -> anyhow::Result<U>,
) -> anyhow::Result<ExitCode> {
    let mut rows = table(&["scenario", "tests#", "passed#"]);
    let (mut all, mut failures) = (Vec::new(), Vec::new());
    for path in scenarios(paths)? {
        let loaded = read(&path)?;
        let understander = understander(&loaded)?;
        let rehearsed = rehearse(&loaded.scenario, &understander);
        let failed: Vec<_> = rehearsed
            .iter()
            .filter_map(|test| Some((test.name.clone(), test.failure.clone()?)))
            .collect();
        let passed = rehearsed.len() - failed.len();
        rows.add_row([&path, &rehearsed.len().to_string(), &passed.to_string()]);
        failures.extend(failed.iter().map(|(name, why)| format!("{path}: '{name}': {why}")));
        all.push(json!({ "scenario": path, "tests": rehearsed }));
    }
    answer(style.json, &all, || {
        for failure in &failures {
            println!("failed: {failure}");
        }
        println!("{rows}");
    })?;
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
