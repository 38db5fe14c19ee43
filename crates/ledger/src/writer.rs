//! The writer thread: the one place that writes, with group commit.
//!
//! Requests wait in a bounded queue. The writer takes what is there, runs it in one transaction,
//! commits, and only then tells the requesters: an answer means that the data is on disk. While one
//! commit waits for the disk, the next group gathers, so that one `fsync` (about 4 ms on ordinary
//! disks) serves hundreds of requests.
//!
//! A request that fails is rolled back alone (a savepoint around each); a commit that fails fails
//! every request in it.

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use rusqlite::Connection;

use crate::LedgerError;
use crate::sqlite::cells::CellCache;

/// How many requests may wait.
const QUEUE_REQUESTS: usize = 1_024;

/// How many requests one transaction takes at most.
const GROUP_REQUESTS: usize = 256;

/// Called with the answer to a request, on the writer's thread: it must be quick.
pub type Reply<T> = Box<dyn FnOnce(Result<T, LedgerError>) + Send>;

/// How safe a request must be when it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Durability {
    /// It survives a crash of the process; a power failure may take the last of them, in order.
    Process,
    /// It survives a power failure.
    Power,
}

/// What a request works on.
pub(crate) struct Work<'a> {
    /// The database, in a transaction.
    pub connection: &'a Connection,
    /// What the writer remembers between requests; dropped whenever it might be wrong.
    pub cells: &'a mut CellCache,
}

/// Tells a requester how its request ended, given how the commit ended.
type Deliver = Box<dyn FnOnce(Result<(), LedgerError>) + Send>;

struct Ran {
    error: Option<LedgerError>,
    deliver: Deliver,
}

/// Runs a request on the database, or answers it with the reason why it cannot run.
type Run = Box<dyn FnOnce(Result<&mut Work<'_>, LedgerError>) -> Ran + Send>;

struct Request {
    durability: Durability,
    run: Run,
}

/// The way to the writer. Dropping the last one ends the thread after what is queued.
pub(crate) struct Writer {
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on a connection that nobody else writes through. `synchronous` off is for
    /// simulations, whose ledger nobody keeps.
    pub(crate) fn start(connection: Connection, sync: bool) -> Result<Self, LedgerError> {
        let (requests, queue) = bounded(QUEUE_REQUESTS);
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || serve(&connection, &queue, sync))
            .map_err(|error| LedgerError::Storage { problem: error.to_string() })?;
        Ok(Self { requests: Some(requests), thread: Some(thread) })
    }

    fn request<T: Send + 'static>(
        durability: Durability,
        run: impl FnOnce(&mut Work<'_>) -> Result<T, LedgerError> + Send + 'static,
        reply: Reply<T>,
    ) -> Request {
        let run = Box::new(move |work: Result<&mut Work<'_>, LedgerError>| {
            let result = work.and_then(run);
            let error = result.as_ref().err().cloned();
            let deliver: Deliver = Box::new(move |committed| {
                reply(result.and_then(|value| committed.map(|()| value)));
            });
            Ran { error, deliver }
        });
        Request { durability, run }
    }

    /// Queues a request; when the queue is full, answers [`LedgerError::Busy`] at once.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        durability: Durability,
        run: impl FnOnce(&mut Work<'_>) -> Result<T, LedgerError> + Send + 'static,
        reply: Reply<T>,
    ) {
        let Some(requests) = &self.requests else { return reply(Err(LedgerError::Closed)) };
        let (refused, error) = match requests.try_send(Self::request(durability, run, reply)) {
            Ok(()) => return,
            Err(TrySendError::Full(request)) => (request, LedgerError::Busy),
            Err(TrySendError::Disconnected(request)) => (request, LedgerError::Closed),
        };
        ((refused.run)(Err(error)).deliver)(Ok(()));
    }

    /// Queues a request, waiting for room, and waits for its answer. Not for actors.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        durability: Durability,
        run: impl FnOnce(&mut Work<'_>) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let requests = self.requests.as_ref().ok_or(LedgerError::Closed)?;
        let (answer, answered) = bounded(1);
        let reply: Reply<T> = Box::new(move |result| {
            // A requester that no longer waits wants no answer.
            drop(answer.send(result));
        });
        requests.send(Self::request(durability, run, reply)).map_err(|_| LedgerError::Closed)?;
        answered.recv().map_err(|_| LedgerError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has been told to every requester by the closed channel.
            drop(thread.join());
        }
    }
}

