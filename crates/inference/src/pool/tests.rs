use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError, TryLockError};

use super::*;

/// Computes the length of a text, one batch for each word that it gets from the test.
struct Lengths {
    go: Arc<Mutex<Receiver<()>>>,
}

impl Worker for Lengths {
    type Request = &'static str;
    type Reply = (usize, Vec<&'static str>);

    fn length(request: &Self::Request) -> u32 {
        request.len() as u32
    }

    fn run(&mut self, batch: Vec<Self::Request>) -> Vec<Result<Self::Reply, String>> {
        self.go.lock().unwrap_or_else(PoisonError::into_inner).recv().unwrap();
        assert!(!batch.contains(&"panic"), "asked for");
        let reply = |text: &&'static str| match *text {
            "fail" => Err("asked for".to_owned()),
            text => Ok((text.len(), batch.clone())),
        };
        batch.iter().map(reply).collect()
    }
}

/// What lets the worker compute.
struct Gate {
    go: SyncSender<()>,
    gate: Arc<Mutex<Receiver<()>>>,
}

impl Gate {
    fn open(&self) {
        self.go.send(()).unwrap();
    }

    /// Waits until the worker stands at it, with a batch that nothing is added to any more: it has
    /// the lock as long as it waits.
    fn until_reached(&self) {
        while !matches!(self.gate.try_lock(), Err(TryLockError::WouldBlock)) {
            std::thread::yield_now();
        }
    }
}

fn pool(settings: PoolSettings) -> (Pool<Lengths>, Gate) {
    let (go, gate) = sync_channel(100);
    let gate = Arc::new(Mutex::new(gate));
    let worker = Arc::clone(&gate);
    let make = move || Ok::<_, io::Error>(Lengths { go: Arc::clone(&worker) });
    (Pool::start("lengths", settings, make).unwrap().0, Gate { go, gate })
}

fn later() -> Instant {
    now() + Duration::from_secs(60)
}

#[test]
fn requests_of_like_length_go_in_one_batch_and_others_in_the_next() {
    let settings = PoolSettings { batch_max: 4, ..PoolSettings::default() };
    let (pool, gate) = pool(settings);
    let ask = |text| pool.ask(text, Priority::Interactive, later()).unwrap();
    let first = ask("a");
    gate.until_reached();
    let (long, short) = (ask("ten letter"), ask("two"));
    let (alike, last) = (ask("ten lettre"), ask("duo"));
    for _ in 0..3 {
        gate.open();
    }
    let first = first.wait().unwrap();
    assert_eq!((first.reply.0, first.batch), (1, 1));
    assert_eq!(long.wait().unwrap().reply, (10, vec!["ten letter", "ten lettre"]));
    assert_eq!(alike.wait().unwrap().batch, 2);
    assert_eq!(short.wait().unwrap().reply, (3, vec!["two", "duo"]));
    assert_eq!(last.wait().unwrap().reply.0, 3);
    let counts = pool.counts();
    assert_eq!((counts.computed, counts.batches), (5, 3));
}

#[test]
fn what_somebody_waits_for_on_the_phone_goes_first() {
    let (pool, gate) = pool(PoolSettings::default());
    let first = pool.ask("first", Priority::Background, later()).unwrap();
    gate.until_reached();
    let prompt = pool.ask("prompt", Priority::Background, later()).unwrap();
    let caller = pool.ask("caller", Priority::Interactive, later()).unwrap();
    gate.open();
    gate.open();
    first.wait().unwrap();
    caller.wait().unwrap();
    assert_eq!(pool.counts().computed, 2, "the prompt still waits");
    gate.open();
    prompt.wait().unwrap();
}

#[test]
fn a_batch_is_filled_with_what_somebody_waits_for_first() {
    let settings = PoolSettings { batch_max: 2, ..PoolSettings::default() };
    let (pool, gate) = pool(settings);
    let first = pool.ask("first", Priority::Interactive, later()).unwrap();
    gate.until_reached();
    let prompt = pool.ask("aa", Priority::Background, later()).unwrap();
    let callers = ["bb", "cc"].map(|text| pool.ask(text, Priority::Interactive, later()).unwrap());
    for _ in 0..3 {
        gate.open();
    }
    first.wait().unwrap();
    for caller in callers {
        assert_eq!(caller.wait().unwrap().reply.1, ["bb", "cc"]);
    }
    assert_eq!(prompt.wait().unwrap().reply.1, ["aa"]);
}

#[test]
fn one_more_than_may_wait_is_refused_at_once() {
    let settings = PoolSettings { waiting_max: 2, ..PoolSettings::default() };
    let (pool, gate) = pool(settings);
    let ask = || pool.ask("text", Priority::Interactive, later());
    let _first = ask().unwrap();
    gate.until_reached();
    let _waiting = (ask().unwrap(), ask().unwrap());
    let refused = ask().unwrap_err();
    assert_eq!(refused, PoolError::Full { pool: "lengths", waiting: 2 });
    assert_eq!(pool.counts().refused, 1);
    assert!(pool.ask("text", Priority::Background, later()).is_ok(), "a queue of its own");
}

#[test]
fn work_that_is_late_or_that_nobody_waits_for_is_never_computed() {
    let (pool, gate) = pool(PoolSettings::default());
    let first = pool.ask("first", Priority::Interactive, later()).unwrap();
    gate.until_reached();
    let late = pool.ask("late", Priority::Interactive, now()).unwrap();
    drop(pool.ask("gone", Priority::Interactive, later()).unwrap());
    let last = pool.ask("last", Priority::Interactive, later()).unwrap();
    gate.open();
    gate.open();
    first.wait().unwrap();
    assert_eq!(late.wait().unwrap_err(), PoolError::Late { pool: "lengths" });
    last.wait().unwrap();
    let counts = pool.counts();
    assert_eq!((counts.computed, counts.late, counts.abandoned), (2, 1, 1));
}

#[test]
fn a_failure_and_a_panic_end_their_request_and_not_the_pool() {
    let (pool, gate) = pool(PoolSettings::default());
    for (text, problem) in [("fail", "asked for"), ("panic", "the computation broke off")] {
        gate.open();
        let failed = pool.ask(text, Priority::Interactive, later()).unwrap().wait().unwrap_err();
        assert_eq!(failed.to_string(), format!("lengths: {problem}"));
    }
    gate.open();
    assert!(pool.ask("well", Priority::Interactive, later()).unwrap().wait().is_ok());
}

#[test]
fn a_worker_that_cannot_be_built_ends_the_start() {
    let make = || Err::<Lengths, _>(io::Error::other("no model"));
    let error = Pool::start("lengths", PoolSettings::default(), make).unwrap_err();
    assert_eq!(error.to_string(), "no model");
}

#[tokio::test]
async fn a_reply_is_awaited() {
    let (pool, gate) = pool(PoolSettings::default());
    gate.open();
    let done = pool.ask("text", Priority::Interactive, later()).unwrap().await.unwrap();
    assert_eq!(done.reply.0, 4);
}
