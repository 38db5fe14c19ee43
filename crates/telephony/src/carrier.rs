//! The `Carrier` seam: what the engine asks of a trunk, and what a trunk tells the engine.
//!
//! Sans-IO in shape: a carrier is driven by calls with the current time and says when it wants to
//! be asked again. The simulated carrier therefore runs in virtual time with no change, and a
//! carrier with sockets keeps its input and output on its own threads; these wake its driver
//! through a [`Waker`] when something has happened.

use std::sync::Arc;

use outcall_campaign::attempt::{ConversationEnd, EndCause};
use outcall_campaign::{AttemptId, PhoneNumber, UnixMillis};
use serde::{Deserialize, Serialize};

/// One call to place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallOrder {
    /// Whose call it is. A carrier never places two calls for one attempt.
    pub attempt: AttemptId,
    /// The callee.
    pub number: PhoneNumber,
    /// The number to present; `None` leaves it to the trunk.
    pub caller_id: Option<PhoneNumber>,
    /// How long it may ring before the carrier gives up with [`EndCause::NoAnswer`], in ms.
    pub ring_ms: i64,
    /// The last instant at which it may be sent: a carrier that tries another way does so by then,
    /// or not at all.
    pub send_by: UnixMillis,
}

/// What a carrier reports of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "signal")]
pub enum Signal {
    /// The callee's phone rings (SIP 180).
    Ringing,
    /// Ringing with audio from the network before the answer (SIP 183).
    EarlyMedia,
    /// The callee's line is open.
    Answered,
    /// The call is over. The last signal of a call.
    Released(EndCause),
}

/// A signal and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierEvent {
    /// The call.
    pub attempt: AttemptId,
    /// What happened.
    pub signal: Signal,
}

/// Asks the driver to poll soon. Cheap, callable from any thread, as often as one likes.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// How many calls a carrier can take on: for a driver that paces itself by it.
pub trait CarrierRoom: Send + Sync {
    /// How many calls could be placed at `now`.
    fn room(&self, now: UnixMillis) -> u32;
}

/// Something that carries calls.
pub trait Carrier: Send {
    /// Places a call. Whatever becomes of it, a [`Signal::Released`] will come.
    fn place(&mut self, order: CallOrder, now: UnixMillis);

    /// Releases a call: CANCEL before the answer, BYE after it. Unknown and ended calls are
    /// ignored, since hang-ups cross.
    fn hang_up(&mut self, attempt: AttemptId, now: UnixMillis);

    /// Appends what has happened up to `now`, in the order in which it happened, and says when to
    /// ask again; `None` when nothing can happen before the next order.
    fn poll(&mut self, now: UnixMillis, events: &mut Vec<CarrierEvent>) -> Option<UnixMillis>;

    /// Wake the driver like this when something has happened between two polls. A carrier in whose
    /// world everything happens at instants that `poll` names has no use for it.
    fn wake_by(&mut self, _waker: Waker) {}

    /// What is known of a call that was just released, as JSON text for the record; at most once.
    fn take_report(&mut self, _attempt: AttemptId) -> Option<String> {
        None
    }

    /// How many calls it can take on, when it knows. It then also keeps away by itself from trunks
    /// that are congested, so that nobody else has to hold calls back for them.
    fn room(&self) -> Option<Arc<dyn CarrierRoom>> {
        None
    }
}

/// How many conversations can be held well at once: for a driver that paces itself by it.
pub trait RobotRoom: Send + Sync {
    /// How many at present. Those that are held already count among them.
    fn robots(&self) -> u32;
}

/// What a conversation tells of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationEvent {
    /// How it will end is settled, and the robot says goodbye.
    Settled(ConversationEnd),
    /// It is over. The last word of a conversation.
    Ended(ConversationEnd),
}

/// Something that holds conversations on answered calls: spoken dialogues, announcements, or
/// simulated ones.
pub trait Conversations: Send {
    /// Whether its robots have to know something of a call before it is answered.
    fn prepares(&self) -> bool {
        false
    }

    /// A call is being placed: what its robot has to know is fetched while it rings. Comes only
    /// where [`Conversations::prepares`] says so; in any case [`Conversations::abort`] follows.
    fn prepare(&mut self, _attempt: AttemptId, _number: PhoneNumber, _now: UnixMillis) {}

    /// A robot is on the line of an answered call.
    fn begin(&mut self, attempt: AttemptId, number: PhoneNumber, now: UnixMillis);

    /// The call is over or taken away; nothing more is to be reported of it.
    fn abort(&mut self, attempt: AttemptId);

    /// Appends what the conversations have to tell by `now` and says when to ask again.
    fn poll(
        &mut self,
        now: UnixMillis,
        events: &mut Vec<(AttemptId, ConversationEvent)>,
    ) -> Option<UnixMillis>;

    /// How many conversations it can hold well, when it knows.
    fn room(&self) -> Option<Arc<dyn RobotRoom>> {
        None
    }

    /// As [`Carrier::wake_by`].
    fn wake_by(&mut self, _waker: Waker) {}
}
