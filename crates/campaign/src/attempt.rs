//! The attempt state machine: one call, from its durable intent to its disposition.
//!
//! ```text
//! intent -> invited -> ringing -> answered -> talking -> hanging up -> ended(disposition)
//!    \________\__________\___________\___________\____________\_______/
//! ```
//!
//! Pure: [`Attempt::apply`] takes an event and the instant and says what to do next. It never
//! panics and never goes back; an event that comes too late (a hang-up crossing an answer, a second
//! BYE) changes nothing. Exactly one [`Effect::End`] comes out of every attempt.

use serde::{Deserialize, Serialize};

use crate::{Disposition, UnixMillis};

/// How far an attempt has come. The order is the order in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The intent is durable; nothing has been sent.
    Intent,
    /// The call was handed to the carrier: from here on a phone may ring.
    Invited,
    /// The callee's phone rings (SIP 180, 183).
    Ringing,
    /// The callee's line is open, no robot speaks yet.
    Answered,
    /// A robot speaks.
    Talking,
    /// The conversation is over, we have asked the carrier to release the call.
    HangingUp,
    /// Over; the disposition is known.
    Ended,
}

/// Why a carrier says that a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "cause")]
pub enum EndCause {
    /// SIP 486, 600.
    Busy,
    /// The ring limit passed, or the callee's side gave up ringing (SIP 480, 408 after ringing).
    NoAnswer,
    /// SIP 603.
    Rejected,
    /// SIP 404, 410, 484, 604.
    Unallocated,
    /// An announcement of the network said so before anybody answered, whatever SIP says.
    OutOfService,
    /// SIP 503: nothing rang. `retry_after_ms` is the carrier's wish.
    Congestion {
        /// How long the carrier asks us to keep away, in ms.
        retry_after_ms: Option<u64>,
    },
    /// Anything else that went wrong on the carrier's side.
    Failed,
    /// The far end hung up an answered call (BYE).
    RemoteHangUp,
    /// We hung up, or cancelled before the answer.
    LocalHangUp,
    /// The order was refused before anything was sent.
    NotSent,
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum ConversationEnd {
    /// It came to its end.
    Completed,
    /// It ended without settling anything: nobody spoke, or nothing was understood.
    Incomplete,
    /// The person asked for a call at this instant.
    CallBack {
        /// The agreed instant.
        at: UnixMillis,
    },
    /// The person asked not to be called again.
    OptedOut,
    /// It was a machine.
    Machine,
}

/// What can happen to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The call's owner is ready to place it: sent once, first. `may_send` is false when the
    /// ledger has another owner by now.
    Start {
        /// Whether this process may still dial for this campaign.
        may_send: bool,
    },
    /// The callee's phone rings.
    Ringing,
    /// The callee's line opened.
    Answered,
    /// A robot is free for this call.
    RobotReady,
    /// How the conversation will end is settled; the robot still says goodbye. A callee who hangs
    /// up meanwhile changes nothing.
    Settled(ConversationEnd),
    /// The conversation is over.
    Conversed(ConversationEnd),
    /// The carrier has released the call.
    Released(EndCause),
    /// A deadline may have passed: compare with the limits.
    Deadline,
    /// The campaign is stopped or the process drains: end the call now.
    Cancel,
    /// The owner of the call failed. Ends the attempt whatever its phase.
    OwnerFailed,
}

/// What the owner of an attempt has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Hand the call to the carrier.
    Place,
    /// Ask for a robot; the call is answered.
    AskForRobot,
    /// Start the conversation.
    Converse,
    /// Ask the carrier to release the call.
    HangUp,
    /// The attempt is over: write this down. Comes exactly once.
    End(Disposition),
}

/// The limits of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The intent must be sent by then: a process that slept must not dial late, and the calling
    /// window must still be open.
    pub send_by: UnixMillis,
    /// How long it may ring, in ms.
    pub ring_ms: i64,
    /// How long an answered call may wait for a robot before it counts as abandoned, in ms.
    pub robot_wait_ms: i64,
    /// How long a conversation may last, in ms.
    pub talk_ms: i64,
}

/// The time that a carrier gets beyond a limit before we stop waiting for its word, in ms.
pub const CARRIER_GRACE_MS: i64 = 5_000;

