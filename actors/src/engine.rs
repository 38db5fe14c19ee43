//! Starts a run, drains it, and hears of its end.

use std::sync::Arc;

use actix::prelude::*;
use futures_util::future::join_all;
use outcall_campaign::rate::{CallRateSettings, InvalidCallRate};
use outcall_telephony::{Carrier, Conversations};
use tokio::sync::{Semaphore, oneshot};

use crate::call::CallObserver;
use crate::campaign::{Campaign, CampaignPlan, Drain, Peers};
pub use crate::campaign::{EndReason, Finished};
use crate::carrier::CarrierActor;
use crate::dispatcher::Dispatcher;
use crate::recorder::Recorder;
use crate::robots::Robots;
use crate::stats::EngineStats;
use crate::storage::Shared;

/// What the campaigns of a run share.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// How many calls there can be at once.
    pub channels: u32,
    /// How many conversations there can be at once.
    pub robots: u32,
    /// How many calls may be placed per second.
    pub rate: CallRateSettings,
}

/// What is at the far end of the seams.
pub struct FarEnds {
    /// Carries the calls.
    pub carrier: Box<dyn Carrier>,
    /// Talks on them.
    pub conversations: Box<dyn Conversations>,
    /// Sees their events, if anybody does.
    pub observer: Option<Arc<dyn CallObserver>>,
}

/// A run: campaigns that dial from one ledger, through one trunk.
pub struct Engine {
    campaigns: Vec<Addr<Campaign>>,
    finished: Vec<oneshot::Receiver<Finished>>,
    stats: Arc<EngineStats>,
}

/// A campaign's actor died. Its calls end; their ends are not written, so that the next run calls
/// them uncertain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a campaign's actor has failed: its calls in progress will be listed as uncertain by the next \
     run; please report this"
)]
pub struct CampaignDied;

impl Engine {
    /// Starts the actors. To be called inside of an actix system; in virtual time, of one whose
    /// clock is paused.
    ///
    /// # Errors
    /// When the options cannot be.
    pub fn start(
        options: &EngineOptions,
        plans: Vec<CampaignPlan>,
        far_ends: FarEnds,
        shared: Shared,
    ) -> Result<Self, InvalidCallRate> {
        let stats = Arc::clone(&shared.stats);
        let shared = Arc::new(shared);
        let channels = options.channels as usize;
        let room = far_ends.carrier.room();
        let dispatcher = Dispatcher::new(channels, &options.rate, room, Arc::clone(&shared))?;
        let prepares = far_ends.conversations.prepares();
        let robot_room = far_ends.conversations.room();
        let robots = Robots::new(far_ends.conversations, channels, Arc::clone(&shared));
        let carrier = CarrierActor::new(far_ends.carrier, channels, Arc::clone(&shared));
        let peers = Peers {
            dispatcher: dispatcher.start(),
            recorder: Recorder::new(channels, Arc::clone(&shared)).start(),
            carrier: carrier.start(),
            robots: robots.start(),
            prepares,
            robot_slots: Arc::new(Semaphore::new(options.robots as usize)),
            robots_all: options.robots,
            robot_room,
            observer: far_ends.observer,
        };
        let mut campaigns = Vec::with_capacity(plans.len());
        let mut finished = Vec::with_capacity(plans.len());
        for mut plan in plans {
            plan.max_concurrency = plan.max_concurrency.min(options.channels);
            let (tell, told) = oneshot::channel();
            let campaign = Campaign::new(plan, Arc::clone(&shared), peers.clone(), tell);
            campaigns.push(campaign.start());
            finished.push(told);
        }
        Ok(Self { campaigns, finished, stats })
    }

    /// The run's counters.
    pub fn stats(&self) -> Arc<EngineStats> {
        Arc::clone(&self.stats)
    }

    /// A handle that drains the run from elsewhere.
    pub fn drainer(&self) -> Drainer {
        Drainer { campaigns: self.campaigns.clone() }
    }

    /// Waits until every campaign has nothing more to do.
    pub async fn finished(self) -> Vec<Result<Finished, CampaignDied>> {
        let finished = join_all(self.finished).await;
        finished.into_iter().map(|finished| finished.map_err(|_| CampaignDied)).collect()
    }
}

/// Ends a run in good order.
#[derive(Clone)]
pub struct Drainer {
    campaigns: Vec<Addr<Campaign>>,
}

impl Drainer {
    /// No further calls; those in progress come to their end, or are ended when `hang_up` is set.
    pub fn drain(&self, hang_up: bool) {
        for campaign in &self.campaigns {
            // A campaign that is gone has drained already.
            drop(campaign.try_send(Drain { hang_up }));
        }
    }
}
