//! The state of one trunk.

use outcall_campaign::UnixMillis;
use outcall_campaign::rate::{CallRate, InvalidCallRate};

use super::{DownReason, Health, HealthSource, TrunkReport};
use crate::sip::settings::TrunkSettings;

/// The longest that a `Retry-After` is obeyed, in ms: a forged one stops nobody for a day.
const RETRY_AFTER_MAX_MS: u64 = 300_000;
/// How long to keep away after a 503 without `Retry-After`, in ms, and at most when it repeats.
const HOLD_MS: i64 = 1_000;
const HOLD_MAX_MS: i64 = 30_000;
/// A 503 within this time from the end of a hold repeats the one before, in ms. Longer than a ramp
/// takes by default.
const REPEATED_WITHIN_MS: i64 = 60_000;

/// This many calls in a row without a response, and the trunk is down.
const TIME_OUTS_MAX: u32 = 3;
/// How long to leave a trunk alone that gave no response, in ms, and at most when it repeats.
const REST_MS: i64 = 30_000;
const REST_MAX_MS: i64 = 300_000;

#[derive(Clone, Debug)]
pub(super) struct Trunk {
    name: String,
    channels: u32,
    in_use: u32,
    rate: CallRate,
    options_every_s: u32,
    /// The end of the last hold, and how long the last one without a wish was.
    held_until: Option<UnixMillis>,
    hold_ms: i64,
    options: Option<bool>,
    registration: Option<bool>,
    has_responded: bool,
    /// Calls in a row without a response.
    time_outs: u32,
    /// While down for its time-outs: when one call may try it, and how long it rests after that.
    try_at: UnixMillis,
    rest_ms: i64,
    placed: u64,
    congested: u64,
    timed_out: u64,
}

impl Trunk {
    pub(super) fn new(settings: &TrunkSettings, now: UnixMillis) -> Result<Self, InvalidCallRate> {
        Ok(Self {
            name: settings.name.clone(),
            channels: settings.channels,
            in_use: 0,
            rate: CallRate::new(&settings.call_rate(), now)?,
            options_every_s: settings.options_every_s,
            held_until: None,
            hold_ms: 0,
            options: None,
            registration: settings.register.then_some(false),
            has_responded: false,
            time_outs: 0,
            try_at: now,
            rest_ms: REST_MS,
            placed: 0,
            congested: 0,
            timed_out: 0,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn health(&self) -> Health {
        if self.registration == Some(false) {
            Health::Down { reason: DownReason::Registration }
        } else if self.options == Some(false) {
            Health::Down { reason: DownReason::Options }
        } else if self.time_outs >= TIME_OUTS_MAX {
            Health::Down { reason: DownReason::TimeOuts }
        } else if self.has_responded || self.options == Some(true) || self.registration.is_some() {
            Health::Up
        } else {
            Health::Unknown
        }
    }

    pub(super) fn is_down(&self) -> bool {
        matches!(self.health(), Health::Down { .. })
    }

    /// From when on the health lets calls pass, and how many; `None` when time alone does not help.
    fn opens(&self, now: UnixMillis) -> Option<(UnixMillis, u32)> {
        match self.health() {
            Health::Unknown | Health::Up => Some((now, u32::MAX)),
            Health::Down { reason: DownReason::TimeOuts } => Some((self.try_at.max(now), 1)),
            Health::Down { reason: DownReason::Options | DownReason::Registration } => None,
        }
    }

    /// How many calls may be placed now.
    pub(super) fn room(&mut self, now: UnixMillis) -> u32 {
        match self.opens(now) {
            Some((at, calls)) if at <= now => {
                let free = self.channels.saturating_sub(self.in_use);
                calls.min(free).min(self.rate.available(now))
            }
            Some(_) | None => 0,
        }
    }

    /// When there is room if nothing happens before.
    pub(super) fn next_room(&mut self, now: UnixMillis) -> Option<UnixMillis> {
        let (at, _) = self.opens(now).filter(|_| self.in_use < self.channels)?;
        Some(at.max(self.rate.next_available(now)))
    }

    /// How often it is asked whether it is there, in ms.
    pub(super) fn asked_every_ms(&self) -> Option<u64> {
        (self.options_every_s > 0).then(|| u64::from(self.options_every_s) * 1_000)
    }

    /// Takes a channel and a call of the rate. There must be room.
    pub(super) fn take(&mut self, now: UnixMillis) {
        debug_assert!(self.room(now) > 0, "a call on a trunk without room");
        if self.time_outs >= TIME_OUTS_MAX {
            // This call shows whether the trunk is back. Not another one before it can have.
            self.try_at = now + self.rest_ms;
            self.rest_ms = (self.rest_ms * 2).min(REST_MAX_MS);
        }
        self.rate.take(1, now);
        self.in_use += 1;
        self.placed += 1;
    }

    pub(super) fn release(&mut self) {
        debug_assert!(self.in_use > 0, "a channel was released that was not taken");
        self.in_use = self.in_use.saturating_sub(1);
    }

    pub(super) fn congested(&mut self, retry_after_ms: Option<u64>, now: UnixMillis) {
        self.congested += 1;
        self.responded();
        let wish = retry_after_ms.filter(|&ms| ms > 0).map(|ms| ms.min(RETRY_AFTER_MAX_MS));
        let hold_ms = match (wish, self.held_until) {
            (Some(wish_ms), _) => i64::try_from(wish_ms).unwrap_or(i64::MAX),
            // A call that was placed before the hold began says nothing new.
            (None, Some(until)) if now < until => return,
            (None, Some(until)) if now.since(until) < REPEATED_WITHIN_MS => {
                self.hold_ms = (self.hold_ms * 2).clamp(HOLD_MS, HOLD_MAX_MS);
                self.hold_ms
            }
            (None, _) => {
                self.hold_ms = HOLD_MS;
                HOLD_MS
            }
        };
        let until = now + hold_ms;
        self.held_until = self.held_until.max(Some(until));
        self.rate.hold_until(until);
    }

    pub(super) fn timed_out(&mut self, now: UnixMillis) {
        self.timed_out += 1;
        self.time_outs = self.time_outs.saturating_add(1);
        if self.time_outs == TIME_OUTS_MAX {
            self.rest_ms = REST_MS;
            self.try_at = now + self.rest_ms;
        }
    }

    pub(super) fn responded(&mut self) {
        self.has_responded = true;
        self.time_outs = 0;
        self.rest_ms = REST_MS;
    }

    pub(super) fn set_health(&mut self, source: HealthSource, is_up: bool, now: UnixMillis) {
        match source {
            HealthSource::Options => {
                if is_up && self.options == Some(false) {
                    self.try_at = now;
                }
                self.options = Some(is_up);
            }
            HealthSource::Registration => self.registration = Some(is_up),
        }
    }

    pub(super) fn report(&mut self, now: UnixMillis) -> TrunkReport {
        TrunkReport {
            name: self.name.clone(),
            channels: self.channels,
            in_use: self.in_use,
            room: self.room(now),
            health: self.health(),
            held_until: self.held_until.filter(|&until| now < until),
            placed: self.placed,
            congested: self.congested,
            timed_out: self.timed_out,
        }
    }
}
