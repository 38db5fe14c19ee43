//! One campaign: it paces itself, claims intents, supervises its calls and decides when it is done.
//!
//! - [`plan`]: what it is told at the start. [`messages`]: what it is told later.
//! - `pace`: how many calls it wants now, and what becomes of the slots that it gets.
//! - `calls`: its calls, from the first order to the durable end.
//! - `life`: its state in the ledger, pauses, drains, the end.

mod calls;
mod life;
pub mod messages;
mod pace;
pub mod plan;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use outcall_campaign::breaker::CircuitBreaker;
use outcall_campaign::gate::DialRules;
use outcall_campaign::lifecycle::CampaignState;
use outcall_campaign::{AttemptId, UnixMillis};
use outcall_ledger::{AttemptEnd, LocaleRecord, ProgressMark};
use outcall_telephony::RobotRoom;
use outcall_telephony::agenda::Agenda;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub use self::calls::CallerIdUse;
use self::calls::Live;
pub use self::life::{EndReason, Finished};
pub use self::messages::{Drain, RobotWanted};
pub use self::plan::CampaignPlan;
use crate::call::CallPeers;
use crate::carrier::CarrierActor;
use crate::dispatcher::Dispatcher;
use crate::recorder::Recorder;
use crate::robots::Robots;
use crate::storage::Shared;
use crate::time::TimeMode;

/// How often a campaign that has something to do looks around, in ms.
pub const TICK_MS: i64 = 100;

/// How often the ledger is asked whether somebody has paused the campaign or added a list, in ms.
const POLL_REAL_MS: i64 = 1_000;

/// The same in virtual time, where nobody can: only so that the run's state is noted.
const POLL_VIRTUAL_MS: i64 = 600_000;

/// How long ends are gathered in virtual time at most, in ms.
const FLUSH_VIRTUAL_MS: i64 = 2_000;

/// Whom a campaign works with.
#[derive(Clone)]
pub struct Peers {
    /// Gives it slots.
    pub dispatcher: Addr<Dispatcher>,
    /// Writes its ends.
    pub recorder: Addr<Recorder>,
    /// Carries its calls.
    pub carrier: Addr<CarrierActor>,
    /// Talks on them.
    pub robots: Addr<Robots>,
    /// Whether these want to hear of calls before they are answered.
    pub prepares: bool,
    /// How many conversations there can be at once, shared between campaigns.
    pub robot_slots: Arc<Semaphore>,
    /// The same when nobody talks.
    pub robots_all: u32,
    /// How many conversations can be held well, when that is known.
    pub robot_room: Option<Arc<dyn RobotRoom>>,
    /// Sees every call's events, if anybody does.
    pub observer: Option<Arc<dyn crate::call::CallObserver>>,
}

/// The actor.
pub struct Campaign {
    plan: CampaignPlan,
    rules: Arc<DialRules>,
    locales: Vec<LocaleRecord>,
    shared: Arc<Shared>,
    peers: Peers,
    call_peers: Option<Arc<CallPeers>>,

    /// Where the campaign stands in the ledger, as last heard.
    state: CampaignState,
    /// No new calls, whatever the state: the process is about to end.
    draining: bool,
    /// Until when nothing can be due, as last heard. `Some(MAX)`: never, as far as time goes.
    quiet_until: Option<UnixMillis>,
    /// Whether the ledger has said that no contact is pending at all.
    nothing_pending: bool,

    live: HashMap<AttemptId, Live>,
    ringing: u32,
    talking: u32,
    waiting: VecDeque<AttemptId>,
    deadlines: Agenda<AttemptId>,
    caller_ids: CallerIdUse,
    breaker: CircuitBreaker,

    /// Calls that slots were granted for and whose intents are being written.
    claiming: u32,
    /// What the dispatcher was last told.
    wanted: u32,
    ended: Vec<AttemptEnd>,
    ended_permits: Vec<OwnedSemaphorePermit>,
    /// Ends at the recorder.
    recording: usize,
    marks: Vec<ProgressMark>,
    marked_at: UnixMillis,
    flushed_at: UnixMillis,
    polled_at: Option<UnixMillis>,
    polling: bool,
    closing: bool,

