//! A dialling process: signals, drain, progress.

use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use actix::System;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use outcall_actors::campaign::EndReason;
use outcall_actors::engine::Drainer;
use outcall_actors::stats::EngineStats;
use outcall_actors::time::{SystemClock, TimeMode};
use outcall_actors::{Engine, FarEnds, Finished, Shared};
use outcall_application::App;
use outcall_application::plan::Beginning;
use outcall_campaign::{CampaignId, Clock, UnixMillis};
use outcall_simulation::VirtualRun;
use outcall_telephony::Carrier;
use outcall_telephony::remote::RemoteCarrier;
use outcall_telephony::simulated::{SimulatedCarrier, SimulatedConversations, World};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Run;
use crate::commands::Style;
use crate::config::Config;
use crate::output::{STUCK, count};

/// How long the ends of calls that were hung up may take to reach the disk, in seconds.
const FLUSH_LIMIT_S: u64 = 15;

/// How long to wait for a carrier in another process.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a step back of the system's clock is looked for.
const CLOCK_CHECK: Duration = Duration::from_secs(1);

/// A step back of the clock that is worth telling, in ms.
const CLOCK_STEP_MS: i64 = 1_000;

/// How a run has ended.
pub(crate) struct Ended {
    finished: Vec<Finished>,
    uncertain: u64,
    crashed: u64,
}

impl Ended {
    fn of(finished: Vec<Finished>, stats: &EngineStats) -> Self {
        let uncertain = EngineStats::get(&stats.uncertain);
        Self { finished, uncertain, crashed: EngineStats::get(&stats.crashed) }
    }

    fn reason(finished: &Finished) -> String {
        match &finished.reason {
            EndReason::Settled => finished.state.to_string(),
            EndReason::Drained => "drained; `campaign run` goes on".to_owned(),
            EndReason::Stuck => "stuck; `campaign explain` says why".to_owned(),
            EndReason::Failed(error) => format!("failed: {error}"),
        }
    }

    /// For programs.
    pub(crate) fn summary(&self) -> serde_json::Value {
        let campaigns: Vec<_> = self
            .finished
            .iter()
            .map(|one| {
                serde_json::json!({
                    "campaign": one.campaign,
                    "state": one.state.code(),
                    "reason": Self::reason(one),
                })
            })
            .collect();
        serde_json::json!({
            "campaigns": campaigns,
            "uncertain_of_earlier_runs": self.uncertain,
            "crashed_calls": self.crashed,
        })
    }

    /// For people.
    pub(crate) fn print(&self) {
        if self.uncertain > 0 {
            println!(
                "{} attempts of an earlier process are uncertain: whether those phones rang is \
                 unknown, and they are not dialled again in the same window",
                count(self.uncertain)
            );
        }
        if self.crashed > 0 {
            println!("{} calls failed inside; please report this", count(self.crashed));
        }
        for one in &self.finished {
            println!("campaign {}: {}", one.campaign, Self::reason(one));
        }
    }

    /// What the process says at its end.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let failed = |one: &Finished| matches!(one.reason, EndReason::Failed(_));
        let stuck = |one: &Finished| matches!(one.reason, EndReason::Stuck);
        if self.finished.iter().any(failed) {
            ExitCode::FAILURE
        } else if self.finished.iter().any(stuck) {
            ExitCode::from(STUCK)
        } else {
            ExitCode::SUCCESS
        }
    }
}

/// The world of a file, or the ordinary one.
pub(crate) fn world(file: Option<&Path>) -> anyhow::Result<World> {
    let Some(file) = file else { return Ok(World::default()) };
    let text = fs_err::read_to_string(file)?;
    let world: World =
        toml::from_str(&text).with_context(|| format!("world {}", file.display()))?;
    world.validate().with_context(|| format!("world {}", file.display()))?;
    Ok(world)
}

fn run_world(run: &Run) -> anyhow::Result<World> {
    let mut world = world(run.trunk.world.as_deref())?;
    if let Some(seed) = run.seed {
        world.seed = seed;
    }
    Ok(world)
}

/// Dials in virtual time.
pub(crate) fn in_virtual_time(
    config: &Config,
    app: &App,
    run: &Run,
    campaigns: &[CampaignId],
    stats: &Arc<EngineStats>,
    style: Style,
) -> anyhow::Result<Ended> {
    let start = match &run.start {
        Some(text) => UnixMillis::from_jiff(text.parse().context("--start")?),
        None => SystemClock::default().now(),
    };
    let virtual_run = VirtualRun {
        world: run_world(run)?,
        options: config.engine_options(&run.carrier),
        start,
        at_most_ms: i64::from(run.days) * 86_400_000,
        observer: None,
    };
    let progress = Progress::start(stats, style);
    let outcome = outcall_simulation::run(app, campaigns, &virtual_run, stats);
    progress.stop();
    Ok(Ended::of(outcome?.finished, stats))
}

