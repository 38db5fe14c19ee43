//! Shares what the campaigns have in common: channels, calls per second, robot slots.
//!
//! Channels and robots are semaphores: a permit is a value that its holder drops, so that no
//! accident can leak one. Who gets how many is decided by the pure rules of
//! [`outcall_campaign::allocation`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use outcall_campaign::allocation::{Capacity, Demand, allocate};
use outcall_campaign::rate::{CallRate, CallRateSettings, InvalidCallRate};
use outcall_campaign::{CampaignId, UnixMillis};
use outcall_telephony::CarrierRoom;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::campaign::Campaign;
use crate::stats::EngineStats;
use crate::storage::Shared;

/// How long demands are gathered before they are weighed against each other, in ms.
const GATHER_MS: u64 = 10;

/// How long the next calls of a rate are gathered at least, in ms. Each grant is a claim in the
/// ledger: granted one by one, a thousand calls a second would be a thousand claims.
const LEAST_MS: i64 = 20;

/// How often demands that could not be met are looked at again, in ms.
const RETRY_MS: i64 = 50;

/// What a campaign wants now. Replaces what it wanted before.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Want {
    /// Who wants how many.
    pub demand: Demand,
    /// Where to send the slots.
    pub reply_to: Addr<Campaign>,
}

/// Permission for some calls: each needs one channel, whose permits these are.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Slots {
    /// How many calls.
    pub count: u32,
    /// Their channels, all in one.
    pub permits: OwnedSemaphorePermit,
}

/// The carrier had no room: no calls until then, and a slow start afterwards.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Congested {
    /// Until when.
    pub until: UnixMillis,
}

/// The actor.
pub struct Dispatcher {
    shared: Arc<Shared>,
    channels: Arc<Semaphore>,
    rate: CallRate,
    /// What the carrier says of its own room, when it knows.
    room: Option<Arc<dyn CarrierRoom>>,
    wants: BTreeMap<CampaignId, Want>,
    scheduled: bool,
}

impl Dispatcher {
    /// A dispatcher for a carrier with this many channels, which may have a word on its room.
    ///
    /// # Errors
    /// When the rate cannot be.
    pub fn new(
        channels: usize,
        rate: &CallRateSettings,
        room: Option<Arc<dyn CarrierRoom>>,
        shared: Arc<Shared>,
    ) -> Result<Self, InvalidCallRate> {
        let rate = CallRate::new(rate, shared.now())?;
        let channels = Arc::new(Semaphore::new(channels.min(Semaphore::MAX_PERMITS)));
        Ok(Self { shared, channels, rate, room, wants: BTreeMap::new(), scheduled: false })
    }

    fn schedule(&mut self, wait_ms: u64, ctx: &mut Context<Self>) {
        if self.scheduled {
            return;
        }
        self.scheduled = true;
        ctx.run_later(Duration::from_millis(wait_ms), |dispatcher, ctx| {
            dispatcher.scheduled = false;
            dispatcher.dispatch(ctx);
        });
    }

    fn dispatch(&mut self, ctx: &mut Context<Self>) {
        let now = self.shared.now();
        let free = u32::try_from(self.channels.available_permits()).unwrap_or(u32::MAX);
        let room = self.room.as_ref().map_or(u32::MAX, |room| room.room(now));
        let call_tokens = self.rate.available(now).min(room);
        let capacity = Capacity { free_channels: free, call_tokens };
        let demands: Vec<Demand> = self.wants.values().map(|want| want.demand).collect();
        for (campaign, count) in allocate(&demands, capacity) {
            self.grant(campaign, count, now);
        }
        self.wants.retain(|_, want| want.demand.wanted > 0 && want.reply_to.connected());
        if !self.wants.is_empty() {
            let next = self.rate.next_available(now).since(now).clamp(LEAST_MS, RETRY_MS);
            let wait_ms = if capacity.free_channels == 0 { RETRY_MS } else { next };
            self.schedule(wait_ms.unsigned_abs(), ctx);
        }
    }

    fn grant(&mut self, campaign: CampaignId, count: u32, now: UnixMillis) {
        let Some(want) = self.wants.get_mut(&campaign) else { return };
        if count == 0 {
            return;
        }
        let Ok(permits) = Arc::clone(&self.channels).try_acquire_many_owned(count) else {
            return;
        };
        self.rate.take(count, now);
        want.demand.wanted = want.demand.wanted.saturating_sub(count);
        want.demand.in_use = want.demand.in_use.saturating_add(count);
        if want.reply_to.try_send(Slots { count, permits }).is_err() {
            EngineStats::add(&self.shared.stats.undelivered, 1);
        }
    }
}

impl Actor for Dispatcher {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // A campaign sends one message a tick, and one for each congested call.
        ctx.set_mailbox_capacity(4_096);
    }
}

impl Handler<Want> for Dispatcher {
    type Result = ();

    fn handle(&mut self, want: Want, ctx: &mut Self::Context) {
        self.wants.insert(want.demand.campaign, want);
        self.schedule(GATHER_MS, ctx);
    }
}

impl Handler<Congested> for Dispatcher {
    type Result = ();

    fn handle(&mut self, Congested { until }: Congested, _: &mut Self::Context) {
        // A carrier that knows its own room keeps away from the congested trunk alone.
        if self.room.is_none() {
            self.rate.hold_until(until);
        }
    }
}
