//! The thread that hears all calls.
//!
//! It takes packets as they come, judges the complete frames of many calls in one pass, and carries
//! what an ear wants recognised to the pools and the answers back. It never waits for a pool.

mod asking;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select};
use outcall_media::plane::{Frame, StreamId};
use outcall_speech::recognition::RecognitionRequest;
use outcall_speech::turn::InterruptionSettings;
use outcall_speech::vad::{FRAME, Vad, VadFrame, VadState};

use super::ear::{Act, Ear};
use super::event::{Attention, Expectation, Heard};
use super::room::Room;
use super::{Counters, Defaults, Pools};
use asking::{Asking, Told};

/// Calls judged in one pass at most: more make no frame cheaper.
const BATCH_MAX: usize = 128;
/// How long the thread sleeps when nothing comes.
const IDLE: Duration = Duration::from_millis(200);

/// What the thread is told.
pub(super) enum Command {
    /// Listen to a stream, from the start.
    Attend(StreamId, Box<Attention>),
    /// The robot begins to talk there, or has ended.
    RobotTalks(StreamId, Option<InterruptionSettings>),
    /// What is listened for there from now on.
    Expect(StreamId, Expectation),
    /// What was said until that pause is an answer.
    IsAnswer(StreamId, u32),
    /// Nothing more comes: what was said until now is still told.
    Close(StreamId),
    /// The call is over.
    Leave(StreamId),
    /// End.
    Stop,
}

/// An answer of a pool is there.
pub(super) struct Answered(pub(super) Sender<()>);

impl Wake for Answered {
    fn wake(self: Arc<Self>) {
        // One message is enough: the thread then looks at all that is asked.
        let _already_there = self.0.try_send(());
    }
}

struct Listened {
    ear: Ear,
    state: VadState,
    asking: Asking,
}

/// The ends of the thread's queues.
pub(super) struct Ends {
    pub(super) frames: Receiver<Frame>,
    pub(super) commands: Receiver<Command>,
    pub(super) answered: Receiver<()>,
    pub(super) waker: Waker,
    pub(super) out: Sender<(StreamId, Heard)>,
    pub(super) wake: Arc<super::Outlet>,
    pub(super) counters: Arc<Counters>,
    pub(super) room: Arc<Room>,
}

/// The thread.
pub(super) struct Listener {
    ends: Ends,
    vad: Vad,
    pools: Pools,
    defaults: Defaults,
    calls: HashMap<StreamId, Listened>,
    began: Instant,
}

impl Listener {
    pub(super) fn new(ends: Ends, vad: Vad, pools: Pools, defaults: Defaults) -> Self {
        Self { ends, vad, pools, defaults, calls: HashMap::new(), began: asking::now() }
    }

    /// Until it is told to stop.
    pub(super) fn run(mut self) {
        loop {
            let mut touched = Vec::new();
            select! {
                recv(self.ends.commands) -> command => {
                    match command {
                        Ok(Command::Stop) | Err(_) => return,
                        Ok(command) => self.carry_out(command),
                    }
                }
                recv(self.ends.frames) -> frame => {
                    if let Ok(frame) = frame {
                        self.take(&frame, &mut touched);
                    }
                }
                recv(self.ends.answered) -> _ => {}
                default(IDLE) => {}
            }
            // Commands first: a robot that began to talk can be interrupted by these packets.
            for _ in 0..self.ends.commands.len() {
                match self.ends.commands.try_recv() {
                    Ok(Command::Stop) => return,
                    Ok(command) => self.carry_out(command),
                    Err(_) => break,
                }
            }
            for _ in 0..self.ends.frames.len() {
                let Ok(frame) = self.ends.frames.try_recv() else { break };
                self.take(&frame, &mut touched);
            }
            self.judge(&touched);
            self.take_answers();
            let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.ends.room.pass_time(now_ms, self.calls.len());
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Attend(stream, mut attention) => {
                attention.partials |= self.defaults.partials;
                attention.terms = match (attention.terms, &self.defaults.terms) {
                    (Some(own), Some(usual)) => Some(Arc::new((*own).clone().and(usual))),
                    (own, usual) => own.or_else(|| usual.clone()),
                };
                let (ear, state) = (Ear::new(*attention), VadState::default());
                self.calls.insert(stream, Listened { ear, state, asking: Asking::default() });
            }
            Command::RobotTalks(stream, talks) => {
                if let Some(call) = self.calls.get_mut(&stream) {
                    call.ear.robot_talks(talks);
                }
            }
            Command::Expect(stream, expectation) => {
                if let Some(call) = self.calls.get_mut(&stream) {
                    call.ear.expect(expectation);
                }
            }
            Command::IsAnswer(stream, trial) => {
                self.with_call(stream, |call, acts| call.ear.is_answer(trial, acts));
            }
            Command::Close(stream) => self.with_call(stream, |call, acts| call.ear.close(acts)),
            // What it asked the pools for is dropped, and so never computed.
            Command::Leave(stream) => drop(self.calls.remove(&stream)),
            Command::Stop => {}
        }
    }

