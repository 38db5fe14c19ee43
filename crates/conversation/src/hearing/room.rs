//! How many calls can be heard well: fewer when recognition falls behind, more when it keeps up.
//!
//! Nobody knows beforehand what a machine can do, and what else runs on it. A reading that comes
//! late says that there are too many calls; so the number is cut by a part, and grows one by one
//! while all is read in time (additive increase, multiplicative decrease: Chiu and Jain, 1989).
//! Calls that talk are left alone: it holds for calls to come.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use outcall_telephony::RobotRoom;

/// A reading of a reply that takes longer is late: whoever spoke waits for the robot.
const LATE: Duration = Duration::from_millis(800);
/// How often it is decided, in ms, and on how many readings at least.
const EVERY_MS: u64 = 3_000;
const READINGS_MIN: u32 = 6;
/// The share of late readings, in percent, from which on there are too many calls, and below which
/// there may be more.
const TOO_MANY_PCT: u32 = 34;
const MAY_GROW_PCT: u32 = 10;
/// What is left of them after a cut, in percent, and how long the next cut waits for the effect of
/// this one, in ms: calls that talk have to end first.
const LEFT_PCT: u32 = 80;
const CUT_EVERY_MS: u64 = 8_000;
/// The calls that begin before anything was learned, for each processor.
const FIRST_PER_PROCESSOR: u32 = 4;

/// The number, and what it is decided by.
#[derive(Debug)]
pub(super) struct Room {
    most: AtomicU32,
    seen: Mutex<Seen>,
}

/// What was seen since it was last decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    readings: u32,
    late: u32,
    decided_ms: u64,
    cut_ms: Option<u64>,
}

impl Room {
    /// A machine of so many processors, of which nothing is known.
    pub(super) fn new(processors: usize) -> Self {
        let processors = u32::try_from(processors).unwrap_or(1).max(1);
        let most = AtomicU32::new(processors.saturating_mul(FIRST_PER_PROCESSOR));
        Self { most, seen: Mutex::default() }
    }

    /// A reply was read, in so long; or it was not (`None`).
    pub(super) fn read(&self, took: Option<Duration>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.readings += 1;
        seen.late += u32::from(took.is_none_or(|took| took > LATE));
    }

    /// Decides anew, when it is time to. `calls` are heard at present.
    pub(super) fn pass_time(&self, now_ms: u64, calls: usize) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if now_ms < seen.decided_ms + EVERY_MS || seen.readings < READINGS_MIN {
            return;
        }
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        let most = self.most.load(Ordering::Relaxed);
        let late_pct = seen.late * 100 / seen.readings;
        let waits = seen.cut_ms.is_some_and(|cut_ms| now_ms < cut_ms + CUT_EVERY_MS);
        let cut = late_pct >= TOO_MANY_PCT && !waits;
        let next = if cut {
            (most.min(calls).saturating_mul(LEFT_PCT) / 100).max(1)
        } else if late_pct < MAY_GROW_PCT && calls.saturating_add(1) >= most {
            most.saturating_add(1)
        } else {
            most
        };
        if cut && next < most {
            tracing::warn!(late_pct, calls, next, "recognition is late: fewer calls at once");
        }
        self.most.store(next, Ordering::Relaxed);
        let cut_ms = if cut { Some(now_ms) } else { seen.cut_ms };
        *seen = Seen { decided_ms: now_ms, cut_ms, ..Seen::default() };
    }
}

impl RobotRoom for Room {
    fn robots(&self) -> u32 {
        self.most.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Option<Duration> = Some(Duration::from_millis(200));

    fn see(room: &Room, readings: &[Option<Duration>], now_ms: u64, calls: usize) -> u32 {
        readings.iter().for_each(|&took| room.read(took));
        room.pass_time(now_ms, calls);
        room.robots()
    }

    #[test]
    fn late_readings_cut_the_calls_and_timely_ones_let_them_grow() {
        let room = Room::new(2);
        assert_eq!(room.robots(), 8);
        assert_eq!(see(&room, &[SOON; 6], 3_000, 8), 9);
        assert_eq!(see(&room, &[SOON; 6], 6_000, 3), 9, "fewer calls than may be prove nothing");
        let late = [SOON, None, Some(Duration::from_millis(900)), SOON, None, SOON];
        assert_eq!(see(&room, &late, 9_000, 9), 7);
        assert_eq!(see(&room, &late, 12_000, 9), 7, "the cut has had no effect yet");
        assert_eq!(see(&room, &late, 18_000, 7), 5);
        assert_eq!(see(&room, &[SOON; 6], 21_000, 5), 6);
    }

    #[test]
    fn few_readings_and_few_calls_decide_nothing_and_one_call_is_always_left() {
        let room = Room::new(1);
        assert_eq!(see(&room, &[None; 5], 3_000, 4), 4);
        assert_eq!(see(&room, &[None; 1], 4_000, 1), 1);
        assert_eq!(see(&room, &[None; 9], 20_000, 0), 1);
    }
}