/// One attempt in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Where it is.
    pub phase: Phase,
    /// What it may do at most.
    pub limits: Limits,
    /// When the call was handed to the carrier.
    pub invited_at: Option<UnixMillis>,
    /// When it first rang.
    pub ringing_at: Option<UnixMillis>,
    /// When it was answered.
    pub answered_at: Option<UnixMillis>,
    /// When the last phase began.
    pub phase_since: UnixMillis,
    /// The instant of an agreed call-back.
    pub call_back_at: Option<UnixMillis>,
    /// The carrier's wish after congestion, in ms.
    pub retry_after_ms: Option<u64>,
    /// What the attempt will end as once the carrier has released it.
    ends_as: Option<Disposition>,
}

impl Attempt {
    /// An attempt whose intent became durable at `now`.
    pub fn new(limits: Limits, now: UnixMillis) -> Self {
        Self {
            phase: Phase::Intent,
            limits,
            invited_at: None,
            ringing_at: None,
            answered_at: None,
            phase_since: now,
            call_back_at: None,
            retry_after_ms: None,
            ends_as: None,
        }
    }

    /// Takes an event and says what to do now.
    pub fn apply(&mut self, event: Event, now: UnixMillis) -> Option<Effect> {
        if self.phase == Phase::Ended {
            return None;
        }
        match event {
            Event::Start { may_send } => self.start(may_send, now),
            Event::Ringing => self.ringing(now),
            Event::Answered => self.answered(now),
            Event::RobotReady => self.robot_ready(now),
            Event::Settled(end) => self.settled(end),
            Event::Conversed(end) => self.conversed(end, now),
            Event::Released(cause) => self.released(cause, now),
            Event::Deadline => self.deadline(now),
            Event::Cancel => self.cancel(now),
            Event::OwnerFailed => self.end(Disposition::InternalError, now),
        }
    }

    /// When [`Event::Deadline`] should be sent next, unless something else happens before.
    pub fn next_deadline(&self) -> Option<UnixMillis> {
        match self.phase {
            Phase::Intent | Phase::Ended => None,
            // A network takes its time until a phone rings, and the law speaks of the ringing.
            Phase::Invited | Phase::Ringing => {
                Some(self.phase_since + self.limits.ring_ms + CARRIER_GRACE_MS)
            }
            Phase::Answered => Some(self.phase_since + self.limits.robot_wait_ms),
            Phase::Talking => Some(self.phase_since + self.limits.talk_ms),
            Phase::HangingUp => Some(self.phase_since + CARRIER_GRACE_MS),
        }
    }

    fn enter(&mut self, phase: Phase, now: UnixMillis) {
        debug_assert!(phase > self.phase, "an attempt never goes back");
        self.phase = phase;
        self.phase_since = now;
    }

    fn end(&mut self, disposition: Disposition, now: UnixMillis) -> Option<Effect> {
        self.enter(Phase::Ended, now);
        Some(Effect::End(disposition))
    }

    fn hang_up(&mut self, ends_as: Disposition, now: UnixMillis) -> Option<Effect> {
        self.ends_as = Some(ends_as);
        self.enter(Phase::HangingUp, now);
        Some(Effect::HangUp)
    }

    fn start(&mut self, may_send: bool, now: UnixMillis) -> Option<Effect> {
        if self.phase != Phase::Intent {
            return None;
        }
        if !may_send || now > self.limits.send_by {
            return self.end(Disposition::NotSent, now);
        }
        self.enter(Phase::Invited, now);
        self.invited_at = Some(now);
        Some(Effect::Place)
    }

    fn ringing(&mut self, now: UnixMillis) -> Option<Effect> {
        if self.phase == Phase::Invited {
            self.enter(Phase::Ringing, now);
            self.ringing_at = Some(now);
        }
        None
    }

    fn answered(&mut self, now: UnixMillis) -> Option<Effect> {
        match self.phase {
            Phase::Invited | Phase::Ringing => {
                self.enter(Phase::Answered, now);
                self.answered_at = Some(now);
                Some(Effect::AskForRobot)
            }
            // The answer crossed our CANCEL: the line is open, so hang up once more (ACK, BYE).
            Phase::HangingUp if self.answered_at.is_none() => {
                self.answered_at = Some(now);
                Some(Effect::HangUp)
            }
            Phase::Intent | Phase::Answered | Phase::Talking | Phase::HangingUp | Phase::Ended => {
                None
            }
        }
    }

