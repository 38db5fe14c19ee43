//! How actors wait for pools: for an answer, but no longer than a call can.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use outcall_inference::pool::{Pool, Priority, Worker};

/// How often a pool was asked for calls, and how often without success.
#[derive(Debug, Default)]
pub struct AskCounts {
    asked: AtomicU64,
    unanswered: AtomicU64,
}

impl AskCounts {
    /// Requests so far.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Those that the pool refused, failed, or did not answer in time.
    pub fn unanswered(&self) -> u64 {
        self.unanswered.load(Ordering::Relaxed)
    }
}

/// Asks a pool and counts it. The future ends within the time, with the reply or with why there is
/// none.
pub(crate) fn ask<W: Worker>(
    pool: &Pool<W>,
    request: W::Request,
    within: Duration,
    counts: Arc<AskCounts>,
) -> impl Future<Output = Result<W::Reply, String>> + use<W> {
    counts.asked.fetch_add(1, Ordering::Relaxed);
    let asked = pool.ask(request, Priority::Interactive, now() + within);
    async move {
        let answer = match asked {
            // A worker that is busy looks at a deadline only when it is done.
            Ok(pending) => match tokio::time::timeout(within, pending).await {
                Ok(done) => done.map(|done| done.reply).map_err(|error| error.to_string()),
                Err(_) => Err(format!("no answer within {} ms", within.as_millis())),
            },
            Err(error) => Err(error.to_string()),
        };
        if answer.is_err() {
            counts.unanswered.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }
}

#[expect(clippy::disallowed_methods, reason = "deadlines of requests are of the real clock")]
fn now() -> Instant {
    Instant::now()
}
