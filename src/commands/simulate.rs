//! `simulate`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use outcall_actors::stats::EngineStats;
use outcall_application::{App, AppError};
use outcall_campaign::settings::CampaignSettings;
use outcall_campaign::{Consent, UnixMillis};
use outcall_ledger::sqlite::Sync;
use outcall_simulation::{People, VirtualRun};
use serde_json::json;

use super::campaign::print_report;
use super::{Style, instant};
use crate::cli::Simulate;
use crate::config::Config;
use crate::dial::{self, Progress};
use crate::output::{answer, count, duration};

/// How many contacts are added in one step.
const CONTACTS_AT_ONCE: usize = 10_000;

/// A folder that goes when the run is over.
struct Folder {
    path: std::path::PathBuf,
    keep: bool,
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = fs_err::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, "the simulation's ledger could not be deleted");
        }
    }
}

/// Runs a campaign of invented people in virtual time.
pub(super) fn run(config: &Config, simulate: &Simulate, style: Style) -> anyhow::Result<ExitCode> {
    let start = instant(&simulate.start)?;
    let folder = folder(simulate)?;
    // No phone rings, so that no commit needs to wait for the disk.
    let app = App::open(&folder.path, Sync::Off, config.regulations()?, &config.settings.tenant)?;
    let options = config.engine_options("simulated");
    let campaign = create(&app, simulate, &options, start)?;
    let mut world = dial::world(simulate.trunk.world.as_deref())?;
    world.seed = simulate.seed;
    let virtual_run = VirtualRun {
        world,
        options,
        start,
        at_most_ms: i64::from(simulate.days) * 86_400_000,
        observer: None,
    };
    let stats = Arc::new(EngineStats::default());
    let progress = Progress::start(&stats, style);
    let outcome = outcall_simulation::run(&app, &[campaign], &virtual_run, &stats)?;
    if folder.keep {
        app.ledger.sync_to_disk().map_err(AppError::from)?;
    }
    let wall = progress.stop();
    let report = app.report(campaign)?;
    let attempts = EngineStats::get(&stats.ends);
    let value = json!({
        "seed": simulate.seed,
        "attempts": attempts,
        "virtual_ms": outcome.virtual_ms,
        "wall_ms": u64::try_from(wall.as_millis()).unwrap_or(u64::MAX),
        "report": report,
    });
    answer(style.json, &value, || {
        print_report(&report);
        print_speed(attempts, outcome.virtual_ms, wall);
        if let Some(kept) = &simulate.keep {
            println!("the ledger is kept in {}", kept.display());
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn print_speed(attempts: u64, virtual_ms: i64, wall: Duration) {
    let wall_s = wall.as_secs_f64();
    println!(
        "{} of virtual time in {wall_s:.1} s: {} attempts, {} a second",
        duration(virtual_ms),
        count(attempts),
        count((attempts as f64 / wall_s.max(0.001)) as u64)
    );
}

fn folder(simulate: &Simulate) -> anyhow::Result<Folder> {
    match &simulate.keep {
        Some(path) => {
            anyhow::ensure!(
                !path.join("outcall.db").exists(),
                "{} holds a ledger already; name another folder",
                path.display()
            );
            Ok(Folder { path: path.clone(), keep: true })
        }
        None => {
            let name = format!("outcall-simulation-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs_err::create_dir_all(&path)?;
            Ok(Folder { path, keep: false })
        }
    }
}

fn create(
    app: &App,
    simulate: &Simulate,
    options: &outcall_actors::EngineOptions,
    start: UnixMillis,
) -> anyhow::Result<outcall_campaign::CampaignId> {
    let (source, text) = match &simulate.file {
        Some(file) => (file.display().to_string(), fs_err::read_to_string(file)?),
        None => {
            let mut settings = CampaignSettings::new("simulation");
            settings.consent = Some(Consent::ExpressWritten);
            settings.robots = options.robots;
            settings.max_concurrency = options.channels;
            ("simulation".to_owned(), toml::to_string(&settings)?)
        }
    };
    let campaign = app.create_campaign(&source, &text, start)?.id;
    let ledger = &app.ledger;
    let list = ledger.begin_list(campaign, "invented people", "", start).map_err(AppError::from)?;
    let mut people = People::new(simulate.seed, simulate.contacts);
    let mut added = 0;
    loop {
        let some: Vec<_> = people.by_ref().take(CONTACTS_AT_ONCE).collect();
        if some.is_empty() {
            break;
        }
        added += some.len() as u64;
        ledger.add_contacts(list, some).map_err(AppError::from)?;
    }
    ledger.finish_list(list, added, "{}").map_err(AppError::from)?;
    Ok(campaign)
}