    fn robot_ready(&mut self, now: UnixMillis) -> Option<Effect> {
        if self.phase != Phase::Answered {
            return None;
        }
        self.enter(Phase::Talking, now);
        Some(Effect::Converse)
    }

    fn settled(&mut self, end: ConversationEnd) -> Option<Effect> {
        if self.phase == Phase::Talking {
            self.ends_as = Some(self.disposition_of(end));
        }
        None
    }

    fn conversed(&mut self, end: ConversationEnd, now: UnixMillis) -> Option<Effect> {
        if self.phase != Phase::Talking {
            return None;
        }
        let disposition = self.disposition_of(end);
        self.hang_up(disposition, now)
    }

    /// What a conversation's end means for the attempt. The last word counts.
    fn disposition_of(&mut self, end: ConversationEnd) -> Disposition {
        self.call_back_at = None;
        match end {
            ConversationEnd::Completed => Disposition::Completed,
            ConversationEnd::Incomplete => Disposition::Incomplete,
            ConversationEnd::CallBack { at } => {
                self.call_back_at = Some(at);
                Disposition::CallBack
            }
            ConversationEnd::OptedOut => Disposition::OptedOut,
            ConversationEnd::Machine => Disposition::Machine,
        }
    }

    fn released(&mut self, cause: EndCause, now: UnixMillis) -> Option<Effect> {
        if let EndCause::Congestion { retry_after_ms } = cause {
            self.retry_after_ms = retry_after_ms;
        }
        let disposition = self.ends_as.unwrap_or(match (self.phase, cause) {
            // The carrier gave up the ringing in the moment of the answer: nobody spoke.
            (Phase::Answered | Phase::Talking, EndCause::NoAnswer) => Disposition::Abandoned,
            (Phase::Talking, _) => Disposition::HungUp,
            // The callee hung up before a robot spoke. Within the wait that the rules allow it is
            // the callee's doing, not ours.
            (Phase::Answered, _) => Disposition::HungUp,
            // Once it has rung, no later word can promise that nothing rang.
            (
                Phase::Ringing,
                EndCause::Congestion { .. } | EndCause::Unallocated | EndCause::NotSent,
            ) => Disposition::Failed,
            (_, EndCause::Busy) => Disposition::Busy,
            (_, EndCause::NoAnswer) => Disposition::NoAnswer,
            (_, EndCause::Rejected) => Disposition::Rejected,
            (_, EndCause::Unallocated) => Disposition::Unallocated,
            (_, EndCause::OutOfService) => Disposition::OutOfService,
            (_, EndCause::Congestion { .. }) => Disposition::Congestion,
            (_, EndCause::NotSent) => Disposition::NotSent,
            (_, EndCause::Failed | EndCause::RemoteHangUp | EndCause::LocalHangUp) => {
                Disposition::Failed
            }
        });
        self.end(disposition, now)
    }

    fn deadline(&mut self, now: UnixMillis) -> Option<Effect> {
        if self.next_deadline().is_none_or(|at| now < at) {
            return None;
        }
        match self.phase {
            Phase::Intent | Phase::Ended => None,
            Phase::Invited | Phase::Ringing => self.hang_up(Disposition::NoAnswer, now),
            Phase::Answered => self.hang_up(Disposition::Abandoned, now),
            // The person was spoken to, but the robot never came to its end.
            Phase::Talking => {
                let disposition = self.ends_as.unwrap_or(Disposition::Incomplete);
                self.hang_up(disposition, now)
            }
            // The carrier never confirmed. The line is its business now.
            Phase::HangingUp => {
                let disposition = self.ends_as.unwrap_or(Disposition::Failed);
                self.end(disposition, now)
            }
        }
    }

    fn cancel(&mut self, now: UnixMillis) -> Option<Effect> {
        match self.phase {
            Phase::Intent => self.end(Disposition::NotSent, now),
            Phase::Invited | Phase::Ringing => self.hang_up(Disposition::Cancelled, now),
            Phase::Answered => self.hang_up(Disposition::Abandoned, now),
            Phase::Talking => {
                let disposition = self.ends_as.unwrap_or(Disposition::HungUp);
                self.hang_up(disposition, now)
            }
            Phase::HangingUp | Phase::Ended => None,
        }
    }
}

#[cfg(test)]
mod tests;
