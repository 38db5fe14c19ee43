//! What every carrier has to do, as checks that any implementation can run.
//!
//! The carrier's callees must be those of [`Fate::forced_by`](crate::simulated::Fate::forced_by):
//! the last two digits of a number decide what becomes of the call. A check steps a carrier only by
//! the instants that its `poll` asks for, so that one that forgets to ask is found out. A failed
//! check panics and says what was seen.
//!
//! A carrier that never says anything at all (the digits 11) is left out: it breaks the rule that
//! every order is released, which is what it is for.

use std::collections::BTreeMap;

use outcall_campaign::attempt::EndCause;
use outcall_campaign::{AttemptId, CampaignId, ContactId, PhoneNumber, UnixMillis};

use crate::carrier::{CallOrder, Carrier, CarrierEvent, Signal};

/// How long a check waits for a signal, in ms of the subject's time.
const PATIENCE_MS: i64 = 600_000;

/// How long an order may be sent after it was given, in ms.
const SEND_WITHIN_MS: i64 = 5_000;

/// How long nothing may come once everything is over, in ms.
const SILENCE_MS: i64 = 100;

/// The longest step, in ms, however far away the instant is that the carrier asks for.
const MAX_STEP_MS: i64 = 1_000;

/// Digits that are answered by somebody who stays on the line.
const STAYS: u64 = 50;
/// Digits that ring until the limit.
const RINGS: u64 = 2;
/// Digits that answer in the moment of the cancel.
const CROSSES: u64 = 12;

/// A carrier under test, with its time.
pub struct Subject {
    carrier: Box<dyn Carrier>,
    advance: Box<dyn FnMut(i64) -> UnixMillis>,
    ring_ms: i64,
    now: UnixMillis,
    seen: Vec<CarrierEvent>,
    wake: Option<UnixMillis>,
}

impl Subject {
    /// A carrier without calls.
    ///
    /// `ring_ms` is how long orders let ring: longer than the callees take to answer, and not so
    /// long that nobody wants to wait for it. `advance` lets this many ms pass, 0 included, and
    /// says the instant then: it moves a virtual clock, or sleeps.
    pub fn new(
        carrier: impl Carrier + 'static,
        ring_ms: i64,
        mut advance: impl FnMut(i64) -> UnixMillis + 'static,
    ) -> Self {
        let now = advance(0);
        let advance = Box::new(advance);
        Self { carrier: Box::new(carrier), advance, ring_ms, now, seen: Vec::new(), wake: None }
    }

    fn order(&self, contact: i64, last_two_digits: u64) -> CallOrder {
        let number = PhoneNumber::from_digits(12_025_550_100 + last_two_digits)
            .expect("invariant: eleven digits are an E.164 number");
        CallOrder {
            attempt: attempt(contact),
            number,
            caller_id: None,
            ring_ms: self.ring_ms,
            send_by: self.now + SEND_WITHIN_MS,
        }
    }

    fn place(&mut self, contact: i64, last_two_digits: u64) {
        let order = self.order(contact, last_two_digits);
        self.carrier.place(order, self.now);
    }

    fn hang_up(&mut self, contact: i64) {
        self.carrier.hang_up(attempt(contact), self.now);
    }

    fn poll(&mut self) {
        let asked_at = self.now;
        self.wake = self.carrier.poll(asked_at, &mut self.seen);
        if let Some(at) = self.wake {
            assert!(at > asked_at, "polled at {asked_at}, the carrier wants to be asked at {at}");
        }
    }

    /// Steps by the instants that the carrier asks for, until the signals seen will do.
    fn until(&mut self, what: &str, enough: impl Fn(&[CarrierEvent]) -> bool) {
        let start = self.now;
        loop {
            self.poll();
            if enough(&self.seen) {
                return;
            }
            let Some(wake) = self.wake else {
                panic!("the carrier wants no more polls before {what}; seen: {:?}", self.seen);
            };
            let waited_ms = self.now.since(start);
            assert!(waited_ms < PATIENCE_MS, "no {what} in {waited_ms} ms; seen: {:?}", self.seen);
            self.now = (self.advance)(wake.since(self.now).clamp(1, MAX_STEP_MS));
        }
    }

