//! Plays scripts behind the carrier seam.

use std::collections::HashMap;
use std::sync::Arc;

use outcall_campaign::attempt::EndCause;
use outcall_campaign::{AttemptId, UnixMillis};

use super::script::{Callee, Fate, Script};
use super::world::World;
use crate::agenda::Agenda;
use crate::carrier::{CallOrder, Carrier, CarrierEvent, Signal};

/// How long the simulated network takes to confirm a release, in ms.
const RELEASE_MS: i64 = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Placed,
    Ringing,
    Answered,
    Releasing,
}

struct Call {
    line: Line,
    script: Script,
    ring_ms: i64,
}

#[derive(Clone, Copy)]
enum Step {
    Ring,
    FinishRinging,
    HangUp,
    Release(EndCause),
}

/// A carrier without a network. See [`super`] for what its outcomes follow from.
pub struct SimulatedCarrier {
    world: Arc<World>,
    calls: HashMap<AttemptId, Call>,
    agenda: Agenda<(AttemptId, Step)>,
}

impl SimulatedCarrier {
    /// A carrier in this world, with no calls.
    pub fn new(world: Arc<World>) -> Self {
        Self { world, calls: HashMap::new(), agenda: Agenda::default() }
    }

    /// How many calls it carries now.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    fn congestion(&self) -> EndCause {
        let wish_ms = self.world.retry_after_ms;
        EndCause::Congestion { retry_after_ms: (wish_ms > 0).then_some(wish_ms) }
    }

    fn step(&mut self, attempt: AttemptId, step: Step, at: UnixMillis) -> Option<Signal> {
        let call = self.calls.get_mut(&attempt)?;
        match step {
            Step::Ring if call.line == Line::Placed => {
                call.line = Line::Ringing;
                let rings_for_ms = match call.script.fate {
                    Fate::NoAnswer | Fate::AnswersTheCancel => call.ring_ms,
                    Fate::Answered(_)
                    | Fate::Busy
                    | Fate::Rejected
                    | Fate::Unallocated
                    | Fate::Congestion
                    | Fate::Failed
                    | Fate::Silent => call.script.ring_ms.min(call.ring_ms),
                };
                let early_media = call.script.early_media;
                self.agenda.put(at + rings_for_ms, (attempt, Step::FinishRinging));
                Some(if early_media { Signal::EarlyMedia } else { Signal::Ringing })
            }
            Step::FinishRinging if call.line == Line::Ringing => {
                // Nobody picks up after the ring limit, whatever the script says.
                let in_time = call.script.ring_ms < call.ring_ms;
                match call.script.fate {
                    Fate::Answered(callee) if in_time => {
                        call.line = Line::Answered;
                        if callee == Callee::HangsUp {
                            let talk_ms = call.script.talk_ms;
                            self.agenda.put(at + talk_ms, (attempt, Step::HangUp));
                        }
                        Some(Signal::Answered)
                    }
                    Fate::Rejected => self.release(attempt, EndCause::Rejected),
                    Fate::Answered(_)
                    | Fate::Busy
                    | Fate::NoAnswer
                    | Fate::Unallocated
                    | Fate::Congestion
                    | Fate::Failed
                    | Fate::Silent
                    | Fate::AnswersTheCancel => self.release(attempt, EndCause::NoAnswer),
                }
            }
            Step::HangUp if call.line == Line::Answered => {
                self.release(attempt, EndCause::RemoteHangUp)
            }
            Step::Release(cause) => self.release(attempt, cause),
            Step::Ring | Step::FinishRinging | Step::HangUp => None,
        }
    }

    fn release(&mut self, attempt: AttemptId, cause: EndCause) -> Option<Signal> {
        self.calls.remove(&attempt).map(|_| Signal::Released(cause))
    }
}

impl Carrier for SimulatedCarrier {
    fn place(&mut self, order: CallOrder, now: UnixMillis) {
        let attempt = order.attempt;
        if self.calls.contains_key(&attempt) {
            // The seam forbids a second call for one attempt; the first one goes on.
            return;
        }
        let script = Script::draw(&self.world, attempt, order.number, now);
        let full = self.world.channels > 0 && self.calls.len() >= self.world.channels as usize;
        let fate = if full { Fate::Congestion } else { script.fate };
        let after = now + script.post_dial_delay_ms;
        match fate {
            Fate::Busy => self.agenda.put(after, (attempt, Step::Release(EndCause::Busy))),
            Fate::Unallocated => {
                self.agenda.put(after, (attempt, Step::Release(EndCause::Unallocated)));
            }
            Fate::Failed => self.agenda.put(after, (attempt, Step::Release(EndCause::Failed))),
            // A trunk that is full says so at once.
            Fate::Congestion => {
                let cause = self.congestion();
                self.agenda.put(now + RELEASE_MS, (attempt, Step::Release(cause)));
            }
            Fate::Silent => {}
            Fate::Answered(_) | Fate::NoAnswer | Fate::Rejected | Fate::AnswersTheCancel => {
                self.agenda.put(after, (attempt, Step::Ring));
            }
        }
        self.calls.insert(attempt, Call { line: Line::Placed, script, ring_ms: order.ring_ms });
    }

