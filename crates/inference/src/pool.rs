//! Worker threads behind bounded queues.
//!
//! A request waits in one of two queues, goes with others of like length into a batch, and is
//! answered with how long it waited and was computed. It is dropped unseen when its deadline has
//! passed or nobody waits for it any more. Each worker owns what it computes with: sessions are
//! not shared.

mod queue;
mod worker;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use queue::{Queues, Waiting};

/// Who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Somebody on the phone waits for it.
    Interactive,
    /// It may wait until nothing interactive does: prompts of tomorrow, evaluations.
    Background,
}

/// How a pool is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSettings {
    /// Threads, each with a worker of its own.
    pub workers: usize,
    /// Requests of each priority that may wait. One more is refused.
    pub waiting_max: usize,
    /// Requests in a batch at most.
    pub batch_max: usize,
    /// How much longer than the shortest the longest request of a batch may be, in percent: short
    /// ones pay for the padding to the longest.
    pub stretch_pct: u32,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self { workers: 1, waiting_max: 256, batch_max: 1, stretch_pct: 25 }
    }
}

/// What a worker thread computes with.
pub trait Worker: 'static {
    /// What is asked.
    type Request: Send + 'static;
    /// What is answered.
    type Reply: Send + 'static;

    /// How long a request is, in any unit: batches are made of requests of like length.
    fn length(request: &Self::Request) -> u32;

    /// Answers a batch: one reply for each request, in their order. An error says what failed.
    fn run(&mut self, batch: Vec<Self::Request>) -> Vec<Result<Self::Reply, String>>;
}

/// A reply, and what it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done<R> {
    /// What was computed.
    pub reply: R,
    /// How long the request waited for a worker.
    pub waited: Duration,
    /// How long its batch was computed.
    pub computed: Duration,
    /// Requests in its batch.
    pub batch: usize,
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// As many wait as may.
    #[error("{pool}: {waiting} requests wait already: more workers or fewer calls are needed")]
    Full {
        /// The pool's name.
        pool: &'static str,
        /// How many wait.
        waiting: usize,
    },
    /// The deadline passed before a worker was free.
    #[error("{pool}: not computed before its deadline")]
    Late {
        /// The pool's name.
        pool: &'static str,
    },
    /// The computation failed.
    #[error("{pool}: {problem}")]
    Failed {
        /// The pool's name.
        pool: &'static str,
        /// What went wrong.
        problem: String,
    },
    /// The pool has ended.
    #[error("{pool} has ended")]
    Ended {
        /// The pool's name.
        pool: &'static str,
    },
}

/// What a pool has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolCounts {
    /// Requests that were computed.
    pub computed: u64,
    /// Batches that they went in.
    pub batches: u64,
    /// Refused because the queue was full.
    pub refused: u64,
    /// Dropped because the deadline had passed.
    pub late: u64,
    /// Dropped because nobody waited any more.
    pub abandoned: u64,
}

#[derive(Debug, Default)]
struct Counters {
    computed: AtomicU64,
    batches: AtomicU64,
    refused: AtomicU64,
    late: AtomicU64,
    abandoned: AtomicU64,
}

/// A pool. Cheap to clone; its threads end when the last clone is gone.
pub struct Pool<W: Worker> {
    name: &'static str,
    queues: Queues<W>,
    counters: Arc<Counters>,
}

impl<W: Worker> Clone for Pool<W> {
    fn clone(&self) -> Self {
        let counters = Arc::clone(&self.counters);
        Self { name: self.name, queues: self.queues.clone(), counters }
    }
}

impl<W: Worker> std::fmt::Debug for Pool<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A request that is under way. Dropping it takes the request back.
#[derive(Debug)]
pub struct Pending<R> {
    pool: &'static str,
    reply: oneshot::Receiver<Result<Done<R>, PoolError>>,
}

impl<R> Pending<R> {
    /// Blocks until the reply is here. For programs that do nothing else meanwhile; never in an
    /// actor or a task.
    ///
    /// # Errors
    /// As the future's.
    pub fn wait(self) -> Result<Done<R>, PoolError> {
        let pool = self.pool;
        self.reply.blocking_recv().unwrap_or(Err(PoolError::Ended { pool }))
    }
}

impl<R> Future for Pending<R> {
    type Output = Result<Done<R>, PoolError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let pool = self.pool;
        let reply = Pin::new(&mut self.reply).poll(cx);
        reply.map(|reply| reply.unwrap_or(Err(PoolError::Ended { pool })))
    }
}

impl<W: Worker> Pool<W> {
    /// Starts the threads. `make` builds the worker of a thread, in that thread: models are loaded
    /// beside each other.
    ///
    /// # Errors
    /// When a worker cannot be built (the first error), or the system refuses a thread.
    pub fn start<E>(
        name: &'static str,
        settings: PoolSettings,
        make: impl Fn() -> Result<W, E> + Send + Sync + 'static,
    ) -> Result<(Self, Vec<JoinHandle<()>>), E>
    where
        E: From<io::Error> + Send + 'static,
    {
        let counters = Arc::new(Counters::default());
        let (queues, source) = Queues::new(settings.waiting_max.max(1));
        let make = Arc::new(make);
        let (ready, built) = crossbeam_channel::bounded(settings.workers.max(1));
        let mut threads = Vec::new();
        for _ in 0..settings.workers.max(1) {
            let (source, ready) = (source.clone(), ready.clone());
            let (make, counters) = (Arc::clone(&make), Arc::clone(&counters));
            let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
                match make() {
                    Ok(worker) => {
                        drop(ready.send(Ok(())));
                        drop(ready);
                        worker::Loop::new(name, settings, worker, source, counters).run();
                    }
                    // Whoever starts the pool is told, or has given up.
                    Err(error) => drop(ready.send(Err(error))),
                }
            })?;
            threads.push(thread);
        }
        drop(ready);
        for result in built {
            result?;
        }
        Ok((Self { name, queues, counters }, threads))
    }

    /// Asks. The reply is awaited; dropping it takes the request back.
    ///
    /// # Errors
    /// When as many requests wait as may, or the pool has ended.
    pub fn ask(
        &self,
        request: W::Request,
        priority: Priority,
        deadline: Instant,
    ) -> Result<Pending<W::Reply>, PoolError> {
        let (reply, receiver) = oneshot::channel();
        let waiting = Waiting { request, deadline, asked: now(), reply };
        self.queues.put(waiting, priority).map_err(|refused| match refused {
            queue::Refused::Full(waiting) => {
                self.counters.refused.fetch_add(1, Ordering::Relaxed);
                PoolError::Full { pool: self.name, waiting }
            }
            queue::Refused::Ended => PoolError::Ended { pool: self.name },
        })?;
        Ok(Pending { pool: self.name, reply: receiver })
    }

    /// Requests that wait for a worker now.
    pub fn waiting(&self) -> usize {
        self.queues.waiting()
    }

    /// What was done so far.
    pub fn counts(&self) -> PoolCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        PoolCounts {
            computed: read(&self.counters.computed),
            batches: read(&self.counters.batches),
            refused: read(&self.counters.refused),
            late: read(&self.counters.late),
            abandoned: read(&self.counters.abandoned),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "deadlines of requests are of the real clock")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests;
