//! What one call has asked the pools for.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use outcall_inference::pool::{Done, Pending, PoolError, Priority};
use outcall_speech::recognition::{RecognitionRequest, Transcript};

use crate::hearing::ear::{Act, Ear, Purpose, Read};
use crate::hearing::places::Place;
use crate::hearing::room::Room;
use crate::hearing::{Counters, Pools};

/// A reading that is begun later is of no use: the turn has ended without it by then.
const TRIAL_DEADLINE: Duration = Duration::from_millis(2_800);
/// Who answered may be decided a little later.
const PARTIAL_DEADLINE: Duration = Duration::from_millis(3_000);
/// What was said so far is read again soon.
const SO_FAR_DEADLINE: Duration = Duration::from_millis(700);

#[derive(Debug)]
enum Stage {
    /// Words.
    Recognition(Pending<Transcript>),
    /// They are known; does it sound finished?
    Melody(Pending<f32>),
}

/// What is known.
#[derive(Debug)]
enum Known {
    Words(Read),
    Melody(Option<f32>),
}

#[derive(Debug)]
struct Asked {
    purpose: Purpose,
    samples: Arc<[i16]>,
    since: Instant,
    deadline: Instant,
    stage: Stage,
    /// One of the few readings of what was said so far, of all calls.
    _place: Option<Place>,
}

/// Who is told of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) counters: &'a Counters,
    pub(super) room: &'a Room,
}

/// What is under way. No more than a trial and a partial reading at a time.
#[derive(Debug, Default)]
pub(super) struct Asking {
    asked: Vec<Asked>,
}

impl Asking {
    pub(super) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Asks for a reading, in place of the one before for the same; false when there will be none.
    pub(super) fn ask(
        &mut self,
        pools: &Pools,
        Told { counters, room }: Told<'_>,
        purpose: Purpose,
        request: RecognitionRequest,
    ) -> bool {
        self.forget_kind(purpose);
        let place = match purpose {
            Purpose::SoFar => match pools.places.take(pools.recognition.waiting()) {
                Some(place) => Some(place),
                // There is no room for what can wait.
                None => return false,
            },
            Purpose::Trial(_) | Purpose::Partial => None,
        };
        let (priority, within) = match purpose {
            Purpose::Trial(_) => (Priority::Interactive, TRIAL_DEADLINE),
            Purpose::Partial => (Priority::Background, PARTIAL_DEADLINE),
            Purpose::SoFar => (Priority::Background, SO_FAR_DEADLINE),
        };
        let since = now();
        let deadline = since + within;
        let samples = Arc::clone(&request.samples);
        match pools.recognition.ask(request, priority, deadline) {
            Ok(pending) => {
                let stage = Stage::Recognition(pending);
                self.asked.push(Asked { purpose, samples, since, deadline, stage, _place: place });
                true
            }
            Err(error) => {
                counters.note_unread(&error);
                if matches!(purpose, Purpose::Trial(_)) {
                    room.read(None);
                }
                false
            }
        }
    }

    /// Takes a request back.
    pub(super) fn forget(&mut self, purpose: Purpose) {
        self.asked.retain(|asked| asked.purpose != purpose);
    }

    fn forget_kind(&mut self, purpose: Purpose) {
        let is_trial = |purpose| matches!(purpose, Purpose::Trial(_));
        self.asked.retain(|asked| is_trial(asked.purpose) != is_trial(purpose));
    }

    /// Gives the answers that are there to the ear.
    pub(super) fn take_answers(
        &mut self,
        cx: &mut Context<'_>,
        pools: &Pools,
        Told { counters, room }: Told<'_>,
        ear: &mut Ear,
        acts: &mut Vec<Act>,
    ) {
        let mut place = 0;
        while place < self.asked.len() {
            let asked = &mut self.asked[place];
            let Poll::Ready(step) = asked.step(cx, pools, ear) else {
                place += 1;
                continue;
            };
            let (purpose, since) = (asked.purpose, asked.since);
            // Words are told at once; whether they sound finished is asked beside that.
            let is_over = !matches!(&step, Ok(Known::Words(read)) if read.awaited);
            if is_over {
                self.asked.swap_remove(place);
            }
            if !matches!(step, Ok(Known::Melody(_))) {
                counters.readings.fetch_add(1, Ordering::Relaxed);
                if matches!(purpose, Purpose::Trial(_)) {
                    room.read(step.is_ok().then(|| now().duration_since(since)));
                }
            }
            match (step, purpose) {
                (Ok(Known::Words(read)), _) => ear.read(purpose, Some(read), acts),
                (Ok(Known::Melody(finished)), Purpose::Trial(trial)) => {
                    ear.sounded(trial, finished, acts);
                }
                (Ok(Known::Melody(_)), Purpose::Partial | Purpose::SoFar) => {}
                // Nobody misses it: the next reading says more.
                (Err(PoolError::Late { .. }), Purpose::SoFar) => {}
                (Err(error), _) => {
                    counters.note_unread(&error);
                    ear.read(purpose, None, acts);
                }
            }
        }
    }
}

impl Asked {
    /// What is known by now and was not before.
    fn step(
        &mut self,
        cx: &mut Context<'_>,
        pools: &Pools,
        ear: &Ear,
    ) -> Poll<Result<Known, PoolError>> {
        match &mut self.stage {
            Stage::Recognition(pending) => {
                let done = match Pin::new(pending).poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(done) => done?,
                };
                tell("recognition", self.purpose, &done);
                let transcript = done.reply;
                let judged = matches!(self.purpose, Purpose::Trial(_))
                    && !transcript.words.is_empty()
                    && ear.needs_melody(&transcript.text);
                let samples = Arc::clone(&self.samples);
                let asked =
                    judged.then(|| pools.melody.ask(samples, Priority::Interactive, self.deadline));
                // Where it cannot be asked, the words alone decide.
                let pending = asked.and_then(Result::ok);
                let awaited = pending.is_some();
                if let Some(pending) = pending {
                    self.stage = Stage::Melody(pending);
                }
                Poll::Ready(Ok(Known::Words(Read { transcript, awaited })))
            }
            Stage::Melody(pending) => {
                let done = match Pin::new(pending).poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(done) => done.ok(),
                };
                if let Some(done) = &done {
                    tell("melody", self.purpose, done);
                }
                Poll::Ready(Ok(Known::Melody(done.map(|done| done.reply))))
            }
        }
    }
}

fn tell<R>(what: &'static str, purpose: Purpose, done: &Done<R>) {
    let (waited, computed) = (done.waited.as_millis(), done.computed.as_millis());
    tracing::debug!(what, ?purpose, waited, computed, "read");
}

#[expect(clippy::disallowed_methods, reason = "deadlines of requests are of the real clock")]
pub(super) fn now() -> Instant {
    Instant::now()
}
