//! One timer for many things: an actor keeps its own agenda and is woken for the next entry.

use std::time::Duration;

use actix::prelude::*;
use outcall_campaign::UnixMillis;

/// The timer. Armed anew only when something is due sooner than it is set for.
#[derive(Default)]
pub(crate) struct Alarm {
    set: Option<(UnixMillis, SpawnHandle)>,
}

impl Alarm {
    /// Wakes the actor at `next` by calling `ring`, unless it is woken before that anyway.
    pub(crate) fn set<A: Actor<Context = Context<A>>>(
        &mut self,
        next: Option<UnixMillis>,
        now: UnixMillis,
        ctx: &mut Context<A>,
        ring: fn(&mut A, &mut Context<A>),
    ) {
        let Some(next) = next else { return };
        if let Some((at, handle)) = self.set {
            if at <= next && at > now {
                return;
            }
            ctx.cancel_future(handle);
        }
        let wait_ms = next.since(now).max(1).unsigned_abs();
        let handle = ctx.run_later(Duration::from_millis(wait_ms), ring);
        self.set = Some((next, handle));
    }
}
