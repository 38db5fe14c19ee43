//! Drives the conversations of answered calls: one timer for all.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::prelude::*;
use outcall_campaign::attempt::Event;
use outcall_campaign::{AttemptId, PhoneNumber};
use outcall_telephony::{ConversationEvent, Conversations};

use crate::alarm::{Alarm, GATHER_MS, Wake, waker};
use crate::call::{Call, CallEvent};
use crate::storage::Shared;

/// A call is being placed: its robot may want to know of it.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Prepare {
    /// Whose.
    pub attempt: AttemptId,
    /// Who is called.
    pub number: PhoneNumber,
}

/// Begin the conversation of an answered call.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Begin {
    /// Whose.
    pub attempt: AttemptId,
    /// With whom.
    pub number: PhoneNumber,
    /// Who wants to hear of its end.
    pub call: Addr<Call>,
}

/// The call is over: no conversation any more.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Abort {
    /// Whose.
    pub attempt: AttemptId,
}

/// The actor.
pub struct Robots {
    conversations: Box<dyn Conversations>,
    calls: HashMap<AttemptId, Addr<Call>>,
    shared: Arc<Shared>,
    events: Vec<(AttemptId, ConversationEvent)>,
    alarm: Alarm,
    woken: Arc<AtomicBool>,
    mailbox: usize,
}

impl Robots {
    /// Drives conversations. `channels` is how many calls there can be at once.
    pub fn new(
        conversations: Box<dyn Conversations>,
        channels: usize,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            conversations,
            calls: HashMap::new(),
            shared,
            events: Vec::new(),
            alarm: Alarm::default(),
            woken: Arc::default(),
            // A call is prepared, begins and aborts once, and once more if its actor fails.
            mailbox: channels.saturating_mul(4).saturating_add(64),
        }
    }

    fn poll(&mut self, ctx: &mut Context<Self>) {
        let now = self.shared.now();
        let next = self.conversations.poll(now, &mut self.events);
        for (attempt, event) in self.events.drain(..) {
            let (call, event) = match event {
                ConversationEvent::Settled(end) => {
                    (self.calls.get(&attempt).cloned(), Event::Settled(end))
                }
                ConversationEvent::Ended(end) => {
                    (self.calls.remove(&attempt), Event::Conversed(end))
                }
            };
            // A call that is gone by now has aborted; its word has only crossed this one.
            drop(call.map(|call| call.try_send(CallEvent::of(event))));
        }
        self.alarm.set(next, now, ctx, Self::poll);
    }
}

impl Actor for Robots {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.mailbox);
        let (wake, woken) = waker(ctx.address());
        self.woken = woken;
        self.conversations.wake_by(wake);
    }
}

impl Handler<Wake> for Robots {
    type Result = ();

    fn handle(&mut self, _: Wake, ctx: &mut Self::Context) {
        ctx.run_later(Duration::from_millis(GATHER_MS), |actor, ctx| {
            actor.woken.store(false, Ordering::Release);
            actor.poll(ctx);
        });
    }
}

impl Handler<Prepare> for Robots {
    type Result = ();

    fn handle(&mut self, Prepare { attempt, number }: Prepare, _: &mut Self::Context) {
        self.conversations.prepare(attempt, number, self.shared.now());
    }
}

impl Handler<Begin> for Robots {
    type Result = ();

    fn handle(&mut self, begin: Begin, ctx: &mut Self::Context) {
        self.calls.insert(begin.attempt, begin.call);
        self.conversations.begin(begin.attempt, begin.number, self.shared.now());
        self.poll(ctx);
    }
}

impl Handler<Abort> for Robots {
    type Result = ();

    fn handle(&mut self, Abort { attempt }: Abort, _: &mut Self::Context) {
        self.calls.remove(&attempt);
        self.conversations.abort(attempt);
    }
}
