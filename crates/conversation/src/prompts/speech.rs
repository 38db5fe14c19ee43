//! A text's sound, whole or as far as it is rendered.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use outcall_inference::pool::{Pending, PoolError, Priority};
use outcall_media::clip::Clip;
use outcall_speech::synthesis::saying::Saying;
use outcall_speech::synthesis::worker::{Reply, Request};

use super::Live;

/// The whole has time: calls are served phrase by phrase until it is there.
const WHOLE_WITHIN: Duration = Duration::from_secs(600);

/// A text's sound.
#[derive(Debug)]
pub struct Speech {
    text: String,
    /// None where the sound is whole from the start.
    live: Option<Live>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    whole: Whole,
    /// What calls hear until the whole is there: they share it.
    phrases: Option<Arc<Phrases>>,
}

#[derive(Debug)]
enum Whole {
    Ready(Arc<Clip>),
    Rendered(Pending<Reply>),
    /// It was refused, late or failed: the phrases do for it.
    None,
}

/// How a call hears a text.
#[derive(Clone, Debug)]
pub enum Sound {
    /// In one piece.
    Whole(Arc<Clip>),
    /// Piece by piece.
    Phrases(Arc<Phrases>),
}

impl Speech {
    /// A sound that is there.
    pub fn whole(clip: Clip) -> Self {
        let state = State { whole: Whole::Ready(Arc::new(clip)), phrases: None };
        Self { text: String::new(), live: None, state: Mutex::new(state) }
    }

    /// A text that the pool renders from now on.
    pub(super) fn rendered(text: &str, live: Live) -> Self {
        let request = Request::Fixed(text.to_owned());
        let asked = live.pool.ask(request, Priority::Background, now() + WHOLE_WITHIN);
        let whole = asked.map_or_else(
            |error| {
                tracing::info!(%error, "a prompt is rendered with its first call");
                Whole::None
            },
            Whole::Rendered,
        );
        let state = Mutex::new(State { whole, phrases: None });
        Self { text: text.to_owned(), live: Some(live), state }
    }

    /// The sound for a call that begins now. Does not wait.
    ///
    /// # Errors
    /// When it is not rendered yet and the pool takes no more.
    pub fn start(&self, cx: &mut Context<'_>) -> Result<Sound, PoolError> {
        let mut state = locked(&self.state);
        state.take_whole(cx);
        if let Whole::Ready(clip) = &state.whole {
            return Ok(Sound::Whole(Arc::clone(clip)));
        }
        if let Some(phrases) = state.phrases.as_ref().filter(|phrases| !phrases.has_failed()) {
            return Ok(Sound::Phrases(Arc::clone(phrases)));
        }
        let Some(live) = &self.live else { return Err(PoolError::Ended { pool: "synthesis" }) };
        let phrases = live.phrases(&self.text)?;
        state.phrases = Some(Arc::clone(&phrases));
        Ok(Sound::Phrases(phrases))
    }
}

impl State {
    fn take_whole(&mut self, cx: &mut Context<'_>) {
        let Whole::Rendered(pending) = &mut self.whole else { return };
        let Poll::Ready(done) = Pin::new(pending).poll(cx) else { return };
        self.whole = match done {
            Ok(done) => Whole::Ready(Arc::new(Clip::from_samples(done.reply.samples))),
            Err(error) => {
                tracing::warn!(%error, "a prompt is not kept: it is said phrase by phrase");
                Whole::None
            }
        };
        if matches!(self.whole, Whole::Ready(_)) {
            // Those who hear them still have them.
            self.phrases = None;
        }
    }
}

/// The phrases of a text, as far as they are rendered. All calls that hear it share them.
#[derive(Debug)]
pub struct Phrases {
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    saying: Option<Saying>,
    clips: Vec<Arc<Clip>>,
    /// Whether more may come.
    more: bool,
    failed: bool,
}

impl Phrases {
    pub(super) fn new(saying: Saying) -> Self {
        let saying = Some(saying);
        let progress = Progress { saying, clips: Vec::new(), more: true, failed: false };
        Self { progress: Mutex::new(progress) }
    }

    /// Takes what is rendered by now. `cx` is woken when more is.
    pub fn advance(&self, cx: &mut Context<'_>) {
        let progress = &mut *locked(&self.progress);
        while let Some(saying) = &mut progress.saying {
            match saying.poll_next(cx) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(samples))) => {
                    progress.clips.push(Arc::new(Clip::from_samples(samples)));
                }
                Poll::Ready(None) => (progress.saying, progress.more) = (None, false),
                Poll::Ready(Some(Err(error))) => {
                    let said = progress.clips.len();
                    tracing::warn!(%error, said, "a prompt broke off after these phrases");
                    (progress.saying, progress.more) = (None, false);
                    progress.failed = true;
                }
            }
        }
    }

    /// The phrase of this number, from 0, when it is there.
    pub fn get(&self, number: usize) -> Option<Arc<Clip>> {
        locked(&self.progress).clips.get(number).cloned()
    }

    /// How many there are, when no more will come.
    pub fn count(&self) -> Option<usize> {
        let progress = locked(&self.progress);
        (!progress.more).then_some(progress.clips.len())
    }

    fn has_failed(&self) -> bool {
        locked(&self.progress).failed
    }
}

/// Phrases that come as a test says.
#[cfg(test)]
impl Phrases {
    pub(crate) fn made(ms: &[u32]) -> Arc<Self> {
        let clips = ms.iter().map(|&ms| Arc::new(Clip::silence(ms))).collect();
        let progress = Progress { saying: None, clips, more: true, failed: false };
        Arc::new(Self { progress: Mutex::new(progress) })
    }

    pub(crate) fn add(&self, ms: u32) {
        locked(&self.progress).clips.push(Arc::new(Clip::silence(ms)));
    }

    pub(crate) fn end(&self) {
        locked(&self.progress).more = false;
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "deadlines of requests are of the real clock")]
fn now() -> Instant {
    Instant::now()
}