    fn take(&mut self, frame: &Frame, touched: &mut Vec<StreamId>) {
        let Some(call) = self.calls.get_mut(&frame.stream) else { return };
        call.ear.packet(frame.time_ms, &frame.samples);
        touched.push(frame.stream);
    }

    /// Judges the frames that are complete, one of each call in a pass.
    fn judge(&mut self, touched: &[StreamId]) {
        let mut ready: Vec<StreamId> = touched.to_vec();
        ready.sort_unstable();
        ready.dedup();
        while !ready.is_empty() {
            let mut frames: Vec<(StreamId, VadState, [i16; FRAME])> = Vec::new();
            ready.retain(|stream| {
                let Some(call) = self.calls.get_mut(stream) else { return false };
                let Some(frame) = call.ear.next_frame() else { return false };
                frames.push((*stream, std::mem::take(&mut call.state), frame));
                true
            });
            for batch in frames.chunks_mut(BATCH_MAX) {
                self.judge_batch(batch);
            }
        }
    }

    fn judge_batch(&mut self, batch: &mut [(StreamId, VadState, [i16; FRAME])]) {
        let mut inputs: Vec<VadFrame<'_>> =
            batch.iter_mut().map(|(_, state, samples)| VadFrame { state, samples }).collect();
        let probabilities = self.vad.run(&mut inputs).unwrap_or_else(|error| {
            self.ends.counters.note_failure("voice activity", &error);
            vec![0.0; inputs.len()]
        });
        self.ends.counters.frames.fetch_add(batch.len() as u64, Ordering::Relaxed);
        for ((stream, state, frame), probability) in batch.iter_mut().zip(probabilities) {
            self.with_call(*stream, |call, acts| {
                call.state = std::mem::take(state);
                call.ear.judged(frame, probability, acts);
            });
        }
    }

    fn take_answers(&mut self) {
        let waker = self.ends.waker.clone();
        let asking: Vec<StreamId> = self
            .calls
            .iter()
            .filter(|(_, call)| !call.asking.is_empty())
            .map(|(stream, _)| *stream)
            .collect();
        for stream in asking {
            let (pools, counters) = (self.pools.clone(), Arc::clone(&self.ends.counters));
            let room = Arc::clone(&self.ends.room);
            self.with_call(stream, |call, acts| {
                let mut cx = Context::from_waker(&waker);
                let told = Told { counters: &counters, room: &room };
                call.asking.take_answers(&mut cx, &pools, told, &mut call.ear, acts);
            });
        }
    }

    /// Lets a call do something, and carries out what it wants. What panics ends the hearing of
    /// one call only.
    fn with_call(&mut self, stream: StreamId, act: impl FnOnce(&mut Listened, &mut Vec<Act>)) {
        let Some(call) = self.calls.get_mut(&stream) else { return };
        let mut acts = Vec::new();
        if catch_unwind(AssertUnwindSafe(|| act(call, &mut acts))).is_err() {
            tracing::error!(stream = stream.0, "hearing a call failed: it is heard no more");
            self.calls.remove(&stream);
            return;
        }
        for act in acts {
            match act {
                Act::Recognise { purpose, samples, mode } => {
                    let request = RecognitionRequest { samples, mode, terms: call.ear.terms() };
                    let told = Told { counters: &self.ends.counters, room: &self.ends.room };
                    if !call.asking.ask(&self.pools, told, purpose, request) {
                        // Nobody is to wait for words that will not come; it wants nothing more.
                        call.ear.read(purpose, None, &mut Vec::new());
                    }
                }
                Act::Forget(purpose) => call.asking.forget(purpose),
                Act::Tell(heard) => {
                    if self.ends.out.try_send((stream, heard)).is_err() {
                        self.ends.counters.dropped.fetch_add(1, Ordering::Relaxed);
                    }
                    self.ends.wake.wake();
                }
            }
        }
    }
}
