//! Brings ends and progress to the ledger, again and again until they are there.
//!
//! An end holds its call's channel permit until it is durable. What waits here is therefore never
//! more than there are channels, and a disk that fails stops the dialling instead of losing ends.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use outcall_campaign::CampaignId;
use outcall_campaign::gate::DialRules;
use outcall_ledger::{AttemptEnd, Closed, LedgerError, ProgressMark};
use tokio::sync::OwnedSemaphorePermit;

use crate::campaign::Campaign;
use crate::stats::EngineStats;
use crate::storage::Shared;

/// How long to wait after the ledger has failed.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Ends of one campaign, to be written.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Record {
    /// Whose.
    pub campaign: CampaignId,
    /// What decides what follows.
    pub rules: Arc<DialRules>,
    /// The ends.
    pub ends: Vec<AttemptEnd>,
    /// Their channels.
    pub permits: Vec<OwnedSemaphorePermit>,
    /// Who wants to hear of it.
    pub reply_to: Addr<Campaign>,
}

/// Ends that are durable now.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Recorded {
    /// What follows from each.
    pub closed: Vec<Closed>,
}

/// Progress of calls, to be written when the ledger finds the time.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Progress {
    /// How far they have come.
    pub marks: Vec<ProgressMark>,
}

/// The ledger has refused for good; the run cannot go on.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct LedgerLost {
    /// Why.
    pub error: LedgerError,
}

/// The actor.
pub struct Recorder {
    shared: Arc<Shared>,
    mailbox: usize,
}

impl Recorder {
    /// A recorder for a run with this many channels.
    pub fn new(channels: usize, shared: Arc<Shared>) -> Self {
        // Each message carries the end of at least one call that holds a channel, or is one of the
        // few progress messages a campaign sends per second.
        Self { shared, mailbox: channels.saturating_add(1_024) }
    }

    fn write(&self, record: Record, ctx: &mut Context<Self>) {
        let Record { campaign, rules, ends, permits, reply_to } = record;
        let answer = self.shared.ask(|ledger, reply| {
            ledger.close(campaign, Arc::clone(&rules), ends.clone(), reply);
        });
        let written = answer.into_actor(self).map(move |result, recorder, ctx| match result {
            Ok(closed) => {
                let stats = &recorder.shared.stats;
                EngineStats::add(&stats.ends, closed.len() as u64);
                if reply_to.try_send(Recorded { closed }).is_err() {
                    EngineStats::add(&stats.undelivered, 1);
                }
                drop(permits);
            }
            Err(error) => {
                let record = Record { campaign, rules, ends, permits, reply_to };
                recorder.failed(record, error, ctx);
            }
        });
        ctx.spawn(written);
    }

    fn failed(&self, record: Record, error: LedgerError, ctx: &mut Context<Self>) {
        self.shared.note_failure(&error);
        if !error.is_passing() {
            tracing::error!(%error, ends = record.ends.len(), "ends cannot be written any more");
            // Their intents stay open: the next run will call them uncertain, which they are.
            drop(record.reply_to.try_send(LedgerLost { error }));
            return;
        }
        tracing::warn!(%error, ends = record.ends.len(), "ends could not be written; trying again");
        ctx.run_later(RETRY_AFTER, move |recorder, ctx| recorder.write(record, ctx));
    }
}

impl Actor for Recorder {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.mailbox);
    }
}

impl Handler<Record> for Recorder {
    type Result = ();

    fn handle(&mut self, record: Record, ctx: &mut Self::Context) {
        self.write(record, ctx);
    }
}

impl Handler<Progress> for Recorder {
    type Result = ();

    fn handle(&mut self, Progress { marks }: Progress, ctx: &mut Self::Context) {
        let answer = self.shared.ask(|ledger, reply| ledger.mark(marks, reply));
        let marked = answer.into_actor(self).map(|result, recorder, _| {
            if let Err(error) = result {
                // A mark only sharpens what recovery can say; its loss does no harm.
                recorder.shared.note_failure(&error);
                tracing::debug!(%error, "progress was not noted");
            }
        });
        ctx.spawn(marked);
    }
}