    fn hang_up(&mut self, attempt: AttemptId, now: UnixMillis) {
        let Some(call) = self.calls.get_mut(&attempt) else { return };
        match (call.line, call.script.fate) {
            // This carrier never says anything, not even now. Its side of the call is dropped.
            (_, Fate::Silent) => {
                self.calls.remove(&attempt);
            }
            (Line::Placed | Line::Ringing, Fate::AnswersTheCancel) => {
                call.line = Line::Ringing;
                call.ring_ms = i64::MAX;
                call.script.fate = Fate::Answered(Callee::HangsUp);
                self.agenda.put(now + RELEASE_MS, (attempt, Step::FinishRinging));
            }
            (Line::Placed | Line::Ringing | Line::Answered, _) => {
                call.line = Line::Releasing;
                let cause = EndCause::LocalHangUp;
                self.agenda.put(now + RELEASE_MS, (attempt, Step::Release(cause)));
            }
            (Line::Releasing, _) => {}
        }
    }

    fn poll(&mut self, now: UnixMillis, events: &mut Vec<CarrierEvent>) -> Option<UnixMillis> {
        while let Some((at, (attempt, step))) = self.agenda.take_due_at(now) {
            if let Some(signal) = self.step(attempt, step, at) {
                events.push(CarrierEvent { attempt, signal });
            }
        }
        self.agenda.next_at()
    }
}

#[cfg(test)]
mod tests {
    use outcall_campaign::{CampaignId, ContactId, PhoneNumber};

    use super::*;

    fn order(contact: i64, last_two_digits: u64) -> CallOrder {
        CallOrder {
            attempt: AttemptId {
                campaign: CampaignId(1),
                contact: ContactId(contact),
                attempt_no: 1,
            },
            number: PhoneNumber::from_digits(12_025_550_100 + last_two_digits).unwrap(),
            caller_id: None,
            ring_ms: 60_000,
            send_by: UnixMillis(60_000),
        }
    }

    fn forced() -> SimulatedCarrier {
        let world = World { forced_by_digits: true, ..World::default() };
        SimulatedCarrier::new(Arc::new(world))
    }

    /// All signals of one call that is left alone, with the released cause last.
    fn signals(last_two_digits: u64) -> Vec<Signal> {
        let mut carrier = forced();
        carrier.place(order(1, last_two_digits), UnixMillis(0));
        let mut events = Vec::new();
        let mut now = UnixMillis(0);
        while let Some(at) = carrier.poll(now, &mut events) {
            now = at;
        }
        events.into_iter().map(|event| event.signal).collect()
    }

    #[test]
    fn the_last_digits_force_the_outcome() {
        let released = |digits| signals(digits).pop();
        assert_eq!(released(1), Some(Signal::Released(EndCause::Busy)));
        assert_eq!(released(2), Some(Signal::Released(EndCause::NoAnswer)));
        assert_eq!(released(3), Some(Signal::Released(EndCause::Unallocated)));
        let retry_after_ms = Some(2_000);
        let congestion = EndCause::Congestion { retry_after_ms };
        assert_eq!(released(4), Some(Signal::Released(congestion)));
        assert_eq!(released(5), Some(Signal::Released(EndCause::Rejected)));
        assert_eq!(released(6), Some(Signal::Released(EndCause::Failed)));
        assert_eq!(released(8), Some(Signal::Released(EndCause::RemoteHangUp)));
        assert_eq!(released(11), None);
        assert_eq!(released(50), Some(Signal::Answered));
    }

    #[test]
    fn an_answer_can_cross_the_cancel() {
        let mut carrier = forced();
        let order = order(1, 12);
        carrier.place(order, UnixMillis(0));
        let mut events = Vec::new();
        carrier.poll(UnixMillis(10_000), &mut events);
        carrier.hang_up(order.attempt, UnixMillis(10_000));
        carrier.poll(UnixMillis(10_100), &mut events);
        assert_eq!(events.last().map(|event| event.signal), Some(Signal::Answered));
        carrier.hang_up(order.attempt, UnixMillis(10_100));
        carrier.poll(UnixMillis(10_200), &mut events);
        let released = Signal::Released(EndCause::LocalHangUp);
        assert_eq!(events.last().map(|event| event.signal), Some(released));
        assert_eq!(carrier.calls(), 0);
    }

    #[test]
    fn a_full_carrier_answers_503() {
        let world = World { channels: 1, forced_by_digits: true, ..World::default() };
        let mut carrier = SimulatedCarrier::new(Arc::new(world));
        carrier.place(order(1, 50), UnixMillis(0));
        carrier.place(order(2, 50), UnixMillis(0));
        let mut events = Vec::new();
        carrier.poll(UnixMillis(RELEASE_MS), &mut events);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].attempt, order(2, 50).attempt);
    }
}
