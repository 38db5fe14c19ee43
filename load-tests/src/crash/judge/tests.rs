//! A judge that cannot convict is a defect: every kind of fault is planted once.

use outcall_campaign::CampaignId;
use outcall_telephony::CarrierEvent;

use super::*;

/// A clean story of four contacts and one kill at 1,000, to be spoilt.
struct Story {
    contacts: Vec<PhoneNumber>,
    attempts: Vec<LedgerAttempt>,
    log: Vec<LogEntry>,
    lives: Vec<Life>,
    channels: u32,
}

fn number(contact: i64) -> PhoneNumber {
    PhoneNumber::from_digits(12_025_550_100 + contact.unsigned_abs()).unwrap()
}

fn id(contact: i64, attempt_no: u16) -> AttemptId {
    AttemptId { campaign: CampaignId(1), contact: ContactId(contact), attempt_no }
}

fn attempt(id: AttemptId, intent_at: i64, disposition: Disposition) -> LedgerAttempt {
    LedgerAttempt {
        id,
        number: number(id.contact.0),
        intent_at: UnixMillis(intent_at),
        disposition: Some(disposition),
    }
}

fn invite(at: i64, attempt: AttemptId) -> LogEntry {
    let event = LogEvent::Invite { attempt, number: number(attempt.contact.0) };
    LogEntry { at: UnixMillis(at), event }
}

fn signal(at: i64, attempt: AttemptId, signal: Signal) -> LogEntry {
    LogEntry { at: UnixMillis(at), event: LogEvent::Signal(CarrierEvent { attempt, signal }) }
}

fn released(at: i64, attempt: AttemptId, cause: EndCause) -> LogEntry {
    signal(at, attempt, Signal::Released(cause))
}

impl Story {
    fn clean() -> Self {
        let dropped = vec![id(3, 1)];
        let end = LogEvent::Disconnected { dropped, problem: None };
        Self {
            contacts: (1..=4).map(number).collect(),
            attempts: vec![
                attempt(id(1, 1), 100, Disposition::Completed),
                attempt(id(2, 1), 100, Disposition::Busy),
                attempt(id(2, 2), 2_000, Disposition::Completed),
                attempt(id(3, 1), 900, Disposition::Uncertain),
                attempt(id(4, 1), 990, Disposition::Uncertain),
            ],
            log: vec![
                LogEntry { at: UnixMillis(50), event: LogEvent::Connected },
                invite(110, id(1, 1)),
                invite(110, id(2, 1)),
                released(150, id(2, 1), EndCause::Busy),
                signal(200, id(1, 1), Signal::Answered),
                released(300, id(1, 1), EndCause::LocalHangUp),
                invite(910, id(3, 1)),
                LogEntry { at: UnixMillis(1_001), event: end },
                invite(2_010, id(2, 2)),
                signal(2_020, id(2, 2), Signal::Answered),
                released(2_100, id(2, 2), EndCause::RemoteHangUp),
            ],
            lives: vec![
                Life {
                    started_at: UnixMillis(0),
                    ended_at: UnixMillis(1_000),
                    killed: true,
                    in_flight: 1,
                },
                Life {
                    started_at: UnixMillis(1_100),
                    ended_at: UnixMillis(3_000),
                    killed: false,
                    in_flight: 0,
                },
            ],
            channels: 2,
        }
    }

    fn judged(&self) -> Verdict {
        judge(&Evidence {
            contacts: &self.contacts,
            attempts: &self.attempts,
            log: &self.log,
            lives: &self.lives,
            channels: self.channels,
        })
    }

    /// Asserts that the verdict has one fault, of this kind and with this text.
    fn assert_convicted(&self, kind: &str, text: &str) {
        let verdict = self.judged();
        assert!(!verdict.is_clean());
        for (name, faults) in verdict.faults() {
            let expected = u64::from(name == kind);
            assert_eq!(faults.count, expected, "{name}: {:?}", faults.examples);
            if name == kind {
                assert!(faults.examples[0].contains(text), "{:?}", faults.examples);
            }
        }
    }
}

#[test]
fn a_clean_story_is_acquitted_and_counted() {
    let verdict = Story::clean().judged();
    assert!(verdict.is_clean(), "{verdict:?}");
    assert_eq!(verdict.invites, 4);
    assert_eq!((verdict.uncertain_max, verdict.kills_mid_call, verdict.in_flight_max), (2, 1, 1));
    assert_eq!(verdict.dispositions[&Disposition::Uncertain], 2);
}

#[test]
fn a_double_invite_for_one_attempt_is_dialling_twice() {
    let mut story = Story::clean();
    story.log.push(invite(2_200, id(3, 1)));
    story.assert_convicted("dialled_twice", "attempt 1-3-1 was invited again");
}

#[test]
fn an_uncertain_attempt_that_is_dialled_again_is_dialling_twice() {
    let mut story = Story::clean();
    story.attempts.push(attempt(id(3, 2), 2_000, Disposition::Completed));
    story.log.push(invite(2_200, id(3, 2)));
    story.log.push(signal(2_210, id(3, 2), Signal::Answered));
    story.assert_convicted("dialled_twice", "had not released 1-3-1");
}

