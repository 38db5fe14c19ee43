//! Campaigns dialled under a paused clock.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix::System;
use outcall_actors::call::CallObserver;
use outcall_actors::campaign::EndReason;
use outcall_actors::engine::CampaignDied;
use outcall_actors::stats::EngineStats;
use outcall_actors::time::{TimeMode, VirtualClock};
use outcall_actors::{Engine, EngineOptions, FarEnds, Finished, Shared};
use outcall_application::plan::Beginning;
use outcall_application::{App, AppError};
use outcall_campaign::rate::InvalidCallRate;
use outcall_campaign::{CampaignId, Clock, UnixMillis};
use outcall_telephony::simulated::{SimulatedCarrier, SimulatedConversations, World};

/// One run.
#[derive(Clone)]
pub struct VirtualRun {
    /// Who is called, and how they behave.
    pub world: World,
    /// The trunk.
    pub options: EngineOptions,
    /// When it begins, in virtual time.
    pub start: UnixMillis,
    /// How long it may last in virtual time, in ms; the calls in progress then still end.
    pub at_most_ms: i64,
    /// Sees every call's events, if anybody does.
    pub observer: Option<Arc<dyn CallObserver>>,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct VirtualOutcome {
    /// How each campaign ended.
    pub finished: Vec<Finished>,
    /// How much virtual time passed, in ms.
    pub virtual_ms: i64,
}

/// Why a run could not be.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// A campaign cannot start.
    #[error(transparent)]
    App(#[from] AppError),
    /// The trunk's rate cannot be.
    #[error(transparent)]
    Rate(#[from] InvalidCallRate),
    /// A campaign's actor died.
    #[error(transparent)]
    Died(#[from] CampaignDied),
    /// The runtime cannot start.
    #[error("the virtual clock cannot start: {0}")]
    Runtime(std::io::Error),
}

/// Dials campaigns in virtual time, from where they stand, until they end or the time is over.
///
/// # Errors
/// When a campaign cannot start or its actor dies.
pub fn run(
    app: &App,
    campaigns: &[CampaignId],
    run: &VirtualRun,
    stats: &Arc<EngineStats>,
) -> Result<VirtualOutcome, SimulationError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .enable_io()
        .start_paused(true)
        .build()
        .map_err(SimulationError::Runtime)?;
    let runner = System::with_tokio_rt(move || runtime);
    runner.block_on(dial(app, campaigns, run, stats))
}

async fn dial(
    app: &App,
    campaigns: &[CampaignId],
    run: &VirtualRun,
    stats: &Arc<EngineStats>,
) -> Result<VirtualOutcome, SimulationError> {
    let clock = Arc::new(VirtualClock::starting_at(run.start));
    let Beginning { epoch, plans, uncertain } = app.begin(campaigns, run.start)?;
    EngineStats::add(&stats.uncertain, uncertain.len() as u64);
    let world = Arc::new(run.world.clone());
    let far_ends = FarEnds {
        carrier: Box::new(SimulatedCarrier::new(Arc::clone(&world))),
        conversations: Box::new(SimulatedConversations::new(world)),
        observer: run.observer.clone(),
    };
    let ledger = app.ledger.clone();
    let shared = Shared::new(ledger, epoch, clock.clone(), TimeMode::Virtual, Arc::clone(stats));
    let engine = Engine::start(&run.options, plans, far_ends, shared)?;
    let drainer = engine.drainer();
    let mut finished = pin!(engine.finished());
    let at_most = Duration::from_millis(run.at_most_ms.unsigned_abs());
    let finished = match tokio::time::timeout(at_most, &mut finished).await {
        Ok(finished) => finished,
        Err(_) => {
            drainer.drain(false);
            finished.await
        }
    };
    let finished = finished.into_iter().collect::<Result<Vec<_>, _>>()?;
    for one in &finished {
        if let EndReason::Failed(error) = &one.reason {
            return Err(AppError::from(error.clone()).into());
        }
    }
    Ok(VirtualOutcome { finished, virtual_ms: clock.now().since(run.start) })
}

#[cfg(test)]
mod tests;
