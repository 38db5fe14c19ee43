//! `scenario`: check, test and draw what robots say.

mod chat;
mod files;
mod import;
mod people;
mod proof;
mod training;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use outcall_actors::time::SystemClock;
use outcall_campaign::Clock;
use outcall_dialogue::check::check;
use outcall_dialogue::document::texts::code;
use outcall_dialogue::engine::Event;
use outcall_dialogue::rehearsal::rehearse;
use outcall_dialogue::{
    Loaded, NearestExample, Problem, Severity, Understander, document, graph, load,
};
use outcall_understanding::slots::Language;
use serde_json::json;

use self::chat::Chat;
use self::files::{Disk, scenarios};
pub(crate) use self::training::Encoders;
use super::Style;
use crate::cli::{Chat as ChatArgs, Scenario};
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
        Scenario::Rehearse(args) => people::run(args, models, style),
        Scenario::Train { file, out } => {
            let loaded = read(&file.to_string_lossy())?;
            training::write(&Encoders::find(models), &loaded.scenario, CURRENCY, out, style)
        }
        Scenario::Import { files, out, language, jurisdictions } => {
            import::run(files, out.as_deref(), (language, jurisdictions), style)
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

/// Holds a call in the terminal.
pub(super) fn chat(args: &ChatArgs, models: &Path, style: Style) -> anyhow::Result<ExitCode> {
    let loaded = read(&args.file.to_string_lossy())?;
    let scenario = &loaded.scenario;
    let language = language(args.language.as_deref(), scenario)?;
    let mut variables = scenario.sample.clone();
    for field in &args.fields {
        let (name, value) = field.split_once('=').context("--set takes NAME=VALUE")?;
        ensure!(
            scenario.variables.contains_key(name),
            "the scenario has no variable '{name}': {}",
            scenario.variables.keys().cloned().collect::<Vec<_>>().join(", ")
        );
        variables.insert(name.to_owned(), value.to_owned());
    }
    let now = match args.now {
        Some(now) => now,
        None => wall_clock()?,
    };
    let jurisdiction = scenario.jurisdictions.first().cloned().unwrap_or_default();
    let start = Event::Started { language, jurisdiction, seed: args.seed, variables };
    let (mut input, mut out) = (std::io::stdin().lock(), std::io::stdout().lock());
    if args.trained {
        let understander = Encoders::find(models).train(scenario, &args.currency)?;
        let chat = Chat { scenario, understander, now, style };
        return chat.hold(start, &mut input, &mut out);
    }
    let understander = NearestExample::new(scenario, &args.currency);
    Chat { scenario, understander, now, style }.hold(start, &mut input, &mut out)
}

fn language(
    wanted: Option<&str>,
    scenario: &outcall_dialogue::Scenario,
) -> anyhow::Result<Language> {
    let Some(wanted) = wanted else { return Ok(scenario.first_language()) };
    let codes: Vec<&str> = scenario.languages.iter().map(|it| code(*it)).collect();
    let found = scenario.languages.iter().find(|language| code(**language) == wanted);
    found.copied().with_context(|| {
        format!("the scenario is not held in '{wanted}', but in {}", codes.join(", "))
    })
}

/// The time in UTC.
fn wall_clock() -> anyhow::Result<civil::DateTime> {
    let now = SystemClock::default().now();
    Ok(Timestamp::from_millisecond(now.0)?.to_zoned(TimeZone::UTC).datetime())
}

/// Reads a scenario and all that it includes.
pub(crate) fn read(path: &str) -> anyhow::Result<Loaded> {
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
