//! What makes an actor look around: one timer for many things, and a waker for other threads.
//!
//! An actor keeps its own agenda and is woken for the next entry.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::prelude::*;
use outcall_campaign::UnixMillis;
use outcall_telephony::Waker;

/// Something has happened on another thread.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Wake;

/// How long what other threads have to say is gathered, in ms. A thousand calls a second are
/// several thousand events; an actor that looked at each alone would mostly fall asleep and wake
/// up.
pub(crate) const GATHER_MS: u64 = 2;

/// What wakes an actor, and the mark that it has been woken, which the actor takes back before it
/// looks around. So no more than one message of this kind waits in its mailbox.
pub(crate) fn waker<A>(actor: Addr<A>) -> (Waker, Arc<AtomicBool>)
where
    A: Actor<Context = Context<A>> + Handler<Wake>,
    Context<A>: ToEnvelope<A, Wake>,
{
    let woken = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&woken);
    let wake = move || {
        if !mark.swap(true, Ordering::AcqRel) && actor.try_send(Wake).is_err() {
            // Full: the actor looks around with each of the messages before this one anyway.
            mark.store(false, Ordering::Release);
        }
    };
    (Arc::new(wake), woken)
}

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
