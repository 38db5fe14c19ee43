//! Whether a call that failed on one trunk may be offered to another.
//!
//! An attempt is one ring at most (docs/protocols/intent-log.md, step 4). A second trunk is
//! therefore tried only when it is certain that the first rang no phone. A time-out is never that:
//! the request may have rung a phone whose answer was lost on the way.

use outcall_campaign::UnixMillis;

/// What happened to a call on one trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFact {
    /// Some of the INVITE may have left this machine.
    Sent,
    /// The transport failed: the name was not found, the connection refused or broken.
    TransportFailed,
    /// A provisional response, 100 to 199.
    Provisional {
        /// The status.
        status: u16,
    },
    /// A final response, 200 to 699.
    Final {
        /// The status.
        status: u16,
        /// The Q.850 cause of its `Reason` header.
        q850: Option<u16>,
    },
    /// No final response came in time (timer B, RFC 3261 section 17.1.1.2).
    TimedOut,
    /// We asked for the end of the call.
    Cancelled,
}

/// Why a call is not offered to another trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFailover {
    /// It has not ended yet.
    #[error("the call has not ended on its trunk")]
    InProgress,
    /// A response above 100 came.
    #[error("a phone may have rung")]
    MayHaveRung,
    /// Nobody knows what became of the request.
    #[error("the request may have been lost or not, so a phone may have rung")]
    Unanswered,
    /// The response speaks of the callee, or does not make certain that nothing rang.
    #[error("the response {0} does not say that only the trunk failed")]
    Response(u16),
    /// The call was to end.
    #[error("the call was cancelled")]
    Cancelled,
    /// The instant up to which the intent may be sent has passed.
    #[error("the time for the call has passed")]
    TooLate,
}

/// What is known of a call on the trunk that it was offered to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallHistory {
    sent: bool,
    may_have_rung: bool,
    timed_out: bool,
    cancelled: bool,
    transport_failed: bool,
    refused: Option<(u16, Option<u16>)>,
}

impl CallHistory {
    /// A call of which nothing has happened.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note. The order of the facts does not matter.
    pub fn note(&mut self, fact: CallFact) {
        match fact {
            CallFact::Sent => self.sent = true,
            CallFact::TransportFailed => self.transport_failed = true,
            CallFact::TimedOut => self.timed_out = true,
            CallFact::Cancelled => self.cancelled = true,
            // 100 says that a server works on it, everything else that a callee is being reached:
            // ringing (180), progress (183), forwarded (181), queued (182), a branch ended (199).
            CallFact::Provisional { status: 100 } => self.sent = true,
            CallFact::Provisional { .. } => self.may_have_rung = true,
            CallFact::Final { status, q850 } if status >= 300 => {
                self.refused = self.refused.or(Some((status, q850)));
            }
            CallFact::Final { .. } => self.may_have_rung = true,
        }
    }

    /// Whether the call may be offered to another trunk at `now`. `send_by` is the last instant at
    /// which the intent may be sent.
    ///
    /// # Errors
    /// With the reason when it may not.
    pub fn may_try_another(&self, now: UnixMillis, send_by: UnixMillis) -> Result<(), NoFailover> {
        if self.may_have_rung {
            return Err(NoFailover::MayHaveRung);
        }
        if self.cancelled {
            return Err(NoFailover::Cancelled);
        }
        match self.refused {
            Some((status, q850)) if !only_the_trunk_failed(status, q850) => {
                return Err(NoFailover::Response(status));
            }
            Some(_) => {}
            None if self.timed_out => return Err(NoFailover::Unanswered),
            None if self.transport_failed && self.sent => return Err(NoFailover::Unanswered),
            None if self.transport_failed => {}
            None => return Err(NoFailover::InProgress),
        }
        if now > send_by {
            return Err(NoFailover::TooLate);
        }
        Ok(())
    }
}

