//! How many calls a campaign wants now, and what becomes of the slots that it gets.

use std::sync::Arc;

use actix::prelude::*;
use outcall_campaign::UnixMillis;
use outcall_campaign::allocation::Demand;
use outcall_campaign::breaker::Allowance;
use outcall_campaign::lifecycle::CampaignState;
use outcall_campaign::pacing::PacingObservation;
use outcall_ledger::{ClaimRequest, Claimed, LedgerError};
use tokio::sync::OwnedSemaphorePermit;

use super::Campaign;
use crate::dispatcher::{Slots, Want};
use crate::stats::EngineStats;

/// How old an intent may be when it is sent, in ms (docs/protocols/intent-log.md).
const SEND_WITHIN_MS: i64 = 5_000;

/// How long to leave a failing ledger alone, in ms.
const LEDGER_PAUSE_MS: i64 = 1_000;

impl Campaign {
    /// Tells the dispatcher what is wanted, when that has changed or is still wanted.
    pub(super) fn pace(&mut self, now: UnixMillis, ctx: &mut Context<Self>) {
        let wanted = self.wanted_now(now);
        if wanted == 0 && self.wanted == 0 {
            return;
        }
        self.wanted = wanted;
        let demand = Demand {
            campaign: self.plan.id,
            priority: self.plan.priority,
            min_concurrency: self.plan.min_concurrency,
            max_concurrency: self.plan.max_concurrency,
            in_use: self.in_use(),
            wanted,
        };
        let want = Want { demand, reply_to: ctx.address() };
        if self.peers.dispatcher.try_send(want).is_err() {
            EngineStats::add(&self.shared.stats.undelivered, 1);
        }
    }

    /// Channels held: by calls, by claims, by ends that are not yet durable.
    fn in_use(&self) -> u32 {
        let held = self.live.len() + self.ended.len() + self.recording;
        u32::try_from(held).unwrap_or(u32::MAX).saturating_add(self.claiming)
    }

    fn wanted_now(&mut self, now: UnixMillis) -> u32 {
        let quiet = self.quiet_until.is_some_and(|until| now < until);
        if self.draining || self.state != CampaignState::Running || quiet {
            return 0;
        }
        let allowed = match self.breaker.allowance(now) {
            Allowance::Unlimited => u32::MAX,
            Allowance::Probe(calls) => calls.saturating_sub(self.claiming),
            Allowance::None { .. } => 0,
        };
        let shared_robots = self.free_robots();
        let seen = PacingObservation {
            now,
            robots: self.plan.robots.min(self.talking.saturating_add(shared_robots)),
            talking: self.talking,
            ringing: self.ringing.saturating_add(self.claiming),
            ready: u32::MAX,
            max_in_flight: self.plan.max_concurrency,
        };
        let dials = self.plan.pacer.dials(&seen);
        let room = self.plan.max_concurrency.saturating_sub(self.in_use());
        let caller_ids = self.caller_ids.room(&self.plan.caller_ids, now);
        dials.min(allowed).min(room).min(caller_ids.saturating_sub(self.claiming))
    }

    /// Robots of all campaigns that nobody talks with, as far as they would talk well.
    fn free_robots(&self) -> u32 {
        let free = self.peers.robot_slots.available_permits();
        let free = u32::try_from(free).unwrap_or(u32::MAX);
        let busy = self.peers.robots_all.saturating_sub(free);
        let room = self.peers.robot_room.as_ref().map_or(u32::MAX, |room| room.robots());
        free.min(room.saturating_sub(busy))
    }

    fn claim(&mut self, slots: Slots, ctx: &mut Context<Self>) {
        let Slots { count, permits } = slots;
        self.wanted = self.wanted.saturating_sub(count);
        self.claiming += count;
        let request = ClaimRequest {
            epoch: self.shared.epoch,
            campaign: self.plan.id,
            rules: Arc::clone(&self.rules),
            now: self.shared.now(),
            want: count,
            send_within_ms: SEND_WITHIN_MS,
        };
        let answer = self.shared.ask(|ledger, reply| ledger.claim(request, reply));
        let claimed = answer.into_actor(self).map(move |result, campaign, ctx| {
            campaign.claiming -= count;
            match result {
                Ok(claimed) => campaign.claimed(claimed, count, permits, ctx),
                Err(error) => campaign.claim_failed(&error, ctx),
            }
        });
        ctx.spawn(claimed);
    }

    fn claimed(
        &mut self,
        claimed: Claimed,
        asked: u32,
        mut permits: OwnedSemaphorePermit,
        ctx: &mut Context<Self>,
    ) {
        let got = u32::try_from(claimed.intents.len()).unwrap_or(u32::MAX);
        self.heard(&claimed, got < asked);
        EngineStats::add(&self.shared.stats.intents, u64::from(got));
        let now = self.shared.now();
        for intent in claimed.intents {
            let Some(permit) = permits.split(1) else {
                // The ledger gave more than was asked for. Such an intent is left without an end
                // and will be uncertain: it is never sent.
                tracing::error!(attempt = %intent.attempt, "an intent without a channel");
                continue;
            };
            self.start_call(intent, permit, now);
        }
        // Slots without a contact go back here, with their permits.
        drop(permits);
        self.finish_if_done(now, ctx);
    }

    /// Takes note of what a claim says of the campaign.
    pub(super) fn heard(&mut self, claimed: &Claimed, all_taken: bool) {
        if self.state != claimed.state {
            tracing::info!(
                campaign = %self.plan.id, from = %self.state, to = %claimed.state,
                "the campaign's state has changed"
            );
            self.state = claimed.state;
        }
        self.nothing_pending = claimed.next_due.is_none();
        self.quiet_until =
            if all_taken { Some(claimed.next_due.unwrap_or(UnixMillis(i64::MAX))) } else { None };
    }

    /// A contact will be due again: do not sleep beyond that.
    pub(super) fn note_due(&mut self, due: UnixMillis) {
        self.nothing_pending = false;
        self.quiet_until = self.quiet_until.map(|until| until.min(due));
    }

    pub(super) fn claim_failed(&mut self, error: &LedgerError, ctx: &mut Context<Self>) {
        self.shared.note_failure(error);
        if error.is_passing() {
            tracing::warn!(
                campaign = %self.plan.id, %error,
                "no intent can be written, so nothing is dialled; trying again"
            );
            self.quiet_until = Some(self.shared.now() + LEDGER_PAUSE_MS);
        } else {
            tracing::error!(campaign = %self.plan.id, %error, "the campaign can no longer dial");
            self.fail(error.clone(), ctx);
        }
    }
}

impl Handler<Slots> for Campaign {
    type Result = ();

    fn handle(&mut self, slots: Slots, ctx: &mut Self::Context) {
        if self.draining || self.state != CampaignState::Running {
            // The slots go back with their permits.
            return;
        }
        self.claim(slots, ctx);
    }
}