fn far_ends(config: &Config, app: &App, run: &Run, now: UnixMillis) -> anyhow::Result<FarEnds> {
    let name = run.carrier.as_str();
    if name == "sip" {
        let (carrier, conversations) = crate::trunks::open(config, app, now)?;
        let carrier = Box::new(carrier);
        return Ok(FarEnds { carrier, conversations, observer: None });
    }
    let world = Arc::new(run_world(run)?);
    let carrier: Box<dyn Carrier> = if name == "simulated" {
        Box::new(SimulatedCarrier::new(Arc::clone(&world)))
    } else {
        let address: SocketAddr =
            name.strip_prefix("tcp:").and_then(|address| address.parse().ok()).with_context(
                || format!("--carrier '{name}': write sip, simulated, or tcp:HOST:PORT"),
            )?;
        Box::new(RemoteCarrier::connect(address, CONNECT_TIMEOUT)?)
    };
    let conversations = Box::new(SimulatedConversations::new(world));
    Ok(FarEnds { carrier, conversations, observer: None })
}

/// Dials in real time.
pub(crate) fn in_real_time(
    config: &Config,
    app: &App,
    run: &Run,
    campaigns: &[CampaignId],
    stats: &Arc<EngineStats>,
    style: Style,
) -> anyhow::Result<Ended> {
    let clock = Arc::new(SystemClock::default());
    let Beginning { epoch, plans, uncertain } = app.begin(campaigns, clock.now())?;
    EngineStats::add(&stats.uncertain, uncertain.len() as u64);
    let options = config.engine_options(&run.carrier);
    let drain_limit = Duration::from_secs(config.settings.drain_limit_s.into());
    let progress = Progress::start(stats, style);
    let finished = System::new().block_on(async {
        // The actors that dialogues ask start with them.
        let far_ends = far_ends(config, app, run, clock.now())?;
        let ledger = app.ledger.clone();
        let shared = Shared::new(ledger, epoch, clock.clone(), TimeMode::Real, Arc::clone(stats));
        let engine = Engine::start(&options, plans, far_ends, shared)?;
        let drainer = engine.drainer();
        tokio::task::spawn_local(drain_on_signals(drainer.clone(), drain_limit));
        tokio::task::spawn_local(watch_clock(clock));
        let finished = pin!(engine.finished()).await;
        finished.into_iter().collect::<Result<Vec<_>, _>>().map_err(anyhow::Error::from)
    });
    progress.stop();
    Ok(Ended::of(finished?, stats))
}

/// SIGTERM and SIGINT drain; a second one, or the limit, hangs up; what then still does not end is
/// left to the next run's recovery.
async fn drain_on_signals(drainer: Drainer, limit: Duration) {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be heard; stop the campaign with `campaign stop`");
        return;
    };
    let mut wait = async |limit: Option<Duration>| {
        let signal = async {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        };
        match limit {
            Some(limit) => tokio::time::timeout(limit, signal).await.is_ok(),
            None => {
                signal.await;
                true
            }
        }
    };
    wait(None).await;
    eprintln!("draining: no further calls; once more hangs up");
    drainer.drain(false);
    let asked = wait(Some(limit)).await;
    eprintln!("hanging up: {}", if asked { "asked to" } else { "the drain limit has passed" });
    drainer.drain(true);
    wait(Some(Duration::from_secs(FLUSH_LIMIT_S))).await;
    tracing::error!("calls did not end in time; the next run will list them as uncertain");
    if let Some(system) = System::try_current() {
        system.stop_with_code(1);
    }
    // The run's future still waits for its campaigns: end the process, as asked.
    std::process::exit(1);
}

async fn watch_clock(clock: Arc<SystemClock>) {
    let mut told = false;
    loop {
        tokio::time::sleep(CLOCK_CHECK).await;
        let behind_ms = clock.behind_ms();
        if behind_ms > CLOCK_STEP_MS && !told {
            tracing::error!(
                behind_ms,
                "the system clock was set back; nothing is dialled until it has caught up"
            );
        }
        told = behind_ms > CLOCK_STEP_MS;
    }
}

/// Shows how a run goes.
pub(crate) struct Progress {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    bar: ProgressBar,
}

impl Progress {
    /// Begins to show.
    pub(crate) fn start(stats: &Arc<EngineStats>, style: Style) -> Self {
        let bar = if style.quiet || style.json {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        };
        if let Ok(template) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
            bar.set_style(template);
        }
        let ended = Arc::new(AtomicBool::new(false));
        let (stop, stats, shown) = (Arc::clone(&ended), Arc::clone(stats), bar.clone());
        let thread = std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let get = EngineStats::get;
                shown.set_message(format!(
                    "{} calls in progress, {} attempts ended, {} answered",
                    count(get(&stats.live)),
                    count(get(&stats.ends)),
                    count(get(&stats.answered))
                ));
                shown.tick();
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Self { ended, thread: Some(thread), bar }
    }

    /// Ends the show and says how long it took.
    pub(crate) fn stop(mut self) -> Duration {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It only draws; its failure has nothing to tell.
            drop(thread.join());
        }
        self.bar.finish_and_clear();
        self.bar.elapsed()
    }
}
