//! A campaign's life: its state in the ledger, pauses, drains, the end.

use std::sync::Arc;

use actix::prelude::*;
use outcall_campaign::attempt::Event;
use outcall_campaign::breaker::Allowance;
use outcall_campaign::lifecycle::{CampaignCommand, CampaignState};
use outcall_campaign::{AttemptId, CampaignId, UnixMillis};
use outcall_ledger::{ClaimRequest, LedgerError};
use serde::Serialize;

use super::{Campaign, Drain};

/// Why a campaign's actor has ended.
#[derive(Clone, Debug)]
pub enum EndReason {
    /// The campaign has come to a state in which nothing is dialled.
    Settled,
    /// The process drains.
    Drained,
    /// Contacts are pending that no passing of time will ever make due.
    Stuck,
    /// The ledger refuses.
    Failed(LedgerError),
}

/// A campaign has nothing more to do in this run.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Which.
    pub campaign: CampaignId,
    /// Where it stands.
    pub state: CampaignState,
    /// Why it has ended here.
    pub reason: EndReason,
}

/// What the dialling process says of a campaign, for `campaign explain` in another process.
#[derive(Debug, Serialize)]
struct Status {
    ringing: u32,
    talking: u32,
    waiting_for_robot: usize,
    robots: u32,
    free_robots_shared: usize,
    /// How many conversations can be held well at once, when that is known.
    robots_held_well: Option<u32>,
    /// Until when the circuit breaker lets nothing pass, ms since 1970.
    breaker_open_until_ms: Option<i64>,
    caller_ids_free: u32,
    wanted: u32,
    undelivered_to_ledger: usize,
    draining: bool,
}

impl Campaign {
    /// Asks the ledger whether somebody has changed the campaign, and says how it goes.
    pub(super) fn poll(&mut self, now: UnixMillis, ctx: &mut Context<Self>) {
        self.polled_at = Some(now);
        if self.polling || self.closing {
            return;
        }
        self.polling = true;
        let id = self.plan.id;
        let request = ClaimRequest {
            epoch: self.shared.epoch,
            campaign: id,
            rules: Arc::clone(&self.rules),
            now,
            want: 0,
            send_within_ms: 0,
        };
        let status = self.status(now);
        let locales = self.shared.ask(|ledger, reply| ledger.locales(id, reply));
        let claim = self.shared.ask(|ledger, reply| ledger.claim(request, reply));
        let noted = self.shared.ask(|ledger, reply| ledger.note_status(id, status, now, reply));
        let answers = async move { (locales.await, claim.await, noted.await) };
        let polled = answers.into_actor(self).map(|(locales, claim, noted), campaign, ctx| {
            campaign.polling = false;
            let all = locales.and_then(|locales| Ok((locales, claim?, noted?)));
            match all {
                Ok((locales, claimed, ())) => {
                    if locales != campaign.locales {
                        campaign.rules = (campaign.plan.rule_book)(&locales);
                        campaign.locales = locales;
                    }
                    let due = claimed.next_due.is_some_and(|due| due <= campaign.shared.now());
                    campaign.heard(&claimed, !due);
                    campaign.finish_if_done(campaign.shared.now(), ctx);
                }
                Err(error) => campaign.claim_failed(&error, ctx),
            }
        });
        ctx.spawn(polled);
    }

    fn status(&mut self, now: UnixMillis) -> String {
        let breaker_open_until_ms = match self.breaker.allowance(now) {
            Allowance::None { until } => Some(until.0),
            Allowance::Unlimited | Allowance::Probe(_) => None,
        };
        let status = Status {
            ringing: self.ringing,
            talking: self.talking,
            waiting_for_robot: self.waiting.len(),
            robots: self.plan.robots,
            free_robots_shared: self.peers.robot_slots.available_permits(),
            robots_held_well: self.peers.robot_room.as_ref().map(|room| room.robots()),
            breaker_open_until_ms,
            caller_ids_free: self.caller_ids.room(&self.plan.caller_ids, now),
            wanted: self.wanted,
            undelivered_to_ledger: self.ended.len() + self.recording,
            draining: self.draining,
        };
        // Numbers and a flag always have a JSON form.
        serde_json::to_string(&status).unwrap_or_default()
    }

    /// Ends the actor when nothing is left to do in the state that the campaign is in.
    pub(super) fn finish_if_done(&mut self, now: UnixMillis, ctx: &mut Context<Self>) {
        if self.closing || !self.is_idle() {
            return;
        }
        if self.draining {
            return self.finish(self.state, EndReason::Drained, ctx);
        }
        match self.state {
            CampaignState::Pausing => self.settle(CampaignCommand::CallsEnded, now, ctx),
            CampaignState::Running if self.polled_at.is_none() => {}
            CampaignState::Running if self.nothing_pending => {
                self.settle(CampaignCommand::Complete, now, ctx);
            }
            CampaignState::Running if self.quiet_until == Some(UnixMillis(i64::MAX)) => {
                self.finish(self.state, EndReason::Stuck, ctx);
            }
            CampaignState::Running => {}
            CampaignState::Draft
            | CampaignState::Ready
            | CampaignState::Paused
            | CampaignState::Completed
            | CampaignState::Stopped => self.finish(self.state, EndReason::Settled, ctx),
        }
    }

    /// Moves the campaign to its last state of this run.
    fn settle(&mut self, command: CampaignCommand, now: UnixMillis, ctx: &mut Context<Self>) {
        self.closing = true;
        let id = self.plan.id;
        let answer = self.shared.ask(|ledger, reply| ledger.change_state(id, command, now, reply));
        let settled = answer.into_actor(self).map(|result, campaign, ctx| match result {
            Ok(state) => campaign.finish(state, EndReason::Settled, ctx),
            Err(error) => {
                // Somebody was quicker: look again.
                campaign.closing = false;
                campaign.polled_at = None;
                if !matches!(error, LedgerError::Transition(_)) {
                    campaign.claim_failed(&error, ctx);
                }
            }
        });
        ctx.spawn(settled);
    }

    /// The ledger refuses for good: end the calls, and the campaign with them.
    pub(super) fn fail(&mut self, error: LedgerError, ctx: &mut Context<Self>) {
        self.draining = true;
        self.hang_up_all();
        self.finish(self.state, EndReason::Failed(error), ctx);
    }

    fn finish(&mut self, state: CampaignState, reason: EndReason, ctx: &mut Context<Self>) {
        if let Some(finished) = self.finished.take() {
            // The engine that no longer listens has ended before us.
            drop(finished.send(Finished { campaign: self.plan.id, state, reason }));
        }
        ctx.stop();
    }

    fn hang_up_all(&mut self) {
        // In the order of their names: the map's own order differs from run to run.
        let mut live: Vec<AttemptId> = self.live.keys().copied().collect();
        live.sort_unstable();
        for attempt in live {
            self.tell(attempt, Event::Cancel);
        }
    }
}

impl Handler<Drain> for Campaign {
    type Result = ();

    fn handle(&mut self, Drain { hang_up }: Drain, ctx: &mut Self::Context) {
        self.draining = true;
        if hang_up {
            self.hang_up_all();
        }
        self.finish_if_done(self.shared.now(), ctx);
    }
}
