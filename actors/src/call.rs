//! One call attempt: the state machine of [`outcall_campaign::attempt`], given a mailbox.
//!
//! The actor decides nothing. It carries events to the machine and the machine's effects to the
//! others. It arms no timer either: its campaign keeps the deadlines of all its calls, since a
//! timer per call would cost more than the call itself.

use std::sync::Arc;

use actix::prelude::*;
use outcall_campaign::attempt::{Attempt, Effect, Event, Limits, Phase};
use outcall_campaign::{AttemptId, Disposition, PhoneNumber, UnixMillis};
use outcall_ledger::{AttemptEnd, Intent};
use outcall_telephony::CallOrder;

use crate::campaign::{Campaign, RobotWanted};
use crate::carrier::{CarrierActor, HangUp, Place};
use crate::robots::{Abort, Begin, Prepare, Robots};
use crate::stats::EngineStats;
use crate::storage::Shared;

/// Something has happened to the call.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct CallEvent {
    /// What.
    pub event: Event,
    /// What the carrier has to say of a call that it has released, for the record.
    pub report: Option<String>,
}

impl CallEvent {
    /// An event of which nothing more is to be said.
    pub fn of(event: Event) -> Self {
        Self { event, report: None }
    }
}

/// The call is over. Sent exactly once by every call, whatever becomes of it.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CallEnded {
    /// How.
    pub end: AttemptEnd,
    /// Whether the call's actor died of a panic.
    pub crashed: bool,
}

/// Sees every event of every call before the call does: for traces.
pub trait CallObserver: Send + Sync {
    /// An event is about to be applied.
    fn event(&self, attempt: AttemptId, phase: Phase, event: Event);
}

/// Where a call's messages go.
#[derive(Clone)]
pub struct CallPeers {
    /// Its campaign, which supervises it.
    pub campaign: Addr<Campaign>,
    /// Who carries it.
    pub carrier: Addr<CarrierActor>,
    /// Who talks.
    pub robots: Addr<Robots>,
    /// Whether robots want to hear of calls before they are answered.
    pub prepares: bool,
    /// Who watches, if anybody.
    pub observer: Option<Arc<dyn CallObserver>>,
}

/// The actor.
pub struct Call {
    attempt: Attempt,
    number: PhoneNumber,
    /// What the carrier said of it.
    report: Option<String>,
    shared: Arc<Shared>,
    guard: EndGuard,
}

/// Tells the campaign that the call is over when the actor goes without having done so: a panic
/// drops the actor, and this with it.
struct EndGuard {
    id: AttemptId,
    caller_id: Option<PhoneNumber>,
    peers: Arc<CallPeers>,
    shared: Arc<Shared>,
    told: bool,
}

impl Call {
    /// A call for a durable intent.
    pub fn new(
        intent: Intent,
        limits: Limits,
        caller_id: Option<PhoneNumber>,
        peers: Arc<CallPeers>,
        shared: Arc<Shared>,
    ) -> Self {
        let guard = EndGuard {
            id: intent.attempt,
            caller_id,
            peers,
            shared: Arc::clone(&shared),
            told: false,
        };
        let attempt = Attempt::new(limits, intent.at);
        Self { attempt, number: intent.number, report: None, shared, guard }
    }

    fn handle_event(&mut self, event: Event, ctx: &mut Context<Self>) {
        let now = self.shared.now();
        if let Some(observer) = &self.guard.peers.observer {
            observer.event(self.guard.id, self.attempt.phase, event);
        }
        let robot_may_wait = |phase| match phase {
            Phase::Talking => true,
            Phase::Invited | Phase::Ringing | Phase::Answered => self.guard.peers.prepares,
            Phase::Intent | Phase::HangingUp | Phase::Ended => false,
        };
        let waits = robot_may_wait(self.attempt.phase);
        let effect = self.attempt.apply(event, now);
        if waits && !robot_may_wait(self.attempt.phase) {
            self.guard.send(self.guard.peers.robots.try_send(Abort { attempt: self.guard.id }));
        }
        match effect {
            None => {}
            Some(Effect::Place) => self.place(ctx),
            Some(Effect::AskForRobot) => {
                let wanted = RobotWanted { attempt: self.guard.id };
                self.guard.send(self.guard.peers.campaign.try_send(wanted));
            }
            Some(Effect::Converse) => {
                let begin =
                    Begin { attempt: self.guard.id, number: self.number, call: ctx.address() };
                self.guard.send(self.guard.peers.robots.try_send(begin));
            }
            Some(Effect::HangUp) => {
                let hang_up = HangUp { attempt: self.guard.id };
                self.guard.send(self.guard.peers.carrier.try_send(hang_up));
            }
            Some(Effect::End(disposition)) => {
                let end = self.end(disposition, now);
                self.guard.tell(end, false);
                ctx.stop();
            }
        }
    }

    fn place(&mut self, ctx: &mut Context<Self>) {
        let order = CallOrder {
            attempt: self.guard.id,
            number: self.number,
            caller_id: self.guard.caller_id,
            ring_ms: self.attempt.limits.ring_ms,
            send_by: self.attempt.limits.send_by,
        };
        if self.guard.peers.prepares {
            let prepare = Prepare { attempt: self.guard.id, number: self.number };
            self.guard.send(self.guard.peers.robots.try_send(prepare));
        }
        let placed = self.guard.peers.carrier.try_send(Place { order, call: ctx.address() });
        if self.guard.send(placed) {
            return;
        }
        // The order never left this process: a certain fact, so that the attempt may be repeated.
        let released = Event::Released(outcall_campaign::attempt::EndCause::NotSent);
        self.handle_event(released, ctx);
    }

    fn end(&mut self, disposition: Disposition, now: UnixMillis) -> AttemptEnd {
        AttemptEnd {
            caller_id: self.guard.caller_id,
            invited_at: self.attempt.invited_at,
            ringing_at: self.attempt.ringing_at,
            answered_at: self.attempt.answered_at,
            call_back_at: self.attempt.call_back_at,
            retry_after_ms: self.attempt.retry_after_ms,
            detail: self.report.take(),
            ..AttemptEnd::new(self.guard.id, disposition, now)
        }
    }
}

impl EndGuard {
    /// Notes a message that could not be delivered. True when it was.
    fn send<M>(&self, sent: Result<(), SendError<M>>) -> bool {
        let delivered = sent.map_err(drop).is_ok();
        if !delivered {
            EngineStats::add(&self.shared.stats.undelivered, 1);
        }
        delivered
    }

    fn tell(&mut self, end: AttemptEnd, crashed: bool) {
        self.told = true;
        self.send(self.peers.campaign.try_send(CallEnded { end, crashed }));
    }
}

impl Drop for EndGuard {
    fn drop(&mut self) {
        if self.told {
            return;
        }
        self.send(self.peers.carrier.try_send(HangUp { attempt: self.id }));
        self.send(self.peers.robots.try_send(Abort { attempt: self.id }));
        let end = AttemptEnd {
            caller_id: self.caller_id,
            detail: Some("the call's actor failed".to_owned()),
            ..AttemptEnd::new(self.id, Disposition::InternalError, self.shared.now())
        };
        self.tell(end, true);
    }
}

impl Actor for Call {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let may_send = self.shared.may_send();
        self.handle_event(Event::Start { may_send }, ctx);
    }
}

impl Handler<CallEvent> for Call {
    type Result = ();

    fn handle(&mut self, CallEvent { event, report }: CallEvent, ctx: &mut Self::Context) {
        self.report = report.or(self.report.take());
        self.handle_event(event, ctx);
    }
}
