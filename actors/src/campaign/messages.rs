//! What a campaign is told while it runs. Its calls' ends are [`crate::call::CallEnded`].

use actix::prelude::*;
use outcall_campaign::AttemptId;

/// A call is answered and wants a robot.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct RobotWanted {
    /// Which.
    pub attempt: AttemptId,
}

/// Place no further calls.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Drain {
    /// End the calls in progress too.
    pub hang_up: bool,
}
