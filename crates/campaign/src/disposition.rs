//! How an attempt ended, in the words that reports, retry rules and the ledger share.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! dispositions {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// How an attempt ended.
        ///
        /// The codes are stored and appear in files and reports: never reuse or rename one.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Disposition { $($(#[$doc])* $name,)* }

        impl Disposition {
            /// Every disposition, in the order of reports.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable code, for example `no_answer`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }

        impl FromStr for Disposition {
            type Err = UnknownDisposition;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($code => Ok(Self::$name),)*
                    _ => Err(UnknownDisposition(text.to_owned())),
                }
            }
        }
    };
}

dispositions! {
    /// A person answered and the conversation came to its end.
    Completed = "completed",
    /// A person answered and the conversation came to an end that settles nothing: nobody spoke,
    /// or nothing was understood.
    Incomplete = "incomplete",
    /// A person answered and asked to be called at another time.
    CallBack = "call_back",
    /// A person answered and asked not to be called again.
    OptedOut = "opted_out",
    /// A person answered and hung up before the conversation came to its end.
    HungUp = "hung_up",
    /// A person answered and no robot was there to speak in time (an abandoned call).
    Abandoned = "abandoned",
    /// An answering machine or voice mail picked up.
    Machine = "machine",
    /// The line was busy (SIP 486, 600).
    Busy = "busy",
    /// It rang until the ring limit and nobody answered (SIP 480, 408 after 180).
    NoAnswer = "no_answer",
    /// The callee refused the call (SIP 603).
    Rejected = "rejected",
    /// No such number (SIP 404, 410, 484, 604).
    Unallocated = "unallocated",
    /// An announcement before the answer said that the number is not in service. It is given up
    /// as one that is unallocated, but no word of the network proves that nothing rang: the
    /// attempt counts.
    OutOfService = "out_of_service",
    /// The carrier had no room (SIP 503): the callee's phone did not ring.
    Congestion = "congestion",
    /// The carrier or the network failed (any other 4xx, 5xx, 6xx, or a time-out before ringing).
    Failed = "failed",
    /// We cancelled the call before it was answered: the campaign was stopped or the process
    /// drained.
    Cancelled = "cancelled",
    /// Certainly never sent: refused locally after the intent was written.
    NotSent = "not_sent",
    /// The call's own actor failed; what the callee heard is unknown.
    InternalError = "internal_error",
    /// The process died while the attempt was in flight: whether the phone rang is unknown.
    Uncertain = "uncertain",
}

/// A text that is no disposition's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a disposition")]
pub struct UnknownDisposition(pub String);

impl Disposition {
    /// Whether a person's or a machine's line was opened.
    pub fn was_answered(self) -> bool {
        matches!(
            self,
            Self::Completed
                | Self::Incomplete
                | Self::CallBack
                | Self::OptedOut
                | Self::HungUp
                | Self::Abandoned
                | Self::Machine
        )
    }

    /// Whether a person was on the line: the base of the abandonment rate.
    pub fn was_answered_by_person(self) -> bool {
        self.was_answered() && self != Self::Machine
    }

    /// Whether it is certain that the callee's phone did not ring, so that the attempt does not
    /// count against the caps on how often a person may be called.
    pub fn certainly_did_not_ring(self) -> bool {
        matches!(self, Self::NotSent | Self::Congestion | Self::Unallocated)
    }

    /// Whether nobody will ever answer at this number.
    pub fn ends_number(self) -> bool {
        matches!(self, Self::Unallocated | Self::OutOfService)
    }

    /// Whether it speaks of the trunk's health rather than of the callee: what the circuit breaker
    /// counts.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Congestion | Self::InternalError)
    }
}

impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        for &disposition in Disposition::ALL {
            assert_eq!(disposition.code().parse(), Ok(disposition));
            assert_eq!(
                serde_json::to_string(&disposition).unwrap(),
                format!("\"{}\"", disposition.code())
            );
        }
    }

    #[test]
    fn a_call_that_did_not_ring_was_not_answered() {
        for &disposition in Disposition::ALL {
            assert!(!(disposition.certainly_did_not_ring() && disposition.was_answered()));
        }
    }
}
