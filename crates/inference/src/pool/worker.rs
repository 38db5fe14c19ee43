//! A thread of a pool.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::queue::{Source, Waiting};
use super::{Counters, Done, PoolError, PoolSettings, Worker, now};

pub(super) struct Loop<W: Worker> {
    pool: &'static str,
    settings: PoolSettings,
    worker: W,
    source: Source<W>,
    counters: Arc<Counters>,
    /// Requests that were taken for a batch and are of another length: next in turn. No more than
    /// a batch.
    held: VecDeque<Waiting<W>>,
}

impl<W: Worker> Loop<W> {
    pub(super) fn new(
        pool: &'static str,
        settings: PoolSettings,
        worker: W,
        source: Source<W>,
        counters: Arc<Counters>,
    ) -> Self {
        Self { pool, settings, worker, source, counters, held: VecDeque::new() }
    }

    pub(super) fn run(mut self) {
        while let Some(first) = self.held.pop_front().or_else(|| self.source.take()) {
            if let Some(first) = self.wanted(first, now()) {
                let batch = self.gather(first);
                self.compute(batch);
            }
        }
    }

    /// A batch of the first request and others of like length that wait already.
    fn gather(&mut self, first: Waiting<W>) -> Vec<Waiting<W>> {
        let started = now();
        let (mut least, mut most) = (W::length(&first.request), W::length(&first.request));
        let mut batch = vec![first];
        let mut others = std::mem::take(&mut self.held);
        while batch.len() < self.settings.batch_max && self.held.len() < self.settings.batch_max {
            let next = others.pop_front().or_else(|| self.source.try_take());
            let Some(next) = next else { break };
            let Some(next) = self.wanted(next, started) else { continue };
            let length = W::length(&next.request);
            let (shortest, longest) = (least.min(length), most.max(length));
            if self.is_alike(shortest, longest) {
                (least, most) = (shortest, longest);
                batch.push(next);
            } else {
                self.held.push_back(next);
            }
        }
        self.held.extend(others);
        batch
    }

    fn is_alike(&self, shortest: u32, longest: u32) -> bool {
        let bound = u64::from(shortest) * u64::from(100 + self.settings.stretch_pct);
        u64::from(longest) * 100 <= bound
    }

    /// A request that somebody still waits for and that is in time.
    fn wanted(&self, waiting: Waiting<W>, now: Instant) -> Option<Waiting<W>> {
        if waiting.reply.is_closed() {
            self.counters.abandoned.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        if now > waiting.deadline {
            self.counters.late.fetch_add(1, Ordering::Relaxed);
            // Whoever asked may be gone by now.
            drop(waiting.reply.send(Err(PoolError::Late { pool: self.pool })));
            return None;
        }
        Some(waiting)
    }

    fn compute(&mut self, batch: Vec<Waiting<W>>) {
        let size = batch.len();
        let started = now();
        let mut requests = Vec::with_capacity(size);
        let mut askers = Vec::with_capacity(size);
        for Waiting { request, asked, reply, .. } in batch {
            requests.push(request);
            askers.push((started.saturating_duration_since(asked), reply));
        }
        // A panic ends the batch, not the pool.
        let run = catch_unwind(AssertUnwindSafe(|| self.worker.run(requests)));
        let computed = now().saturating_duration_since(started);
        self.counters.batches.fetch_add(1, Ordering::Relaxed);
        self.counters.computed.fetch_add(size as u64, Ordering::Relaxed);
        let mut replies = run.map(Vec::into_iter).unwrap_or_else(|_| Vec::new().into_iter());
        for (waited, reply) in askers {
            let missing = || Err("the computation broke off".to_owned());
            let result = replies.next().unwrap_or_else(missing);
            // Whoever asked may be gone by now.
            drop(reply.send(self.done(result, waited, computed, size)));
        }
    }

    fn done(
        &self,
        result: Result<W::Reply, String>,
        waited: Duration,
        computed: Duration,
        batch: usize,
    ) -> Result<Done<W::Reply>, PoolError> {
        result
            .map(|reply| Done { reply, waited, computed, batch })
            .map_err(|problem| PoolError::Failed { pool: self.pool, problem })
    }
}
