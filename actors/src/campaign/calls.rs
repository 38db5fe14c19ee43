//! A campaign's calls: started, watched, ended, recorded.

use std::collections::HashMap;
use std::sync::Arc;

use actix::prelude::*;
use outcall_campaign::attempt::{CARRIER_GRACE_MS, Event, Limits, Phase};
use outcall_campaign::caller_id::{CallerIdPool, CallerIdUsage};
use outcall_campaign::retry::NextStep;
use outcall_campaign::{AttemptId, Disposition, PhoneNumber, UnixMillis};
use outcall_ledger::{Intent, ProgressMark};
use tokio::sync::OwnedSemaphorePermit;

use super::{Campaign, RobotWanted};
use crate::call::{Call, CallEnded, CallEvent};
use crate::dispatcher::Congested;
use crate::recorder::{LedgerLost, Progress, Record, Recorded};
use crate::stats::EngineStats;
use crate::time::TimeMode;

/// How many ends are gathered before they are sent off without waiting for the tick.
const ENDS_AT_ONCE: usize = 512;

/// How often progress is written, in ms. Calls that end sooner need none: their end says it all.
const MARK_EVERY_MS: i64 = 1_000;

/// How long after a deadline was passed on, it is passed on once more, in ms.
const DEADLINE_AGAIN_MS: i64 = CARRIER_GRACE_MS + 500;

/// How long the dispatcher is to keep away from a trunk that names no time itself, in ms.
const CONGESTION_PAUSE_MS: u64 = 1_000;

/// The longest time a carrier's wish is followed, in ms: a forged Retry-After stops nobody for a
/// day.
const CONGESTION_PAUSE_MAX_MS: u64 = 300_000;

const DAY_MS: i64 = 86_400_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Ringing,
    WaitingForRobot,
    Talking,
}

/// A call that is alive.
pub(super) struct Live {
    call: Addr<Call>,
    channel: OwnedSemaphorePermit,
    robot: Option<OwnedSemaphorePermit>,
    stage: Stage,
    placed_at: UnixMillis,
    caller_id: Option<PhoneNumber>,
}

/// How much each caller ID is used.
#[derive(Default)]
pub struct CallerIdUse {
    day: i64,
    used: HashMap<PhoneNumber, CallerIdUsage>,
}

impl CallerIdUse {
    /// Days are UTC days: the limit protects a number's reputation, not a callee.
    fn turn_day(&mut self, now: UnixMillis) {
        let day = now.0.div_euclid(DAY_MS);
        if day != self.day {
            self.day = day;
            for usage in self.used.values_mut() {
                usage.today = 0;
            }
        }
    }

    fn of(&self, number: PhoneNumber) -> CallerIdUsage {
        self.used.get(&number).copied().unwrap_or_default()
    }

    /// How many calls the pool allows now.
    pub(super) fn room(&mut self, pool: &CallerIdPool, now: UnixMillis) -> u32 {
        if pool.0.is_empty() {
            return u32::MAX;
        }
        self.turn_day(now);
        let rooms = pool.0.iter().map(|own| {
            let usage = self.of(own.number);
            let room =
                |max: Option<u32>, used: u32| max.map_or(u32::MAX, |max| max.saturating_sub(used));
            room(own.max_concurrent, usage.concurrent).min(room(own.max_per_day, usage.today))
        });
        rooms.fold(0, u32::saturating_add)
    }

    fn choose(
        &mut self,
        pool: &CallerIdPool,
        callee: PhoneNumber,
        now: UnixMillis,
    ) -> Option<PhoneNumber> {
        self.turn_day(now);
        let chosen = pool.choose(callee, |number| self.of(number))?;
        let usage = self.used.entry(chosen).or_default();
        usage.concurrent += 1;
        usage.today += 1;
        Some(chosen)
    }

    fn give_back(&mut self, number: PhoneNumber) {
        if let Some(usage) = self.used.get_mut(&number) {
            usage.concurrent = usage.concurrent.saturating_sub(1);
        }
    }
}

