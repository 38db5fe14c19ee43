//! What a final SIP response says of a call.
//!
//! Retry rules and caps rest on this, so a word is chosen by what follows from it: `unallocated`
//! ends a contact's number for good, `congestion` promises that no phone rang. Where a response
//! leaves that open it is `failed`.

use std::collections::BTreeMap;

use outcall_campaign::attempt::EndCause;

use super::settings::{CauseOverride, CauseWord};

/// Who wanted a call that was cancelled to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelledBy {
    /// The ring limit passed.
    RingLimit,
    /// The owner of the call: the campaign was stopped, or the process drains.
    Owner,
}

/// How responses are read: by the user's words, then by the standards.
#[derive(Clone, Debug, Default)]
pub struct CauseTable {
    own: BTreeMap<(u16, Option<u16>), CauseWord>,
}

impl CauseTable {
    /// A table with the user's words over the standards'.
    pub fn new(overrides: &[CauseOverride]) -> Self {
        let own = overrides.iter().map(|own| ((own.status, own.q850), own.read_as));
        Self { own: own.collect() }
    }

    /// The cause of a call that ended with this final response, and was not answered.
    ///
    /// `q850` is the cause of its `Reason` header; where it speaks of the callee or of the trunk's
    /// lines it outweighs the status, which gateways choose by RFC 3398 and not all alike. `rang`
    /// says whether a provisional response above 100 had come: then nothing can promise any more
    /// that no phone rang. `retry_after_ms` is the response's `Retry-After`.
    pub fn cause(
        &self,
        status: u16,
        q850: Option<u16>,
        rang: bool,
        retry_after_ms: Option<u64>,
    ) -> EndCause {
        let own = self.own.get(&(status, q850)).or_else(|| self.own.get(&(status, None)));
        let word = own.copied().or_else(|| q850.and_then(by_q850));
        match word.unwrap_or_else(|| by_status(status, rang)) {
            CauseWord::Busy => EndCause::Busy,
            CauseWord::NoAnswer => EndCause::NoAnswer,
            CauseWord::Rejected => EndCause::Rejected,
            CauseWord::Unallocated if !rang => EndCause::Unallocated,
            CauseWord::Congestion if !rang => EndCause::Congestion { retry_after_ms },
            CauseWord::Unallocated | CauseWord::Congestion | CauseWord::Failed => EndCause::Failed,
        }
    }

    /// The cause of a call that we cancelled and that ended with this final response. 487 is the
    /// answer to our CANCEL (RFC 3261 section 9.2); any other crossed it and says its own.
    pub fn cause_after_cancel(
        &self,
        by: CancelledBy,
        status: u16,
        q850: Option<u16>,
        rang: bool,
    ) -> EndCause {
        match (status, by) {
            (487, CancelledBy::RingLimit) => EndCause::NoAnswer,
            (487, CancelledBy::Owner) => EndCause::LocalHangUp,
            _ => self.cause(status, q850, rang, None),
        }
    }
}

/// The cause of a call that was not answered, with what the network announced before: that says
/// more than a response of which anything may follow. A response that speaks for itself stands, and
/// so does whoever ended the call on our side.
pub fn with_announcement(cause: EndCause, announced: Option<EndCause>) -> EndCause {
    match (cause, announced) {
        (EndCause::NoAnswer | EndCause::Failed, Some(announced)) => announced,
        (_, _) => cause,
    }
}

/// The causes that say more than the status does (ITU-T Q.850). The others are left to the status:
/// 16, 31 and 127 say nothing, 38, 41, 47 and 58 may come as well after the phone rang, and 3 (no
/// route) is often the trunk's own doing and must not end a number.
fn by_q850(cause: u16) -> Option<CauseWord> {
    match cause {
        // Unallocated number; number changed; invalid number format.
        1 | 22 | 28 => Some(CauseWord::Unallocated),
        17 => Some(CauseWord::Busy),
        // No user responding; no answer; subscriber absent.
        18..=20 => Some(CauseWord::NoAnswer),
        21 => Some(CauseWord::Rejected),
        // No route; destination out of order.
        2 | 3 | 27 => Some(CauseWord::Failed),
        // No circuit; congestion of the switch; the circuit asked for is not there.
        34 | 42 | 44 => Some(CauseWord::Congestion),
        _ => None,
    }
}

