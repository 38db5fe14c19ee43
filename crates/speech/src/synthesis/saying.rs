//! A text said phrase by phrase through a pool: the first is heard while the others are still to
//! be rendered.
//!
//! One phrase is asked for at a time, as soon as the one before it is there: the texts of many
//! calls take turns, and no call holds more than one place in the queue.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use outcall_inference::pool::{Done, Pending, Pool, PoolError, Priority};

use super::prompt::Level;
use super::worker::{Reply, Request, Worker};

/// A text on its way.
#[derive(Debug)]
pub struct Saying {
    pool: Pool<Worker>,
    within: Duration,
    /// What is being rendered, or why it is not.
    pending: Option<Result<Pending<Reply>, PoolError>>,
    rest: VecDeque<super::Phrase>,
    /// The level of the first phrase, which the others are brought to.
    level: Level,
}

impl Saying {
    /// Asks for the first phrase. Each phrase is to be rendered within a time.
    ///
    /// # Errors
    /// When the pool takes no more.
    pub fn begin(pool: &Pool<Worker>, text: String, within: Duration) -> Result<Self, PoolError> {
        let first = ask(pool, Request::Begin(text), within)?;
        Ok(Self {
            pool: pool.clone(),
            within,
            pending: Some(Ok(first)),
            rest: VecDeque::new(),
            level: Level::default(),
        })
    }

    /// The next phrase with the pause after it, 8 kHz; `None` after the last. Joined one after the
    /// other they have one level and no clicks.
    ///
    /// # Errors
    /// When a phrase could not be rendered in time. Nothing comes after that.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Vec<i16>, PoolError>>> {
        loop {
            let done = match &mut self.pending {
                None => return Poll::Ready(None),
                Some(Err(_)) => {
                    self.rest.clear();
                    return Poll::Ready(self.pending.take().and_then(Result::err).map(Err));
                }
                Some(Ok(pending)) => match Pin::new(pending).poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(done) => done,
                },
            };
            if let Some(samples) = self.take(done) {
                return Poll::Ready(Some(Ok(samples)));
            }
        }
    }

    /// As [`Saying::poll_next`], but blocks: never in an actor or a task.
    ///
    /// # Errors
    /// As [`Saying::poll_next`].
    pub fn wait_next(&mut self) -> Option<Result<Vec<i16>, PoolError>> {
        loop {
            match self.pending.take()? {
                Err(error) => {
                    self.rest.clear();
                    return Some(Err(error));
                }
                Ok(pending) => {
                    if let Some(samples) = self.take(pending.wait()) {
                        return Some(Ok(samples));
                    }
                }
            }
        }
    }

    /// Takes a reply, and asks for the next phrase before anybody hears this one. None for a phrase
    /// of which nothing is heard, and for an error, which is then what is pending.
    fn take(&mut self, done: Result<Done<Reply>, PoolError>) -> Option<Vec<i16>> {
        let reply = match done {
            Ok(done) => done.reply,
            Err(error) => {
                self.pending = Some(Err(error));
                return None;
            }
        };
        self.rest.extend(reply.rest);
        let next = self.rest.pop_front();
        self.pending = next.map(|next| ask(&self.pool, Request::Phrase(next), self.within));
        let samples = self.level.matched(reply.samples);
        Some(samples).filter(|samples| !samples.is_empty())
    }
}

fn ask(
    pool: &Pool<Worker>,
    request: Request,
    within: Duration,
) -> Result<Pending<Reply>, PoolError> {
    pool.ask(request, Priority::Interactive, now() + within)
}

#[expect(clippy::disallowed_methods, reason = "deadlines of requests are of the real clock")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;
    use std::task::Waker;

    use outcall_inference::pool::PoolSettings;

    use super::*;
    use crate::synthesis::testing;
    use crate::synthesis::{RATE_HZ, sound};

    const TEXT: &str = "Hello, this is Anna from Outcall, and I am calling about your visit of \
        next week. We have moved it to Thursday at nine. Is that fine?";
    const SOON: Duration = Duration::from_secs(60);

    fn pool(waiting_max: usize) -> Option<Pool<Worker>> {
        let voice = Mutex::new(Some(testing::voice()?));
        let make = move || {
            let voice = voice.lock().ok().and_then(|mut voice| voice.take());
            voice.map(Worker::new).ok_or_else(|| io::Error::other("one worker only"))
        };
        let settings = PoolSettings { waiting_max, ..PoolSettings::default() };
        Some(Pool::start("synthesis", settings, make).unwrap().0)
    }

    #[test]
    fn phrases_come_in_their_order_one_request_at_a_time_and_joined_without_a_click() {
        let (Some(pool), Some(mut voice)) = (pool(1), testing::voice()) else { return };
        let wanted = voice.phrases(TEXT).unwrap();
        assert!(wanted.len() >= 4, "{wanted:?}");
        let mut saying = Saying::begin(&pool, TEXT.to_owned(), SOON).unwrap();
        let mut all: Vec<i16> = Vec::new();
        let (mut count, mut levels) = (0, Vec::new());
        while let Some(samples) = saying.wait_next() {
            let samples = samples.unwrap();
            let alone = voice.render(&wanted[count]).unwrap();
            assert_eq!(samples.len(), alone.len(), "phrase {count}");
            count += 1;
            assert_eq!(pool.counts().refused, 0);
            levels.push(sound::speech_level(&samples));
            let joint = all.last().map_or(0, |last| (last - samples[0]).abs());
            assert!(joint < 40, "a step of {joint}");
            all.extend(samples);
        }
        assert_eq!(count, wanted.len());
        assert!(levels.iter().all(|level| (0.9..1.1).contains(&(level / levels[0]))), "{levels:?}");
        assert!(all.len() > 6 * RATE_HZ as usize);
    }

    #[test]
    fn of_a_text_without_words_nothing_is_said() {
        let Some(pool) = pool(1) else { return };
        let mut saying = Saying::begin(&pool, " ".to_owned(), SOON).unwrap();
        assert_eq!(saying.wait_next(), None);
        let mut cx = Context::from_waker(Waker::noop());
        assert_eq!(saying.poll_next(&mut cx), Poll::Ready(None));
    }

    #[test]
    fn a_phrase_that_is_late_ends_it_and_is_told_once() {
        let Some(pool) = pool(8) else { return };
        let mut saying = Saying::begin(&pool, TEXT.to_owned(), SOON).unwrap();
        saying.within = Duration::ZERO;
        assert!(saying.wait_next().is_some_and(|samples| samples.is_ok()));
        let late = saying.wait_next();
        assert_eq!(late, Some(Err(PoolError::Late { pool: "synthesis" })));
        assert_eq!(saying.wait_next(), None);
    }
}
