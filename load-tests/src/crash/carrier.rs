//! The carrier's server, in this process, and its log.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow, bail};
use outcall_campaign::{Clock, UnixMillis};
use outcall_telephony::remote::{LogEntry, LogEvent, RemoteError, serve};
use outcall_telephony::simulated::World;
use outcall_telephony::simulated::world::Spread;

/// How often the log is looked at while waiting.
const LOOK: Duration = Duration::from_millis(1);

/// The system's clock, which the program under test reads, too.
#[derive(Default)]
struct WallClock(AtomicI64);

impl Clock for WallClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the log's times are compared with another \
                                                   process's"
    )]
    fn now(&self) -> UnixMillis {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        UnixMillis(self.0.fetch_max(now_ms, Ordering::Relaxed).max(now_ms))
    }
}

/// Where calls last about a fifth of a second, and numbers decide what becomes of them.
pub(super) fn world(seed: u64) -> World {
    let spread = |median_ms| Spread { median_ms, sigma: 0.6 };
    World {
        seed,
        forced_by_digits: true,
        post_dial_delay_ms: spread(10.0),
        ring_ms: spread(60.0),
        talk_ms: spread(100.0),
        ..World::default()
    }
}

/// What has been logged, and how much of what.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    entries: Vec<LogEntry>,
    pub counts: Counts,
}

/// Entries by kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub connected: u64,
    pub disconnected: u64,
    pub invites: u64,
    /// Calls that were alive when their connection ended.
    pub dropped: u64,
}

impl Log {
    fn push(&mut self, entry: LogEntry) {
        match &entry.event {
            LogEvent::Connected => self.counts.connected += 1,
            LogEvent::Invite { .. } => self.counts.invites += 1,
            LogEvent::Disconnected { dropped, .. } => {
                self.counts.disconnected += 1;
                self.counts.dropped += dropped.len() as u64;
            }
            LogEvent::Signal(_) => {}
        }
        self.entries.push(entry);
    }
}

/// The server on its own thread.
pub(super) struct CarrierServer {
    address: SocketAddr,
    clock: Arc<WallClock>,
    log: Arc<Mutex<Log>>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), RemoteError>>,
}

impl CarrierServer {
    /// Starts a carrier in this world.
    pub(super) fn start(world: World) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("a port for the carrier")?;
        let address = listener.local_addr()?;
        let clock = Arc::new(WallClock::default());
        let log = Arc::new(Mutex::new(Log::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::Builder::new().name("carrier".to_owned()).spawn({
            let (clock, log, stop) = (Arc::clone(&clock), Arc::clone(&log), Arc::clone(&stop));
            let note = move |entry| log.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
            move || serve(&listener, &Arc::new(world), &*clock, note, &stop)
        })?;
        Ok(Self { address, clock, log, stop, thread })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    pub(super) fn counts(&self) -> Counts {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).counts
    }

    /// Waits until `enough` holds; `check` is asked meanwhile and can end the waiting.
    pub(super) fn wait(
        &self,
        what: &str,
        limit: Duration,
        enough: impl Fn(Counts) -> bool,
        mut check: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let limit_ms = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let deadline = self.now() + limit_ms;
        while !enough(self.counts()) {
            check()?;
            if self.thread.is_finished() {
                bail!("the carrier's server has ended early");
            }
            if self.now() > deadline {
                bail!("no {what} within {} s: {:?}", limit.as_secs(), self.counts());
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Ends the server; its log is the evidence.
    pub(super) fn stop(self) -> Result<Vec<LogEntry>> {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.join().map_err(|_| anyhow!("the carrier's server panicked"))?;
        ended.context("the carrier's server")?;
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut log.entries))
    }
}
