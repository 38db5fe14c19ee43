//! What the media plane could not do in time, told to the operator: each of these is heard by
//! somebody, and none of them shows in the disposition of a call.

use outcall_campaign::UnixMillis;
use outcall_media::plane::PlaneFigures;

use super::SipCarrier;

/// How often it is looked for, in ms.
const EVERY_MS: i64 = 60_000;

/// What was lost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Losses {
    /// Packets of 20 ms that were not sent since the machine was late.
    packets_skipped: u64,
    /// Packets that the network stack refused.
    packets_refused: u64,
    /// Blocks of recordings, up to 1 s each, that the disk was too slow for.
    recording_blocks: u64,
    /// Commands to streams: a prompt that was not played, for example.
    commands: u64,
    /// Events of streams: a digit that was not heard, for example.
    events: u64,
}

impl Losses {
    fn of(plane: &PlaneFigures, events: u64) -> Self {
        Self {
            packets_skipped: plane.sweeps_skipped,
            packets_refused: plane.send_errors,
            recording_blocks: plane.recording_blocks_dropped,
            commands: plane.commands_lost,
            events,
        }
    }
}

/// When losses were last looked for, and what they were.
#[derive(Debug, Default)]
pub(super) struct LossWatch {
    next_at: Option<UnixMillis>,
    told: Losses,
}

impl LossWatch {
    /// What there is to tell: the losses, when they have grown since the last time.
    fn grown(&mut self, losses: Losses) -> Option<Losses> {
        let before = std::mem::replace(&mut self.told, losses);
        (losses != before).then_some(losses)
    }

    fn is_due(&mut self, now: UnixMillis) -> bool {
        let due = self.next_at.is_some_and(|at| at <= now);
        if due || self.next_at.is_none() {
            self.next_at = Some(now + EVERY_MS);
        }
        due
    }
}

impl SipCarrier {
    /// Warns once a minute at most.
    pub(super) fn watch_losses(&mut self, now: UnixMillis) {
        if self.losses.is_due(now) {
            self.tell_losses();
        }
    }

    /// Warns of losses that were not told yet.
    pub(super) fn tell_losses(&mut self) {
        let losses = Losses::of(&self.plane.figures(), self.lines.dropped());
        if let Some(Losses {
            packets_skipped,
            packets_refused,
            recording_blocks,
            commands,
            events,
        }) = self.losses.grown(losses)
        {
            tracing::warn!(
                packets_skipped,
                packets_refused,
                recording_blocks,
                commands,
                events,
                "this machine is too slow for its calls: audio was lost since the start; allow \
                 fewer channels"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_told_when_they_grow_and_at_most_once_a_minute() {
        let mut watch = LossWatch::default();
        assert!(!watch.is_due(UnixMillis(1_000)));
        assert!(!watch.is_due(UnixMillis(60_999)));
        assert!(watch.is_due(UnixMillis(61_000)));
        assert!(!watch.is_due(UnixMillis(61_001)));
        assert_eq!(watch.grown(Losses::default()), None);
        let some = Losses { recording_blocks: 2, ..Losses::default() };
        assert_eq!(watch.grown(some), Some(some));
        assert_eq!(watch.grown(some), None);
    }
}