    fn until_signal(&mut self, contact: i64, wanted: Signal) {
        self.until(&format!("{wanted:?} of call {contact}"), |seen| {
            seen.iter().any(|event| event.attempt == attempt(contact) && event.signal == wanted)
        });
    }

    fn until_ringing(&mut self, contact: i64) {
        self.until(&format!("ringing of call {contact}"), |seen| {
            let rings = |signal| matches!(signal, Signal::Ringing | Signal::EarlyMedia);
            seen.iter().any(|event| event.attempt == attempt(contact) && rings(event.signal))
        });
    }

    fn until_released(&mut self, calls: usize) {
        self.until(&format!("release of {calls} calls"), |seen| {
            seen.iter().filter(|event| is_released(event.signal)).count() >= calls
        });
    }

    /// Checks that the carrier comes to rest, and that nothing more comes then.
    fn rest(&mut self) {
        let seen = self.seen.len();
        let start = self.now;
        loop {
            self.poll();
            let Some(wake) = self.wake else { break };
            let waited_ms = self.now.since(start);
            assert!(waited_ms < PATIENCE_MS, "without calls it asks for polls for {waited_ms} ms");
            self.now = (self.advance)(wake.since(self.now).clamp(1, MAX_STEP_MS));
        }
        self.now = (self.advance)(SILENCE_MS);
        self.poll();
        assert_eq!(self.wake, None, "a carrier without calls has something to do");
        let late = &self.seen[seen..];
        assert!(late.is_empty(), "signals after the last release: {late:?}");
    }

    fn signals(&self, contact: i64) -> Vec<Signal> {
        let own = self.seen.iter().filter(|event| event.attempt == attempt(contact));
        own.map(|event| event.signal).collect()
    }

    fn cause(&self, contact: i64) -> EndCause {
        let signals = self.signals(contact);
        match signals.last() {
            Some(&Signal::Released(cause)) => cause,
            last => panic!("the last signal of call {contact} is {last:?} in {signals:?}"),
        }
    }

    fn assert_cause(&self, contact: i64, digits: u64, wanted: EndCause) {
        let cause = self.cause(contact);
        // How long to keep away is the carrier's own affair.
        let is_same = match (wanted, cause) {
            (EndCause::Congestion { .. }, EndCause::Congestion { .. }) => true,
            (wanted, cause) => wanted == cause,
        };
        assert!(is_same, "a call to ..{digits:02} ended with {cause:?} instead of {wanted:?}");
    }
}

fn attempt(contact: i64) -> AttemptId {
    AttemptId { campaign: CampaignId(1), contact: ContactId(contact), attempt_no: 1 }
}

fn is_released(signal: Signal) -> bool {
    matches!(signal, Signal::Released(_))
}

/// What calls that are left alone end with; the first one is answered before.
const OUTCOMES: [(u64, EndCause); 7] = [
    (8, EndCause::RemoteHangUp),
    (1, EndCause::Busy),
    (RINGS, EndCause::NoAnswer),
    (3, EndCause::Unallocated),
    (4, EndCause::Congestion { retry_after_ms: None }),
    (5, EndCause::Rejected),
    (6, EndCause::Failed),
];

/// Runs every check, each on a carrier of its own.
///
/// # Panics
/// When the carrier does not do what it has to.
pub fn check(mut make: impl FnMut() -> Subject) {
    for (digits, cause) in OUTCOMES {
        a_call_left_alone_ends_as_its_number_says(make(), digits, cause);
    }
    for digits in [7, 9, 10, STAYS] {
        an_answered_call_lasts_until_we_hang_up(make(), digits);
    }
    an_idle_carrier_asks_for_nothing(make());
    hanging_up_what_is_unknown_or_over_does_nothing(make());
    a_second_order_for_an_attempt_makes_no_second_call(make());
    a_call_can_be_cancelled_before_it_rings(make());
    a_ringing_call_can_be_cancelled(make());
    an_answer_can_cross_the_cancel(make());
    hanging_up_twice_releases_once(make());
    calls_do_not_disturb_each_other(make());
}