#[test]
fn a_busy_call_whose_end_was_not_written_must_not_be_dialled_again_either() {
    let mut story = Story::clean();
    story.attempts[1].disposition = Some(Disposition::Uncertain);
    // Its end is 850 ms before the kill, so that the uncertainty itself is in order.
    story.channels = 3;
    story.assert_convicted("dialled_twice", "calls 1-2-1 to the same number uncertain");
}

#[test]
fn a_completed_call_that_is_dialled_again_is_dialling_twice() {
    let mut story = Story::clean();
    story.attempts.push(attempt(id(1, 2), 2_000, Disposition::Completed));
    story.log.push(invite(2_200, id(1, 2)));
    story.log.push(signal(2_210, id(1, 2), Signal::Answered));
    story.assert_convicted("dialled_twice", "1-1-1 to the same number ended: LocalHangUp");
}

#[test]
fn a_busy_call_that_is_dialled_again_before_it_has_ended_is_dialling_twice() {
    let mut story = Story::clean();
    let busy = story.log.remove(3);
    story.log.insert(8, busy);
    story.assert_convicted("dialled_twice", "had not released 1-2-1");
}

#[test]
fn a_contact_without_an_attempt_is_lost() {
    let mut story = Story::clean();
    story.contacts.push(number(5));
    story.assert_convicted("lost", "has an outcome");
}

#[test]
fn a_contact_that_was_busy_once_and_forgotten_is_lost() {
    let mut story = Story::clean();
    story.attempts.remove(2);
    story.log.truncate(8);
    story.assert_convicted("lost", "1-2-1 was busy, the first time");
}

#[test]
fn a_contact_whose_call_was_never_sent_is_lost() {
    let mut story = Story::clean();
    story.attempts[4].disposition = Some(Disposition::NotSent);
    story.assert_convicted("lost", "1-4-1 was not sent");
}

#[test]
fn a_call_that_the_ledger_does_not_know_is_lost() {
    let mut story = Story::clean();
    let stranger = LogEvent::Invite { attempt: id(9, 1), number: number(9) };
    story.log.push(LogEntry { at: UnixMillis(2_500), event: stranger });
    story.assert_convicted("lost", "asked for 1-9-1");
}

#[test]
fn an_attempt_without_an_end_and_its_contact_are_lost() {
    let mut story = Story::clean();
    story.attempts[4].disposition = None;
    let verdict = story.judged();
    assert_eq!(verdict.lost.count, 2, "{:?}", verdict.lost);
    assert!(verdict.lost.examples[0].contains("1-4-1 has no end"));
}

#[test]
fn more_uncertain_attempts_than_channels_have_no_explanation() {
    let mut story = Story::clean();
    story.channels = 1;
    story.assert_convicted("uncertain_unexplained", "left 2 of 1 channels");
}

#[test]
fn an_uncertain_attempt_that_ended_long_before_the_kill_has_no_explanation() {
    let mut story = Story::clean();
    story.lives[0].ended_at = UnixMillis(2_301);
    story.lives[1].started_at = UnixMillis(2_302);
    story.attempts[2].intent_at = UnixMillis(2_400);
    story.attempts[0].disposition = Some(Disposition::Uncertain);
    story.channels = 3;
    story.assert_convicted("uncertain_unexplained", "1-1-1 ended at");
}

#[test]
fn an_uncertain_attempt_of_an_owner_that_was_not_killed_has_no_explanation() {
    let mut story = Story::clean();
    story.attempts[4].intent_at = UnixMillis(2_000);
    story.assert_convicted("uncertain_unexplained", "its owner was not killed");
}

#[test]
fn an_uncertain_attempt_that_was_written_while_nobody_lived_has_no_explanation() {
    let mut story = Story::clean();
    story.attempts[4].intent_at = UnixMillis(1_050);
    story.assert_convicted("uncertain_unexplained", "while the program did not run");
}

#[test]
fn an_end_that_the_carrier_tells_otherwise_is_a_contradiction() {
    for wrong in [
        Disposition::Busy,
        Disposition::NoAnswer,
        Disposition::Rejected,
        Disposition::Unallocated,
        Disposition::OutOfService,
        Disposition::Congestion,
        Disposition::Failed,
        Disposition::InternalError,
    ] {
        let mut story = Story::clean();
        story.attempts[2].disposition = Some(wrong);
        story.assert_convicted("contradictions", &format!("1-2-2 is {wrong}"));
    }
    let mut story = Story::clean();
    story.log.remove(9);
    story.assert_convicted("contradictions", "1-2-2 is completed");
}

#[test]
fn a_call_to_another_number_than_the_attempts_is_a_contradiction() {
    let mut story = Story::clean();
    story.log[1].event = LogEvent::Invite { attempt: id(1, 1), number: number(7) };
    story.assert_convicted("contradictions", "was dialled");
}
