//! The state of each trunk, and which of them takes the next call.

mod report;
#[cfg(test)]
mod tests;
mod trunk;

use outcall_campaign::{PhoneNumber, UnixMillis};

pub use report::{DownReason, Health, TrunkReport};

use super::routing::{Rewrite, Routes, TrunkId};
use super::settings::{InvalidSip, SipSettings};
use trunk::Trunk;

/// How soon to ask again when every channel is taken, in ms. A channel comes free when a call
/// ends, which nobody can say beforehand.
const CHANNEL_POLL_MS: i64 = 50;

/// What is to be done with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Place it on this trunk: a channel and a call of its rate are taken.
    Use(TrunkId),
    /// Ask again then, and when a channel is released. Nothing is taken.
    Wait {
        /// The instant, later than now.
        until: UnixMillis,
    },
    /// No trunk will take it, however long it waits here.
    Nothing {
        /// Why.
        reason: NoTrunk,
        /// When it might be different, in ms from now; `None` when nobody knows.
        retry_after_ms: Option<u64>,
    },
}

/// Why no trunk takes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTrunk {
    /// No route has a prefix of the number.
    #[error("no route carries the number")]
    NoRoute,
    /// Each trunk of the number's routes was tried.
    #[error("every trunk of the number's routes was tried")]
    AllTried,
    /// Each trunk left is down.
    #[error("every trunk of the number's routes is down")]
    AllDown,
}

/// What tells of a trunk's health besides the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthSource {
    /// The answers to our OPTIONS.
    Options,
    /// The registration.
    Registration,
}

/// The trunks of a process.
#[derive(Clone, Debug)]
pub struct TrunkTable {
    trunks: Vec<Trunk>,
    routes: Routes,
}