fn serve(connection: &Connection, queue: &Receiver<Request>, sync: bool) {
    let mut cells = CellCache::default();
    let mut synchronous = None;
    let mut group = Vec::with_capacity(GROUP_REQUESTS);
    let mut ran = Vec::with_capacity(GROUP_REQUESTS);
    while let Ok(first) = queue.recv() {
        group.push(first);
        group.extend(queue.try_iter().take(GROUP_REQUESTS - 1));
        let wanted = match group.iter().map(|request| request.durability).max() {
            Some(Durability::Power) if sync => "full",
            Some(Durability::Process) if sync => "normal",
            _ => "off",
        };
        let mut prepared = Ok(());
        if synchronous != Some(wanted) {
            // Cannot be changed inside of a transaction.
            prepared = connection.pragma_update(None, "synchronous", wanted);
            synchronous = prepared.is_ok().then_some(wanted);
        }
        let begun = prepared.and_then(|()| control(connection, "BEGIN IMMEDIATE"));
        let committed = match begun {
            Ok(()) => match run_group(connection, &mut cells, &mut group, &mut ran) {
                Ok(()) => control(connection, "COMMIT").map_err(LedgerError::from),
                Err(error) => Err(error),
            },
            Err(error) => {
                let error = LedgerError::from(error);
                ran.extend(group.drain(..).map(|request| (request.run)(Err(error.clone()))));
                Ok(())
            }
        };
        if committed.is_err() {
            // What the cache learned in this transaction never happened.
            cells.clear();
            if !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
                tracing::error!("the ledger cannot roll back; its writer ends");
                return;
            }
        }
        for one in ran.drain(..) {
            (one.deliver)(committed.clone());
        }
    }
    // Passive: it waits for nobody, so that a short command beside a dialling process never holds
    // that one up. The last process to close a database folds the whole log in by itself.
    if let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)") {
        tracing::warn!(%error, "the ledger's log could not be folded into its database");
    }
}

/// Runs what is queued in `group`, in the transaction that is open.
///
/// A full disk or a failing one can make SQLite roll the whole transaction back in the middle of a
/// request. What follows would then run in transactions of its own, each committed although its
/// requester is told that the commit failed. So the group ends there, and all of it has failed.
fn run_group(
    connection: &Connection,
    cells: &mut CellCache,
    group: &mut Vec<Request>,
    ran: &mut Vec<Ran>,
) -> Result<(), LedgerError> {
    let mut lost: Option<LedgerError> = None;
    if group.len() == 1 {
        // Alone, a request needs no savepoint (which copies every page it changes): when it fails,
        // the whole transaction goes.
        for request in group.drain(..) {
            let one = (request.run)(Ok(&mut Work { connection, cells }));
            if one.error.is_some() {
                cells.clear();
                if !connection.is_autocommit() {
                    control(connection, "ROLLBACK")?;
                }
                control(connection, "BEGIN")?;
            }
            ran.push(one);
        }
        return Ok(());
    }
    for request in group.drain(..) {
        if let Some(error) = &lost {
            ran.push((request.run)(Err(error.clone())));
            continue;
        }
        let one = run_one(connection, cells, request);
        if connection.is_autocommit() {
            let unknown =
                || LedgerError::Storage { problem: "the transaction was rolled back".to_owned() };
            lost = Some(one.error.clone().unwrap_or_else(unknown));
        }
        ran.push(one);
    }
    lost.map_or(Ok(()), Err)
}