/// Checks what holds for the signals of any call.
///
/// # Panics
/// When a call was not released exactly once and last, or its signals go back.
pub fn assert_sound(events: &[CarrierEvent]) {
    let mut calls: BTreeMap<AttemptId, Vec<Signal>> = BTreeMap::new();
    for event in events {
        calls.entry(event.attempt).or_default().push(event.signal);
    }
    for (attempt, signals) in calls {
        let released = signals.iter().filter(|&&signal| is_released(signal)).count();
        assert_eq!(released, 1, "{attempt} was released {released} times: {signals:?}");
        let steps: Vec<_> = signals.iter().map(|&signal| step(signal)).collect();
        assert!(
            steps.is_sorted_by(|a, b| a <= b),
            "{attempt}: its signals are out of order: {signals:?}"
        );
        let answers = steps.iter().filter(|&&step| step == ANSWERED).count();
        assert!(answers <= 1, "{attempt} was answered {answers} times: {signals:?}");
    }
}

const ANSWERED: u8 = 2;

/// Ringing may be said more than once, as 180 and 183 may; the rest has its order.
fn step(signal: Signal) -> u8 {
    match signal {
        Signal::Ringing | Signal::EarlyMedia => 1,
        Signal::Answered => ANSWERED,
        Signal::Released(_) => 3,
    }
}

fn a_call_left_alone_ends_as_its_number_says(mut subject: Subject, digits: u64, cause: EndCause) {
    subject.place(1, digits);
    subject.until_released(1);
    subject.rest();
    assert_sound(&subject.seen);
    subject.assert_cause(1, digits, cause);
    let answered = subject.signals(1).contains(&Signal::Answered);
    let is_answered = cause == EndCause::RemoteHangUp;
    assert_eq!(answered, is_answered, "whether a call to ..{digits:02} was answered");
}

fn an_answered_call_lasts_until_we_hang_up(mut subject: Subject, digits: u64) {
    subject.place(1, digits);
    subject.until_signal(1, Signal::Answered);
    subject.hang_up(1);
    subject.until_released(1);
    subject.rest();
    assert_sound(&subject.seen);
    subject.assert_cause(1, digits, EndCause::LocalHangUp);
    let first = subject.signals(1)[0];
    let rang = matches!(first, Signal::Ringing | Signal::EarlyMedia);
    assert!(rang, "a call to ..{digits:02} began with {first:?} instead of ringing");
}

fn an_idle_carrier_asks_for_nothing(mut subject: Subject) {
    subject.rest();
    assert_eq!(subject.seen, [], "signals without a call");
}

fn hanging_up_what_is_unknown_or_over_does_nothing(mut subject: Subject) {
    subject.hang_up(7);
    subject.place(1, 1);
    subject.until_released(1);
    subject.hang_up(1);
    subject.hang_up(7);
    subject.rest();
    assert_sound(&subject.seen);
    assert_eq!(subject.signals(7), [], "signals of a call that was never placed");
}

fn a_second_order_for_an_attempt_makes_no_second_call(mut subject: Subject) {
    subject.place(1, STAYS);
    subject.place(1, 1);
    subject.until_signal(1, Signal::Answered);
    subject.place(1, STAYS);
    subject.hang_up(1);
    subject.until_released(1);
    subject.rest();
    assert_sound(&subject.seen);
    subject.assert_cause(1, STAYS, EndCause::LocalHangUp);
}

fn a_call_can_be_cancelled_before_it_rings(mut subject: Subject) {
    subject.place(1, RINGS);
    subject.hang_up(1);
    subject.until_released(1);
    subject.rest();
    assert_sound(&subject.seen);
    subject.assert_cause(1, RINGS, EndCause::LocalHangUp);
}

fn a_ringing_call_can_be_cancelled(mut subject: Subject) {
    subject.place(1, RINGS);
    subject.until_ringing(1);
    subject.hang_up(1);
    subject.until_released(1);
    subject.rest();
    assert_sound(&subject.seen);
    subject.assert_cause(1, RINGS, EndCause::LocalHangUp);
    assert!(!subject.signals(1).contains(&Signal::Answered), "a cancelled call was answered");
}

fn an_answer_can_cross_the_cancel(mut subject: Subject) {
    subject.place(1, CROSSES);
    subject.until_ringing(1);
    subject.hang_up(1);
    subject.until_signal(1, Signal::Answered);
    subject.hang_up(1);
    subject.until_released(1);
    subject.rest();
    assert_sound(&subject.seen);
    subject.assert_cause(1, CROSSES, EndCause::LocalHangUp);
}