impl Campaign {
    pub(super) fn start_call(
        &mut self,
        intent: Intent,
        channel: OwnedSemaphorePermit,
        now: UnixMillis,
    ) {
        let Some(peers) = &self.call_peers else { return };
        let plan = &self.plan;
        let limits = Limits {
            send_by: intent.send_by,
            ring_ms: plan.ring_ms,
            robot_wait_ms: plan.robot_wait_ms,
            talk_ms: plan.talk_ms,
        };
        let caller_id = self.caller_ids.choose(&plan.caller_ids, intent.number, now);
        let shared = Arc::clone(&self.shared);
        let call = Call::new(intent, limits, caller_id, Arc::clone(peers), shared).start();
        let stage = Stage::Ringing;
        let live = Live { call, channel, robot: None, stage, placed_at: now, caller_id };
        self.live.insert(intent.attempt, live);
        self.ringing += 1;
        self.breaker.placed(now);
        self.deadlines.put(now + plan.ring_ms + CARRIER_GRACE_MS, intent.attempt);
        self.deadlines.prune(|attempt| self.live.contains_key(attempt));
        self.mark(intent.attempt, Phase::Invited, now);
        EngineStats::add(&self.shared.stats.live, 1);
    }

    fn mark(&mut self, attempt: AttemptId, phase: Phase, at: UnixMillis) {
        // Marks are for the recovery of a process that died, which none does in virtual time.
        if self.shared.mode == TimeMode::Real {
            self.marks.push(ProgressMark { attempt, phase, at });
        }
    }

    pub(super) fn tell(&self, attempt: AttemptId, event: Event) {
        let Some(live) = self.live.get(&attempt) else { return };
        if live.call.try_send(CallEvent::of(event)).is_err() && live.call.connected() {
            EngineStats::add(&self.shared.stats.undelivered, 1);
        }
    }

    pub(super) fn pass_deadlines(&mut self, now: UnixMillis) {
        while let Some(attempt) = self.deadlines.take_due(now) {
            if self.live.contains_key(&attempt) {
                self.tell(attempt, Event::Deadline);
                // The call knows whether it really was one. Until it is gone, ask again.
                self.deadlines.put(now + DEADLINE_AGAIN_MS, attempt);
            }
        }
    }

    /// Gives free robots to answered calls, the longest waiting first.
    pub(super) fn serve_waiting(&mut self) {
        while let Some(&attempt) = self.waiting.front() {
            let Some(live) = self.live.get_mut(&attempt) else {
                self.waiting.pop_front();
                continue;
            };
            let slots = Arc::clone(&self.peers.robot_slots);
            let talking = self.talking - u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
            if talking >= self.plan.robots {
                return;
            }
            let Ok(robot) = slots.try_acquire_owned() else { return };
            live.robot = Some(robot);
            live.stage = Stage::Talking;
            self.waiting.pop_front();
            self.tell(attempt, Event::RobotReady);
            self.deadlines.put(self.shared.now() + self.plan.talk_ms, attempt);
        }
    }

    fn forget(&mut self, attempt: AttemptId) -> Option<Live> {
        let live = self.live.remove(&attempt)?;
        match live.stage {
            Stage::Ringing => self.ringing -= 1,
            Stage::Talking => self.talking -= 1,
            Stage::WaitingForRobot => {
                self.talking -= 1;
                self.waiting.retain(|&other| other != attempt);
            }
        }
        if let Some(number) = live.caller_id {
            self.caller_ids.give_back(number);
        }
        EngineStats::sub(&self.shared.stats.live, 1);
        Some(live)
    }

    fn note_congestion(&self, retry_after_ms: Option<u64>) {
        let pause_ms = retry_after_ms.unwrap_or(CONGESTION_PAUSE_MS).min(CONGESTION_PAUSE_MAX_MS);
        let until = self.shared.now() + pause_ms.cast_signed();
        if self.peers.dispatcher.try_send(Congested { until }).is_err() {
            EngineStats::add(&self.shared.stats.undelivered, 1);
        }
    }

