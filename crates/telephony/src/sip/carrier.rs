//! Real calls behind the carrier seam: SIP trunks and their audio.
//!
//! The user agent and the media plane have threads of their own; here their events are put
//! together, call by call, and become the seam's signals. Nothing here blocks.
//!
//! - `carrier/placing`: from an order to a trunk, and to the next one.
//! - `carrier/events`: what agent and streams tell.
//! - `carrier/incoming`: calls that come in. `carrier/traces`: what was said on failed calls.
//! - `carrier/start`: everything set up. `carrier/drain`: calls released at the end.

mod drain;
mod events;
mod incoming;
mod losses;
mod placing;
mod start;
mod traces;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crossbeam_channel::Receiver;
use outcall_campaign::attempt::EndCause;
use outcall_campaign::{AttemptId, UnixMillis};
use outcall_media::plane::MediaPlane;
use outcall_sip::passport::Signer;
use outcall_sip::{AgentEvent, CallKey, Command, UserAgent};

pub use self::incoming::{InboundCall, InboundSink};
pub(super) use self::start::agent_settings;
pub use self::start::{SipParts, SipStartError};
use super::call::{Progress, SipCall};
use super::causes::{CancelledBy, CauseTable, with_announcement};
use super::lines::{LineEvents, LineId, Lines};
use super::settings::SipSettings;
use super::trunk_plan::TrunkPlan;
use super::trunks::{TrunkReport, TrunkTable};
use crate::agenda::Agenda;
use crate::carrier::{CallOrder, Carrier, CarrierEvent, CarrierRoom, Signal, Waker};

/// How often to look for events while calls are alive and nobody wakes us, in ms.
const POLL_MS: i64 = 5;

/// How long the last word on a call's audio is waited for, in ms.
const CLOSING_MS: i64 = 500;

/// How soon a command is given again when the agent's queue was full, in ms.
const AGAIN_MS: i64 = 50;

/// What is due for a call.
#[derive(Clone, Copy, Debug)]
enum Due {
    /// It has rung long enough.
    RingLimit,
    /// Its audio has not said its last word.
    Close,
    /// The hang-up did not reach the agent.
    HangUp,
    /// An incoming call has lasted long enough.
    TalkLimit,
}

/// The trunks, shared with whoever paces by their room.
#[derive(Clone)]
struct Trunks(Arc<Mutex<TrunkTable>>);

impl Trunks {
    fn lock(&self) -> MutexGuard<'_, TrunkTable> {
        // Nothing under this lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CarrierRoom for Trunks {
    fn room(&self, now: UnixMillis) -> u32 {
        self.lock().room(now)
    }
}

/// An order that waits for a trunk.
struct Waiting {
    call: SipCall,
    since: UnixMillis,
}

/// SIP trunks behind the seam. Made by [`SipCarrier::start`].
pub struct SipCarrier {
    settings: Arc<SipSettings>,
    plans: Vec<TrunkPlan>,
    trunks: Trunks,
    causes: CauseTable,
    signer: Option<Signer>,
    agent: UserAgent,
    plane: MediaPlane,
    lines: Arc<Lines>,
    agent_events: Receiver<AgentEvent>,
    line_events: LineEvents,
    waker: Arc<OnceLock<Waker>>,
    calls: HashMap<CallKey, SipCall>,
    keys: HashMap<LineId, CallKey>,
    waiting: VecDeque<Waiting>,
    due: Agenda<(CallKey, Due)>,
    ready: Vec<CarrierEvent>,
    reports: HashMap<AttemptId, String>,
    inbound: incoming::Inbound,
    traces: traces::Traces,
    losses: losses::LossWatch,
    next_key: u64,
    /// When it was last asked. Its end has no clock.
    polled_at: UnixMillis,
    /// Distinguishes the Call-IDs of this process from those of others.
    realm: String,
}

impl SipCarrier {
    /// The trunks for a report.
    pub fn trunk_reports(&self, now: UnixMillis) -> Vec<TrunkReport> {
        self.trunks.lock().snapshot(now)
    }

    /// The audio of its calls.
    pub fn lines(&self) -> Arc<Lines> {
        Arc::clone(&self.lines)
    }

    /// What tells this process from others, in the names of its calls.
    pub fn salt(&self) -> &str {
        self.realm.split('.').next().unwrap_or_default()
    }

    fn signal(&mut self, key: CallKey, signal: Signal) {
        let Some(call) = self.calls.get(&key) else { return };
        if let LineId::Attempt(attempt) = call.line {
            self.ready.push(CarrierEvent { attempt, signal });
        }
    }