fn hanging_up_twice_releases_once(mut subject: Subject) {
    subject.place(1, STAYS);
    subject.until_signal(1, Signal::Answered);
    subject.hang_up(1);
    subject.hang_up(1);
    subject.until_released(1);
    subject.rest();
    assert_sound(&subject.seen);
}

fn calls_do_not_disturb_each_other(mut subject: Subject) {
    let count = OUTCOMES.len() * 3;
    for contact in 0..count {
        let (digits, _) = OUTCOMES[contact % OUTCOMES.len()];
        subject.place(contact as i64, digits);
    }
    subject.until_released(count);
    subject.rest();
    assert_sound(&subject.seen);
    for contact in 0..count {
        let (digits, cause) = OUTCOMES[contact % OUTCOMES.len()];
        subject.assert_cause(contact as i64, digits, cause);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    use super::*;
    use crate::simulated::{SimulatedCarrier, World};

    fn simulated() -> SimulatedCarrier {
        let world = World { forced_by_digits: true, ..World::default() };
        SimulatedCarrier::new(Arc::new(world))
    }

    fn subject(carrier: impl Carrier + 'static) -> Subject {
        let mut now = UnixMillis(0);
        Subject::new(carrier, 60_000, move |ms| {
            now = now + ms;
            now
        })
    }

    #[test]
    fn the_simulated_carrier_conforms() {
        check(|| subject(simulated()));
    }

    /// What a faulty carrier makes of the signals of a sound one.
    type Fault = fn(&mut Vec<CarrierEvent>, &mut Option<UnixMillis>);

    struct Faulty(SimulatedCarrier, Fault);

    impl Carrier for Faulty {
        fn place(&mut self, order: CallOrder, now: UnixMillis) {
            self.0.place(order, now);
        }

        fn hang_up(&mut self, attempt: AttemptId, now: UnixMillis) {
            self.0.hang_up(attempt, now);
        }

        fn poll(&mut self, now: UnixMillis, events: &mut Vec<CarrierEvent>) -> Option<UnixMillis> {
            let mut own = Vec::new();
            let mut wake = self.0.poll(now, &mut own);
            (self.1)(&mut own, &mut wake);
            events.append(&mut own);
            wake
        }
    }

    fn verdict(fault: Fault) -> String {
        let checked = catch_unwind(AssertUnwindSafe(|| {
            check(|| subject(Faulty(simulated(), fault)));
        }));
        let panic = checked.expect_err("a faulty carrier passed");
        panic.downcast_ref::<String>().cloned().expect("a message with figures")
    }

    #[test]
    fn faulty_carriers_are_found_out() {
        let faults: [(Fault, &str); 6] = [
            (
                |events, _| {
                    let released = events.iter().copied().find(|e| is_released(e.signal));
                    events.extend(released);
                },
                "was released 2 times",
            ),
            (|events, _| events.retain(|e| !is_released(e.signal)), "before release of 1 calls"),
            (|_, wake| *wake = None, "wants no more polls"),
            (|_, wake| *wake = Some(UnixMillis(0)), "wants to be asked at"),
            (|_, wake| *wake = wake.or(Some(UnixMillis(i64::MAX))), "without calls"),
            (
                |events, _| {
                    for event in events.iter_mut().filter(|e| is_released(e.signal)) {
                        event.signal = Signal::Released(EndCause::Failed);
                    }
                },
                "instead of",
            ),
        ];
        for (fault, wanted) in faults {
            let verdict = verdict(fault);
            assert!(verdict.contains(wanted), "{wanted:?} not in {verdict:?}");
        }
    }

    #[test]
    fn an_answer_before_the_ringing_is_out_of_order() {
        let event = |signal| CarrierEvent { attempt: attempt(1), signal };
        let released = Signal::Released(EndCause::LocalHangUp);
        let events = [Signal::Answered, Signal::Ringing, released].map(event);
        assert!(catch_unwind(|| assert_sound(&events)).is_err());
        assert_sound(&[Signal::Ringing, Signal::Answered, released].map(event));
    }
}
