//! Answers what an utterance means, through a pool of understanding.
//!
//! A call never waits longer than it may, and never does without an answer: what is late, refused
//! or failed is a reading of which only the words are known, and is counted. The dialogue then asks
//! again, as after any other utterance that it did not understand.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use outcall_inference::pool::Pool;
use outcall_understanding::intents::encoder::Encode;
use outcall_understanding::intents::worker::{ReadingRequest, ReadingWorker};
use outcall_understanding::reading::Reading;

use crate::awaiting::{self, AskCounts};

/// What does this mean?
#[derive(Message)]
#[rtype(result = "Understood")]
pub struct Understand {
    /// The words, and the intents of their scenario.
    pub request: ReadingRequest,
    /// For how long the call can wait.
    pub within: Duration,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, MessageResponse)]
pub struct Understood {
    /// What was understood; the words alone when the pool did not answer.
    pub reading: Reading,
    /// Why the pool did not answer, when it did not.
    pub unread: Option<String>,
}

/// The actor.
pub struct Nlu<E: Encode + 'static> {
    pool: Pool<ReadingWorker<E>>,
    counts: Arc<AskCounts>,
    mailbox: usize,
}

impl<E: Encode + 'static> Nlu<E> {
    /// An actor in front of a pool, for so many calls at once: each has one utterance at a time.
    pub fn new(pool: Pool<ReadingWorker<E>>, channels: usize) -> Self {
        Self { pool, counts: Arc::default(), mailbox: channels.saturating_add(16) }
    }

    /// What it counts.
    pub fn counts(&self) -> Arc<AskCounts> {
        Arc::clone(&self.counts)
    }
}

impl<E: Encode + 'static> Actor for Nlu<E> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.mailbox);
    }
}

impl<E: Encode + 'static> Handler<Understand> for Nlu<E> {
    type Result = ResponseFuture<Understood>;

    fn handle(&mut self, ask: Understand, _: &mut Self::Context) -> Self::Result {
        let Understand { request, within } = ask;
        let text = request.heard.first().map(|(text, _)| text.clone()).unwrap_or_default();
        let answer = awaiting::ask(&self.pool, request, within, Arc::clone(&self.counts));
        Box::pin(async move {
            match answer.await {
                Ok(reading) => Understood { reading, unread: None },
                Err(reason) => {
                    tracing::debug!(reason, "an utterance is known by its words only");
                    let reading = Reading { text, intents: Vec::new(), out_of_scope: 1.0 };
                    Understood { reading, unread: Some(reason) }
                }
            }
        })
    }
}

#[cfg(test)]
mod tests;