    /// The call is over: its channel comes free, its audio ends, and its end is told.
    fn close(&mut self, key: CallKey, cause: EndCause, now: UnixMillis) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.ends_as = Some(cause);
        call.progress = Progress::Closing;
        if let Some(trunk) = call.trunk.take() {
            self.trunks.lock().release(trunk);
        }
        match call.media.take() {
            Some(media) => {
                media.stream.close();
                self.due.put(now + CLOSING_MS, (key, Due::Close));
            }
            None => self.forget(key),
        }
    }

    /// Tells the end, and forgets the call.
    fn forget(&mut self, key: CallKey) {
        let Some(mut call) = self.calls.remove(&key) else { return };
        self.keys.remove(&call.line);
        call.report.heard = self.lines.take_heard(call.line);
        let announced = self.lines.take_announced(call.line);
        self.lines.remove(call.line);
        let cause = call.ends_as.unwrap_or(EndCause::Failed);
        let cause = if call.was_answered() { cause } else { with_announcement(cause, announced) };
        self.traces.call_over(&call, is_failure(cause));
        match call.line {
            LineId::Attempt(attempt) => {
                if let Some(report) = call.report.to_json() {
                    self.reports.insert(attempt, report);
                }
                self.ready.push(CarrierEvent { attempt, signal: Signal::Released(cause) });
            }
            LineId::Incoming(_) => self.inbound.ended(&call),
        }
    }

    fn release_waiting(&mut self, waiting: &Waiting, cause: EndCause) {
        // It waits because the tries before, if there were any, all failed.
        self.traces.call_over(&waiting.call, true);
        if let LineId::Attempt(attempt) = waiting.call.line {
            self.keys.remove(&waiting.call.line);
            if let Some(report) = waiting.call.report.to_json() {
                self.reports.insert(attempt, report);
            }
            self.ready.push(CarrierEvent { attempt, signal: Signal::Released(cause) });
        }
    }

    /// Ends a call that is alive, whatever its state.
    fn end_call(&mut self, key: CallKey, by: CancelledBy, now: UnixMillis) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.cancelled_by.get_or_insert(by);
        if self.agent.send(Command::HangUp { call: key }).is_err() {
            self.due.put(now + AGAIN_MS, (key, Due::HangUp));
        }
    }

    fn pass_due(&mut self, now: UnixMillis) {
        while let Some((key, due)) = self.due.take_due(now) {
            let Some(call) = self.calls.get(&key) else { continue };
            match due {
                Due::Close => self.forget(key),
                Due::HangUp => self.end_call(key, CancelledBy::Owner, now),
                Due::TalkLimit => self.end_call(key, CancelledBy::Owner, now),
                Due::RingLimit if call.progress < Progress::Answered => {
                    let limit = self.ring_limit(key);
                    match limit {
                        Some(at) if at > now => self.due.put(at, (key, Due::RingLimit)),
                        _ => self.end_call(key, CancelledBy::RingLimit, now),
                    }
                }
                Due::RingLimit => {}
            }
        }
    }

    fn ring_limit(&self, key: CallKey) -> Option<UnixMillis> {
        let call = self.calls.get(&key)?;
        let ring_ms = call.order?.ring_ms;
        Some(super::ring_limit::give_up_at(call.placed_at, call.rang_at, ring_ms))
    }

    /// When to be asked again.
    fn next_poll(&self, now: UnixMillis) -> Option<UnixMillis> {
        let alive = !self.calls.is_empty() || !self.waiting.is_empty();
        let unwoken = self.waker.get().is_none() && alive;
        let waiting = !self.waiting.is_empty();
        let soon = (unwoken || waiting).then_some(now + POLL_MS);
        // What is due for calls that are over by now is no reason to be asked.
        let due = if alive { self.due.next_at() } else { None };
        [soon, due].into_iter().flatten().min().map(|at| at.max(now + 1))
    }
}

/// Whether a call's messages are worth to be looked at.
fn is_failure(cause: EndCause) -> bool {
    matches!(cause, EndCause::Failed | EndCause::NotSent | EndCause::Congestion { .. })
}

impl Carrier for SipCarrier {
    fn place(&mut self, order: CallOrder, now: UnixMillis) {
        let line = LineId::Attempt(order.attempt);
        let waits = self.waiting.iter().any(|waiting| waiting.call.line == line);
        if waits || self.keys.contains_key(&line) {
            // The seam forbids a second call for one attempt; the first one goes on.
            return;
        }
        self.offer(SipCall::new(line, Some(order), now), now, now);
    }

    fn hang_up(&mut self, attempt: AttemptId, now: UnixMillis) {
        let line = LineId::Attempt(attempt);
        if let Some(at) = self.waiting.iter().position(|waiting| waiting.call.line == line) {
            if let Some(waiting) = self.waiting.remove(at) {
                self.release_waiting(&waiting, EndCause::LocalHangUp);
            }
            return;
        }
        let Some(&key) = self.keys.get(&line) else { return };
        let is_over = self.calls.get(&key).is_none_or(|it| it.progress == Progress::Closing);
        if !is_over {
            self.end_call(key, CancelledBy::Owner, now);
        }
    }

    fn poll(&mut self, now: UnixMillis, events: &mut Vec<CarrierEvent>) -> Option<UnixMillis> {
        self.polled_at = now;
        self.hear_lines(now);
        self.hear_agent(now);
        self.end_talked(now);
        self.pass_due(now);
        self.serve_waiting(now);
        self.watch_losses(now);
        events.append(&mut self.ready);
        self.next_poll(now)
    }

    fn wake_by(&mut self, waker: Waker) {
        self.lines.wake_carrier_by(Arc::clone(&waker));
        // A carrier has one driver for its whole life.
        drop(self.waker.set(waker));
    }

    fn take_report(&mut self, attempt: AttemptId) -> Option<String> {
        self.reports.remove(&attempt)
    }

    fn room(&self) -> Option<Arc<dyn CarrierRoom>> {
        Some(Arc::new(self.trunks.clone()))
    }
}

impl Drop for SipCarrier {
    fn drop(&mut self) {
        self.drain();
        self.tell_losses();
        // The agent is joined, and may wait for room in the queue, which nobody empties any more.
        self.agent_events = crossbeam_channel::never();
        self.agent.stop();
        self.plane.clone().stop();
    }
}
