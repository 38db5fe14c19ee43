//! Other people's programs judge our SIP and RTP: `interop [--only NAME]`.
//!
//! A case starts its peers and the program under test on a handful of numbers. It passes when the
//! peer found nothing wrong and the ledger says of every call what became of it.
//!
//! # Layout
//! - [`case`]: what a case is. [`with_sipp`], [`with_baresip`], [`with_kamailio`]: the cases.
//! - [`audio`]: WAV files, and whether what was heard is what was played.
//! - [`rehearsal`]: sipp calls sipp, so that the judges are judged first.

pub(crate) mod audio;
mod case;
mod rehearsal;
mod with_baresip;
mod with_kamailio;
mod with_sipp;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};
use clap::Args;
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use serde_json::json;

use self::case::{Case, Stage};
use crate::results::{self, Figures};

/// How many cases run at once: most of them wait most of the time.
const AT_ONCE: usize = 4;

/// How many characters of a failure the table shows; all of it is printed below.
const SEEN_MAX: usize = 80;

/// What `interop` is told.
#[derive(Args, Debug)]
pub(crate) struct InteropArgs {
    /// The program under test; by default the one beside this.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Only the cases whose name contains this.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Let the peers call each other instead, to see that they notice what they are to notice.
    #[arg(long)]
    rehearse: bool,
    /// Where the figures go.
    #[arg(long, default_value = "target/bench/interop.json")]
    out: PathBuf,
    /// Keeps the folders of the cases. Those of failed cases are kept in any case.
    #[arg(long)]
    keep: bool,
}

/// A case that was run.
struct Run {
    case: Case,
    /// What was seen, or what differed.
    seen: Result<String>,
}

/// Runs the cases, prints a table, writes the figures.
///
/// # Errors
/// When a case failed; with what differed.
pub(crate) fn run(args: &InteropArgs) -> Result<()> {
    let mut cases = if args.rehearse { rehearsal::cases() } else { all() };
    if let Some(only) = &args.only {
        cases.retain(|case| case.name.contains(only.as_str()));
        ensure!(!cases.is_empty(), "no case has '{only}' in its name");
    }
    let program = match &args.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().context("where this program is")?.with_file_name("outcall"),
    };
    let runs = play(cases, &program, args.keep)?;
    print(&runs);
    let mut figures = Figures::new();
    for Run { case, seen } in &runs {
        let (passed, words) = match seen {
            Ok(seen) => (true, seen.clone()),
            Err(error) => (false, format!("{error:#}")),
        };
        let line = json!({
            "peer": case.peer, "expected": case.expected, "seen": words, "passed": passed
        });
        figures.insert(case.name.to_owned(), line);
    }
    let name = if args.rehearse { "interop-rehearsal" } else { "interop" };
    results::write(&args.out, name, &figures)?;
    let failed: Vec<String> = runs
        .iter()
        .filter_map(|run| Some(format!("{}: {:#}", run.case.name, run.seen.as_ref().err()?)))
        .collect();
    ensure!(failed.is_empty(), "{} cases failed\n\n{}", failed.len(), failed.join("\n\n"));
    Ok(())
}

fn all() -> Vec<Case> {
    let mut cases = with_sipp::cases();
    cases.extend(with_baresip::cases());
    cases.extend(with_kamailio::cases());
    cases
}

/// Runs the cases, several at once; the answer has them in their order.
fn play(cases: Vec<Case>, program: &std::path::Path, keep: bool) -> Result<Vec<Run>> {
    let waiting: Mutex<VecDeque<(usize, Case)>> =
        Mutex::new(cases.into_iter().enumerate().collect());
    let done = Mutex::new(Vec::new());
    let next = || waiting.lock().ok()?.pop_front();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((index, case)) = next() {
                    let seen = Stage::play(&case, program, keep);
                    let verdict = if seen.is_ok() { "passed" } else { "FAILED" };
                    eprintln!("{verdict} {}", case.name);
                    if let Ok(mut done) = done.lock() {
                        done.push((index, Run { case, seen }));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().map_err(|_| anyhow::anyhow!("a case panicked"))?;
    done.sort_by_key(|&(index, _)| index);
    Ok(done.into_iter().map(|(_, run)| run).collect())
}

fn print(runs: &[Run]) {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header(["case", "peer", "expected", "seen", "verdict"]);
    for Run { case, seen } in runs {
        let (words, verdict) = match seen {
            Ok(seen) => (seen.clone(), "passed"),
            Err(error) => {
                let text = format!("{error:#}");
                let first = text.lines().next().unwrap_or_default();
                (first.chars().take(SEEN_MAX).collect(), "FAILED")
            }
        };
        table.add_row([case.name, case.peer, case.expected, &words, verdict]);
    }
    println!("{table}");
}