    finished: Option<oneshot::Sender<Finished>>,
}

impl Campaign {
    /// A campaign with its plan. `finished` hears when it has nothing more to do.
    pub fn new(
        plan: CampaignPlan,
        shared: Arc<Shared>,
        peers: Peers,
        finished: oneshot::Sender<Finished>,
    ) -> Self {
        let now = shared.now();
        Self {
            rules: (plan.rule_book)(&plan.locales),
            locales: plan.locales.clone(),
            breaker: plan.breaker.clone(),
            state: plan.state,
            plan,
            shared,
            peers,
            call_peers: None,
            draining: false,
            quiet_until: None,
            nothing_pending: false,
            live: HashMap::new(),
            ringing: 0,
            talking: 0,
            waiting: VecDeque::new(),
            deadlines: Agenda::default(),
            caller_ids: CallerIdUse::default(),
            claiming: 0,
            wanted: 0,
            ended: Vec::new(),
            ended_permits: Vec::new(),
            recording: 0,
            marks: Vec::new(),
            marked_at: now,
            flushed_at: now,
            polled_at: None,
            polling: false,
            closing: false,
            finished: Some(finished),
        }
    }

    /// In real time ends go to the disk at every tick. In virtual time no process can die between
    /// two ticks, and larger groups cost less; but ends hold channels, so that no more than a
    /// twentieth of them may wait.
    fn ends_are_due(&self, now: UnixMillis) -> bool {
        match self.shared.mode {
            TimeMode::Real => true,
            TimeMode::Virtual => {
                now.since(self.flushed_at) >= FLUSH_VIRTUAL_MS
                    || self.ended.len() * 20 >= self.plan.max_concurrency as usize
            }
        }
    }

    fn poll_interval_ms(&self) -> i64 {
        match self.shared.mode {
            TimeMode::Real => POLL_REAL_MS,
            TimeMode::Virtual => POLL_VIRTUAL_MS,
        }
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        let now = self.shared.now();
        self.pass_deadlines(now);
        self.serve_waiting();
        if self.ends_are_due(now) {
            self.flushed_at = now;
            self.flush_ends(ctx);
        }
        self.flush_marks(now);
        if self.polled_at.is_none_or(|at| now.since(at) >= self.poll_interval_ms()) {
            self.poll(now, ctx);
        }
        self.pace(now, ctx);
        self.finish_if_done(now, ctx);
        self.next_tick(now, ctx);
    }

    fn next_tick(&self, now: UnixMillis, ctx: &mut Context<Self>) {
        let wait_ms = if self.is_idle() {
            // Nothing happens before the next contact is due, or the next look at the ledger.
            let quiet_ms = self.quiet_until.map_or(0, |until| until.since(now));
            quiet_ms.clamp(TICK_MS, self.poll_interval_ms().max(TICK_MS))
        } else {
            TICK_MS
        };
        ctx.run_later(Duration::from_millis(wait_ms.unsigned_abs()), Self::tick);
    }

    /// Whether no call, claim or end is on its way.
    fn is_idle(&self) -> bool {
        self.live.is_empty()
            && self.claiming == 0
            && self.ended.is_empty()
            && self.recording == 0
            && !self.polling
    }
}

impl Actor for Campaign {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // A call sends at most two messages (a robot, its end); the dispatcher one for each want,
        // the recorder one for each batch of ends.
        let calls = self.plan.max_concurrency as usize;
        ctx.set_mailbox_capacity(calls.saturating_mul(3).saturating_add(1_024));
        self.call_peers = Some(Arc::new(CallPeers {
            campaign: ctx.address(),
            carrier: self.peers.carrier.clone(),
            robots: self.peers.robots.clone(),
            prepares: self.peers.prepares,
            observer: self.peers.observer.clone(),
        }));
        self.tick(ctx);
    }
}
