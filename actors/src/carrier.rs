//! Drives whatever carries calls: orders in, signals out, one timer for all.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::prelude::*;
use outcall_campaign::attempt::Event;
use outcall_campaign::{AttemptId, UnixMillis};
use outcall_telephony::{CallOrder, Carrier, CarrierEvent, Signal};

use crate::alarm::{Alarm, GATHER_MS, Wake, waker};
use crate::call::{Call, CallEvent};
use crate::stats::EngineStats;
use crate::storage::Shared;

/// Place a call.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Place {
    /// Which.
    pub order: CallOrder,
    /// Who wants to hear of it.
    pub call: Addr<Call>,
}

/// Release a call.
#[derive(Message)]
#[rtype(result = "()")]
pub struct HangUp {
    /// Which.
    pub attempt: AttemptId,
}

/// The actor.
pub struct CarrierActor {
    carrier: Box<dyn Carrier>,
    calls: HashMap<AttemptId, Addr<Call>>,
    shared: Arc<Shared>,
    events: Vec<CarrierEvent>,
    alarm: Alarm,
    woken: Arc<AtomicBool>,
    mailbox: usize,
}

impl CarrierActor {
    /// Drives a carrier. `channels` is how many calls there can be at once.
    pub fn new(carrier: Box<dyn Carrier>, channels: usize, shared: Arc<Shared>) -> Self {
        Self {
            carrier,
            calls: HashMap::new(),
            shared,
            events: Vec::new(),
            alarm: Alarm::default(),
            woken: Arc::default(),
            // A call sends one order, and a hang-up for the end, one for an answer that crosses it,
            // and one if its actor fails.
            mailbox: channels.saturating_mul(4).saturating_add(64),
        }
    }

    fn poll(&mut self, ctx: &mut Context<Self>) {
        let now = self.shared.now();
        let next = self.carrier.poll(now, &mut self.events);
        let mut events = std::mem::take(&mut self.events);
        for event in events.drain(..) {
            self.deliver(event, now);
        }
        // Keep the room for the next time.
        self.events = events;
        self.alarm.set(next, now, ctx, Self::poll);
    }

    fn deliver(&mut self, event: CarrierEvent, now: UnixMillis) {
        let (call, signal) = match event.signal {
            Signal::Ringing | Signal::EarlyMedia => {
                (self.calls.get(&event.attempt).cloned(), Event::Ringing)
            }
            Signal::Answered => (self.calls.get(&event.attempt).cloned(), Event::Answered),
            Signal::Released(cause) => (self.calls.remove(&event.attempt), Event::Released(cause)),
        };
        let report = match event.signal {
            Signal::Released(_) => self.carrier.take_report(event.attempt),
            Signal::Ringing | Signal::EarlyMedia | Signal::Answered => None,
        };
        let message = CallEvent { event: signal, report };
        let delivered = call.is_some_and(|call| call.try_send(message).is_ok());
        if !delivered && !matches!(event.signal, Signal::Released(_)) {
            // The call's actor is gone: nobody is left who would release its line.
            self.calls.remove(&event.attempt);
            self.carrier.hang_up(event.attempt, now);
        }
    }
}

impl Actor for CarrierActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.mailbox);
        let (wake, woken) = waker(ctx.address());
        self.woken = woken;
        self.carrier.wake_by(wake);
    }
}

impl Handler<Wake> for CarrierActor {
    type Result = ();

    fn handle(&mut self, _: Wake, ctx: &mut Self::Context) {
        ctx.run_later(Duration::from_millis(GATHER_MS), |actor, ctx| {
            actor.woken.store(false, Ordering::Release);
            actor.poll(ctx);
        });
    }
}

impl Handler<Place> for CarrierActor {
    type Result = ();

    fn handle(&mut self, Place { order, call }: Place, ctx: &mut Self::Context) {
        let now = self.shared.now();
        if self.calls.insert(order.attempt, call).is_some() {
            tracing::error!(attempt = %order.attempt, "a second order for one attempt");
            EngineStats::add(&self.shared.stats.undelivered, 1);
            return;
        }
        self.carrier.place(order, now);
        self.poll(ctx);
    }
}

impl Handler<HangUp> for CarrierActor {
    type Result = ();

    fn handle(&mut self, HangUp { attempt }: HangUp, ctx: &mut Self::Context) {
        self.carrier.hang_up(attempt, self.shared.now());
        self.poll(ctx);
    }
}
