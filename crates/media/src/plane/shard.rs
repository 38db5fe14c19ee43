//! A thread that carries a part of the streams.
//!
//! Its time is cut into slices of 2.5 ms; eight of them are a sweep of 20 ms. Each stream belongs
//! to one slice and is served at that slice of every sweep, by an absolute schedule: nothing
//! drifts, and packets go out spread over the sweep. A thread that is late runs the slices that it
//! missed; when it is late by more than three sweeps, whole sweeps are skipped, so that no old
//! audio is sent in a burst.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::commands::{Act, Command};
use super::context::Context;
use super::event::StreamId;
use super::plane_shared::Published;
use super::stream::Live;
use crate::priority;

/// Slices of a sweep.
const SLICES: u64 = 8;
const SLICE_US: u64 = 2_500;
const SWEEP_US: u64 = SLICES * SLICE_US;
/// A thread that is later than this skips sweeps.
const LATE_MAX_US: u64 = 3 * SWEEP_US;
/// Slices between two looks at the histogram: 1 s.
const LATENESS_EVERY: u64 = 400;
/// How long a shard without streams waits for its first one before it looks whether it shall stop.
const IDLE: Duration = Duration::from_millis(50);

/// A shard, before its thread runs it.
pub(super) struct Shard {
    commands: Receiver<Command>,
    cx: Context,
    published: Arc<Published>,
    /// Where in a slice this shard begins, so that shards do not all begin together.
    phase_us: u64,
    slices: [Vec<Live>; SLICES as usize],
    index: HashMap<StreamId, usize>,
}

impl Shard {
    /// The shard number `number` of `count`.
    pub(super) fn new(
        number: usize,
        count: usize,
        commands: Receiver<Command>,
        cx: Context,
        published: Arc<Published>,
    ) -> Self {
        let phase_us = SLICE_US * number as u64 / count.max(1) as u64;
        let slices = std::array::from_fn(|_| Vec::new());
        Self { commands, cx, published, phase_us, slices, index: HashMap::new() }
    }

    /// Until the plane stops.
    pub(super) fn run(mut self) {
        priority::raise();
        let mut slice = self.current_slice();
        while !self.cx.plane.stopping.load(Ordering::Acquire) {
            if self.index.is_empty() {
                if let Ok(command) = self.commands.recv_timeout(IDLE) {
                    self.carry_out(command);
                }
                slice = self.current_slice();
                continue;
            }
            slice = self.wait_for(slice);
            self.take_commands();
            self.serve(slice);
            self.cx.publish(&self.published);
            if slice.is_multiple_of(LATENESS_EVERY) {
                self.cx.publish_lateness(&self.published);
            }
            slice += 1;
        }
        self.stop();
    }

    /// The next slice that has not begun.
    fn current_slice(&self) -> u64 {
        self.cx.clock.now_us() / SLICE_US + 1
    }

    /// Waits until a slice begins; returns the one to serve, a later one when sweeps are skipped.
    fn wait_for(&mut self, slice: u64) -> u64 {
        let deadline_us = slice * SLICE_US + self.phase_us;
        let now_us = self.cx.clock.now_us();
        if now_us < deadline_us {
            std::thread::sleep(Duration::from_micros(deadline_us - now_us));
            return slice;
        }
        let late_us = now_us - deadline_us;
        if late_us <= LATE_MAX_US {
            return slice;
        }
        let sweeps = late_us / SWEEP_US;
        for live in self.slices.iter_mut().flatten() {
            live.skip(sweeps);
        }
        self.cx.counts.sweeps_skipped += sweeps * self.index.len() as u64;
        slice + sweeps * SLICES
    }

    /// Carries out what waits; no more than the queue holds, so that a flood of commands ends.
    fn take_commands(&mut self) {
        for _ in 0..self.commands.len() {
            let Ok(command) = self.commands.try_recv() else { break };
            self.carry_out(command);
        }
    }

    fn carry_out(&mut self, command: Command) {
        if let Act::Open { shared, sockets } = command.act {
            let live = Live::new(shared, *sockets, &mut self.cx);
            let fewest = (0..self.slices.len()).min_by_key(|&slice| self.slices[slice].len());
            let slice = fewest.unwrap_or_default();
            self.index.insert(live.id(), slice);
            self.slices[slice].push(live);
            return;
        }
        // A stream that is not here has closed: its handle may still be used.
        let Some(&slice) = self.index.get(&command.stream) else { return };
        let found = self.slices[slice].iter_mut().find(|live| live.id() == command.stream);
        if let Some(live) = found {
            live.act(command.act, &mut self.cx);
        }
    }

    /// Serves the streams of a slice.
    fn serve(&mut self, slice: u64) {
        self.cx.deadline_us = slice * SLICE_US + self.phase_us;
        self.cx.sweep = slice / SLICES;
        let streams = &mut self.slices[(slice % SLICES) as usize];
        let mut place = 0;
        while let Some(live) = streams.get_mut(place) {
            // A panic must end one call only.
            let swept = catch_unwind(AssertUnwindSafe(|| live.sweep(&mut self.cx)));
            if swept.is_ok() && !live.is_closing(self.cx.sweep) {
                place += 1;
                continue;
            }
            let live = streams.swap_remove(place);
            self.index.remove(&live.id());
            close(live, &mut self.cx);
        }
    }

    fn stop(mut self) {
        self.take_commands();
        for live in self.slices.into_iter().flatten() {
            close(live, &mut self.cx);
        }
        self.cx.publish(&self.published);
        self.cx.publish_lateness(&self.published);
    }
}

fn close(live: Live, cx: &mut Context) {
    let id = live.id();
    if catch_unwind(AssertUnwindSafe(|| live.close(cx))).is_err() {
        tracing::error!(stream = id.0, "closing a stream failed: its report is lost");
    }
}