/// Whether a final response, with none above 100 before it, makes certain that no phone rang.
///
/// - 500, 501, 502, 503, 505, 513: the trunk's server could not do its work.
/// - 401, 407: our credentials were refused, before anybody was called (RFC 3261 section 22).
/// - Not 504 nor 408: a server behind the trunk did not answer *in time*, and may have rung.
/// - Not 3xx: the callee is elsewhere, and only the number that the rules allowed is dialled.
/// - Not 403, 404, 488 and the other 4xx, nor 6xx: these may be the callee's own words.
/// - Not 580 nor statuses that no standard knows: nothing follows from them.
///
/// A Q.850 cause must not contradict: only one of routes, circuits and equipment is taken.
fn only_the_trunk_failed(status: u16, q850: Option<u16>) -> bool {
    let by_cause = q850.is_none_or(outcall_sip::is_of_the_network);
    by_cause && matches!(status, 401 | 407 | 500..=503 | 505 | 513)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000);

    fn after(facts: &[CallFact]) -> Result<(), NoFailover> {
        let mut history = CallHistory::new();
        for &fact in facts {
            history.note(fact);
        }
        history.may_try_another(NOW, NOW)
    }

    fn refused(status: u16, q850: Option<u16>) -> CallFact {
        CallFact::Final { status, q850 }
    }

    const TRYING: CallFact = CallFact::Provisional { status: 100 };

    #[test]
    fn a_call_of_which_nothing_left_the_machine_is_offered_again() {
        assert_eq!(after(&[CallFact::TransportFailed]), Ok(()));
        let broken = after(&[CallFact::Sent, CallFact::TransportFailed]);
        assert_eq!(broken, Err(NoFailover::Unanswered));
    }

    #[test]
    fn a_trunk_that_fails_before_ringing_is_replaced() {
        for status in [401, 407, 500, 501, 502, 503, 505, 513] {
            assert_eq!(after(&[CallFact::Sent, TRYING, refused(status, None)]), Ok(()), "{status}");
        }
        assert_eq!(after(&[CallFact::Sent, refused(503, Some(34))]), Ok(()));
    }

    #[test]
    fn a_response_that_may_be_the_callees_is_the_end() {
        for status in [302, 400, 403, 404, 408, 480, 484, 486, 487, 488, 504, 580, 600, 603, 604] {
            let facts = [CallFact::Sent, refused(status, None)];
            assert_eq!(after(&facts), Err(NoFailover::Response(status)));
        }
        // A gateway's 503 or 500 for a busy, unwilling or absent callee, or a timer's end.
        for q850 in [1, 16, 17, 18, 19, 20, 21, 31, 102, 127] {
            let facts = [CallFact::Sent, refused(503, Some(q850))];
            assert_eq!(after(&facts), Err(NoFailover::Response(503)), "{q850}");
        }
    }

    #[test]
    fn silence_is_no_proof_that_nothing_rang() {
        let silent = after(&[CallFact::Sent, CallFact::TimedOut]);
        assert_eq!(silent, Err(NoFailover::Unanswered));
        assert_eq!(after(&[CallFact::Sent, TRYING]), Err(NoFailover::InProgress));
        assert_eq!(after(&[]), Err(NoFailover::InProgress));
    }

    #[test]
    fn a_call_that_was_to_end_or_comes_too_late_is_not_offered_again() {
        let cancelled = after(&[CallFact::Sent, CallFact::Cancelled, refused(503, None)]);
        assert_eq!(cancelled, Err(NoFailover::Cancelled));
        let mut history = CallHistory::new();
        history.note(refused(503, None));
        assert_eq!(history.may_try_another(NOW, NOW - 1), Err(NoFailover::TooLate));
    }

    fn any_fact() -> impl Strategy<Value = CallFact> {
        let q850 = prop::option::of(prop_oneof![1u16..60, 1u16..128]);
        prop_oneof![
            Just(CallFact::Sent),
            Just(CallFact::TransportFailed),
            Just(TRYING),
            (100u16..200).prop_map(|status| CallFact::Provisional { status }),
            (prop_oneof![200u16..700, 500u16..506], q850)
                .prop_map(|(status, q850)| CallFact::Final { status, q850 }),
            Just(CallFact::TimedOut),
            Just(CallFact::Cancelled),
        ]
    }

    proptest! {
        #[test]
        fn a_call_is_offered_again_only_when_certainly_nothing_rang(
            facts in prop::collection::vec(any_fact(), 0..6),
        ) {
            let result = after(&facts);
            let above_100 = |fact: &CallFact| {
                matches!(fact, CallFact::Provisional { status: 101.. })
                    || matches!(fact, CallFact::Final { status: ..300, .. })
            };
            let refusal = |fact: &CallFact| matches!(fact, CallFact::Final { .. });
            if facts.iter().any(above_100) {
                prop_assert_eq!(result, Err(NoFailover::MayHaveRung));
            }
            if facts.contains(&CallFact::Cancelled) {
                prop_assert!(result.is_err());
            }
            // Without a final response only a call that never left may go on.
            if !facts.iter().any(refusal) && result.is_ok() {
                prop_assert!(facts.iter().all(|&fact| fact == CallFact::TransportFailed));
            }
            if result.is_ok() {
                prop_assert!(!facts.is_empty());
            }
        }

        #[test]
        fn a_ring_anywhere_in_the_history_is_the_end_of_it(
            before in prop::collection::vec(any_fact(), 0..4),
            status in 180u16..190,
            after_it in prop::collection::vec(any_fact(), 0..4),
        ) {
            let mut facts = before;
            facts.push(CallFact::Provisional { status });
            facts.extend(after_it);
            prop_assert_eq!(after(&facts), Err(NoFailover::MayHaveRung));
        }
    }
}
