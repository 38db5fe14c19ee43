//! The main job on real input, judged from outside: a campaign of spoken calls to people who want
//! something, and what the robots wrote down beside what the people wanted.
//!
//! # Layout
//! - [`truth`]: what the people wanted and what happened to them, as the farm has logged it.
//! - [`judge`]: both held against each other. [`waits`]: where the replies' time went. [`page`]:
//!   the report to look at.
//! - [`stage`]: the folder, the programs and the ports of a run. [`booking`]: a simulated booking
//!   system. [`show`]: how far a run is. [`knee`]: how many calls go at once.
//! - [`telephones`]: the same calls to telephones of another make.

mod booking;
mod judge;
pub(crate) mod knee;
mod page;
mod show;
mod stage;
pub(crate) mod telephones;
mod truth;
mod waits;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::results;
use booking::Booking;
use judge::Grade;
use stage::{Run, Stage};
use waits::Waits;

/// The longest run.
const AT_MOST: Duration = Duration::from_secs(1_200);

/// What a demo is asked to do.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// The program under test; by default the one beside this.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Where to write the figures.
    #[arg(long)]
    out: PathBuf,
    /// The folder of a scenario, with its list, people and settings.
    #[arg(long, default_value = "scenarios/appointment-reminder")]
    scenario: PathBuf,
    /// Where lists, databases, recordings and the report are kept.
    #[arg(long, default_value = "target/demo/spoken")]
    folder: PathBuf,
    /// Who takes the calls, in the farm's format; by default the scenario's `people.yaml`.
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// The folder of the models.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// So many of the list's contacts.
    #[arg(long)]
    contacts: Option<usize>,
    /// So many calls at once.
    #[arg(long)]
    at_once: Option<u32>,
    /// Who gets which number.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Kill the program (SIGKILL) after so many seconds and start it again with the same command.
    #[arg(long)]
    kill_after_s: Option<u64>,
    /// Fail when a bar of the demo is missed, and not only when a call goes wrong.
    #[arg(long)]
    strict: bool,
}

/// Holds the campaign and judges it.
pub(crate) fn run(arguments: &DemoArgs) -> Result<()> {
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => beside()?,
    };
    let booking = Booking::start()?;
    let stage = Stage::set(arguments, &program, booking.port())?;
    let began = now();
    let mut run = Run::start(&stage)?;
    if let Some(seconds) = arguments.kill_after_s {
        run.watch_for(&stage, Duration::from_secs(seconds))?;
        println!("kill -9, and the same command again");
        run.kill_and_restart(&stage)?;
    }
    run.watch_for(&stage, AT_MOST)?;
    let minutes = now().duration_since(began).as_secs_f64() / 60.0;
    let uncertain = arguments.kill_after_s.is_some();
    let (export, truths) = run.end(&stage)?;
    let attempts = judge::attempts(&export)?;
    let judged = judge::judge(&truths, &attempts);
    let mut figures = judge::figures(&judged, minutes);
    let waits = Waits::of(&attempts);
    figures.insert("silence_p95_ms".to_owned(), waits.silence_ms(95).into());
    figures.insert("own_p50_ms".to_owned(), waits.own_ms(50).into());
    figures.insert("own_p95_ms".to_owned(), waits.own_ms(95).into());
    figures.insert("appointments_moved".to_owned(), booking.moved().into());
    show::table(&figures);
    show::wrongs(&judged);
    let page = stage.folder().join("report.html");
    fs_err::write(&page, page::page(&figures, &judged, &stage))?;
    results::write(&arguments.out, "demo", &figures)?;
    println!("\nthe report, with every call: {}", page.display());
    show::to_listen(&stage, &judged);
    ensure!(figures["dialled_twice"] == 0, "somebody was dialled twice");
    ensure!(
        uncertain || !judged.is_empty(),
        "nobody was called: see the logs in {}",
        stage.folder().display()
    );
    if arguments.strict {
        show::bars_met(&figures)?;
        ensure!(judged.iter().any(|it| it.grade == Grade::Right), "no call went right");
    }
    Ok(())
}

/// The program that is built beside this one.
fn beside() -> Result<PathBuf> {
    let own = std::env::current_exe().context("where this program is")?;
    let folder = own.parent().unwrap_or(Path::new("."));
    Ok(folder.join("outcall"))
}

#[expect(clippy::disallowed_methods, reason = "a run is timed by the real clock")]
fn now() -> Instant {
    Instant::now()
}