    /// Hands the ends to the recorder, with the channels that they still hold.
    pub(super) fn flush_ends(&mut self, ctx: &mut Context<Self>) {
        if self.ended.is_empty() {
            return;
        }
        let record = Record {
            campaign: self.plan.id,
            rules: Arc::clone(&self.rules),
            ends: std::mem::take(&mut self.ended),
            permits: std::mem::take(&mut self.ended_permits),
            reply_to: ctx.address(),
        };
        let count = record.ends.len();
        match self.peers.recorder.try_send(record) {
            Ok(()) => self.recording += count,
            Err(refused) => {
                // Kept for the next tick, permits and all.
                EngineStats::add(&self.shared.stats.undelivered, 1);
                let record = refused.into_inner();
                self.ended = record.ends;
                self.ended_permits = record.permits;
            }
        }
    }

    /// Writes how far the calls have come that are still alive.
    pub(super) fn flush_marks(&mut self, now: UnixMillis) {
        if now.since(self.marked_at) < MARK_EVERY_MS {
            return;
        }
        self.marked_at = now;
        let mut marks = std::mem::take(&mut self.marks);
        marks.retain(|mark| self.live.contains_key(&mark.attempt));
        if !marks.is_empty() {
            // A mark only sharpens what recovery can say; its loss does no harm.
            drop(self.peers.recorder.try_send(Progress { marks }));
        }
    }
}

impl Handler<RobotWanted> for Campaign {
    type Result = ();

    fn handle(&mut self, RobotWanted { attempt }: RobotWanted, _: &mut Self::Context) {
        let now = self.shared.now();
        let Some(live) = self.live.get_mut(&attempt) else { return };
        live.stage = Stage::WaitingForRobot;
        self.ringing -= 1;
        self.talking += 1;
        self.waiting.push_back(attempt);
        self.mark(attempt, Phase::Answered, now);
        EngineStats::add(&self.shared.stats.answered, 1);
        self.serve_waiting();
        if self.waiting.back() == Some(&attempt) {
            self.deadlines.put(now + self.plan.robot_wait_ms, attempt);
        }
    }
}

impl Handler<CallEnded> for Campaign {
    type Result = ();

    fn handle(&mut self, CallEnded { end, crashed }: CallEnded, ctx: &mut Self::Context) {
        let Some(live) = self.forget(end.attempt) else {
            tracing::error!(attempt = %end.attempt, "a call ended that was not alive");
            return;
        };
        if crashed {
            EngineStats::add(&self.shared.stats.crashed, 1);
            tracing::error!(attempt = %end.attempt, "a call's actor failed; its call is ended");
        }
        self.breaker.record(end.disposition, live.placed_at, self.shared.now());
        if end.disposition == Disposition::Congestion {
            self.note_congestion(end.retry_after_ms);
        }
        self.ended.push(end);
        self.ended_permits.push(live.channel);
        drop(live.robot);
        self.serve_waiting();
        if self.ended.len() >= ENDS_AT_ONCE {
            self.flush_ends(ctx);
        }
    }
}

impl Handler<Recorded> for Campaign {
    type Result = ();

    fn handle(&mut self, Recorded { closed }: Recorded, ctx: &mut Self::Context) {
        self.recording = self.recording.saturating_sub(closed.len());
        for one in closed {
            if let Some(NextStep::Retry { due, .. }) = one.next {
                self.note_due(due);
            }
        }
        self.finish_if_done(self.shared.now(), ctx);
    }
}

impl Handler<LedgerLost> for Campaign {
    type Result = ();

    fn handle(&mut self, LedgerLost { error }: LedgerLost, ctx: &mut Self::Context) {
        self.fail(error, ctx);
    }
}
