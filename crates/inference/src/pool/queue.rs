//! The two queues of a pool.

use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError};
use tokio::sync::oneshot;

use super::{Done, PoolError, Priority, Worker};

/// A request that waits.
pub(super) struct Waiting<W: Worker> {
    pub(super) request: W::Request,
    pub(super) deadline: Instant,
    pub(super) asked: Instant,
    pub(super) reply: oneshot::Sender<Result<Done<W::Reply>, PoolError>>,
}

/// Why a request was not taken.
pub(super) enum Refused {
    /// So many wait.
    Full(usize),
    Ended,
}

/// The asking ends.
pub(super) struct Queues<W: Worker> {
    interactive: Sender<Waiting<W>>,
    background: Sender<Waiting<W>>,
}

/// The ends that workers take from.
pub(super) struct Source<W: Worker> {
    interactive: Receiver<Waiting<W>>,
    background: Receiver<Waiting<W>>,
}

impl<W: Worker> Clone for Queues<W> {
    fn clone(&self) -> Self {
        Self { interactive: self.interactive.clone(), background: self.background.clone() }
    }
}

impl<W: Worker> Clone for Source<W> {
    fn clone(&self) -> Self {
        Self { interactive: self.interactive.clone(), background: self.background.clone() }
    }
}

impl<W: Worker> Queues<W> {
    pub(super) fn new(waiting_max: usize) -> (Self, Source<W>) {
        let (interactive, from_interactive) = crossbeam_channel::bounded(waiting_max);
        let (background, from_background) = crossbeam_channel::bounded(waiting_max);
        let source = Source { interactive: from_interactive, background: from_background };
        (Self { interactive, background }, source)
    }

    pub(super) fn put(&self, waiting: Waiting<W>, priority: Priority) -> Result<(), Refused> {
        let queue = match priority {
            Priority::Interactive => &self.interactive,
            Priority::Background => &self.background,
        };
        queue.try_send(waiting).map_err(|error| match error {
            TrySendError::Full(_) => Refused::Full(queue.len()),
            TrySendError::Disconnected(_) => Refused::Ended,
        })
    }

    pub(super) fn waiting(&self) -> usize {
        self.interactive.len() + self.background.len()
    }
}

impl<W: Worker> Source<W> {
    /// The next request, as soon as there is one; `None` when nobody can ask any more.
    pub(super) fn take(&self) -> Option<Waiting<W>> {
        loop {
            let mut select = crossbeam_channel::Select::new();
            select.recv(&self.interactive);
            select.recv(&self.background);
            select.ready();
            match self.interactive.try_recv() {
                Ok(waiting) => return Some(waiting),
                // Both asking ends are dropped together; what still waits is computed.
                Err(TryRecvError::Disconnected) => return self.background.try_recv().ok(),
                Err(TryRecvError::Empty) => {}
            }
            if let Ok(waiting) = self.background.try_recv() {
                return Some(waiting);
            }
        }
    }

    /// The next request, if there is one.
    pub(super) fn try_take(&self) -> Option<Waiting<W>> {
        self.interactive.try_recv().or_else(|_| self.background.try_recv()).ok()
    }
}