/// Runs a statement that steers the transaction. There are several for each request, so that they
/// are parsed once.
fn control(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

fn run_one(connection: &Connection, cells: &mut CellCache, request: Request) -> Ran {
    if let Err(error) = control(connection, "SAVEPOINT request") {
        return (request.run)(Err(error.into()));
    }
    let ran = (request.run)(Ok(&mut Work { connection, cells }));
    let undone = if ran.error.is_some() {
        cells.clear();
        control(connection, "ROLLBACK TO request")
    } else {
        Ok(())
    };
    if let Err(error) = undone.and_then(|()| control(connection, "RELEASE request")) {
        // SQLite has rolled the whole transaction back (a full disk does that): see `run_group`.
        tracing::debug!(%error, "a request's savepoint is gone");
    }
    ran
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x INTEGER UNIQUE)").unwrap();
        Writer::start(connection, true).unwrap()
    }

    fn insert(writer: &Writer, values: &'static [i64]) -> Result<(), LedgerError> {
        writer.call(Durability::Power, move |work| {
            for value in values {
                work.connection.execute("INSERT INTO t (x) VALUES (?1)", [value])?;
            }
            Ok(())
        })
    }

    fn count(writer: &Writer) -> i64 {
        let count = |work: &mut Work<'_>| {
            Ok(work.connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)
        };
        writer.call(Durability::Process, count).unwrap()
    }

    /// Holds the writer up in a request until what this returns is dropped. What is queued
    /// meanwhile is one group.
    fn block(writer: &Writer) -> Sender<()> {
        let (go, wait) = bounded::<()>(0);
        let (begun, has_begun) = bounded(1);
        let block = move |_: &mut Work<'_>| {
            begun.send(()).unwrap();
            assert!(wait.recv().is_err(), "nothing is ever sent");
            Ok(())
        };
        writer.submit(Durability::Process, block, Box::new(|_| {}));
        has_begun.recv().unwrap();
        go
    }

    #[test]
    fn a_request_that_fails_leaves_nothing_behind_and_spares_the_others() {
        let writer = writer();
        insert(&writer, &[1, 2]).unwrap();
        assert!(insert(&writer, &[3, 2]).is_err());
        insert(&writer, &[4]).unwrap();
        assert_eq!(count(&writer), 3);
    }

    #[test]
    fn a_full_disk_in_the_middle_of_a_group_fails_all_of_it_and_leaves_nothing() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x BLOB); PRAGMA max_page_count = 20").unwrap();
        let writer = Writer::start(connection, true).unwrap();
        let go = block(&writer);
        let (answers, answered) = bounded(4);
        for bytes in [10, 200_000, 10, 10] {
            let answers = answers.clone();
            let reply: Reply<()> = Box::new(move |result| answers.send(result).unwrap());
            let insert = move |work: &mut Work<'_>| {
                work.connection.execute("INSERT INTO t VALUES (zeroblob(?1))", [bytes])?;
                Ok(())
            };
            writer.submit(Durability::Power, insert, reply);
        }
        drop(go);
        for _ in 0..4 {
            assert!(matches!(answered.recv().unwrap(), Err(LedgerError::DiskFull)));
        }
        assert_eq!(count(&writer), 0);
        let small = |work: &mut Work<'_>| {
            work.connection.execute("INSERT INTO t VALUES (1)", [])?;
            Ok(())
        };
        writer.call(Durability::Power, small).unwrap();
        assert_eq!(count(&writer), 1);
    }

    #[test]
    fn a_full_queue_answers_busy_at_once() {
        let writer = writer();
        let go = block(&writer);
        let (answers, answered) = bounded(4 * QUEUE_REQUESTS);
        for _ in 0..2 * QUEUE_REQUESTS {
            let answers = answers.clone();
            let reply: Reply<()> = Box::new(move |result| answers.send(result).unwrap());
            writer.submit(Durability::Process, |_| Ok(()), reply);
        }
        drop(go);
        let busy = (0..2 * QUEUE_REQUESTS)
            .filter(|_| matches!(answered.recv().unwrap(), Err(LedgerError::Busy)))
            .count();
        assert_eq!(busy, QUEUE_REQUESTS);
    }

    #[test]
    fn a_panic_in_a_request_is_told_and_does_not_hang_the_requester() {
        let writer = writer();
        let result: Result<(), _> =
            writer.call(Durability::Process, |_| panic!("planted by the test"));
        assert!(matches!(result, Err(LedgerError::Closed)));
    }
}
