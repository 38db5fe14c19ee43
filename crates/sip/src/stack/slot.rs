//! The calls of an agent, and how messages reach them.
//!
//! A call's task waits in its INVITE transaction, whose `receive` must not be dropped half-way: an
//! ACK could be lost. So a message for the call goes into its queue, and the transaction is woken
//! by an event that makes `receive` return at a message's boundary.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use rsipstack::sip::Response;
use rsipstack::transaction::key::TransactionKey;
use rsipstack::transaction::transaction::{Transaction, TransactionEvent, TransactionEventSender};
use tokio::sync::mpsc;

use crate::message::{CallKey, Command};

/// How many messages may wait for one call. What comes above that is refused: 500 for a request.
const QUEUE: usize = 32;

/// What reaches a call from outside of its INVITE transaction.
pub(super) enum Input {
    /// Of the user.
    Command(Box<Command>),
    /// A request of the peer within the dialog.
    Request(Box<Transaction>),
    /// How a request of ours within the dialog ended.
    Outcome { what: Asked, response: Option<Box<Response>> },
    /// The peer acknowledged our 2xx to its re-INVITE, with a description or without.
    Acknowledged { body: Vec<u8> },
    /// The peer never acknowledged it.
    NeverAcknowledged,
    /// The call's deadline may have passed.
    Tick,
}

/// What a request of ours was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// BYE.
    Bye,
    /// CANCEL, PRACK, INFO, a BYE to another branch: nobody waits for it.
    Nothing,
    /// A re-INVITE or UPDATE that refreshes the session.
    Refresh,
    /// A re-INVITE with another description.
    Offer,
    /// REFER.
    Refer,
}

/// How to reach a call.
pub(super) struct CallSlot {
    pub(super) key: CallKey,
    pub(super) call_id: String,
    queue: mpsc::Sender<Input>,
    wake: Mutex<Option<(TransactionKey, TransactionEventSender)>>,
    woken: AtomicBool,
}

impl CallSlot {
    pub(super) fn new(key: CallKey, call_id: String) -> (Arc<Self>, mpsc::Receiver<Input>) {
        let (queue, inbox) = mpsc::channel(QUEUE);
        let slot =
            Self { key, call_id, queue, wake: Mutex::new(None), woken: AtomicBool::new(false) };
        (Arc::new(slot), inbox)
    }

    /// Hands a message to the call. Gives it back when its queue is full or it has ended.
    pub(super) fn send(&self, input: Input) -> Result<(), Input> {
        use mpsc::error::TrySendError::{Closed, Full};
        match self.queue.try_send(input) {
            Ok(()) => {
                self.wake_up();
                Ok(())
            }
            Err(Full(input) | Closed(input)) => Err(input),
        }
    }

    /// The same for what must not be lost, from a task that can wait for room.
    pub(super) async fn deliver(&self, input: Input) {
        // A call that is gone has nothing left to hear.
        if self.queue.send(input).await.is_ok() {
            self.wake_up();
        }
    }

    fn wake_up(&self) {
        if self.woken.swap(true, Ordering::AcqRel) {
            return;
        }
        let wake = lock(&self.wake);
        if let Some((key, sender)) = &*wake {
            // A transaction that is gone needs no waking: its call waits for the queue then.
            drop(sender.send(TransactionEvent::Terminate(key.clone())));
        }
    }

    /// The transaction that the call waits in from now on.
    pub(super) fn waits_in(&self, transaction: Option<&Transaction>) {
        *lock(&self.wake) = transaction.map(|tx| (tx.key.clone(), tx.tu_sender.clone()));
        self.woken.store(false, Ordering::Release);
    }

    /// The call looks into its queue now; whoever sends from here on wakes it again.
    pub(super) fn looks(&self) {
        self.woken.store(false, Ordering::Release);
    }
}

/// A lock whose holder cannot have failed: nothing under it panics.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Every call that is alive, or still being brought to its end on the wire.
#[derive(Default)]
pub(super) struct Calls {
    by_key: HashMap<CallKey, Arc<CallSlot>>,
    /// By our tag, which is random and unique.
    by_tag: HashMap<String, Arc<CallSlot>>,
}

impl Calls {
    /// Takes a call in. False when its name is in use.
    pub(super) fn insert(&mut self, tag: &str, slot: &Arc<CallSlot>) -> bool {
        if self.by_key.contains_key(&slot.key) {
            return false;
        }
        self.by_key.insert(slot.key, Arc::clone(slot));
        self.by_tag.insert(tag.to_owned(), Arc::clone(slot));
        true
    }

    pub(super) fn remove(&mut self, tag: &str, key: CallKey) {
        self.by_tag.remove(tag);
        self.by_key.remove(&key);
    }

    pub(super) fn of_key(&self, key: CallKey) -> Option<Arc<CallSlot>> {
        self.by_key.get(&key).cloned()
    }

    pub(super) fn of_dialog(&self, tag: &str, call_id: &str) -> Option<Arc<CallSlot>> {
        self.by_tag.get(tag).filter(|slot| slot.call_id == call_id).cloned()
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }
}
