//! From the evidence to a verdict.
//!
//! The carrier's log says what was dialled, the export says what the ledger believes, and the lives
//! say when the program was killed. A fault is written down with what contradicts what.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use outcall_campaign::attempt::EndCause;
use outcall_campaign::{AttemptId, ContactId, Disposition, PhoneNumber, UnixMillis};
use outcall_telephony::Signal;
use outcall_telephony::remote::{LogEntry, LogEvent};

use super::program::LedgerAttempt;

/// How long before a kill a call may have ended whose end was not durable yet, in ms.
const UNWRITTEN_MS: i64 = 2_000;

/// How many faults of a kind are told in words.
const EXAMPLES: usize = 10;

/// One life of the program, from its start to its death.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    /// Just before it was started.
    pub started_at: UnixMillis,
    /// Just before it was killed, or just after it had ended by itself.
    pub ended_at: UnixMillis,
    /// Whether it was killed.
    pub killed: bool,
    /// The calls alive at the carrier when it was killed.
    pub in_flight: u64,
}

/// All that is known.
pub(super) struct Evidence<'a> {
    /// Whom the list names.
    pub contacts: &'a [PhoneNumber],
    /// What the ledger says at the end.
    pub attempts: &'a [LedgerAttempt],
    /// What the carrier has seen, in this order.
    pub log: &'a [LogEntry],
    /// When the program lived.
    pub lives: &'a [Life],
    /// How many calls it may have in flight.
    pub channels: u32,
}

/// Faults of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults {
    /// How many.
    pub count: u64,
    /// The first ones, in words.
    pub examples: Vec<String>,
}

impl Faults {
    fn add(&mut self, fault: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(fault());
        }
    }
}

/// What came out.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    /// Contacts without an outcome, calls without an attempt, attempts without an end.
    pub lost: Faults,
    /// Calls that must not have been placed.
    pub dialled_twice: Faults,
    /// Uncertain attempts for which there is no reason, or more than can have been in flight.
    pub unexplained: Faults,
    /// Ends that the carrier tells otherwise.
    pub contradictions: Faults,
    /// Uncertain attempts at most after one kill.
    pub uncertain_max: u64,
    /// Kills that found calls alive.
    pub kills_mid_call: u64,
    /// The most calls alive at a kill.
    pub in_flight_max: u64,
    /// INVITEs that the carrier has seen.
    pub invites: u64,
    /// Attempts by how they ended.
    pub dispositions: BTreeMap<Disposition, u64>,
}

impl Verdict {
    /// Nothing is wrong.
    pub(super) fn is_clean(&self) -> bool {
        self.faults().iter().all(|(_, faults)| faults.count == 0)
    }