/// The words of the statuses (RFC 3261 section 21, RFC 8197, RFC 8688).
fn by_status(status: u16, rang: bool) -> CauseWord {
    match status {
        486 | 600 => CauseWord::Busy,
        // Declined; unwanted; rejected by an intermediary on the callee's behalf.
        603 | 607 | 608 => CauseWord::Rejected,
        // Not found; gone; address incomplete; does not exist anywhere.
        404 | 410 | 484 | 604 => CauseWord::Unallocated,
        // Temporarily unavailable: nobody there, with or without a ring.
        480 => CauseWord::NoAnswer,
        // A time-out, or the end of a ring limit that was not ours. Before it rang it is the
        // network's failure.
        408 | 487 if rang => CauseWord::NoAnswer,
        503 => CauseWord::Congestion,
        // Above all: 3xx, since another number than the one the rules allowed is not dialled; 401
        // and 407, wrong credentials; 403, which trunks use for their own refusals; 488, no common
        // media; 500, 502, 504, a gateway's faults.
        _ => CauseWord::Failed,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONGESTION: EndCause = EndCause::Congestion { retry_after_ms: None };

    #[test]
    fn statuses_have_the_meaning_that_the_standards_give() {
        let table = CauseTable::default();
        for (statuses, cause) in [
            (&[486, 600][..], EndCause::Busy),
            (&[603, 607, 608], EndCause::Rejected),
            (&[404, 410, 484, 604], EndCause::Unallocated),
            (&[480], EndCause::NoAnswer),
            (&[503], CONGESTION),
            (
                &[
                    300, 302, 400, 401, 403, 405, 407, 408, 415, 416, 420, 481, 483, 485, 487, 488,
                    500, 501, 502, 504, 505, 513, 580, 606, 699, 0, 200, 65535,
                ],
                EndCause::Failed,
            ),
        ] {
            for &status in statuses {
                assert_eq!(table.cause(status, None, false, None), cause, "{status}");
            }
        }
    }

    #[test]
    fn after_ringing_a_time_out_is_no_answer_and_nothing_promises_silence() {
        let table = CauseTable::default();
        for status in [408, 480, 487] {
            assert_eq!(table.cause(status, None, true, None), EndCause::NoAnswer);
        }
        for status in [404, 484, 503] {
            assert_eq!(table.cause(status, None, true, Some(9)), EndCause::Failed);
        }
        assert_eq!(table.cause(486, None, true, None), EndCause::Busy);
    }

    #[test]
    fn a_q850_cause_that_says_more_outweighs_the_status() {
        let table = CauseTable::default();
        for (status, q850, cause) in [
            (503, 17, EndCause::Busy),
            (480, 1, EndCause::Unallocated),
            (500, 34, CONGESTION),
            (404, 3, EndCause::Failed),
            (480, 21, EndCause::Rejected),
            (486, 16, EndCause::Busy),
            (503, 41, CONGESTION),
            (404, 127, EndCause::Unallocated),
        ] {
            assert_eq!(table.cause(status, Some(q850), false, None), cause, "{status} {q850}");
        }
    }

    #[test]
    fn the_wish_to_be_left_alone_is_passed_on() {
        let cause = CauseTable::default().cause(503, None, false, Some(30_000));
        assert_eq!(cause, EndCause::Congestion { retry_after_ms: Some(30_000) });
    }

    #[test]
    fn the_users_words_come_first_and_those_with_a_q850_cause_before_those_without() {
        let table = CauseTable::new(&[
            CauseOverride { status: 403, q850: None, read_as: CauseWord::Congestion },
            CauseOverride { status: 403, q850: Some(21), read_as: CauseWord::Busy },
        ]);
        assert_eq!(table.cause(403, Some(21), false, None), EndCause::Busy);
        assert_eq!(table.cause(403, Some(1), false, None), CONGESTION);
        assert_eq!(table.cause(403, None, true, None), EndCause::Failed);
    }

    #[test]
    fn the_answer_to_our_cancel_is_told_by_who_cancelled() {
        let table = CauseTable::default();
        let after = |by, status| table.cause_after_cancel(by, status, None, true);
        assert_eq!(after(CancelledBy::RingLimit, 487), EndCause::NoAnswer);
        assert_eq!(after(CancelledBy::Owner, 487), EndCause::LocalHangUp);
        assert_eq!(after(CancelledBy::Owner, 486), EndCause::Busy);
    }

    #[test]
    fn an_announcement_says_more_than_a_response_of_which_anything_may_follow() {
        let said = Some(EndCause::OutOfService);
        for vague in [EndCause::NoAnswer, EndCause::Failed] {
            assert_eq!(with_announcement(vague, said), EndCause::OutOfService);
            assert_eq!(with_announcement(vague, None), vague);
        }
        let plain = [EndCause::Busy, EndCause::Rejected, EndCause::LocalHangUp, EndCause::NotSent];
        for cause in plain {
            assert_eq!(with_announcement(cause, said), cause);
        }
    }

    fn any_word() -> impl Strategy<Value = CauseWord> {
        prop::sample::select(vec![
            CauseWord::Busy,
            CauseWord::NoAnswer,
            CauseWord::Rejected,
            CauseWord::Unallocated,
            CauseWord::Congestion,
            CauseWord::Failed,
        ])
    }

    proptest! {
        #[test]
        fn whatever_came_a_call_that_rang_never_ends_as_one_that_did_not(
            own in prop::collection::vec(
                (480u16..490, prop::option::of(1u16..30), any_word()),
                0..20,
            ),
            status in prop_oneof![480u16..490, any::<u16>()],
            q850 in prop::option::of(prop_oneof![1u16..50, any::<u16>()]),
            retry_after_ms in any::<Option<u64>>(),
        ) {
            let own: Vec<_> = own
                .into_iter()
                .map(|(status, q850, read_as)| CauseOverride { status, q850, read_as })
                .collect();
            let cause = CauseTable::new(&own).cause(status, q850, true, retry_after_ms);
            let silent = matches!(
                cause,
                EndCause::Congestion { .. } | EndCause::Unallocated | EndCause::NotSent
            );
            prop_assert!(!silent, "{cause:?}");
        }
    }
}