impl TrunkTable {
    /// The trunks of these settings, free, at the start of their ramps at `now`. Those that
    /// register are down until they have; the health of the others is unknown, which does not keep
    /// calls away.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(settings: &SipSettings, now: UnixMillis) -> Result<Self, InvalidSip> {
        settings.validate()?;
        let trunks = settings.trunks.iter().enumerate().map(|(index, trunk)| {
            Trunk::new(trunk, now).map_err(|error| InvalidSip {
                field: format!("trunks[{index}]"),
                problem: error.to_string(),
            })
        });
        Ok(Self { trunks: trunks.collect::<Result<_, _>>()?, routes: Routes::new(settings) })
    }

    /// The trunk for a call to this number, besides those where it was tried: of the cheapest tier
    /// that has one with room. A dearer trunk is used rather than to wait for a cheaper one.
    /// Deterministic: the same calls in the same order get the same trunks.
    pub fn choose(&mut self, number: PhoneNumber, now: UnixMillis, tried: &[TrunkId]) -> Choice {
        let Self { trunks, routes } = self;
        let tiers = routes.tiers_mut(number);
        if tiers.is_empty() {
            return Choice::Nothing { reason: NoTrunk::NoRoute, retry_after_ms: None };
        }
        for tier in tiers.iter_mut() {
            let has_room = |id: TrunkId| {
                let trunk = trunks.get_mut(id.index());
                !tried.contains(&id) && trunk.is_some_and(|trunk| trunk.room(now) > 0)
            };
            let Some(chosen) = tier.pick(has_room) else { continue };
            if let Some(trunk) = trunks.get_mut(chosen.index()) {
                trunk.take(now);
            }
            return Choice::Use(chosen);
        }
        let left = tiers.iter().flat_map(|tier| tier.trunks()).filter(|id| !tried.contains(id));
        let mut left = left.peekable();
        if left.peek().is_none() {
            return Choice::Nothing { reason: NoTrunk::AllTried, retry_after_ms: None };
        }
        wait_for(trunks, left, now)
    }

    /// What the number's route over this trunk does to the number.
    pub fn rewrite(&self, number: PhoneNumber, trunk: TrunkId) -> Rewrite<'_> {
        self.routes.rewrite(number, trunk)
    }

    /// A call on the trunk is over: its channel is free. To be called once for each
    /// [`Choice::Use`], also when the call was never sent; the call of its rate stays taken.
    pub fn release(&mut self, trunk: TrunkId) {
        self.with(trunk, Trunk::release);
    }

    /// The trunk had no room (503): no call until the instant that it named, 5 minutes at most, and
    /// a slow start then. Without `Retry-After` it is 1 s, and twice as long each time that it
    /// comes again soon, 30 s at most.
    pub fn congested(&mut self, trunk: TrunkId, retry_after_ms: Option<u64>, now: UnixMillis) {
        self.with(trunk, |own| own.congested(retry_after_ms, now));
    }

    /// A call got no response at all, or nothing could be sent to the trunk. Three in a row and it
    /// is down; then one call at a time shows whether it is back, after 30 s, and each time that
    /// it is not after twice as long, 5 minutes at most.
    pub fn timed_out(&mut self, trunk: TrunkId, now: UnixMillis) {
        self.with(trunk, |own| own.timed_out(now));
    }

    /// The trunk answered a call, whatever it said.
    pub fn responded(&mut self, trunk: TrunkId) {
        self.with(trunk, Trunk::responded);
    }

    /// What a source says of the trunk. When OPTIONS are answered again, a trunk that was down for
    /// its time-outs gets a call at once; more of them once it has answered that.
    pub fn set_health(
        &mut self,
        trunk: TrunkId,
        source: HealthSource,
        is_up: bool,
        now: UnixMillis,
    ) {
        self.with(trunk, |own| own.set_health(source, is_up, now));
    }

    /// How many calls could be placed at `now` over all trunks together: as many calls of
    /// [`TrunkTable::choose`] get a trunk, if every trunk carries their numbers.
    pub fn room(&mut self, now: UnixMillis) -> u32 {
        let rooms = self.trunks.iter_mut().map(|trunk| trunk.room(now));
        rooms.fold(0, u32::saturating_add)
    }

    /// The first instant, not before `now`, at which there is room on some trunk if nothing else
    /// happens; `None` when only the end of a call or news of a trunk's health can bring some.
    pub fn next_room(&mut self, now: UnixMillis) -> Option<UnixMillis> {
        self.trunks.iter_mut().filter_map(|trunk| trunk.next_room(now)).min()
    }

    /// The trunks for reports, in the order of the settings.
    pub fn snapshot(&mut self, now: UnixMillis) -> Vec<TrunkReport> {
        self.trunks.iter_mut().map(|trunk| trunk.report(now)).collect()
    }

    /// A trunk by its name.
    pub fn find(&self, name: &str) -> Option<TrunkId> {
        let mut ids = (0u16..).zip(&self.trunks);
        ids.find(|(_, trunk)| trunk.name() == name).map(|(index, _)| TrunkId::new(index))
    }

    /// A number that no table gave out changes nothing.
    fn with(&mut self, trunk: TrunkId, change: impl FnOnce(&mut Trunk)) {
        if let Some(own) = self.trunks.get_mut(trunk.index()) {
            change(own);
        }
    }
}

/// What to do when no trunk of these has room now.
fn wait_for(
    trunks: &mut [Trunk],
    candidates: impl Iterator<Item = TrunkId>,
    now: UnixMillis,
) -> Choice {
    let mut until: Option<UnixMillis> = None;
    let mut retry_after_ms: Option<u64> = None;
    for id in candidates {
        let Some(trunk) = trunks.get_mut(id.index()) else { continue };
        let at = match trunk.next_room(now) {
            Some(at) => at,
            None if trunk.is_down() => {
                retry_after_ms = trunk.asked_every_ms().into_iter().chain(retry_after_ms).min();
                continue;
            }
            None => now + CHANNEL_POLL_MS,
        };
        until = Some(until.map_or(at, |until| until.min(at)));
    }
    match until {
        Some(until) => Choice::Wait { until: until.max(now + 1) },
        None => Choice::Nothing { reason: NoTrunk::AllDown, retry_after_ms },
    }
}