    /// Every kind of fault with its name in the figures.
    pub(super) fn faults(&self) -> [(&'static str, &Faults); 4] {
        [
            ("lost", &self.lost),
            ("dialled_twice", &self.dialled_twice),
            ("uncertain_unexplained", &self.unexplained),
            ("contradictions", &self.contradictions),
        ]
    }
}

/// A call as the carrier saw it.
#[derive(Clone, Copy, Debug)]
struct SeenCall {
    number: PhoneNumber,
    answered: bool,
    released: Option<(UnixMillis, EndCause)>,
}

/// Everything about the calls that the log tells.
#[derive(Default)]
struct Seen {
    calls: HashMap<AttemptId, SeenCall>,
    /// Alive when their dialler was killed.
    dropped: HashSet<AttemptId>,
}

/// Judges.
pub(super) fn judge(evidence: &Evidence<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    let ledger: HashMap<AttemptId, &LedgerAttempt> =
        evidence.attempts.iter().map(|attempt| (attempt.id, attempt)).collect();
    let seen = read_log(evidence.log, &ledger, &mut verdict);
    find_lost(evidence, &seen, &ledger, &mut verdict);
    find_contradictions(evidence.attempts, &seen, &mut verdict);
    explain_uncertain(evidence, &seen, &mut verdict);
    let kills = evidence.lives.iter().filter(|life| life.killed);
    verdict.kills_mid_call = kills.clone().filter(|life| life.in_flight > 0).count() as u64;
    verdict.in_flight_max = kills.map(|life| life.in_flight).max().unwrap_or(0);
    verdict
}

/// Reads the log in order. At each INVITE it is known whether it may have been sent.
fn read_log(
    log: &[LogEntry],
    ledger: &HashMap<AttemptId, &LedgerAttempt>,
    verdict: &mut Verdict,
) -> Seen {
    let mut seen = Seen::default();
    let mut last_to: HashMap<PhoneNumber, AttemptId> = HashMap::new();
    for entry in log {
        match &entry.event {
            &LogEvent::Invite { attempt, number } => {
                verdict.invites += 1;
                let call = SeenCall { number, answered: false, released: None };
                if seen.calls.insert(attempt, call).is_some() {
                    verdict
                        .dialled_twice
                        .add(|| format!("attempt {attempt} was invited again at {}", entry.at));
                }
                let former = last_to.insert(number, attempt).filter(|&former| former != attempt);
                if let Some(problem) = former.and_then(|former| forbids(former, &seen, ledger)) {
                    verdict.dialled_twice.add(|| {
                        format!("attempt {attempt} was invited at {}, but {problem}", entry.at)
                    });
                }
            }
            LogEvent::Signal(event) => {
                let Some(call) = seen.calls.get_mut(&event.attempt) else { continue };
                match event.signal {
                    Signal::Answered => call.answered = true,
                    Signal::Released(cause) => call.released = Some((entry.at, cause)),
                    Signal::Ringing | Signal::EarlyMedia => {}
                }
            }
            LogEvent::Disconnected { dropped, .. } => seen.dropped.extend(dropped),
            LogEvent::Connected => {}
        }
    }
    seen
}

/// Why a number may not be dialled again after its former attempt; `None` when it may: the carrier
/// has called it busy by now, and the ledger knows that.
fn forbids(
    former: AttemptId,
    seen: &Seen,
    ledger: &HashMap<AttemptId, &LedgerAttempt>,
) -> Option<String> {
    match seen.calls.get(&former)?.released {
        None => return Some(format!("the carrier had not released {former} to the same number")),
        Some((_, EndCause::Busy)) => {}
        Some((_, cause)) => return Some(format!("{former} to the same number ended: {cause:?}")),
    }
    match ledger.get(&former).map(|attempt| attempt.disposition) {
        Some(Some(Disposition::Busy)) => None,
        Some(Some(other)) => Some(format!("the ledger calls {former} to the same number {other}")),
        Some(None) | None => {
            Some(format!("the ledger knows no end of {former} to the same number"))
        }
    }
}

fn find_lost(
    evidence: &Evidence<'_>,
    seen: &Seen,
    ledger: &HashMap<AttemptId, &LedgerAttempt>,
    verdict: &mut Verdict,
) {
    let mut last: BTreeMap<ContactId, &LedgerAttempt> = BTreeMap::new();
    for attempt in evidence.attempts {
        if attempt.disposition.is_none() {
            verdict.lost.add(|| format!("attempt {} has no end", attempt.id));
        }
        let latest = last.entry(attempt.id.contact).or_insert(attempt);
        if latest.id.attempt_no < attempt.id.attempt_no {
            *latest = attempt;
        }
    }
    let mut reached = HashSet::new();
    for (contact, attempt) in last {
        if let Some(problem) = unfinished(attempt) {
            verdict.lost.add(|| format!("contact {contact} was given up: {problem}"));
        }
        if attempt.disposition.is_some() {
            reached.insert(attempt.number);
        }
    }
    for number in evidence.contacts.iter().filter(|number| !reached.contains(number)) {
        verdict.lost.add(|| format!("no attempt to {number:?} has an outcome"));
    }
    let calls: BTreeSet<_> = seen.calls.keys().collect();
    for attempt in calls.into_iter().filter(|attempt| !ledger.contains_key(attempt)) {
        verdict.lost.add(|| format!("the carrier was asked for {attempt}, unknown to the ledger"));
    }
}

/// Why a contact whose last attempt this is should have been dialled once more.
fn unfinished(last: &LedgerAttempt) -> Option<String> {
    let id = last.id;
    let disposition = last.disposition?;
    if disposition == Disposition::Busy && id.attempt_no == 1 {
        return Some(format!("{id} was busy, the first time"));
    }
    (disposition == Disposition::NotSent).then(|| format!("{id} was not sent"))
}

fn find_contradictions(attempts: &[LedgerAttempt], seen: &Seen, verdict: &mut Verdict) {
    for attempt in attempts {
        let Some(disposition) = attempt.disposition else { continue };
        *verdict.dispositions.entry(disposition).or_default() += 1;
        let id = attempt.id;
        let call = seen.calls.get(&id);
        if let Some(call) = call.filter(|call| call.number != attempt.number) {
            verdict.contradictions.add(|| {
                format!("{id} is for {:?}, but {:?} was dialled", attempt.number, call.number)
            });
        }
        if !agrees(disposition, call) {
            verdict.contradictions.add(|| {
                let known = call.map(|call| (call.answered, call.released));
                format!("{id} is {disposition}; answered and released by the carrier: {known:?}")
            });
        }
    }
}

/// Whether an end is one that the carrier's signals allow.
fn agrees(disposition: Disposition, call: Option<&SeenCall>) -> bool {
    let Some(call) = call else {
        return matches!(disposition, Disposition::NotSent | Disposition::Uncertain);
    };
    let cause = call.released.map(|(_, cause)| cause);
    match disposition {
        Disposition::Uncertain | Disposition::Cancelled => true,
        // Nobody makes actors fail in this test.
        Disposition::NotSent | Disposition::InternalError => false,
        Disposition::Busy => cause == Some(EndCause::Busy),
        Disposition::NoAnswer => {
            matches!(cause, Some(EndCause::NoAnswer | EndCause::LocalHangUp)) && !call.answered
        }
        Disposition::Rejected => cause == Some(EndCause::Rejected),
        Disposition::Unallocated => cause == Some(EndCause::Unallocated),
        Disposition::OutOfService => cause == Some(EndCause::OutOfService),
        Disposition::Congestion => matches!(cause, Some(EndCause::Congestion { .. })),
        Disposition::Failed => cause == Some(EndCause::Failed),
        Disposition::Completed
        | Disposition::Incomplete
        | Disposition::CallBack
        | Disposition::OptedOut
        | Disposition::HungUp
        | Disposition::Abandoned
        | Disposition::Machine => call.answered,
    }
}

/// Counts uncertain attempts for each kill, and looks for the reason of each.
fn explain_uncertain(evidence: &Evidence<'_>, seen: &Seen, verdict: &mut Verdict) {
    let mut by_life = vec![0_u64; evidence.lives.len()];
    let is_uncertain =
        |attempt: &&LedgerAttempt| attempt.disposition == Some(Disposition::Uncertain);
    for attempt in evidence.attempts.iter().filter(is_uncertain) {
        let id = attempt.id;
        let wrote = |life: &Life| (life.started_at..=life.ended_at).contains(&attempt.intent_at);
        let life = evidence.lives.iter().position(wrote);
        let Some((index, life)) = life.map(|index| (index, &evidence.lives[index])) else {
            verdict.unexplained.add(|| format!("{id} was written while the program did not run"));
            continue;
        };
        by_life[index] += 1;
        if !life.killed {
            verdict.unexplained.add(|| format!("{id} is uncertain, but its owner was not killed"));
            continue;
        }
        let ended_at = match seen.calls.get(&id) {
            // The intent was durable, the INVITE had not left: nobody can know that afterwards.
            None => continue,
            Some(_) if seen.dropped.contains(&id) => continue,
            Some(call) => call.released.map(|(at, _)| at),
        };
        if ended_at.is_none_or(|at| life.ended_at.since(at) > UNWRITTEN_MS) {
            verdict.unexplained.add(|| {
                format!("{id} ended at {ended_at:?}, long before the kill at {}", life.ended_at)
            });
        }
    }
    for (life, &count) in evidence.lives.iter().zip(&by_life) {
        if count > evidence.channels.into() {
            let channels = evidence.channels;
            verdict.unexplained.add(|| {
                format!("the kill at {} left {count} of {channels} channels", life.ended_at)
            });
        }
    }
    verdict.uncertain_max = by_life.into_iter().max().unwrap_or(0);
}

#[cfg(test)]
mod tests;
