//! The thread in which all persons listen and speak.
//!
//! It takes the frames of all calls as they come, and looks at each of them what was read
//! meanwhile. It never waits for the recogniser.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, select};
use outcall_media::plane::{Frame, Stream, StreamId};
use outcall_sip::{CallKey, EndedBy};

use super::cast::Person;
use super::line::Line;
use super::reading::Library;
use super::truth::{CallTruth, TruthLog};
use super::voices::Voices;
use crate::farm::{Happening, now};

/// Frames that may wait: 300 calls for a second. What comes above that is missed and counted by
/// the media plane; whoever misses it hears silence.
const FRAMES_MAX: usize = 16_384;
/// Commands that may wait; who gives one waits for room.
const COMMANDS_MAX: usize = 16_384;
/// How long the thread sleeps when nothing comes.
const IDLE: Duration = Duration::from_millis(20);
/// How long the last words of a call that is over are waited for, in ms.
const READING_MS: i64 = 8_000;
/// And when the farm ends.
const FAREWELL_MS: i64 = 5_000;

/// A call that is over, as the farm knows it.
pub(super) struct Over {
    pub(super) call: CallKey,
    pub(super) person: Arc<Person>,
    pub(super) call_id: String,
    pub(super) called_at_ms: i64,
    pub(super) by: EndedBy,
    pub(super) status: Option<u16>,
}

/// A call that was answered.
pub(super) struct Answered {
    pub(super) call: CallKey,
    pub(super) person: Arc<Person>,
    pub(super) call_id: String,
    pub(super) called_at_ms: i64,
    pub(super) stream: Stream,
    /// Where it is recorded.
    pub(super) recording: Option<PathBuf>,
}

enum Command {
    Answered(Box<Answered>),
    Over(Box<Over>),
    Stop,
}

/// The handle to the thread. It ends with it.
pub(in crate::farm) struct Lines {
    commands: Sender<Command>,
    frames: Sender<Frame>,
    thread: Option<JoinHandle<()>>,
}

impl Lines {
    pub(super) fn start(
        voices: Arc<Voices>,
        library: Library,
        log: TruthLog,
        happenings: Sender<Happening>,
    ) -> std::io::Result<Self> {
        let (commands, to_do) = bounded(COMMANDS_MAX);
        let (frames, heard) = bounded(FRAMES_MAX);
        let room = Room {
            voices,
            library,
            log,
            happenings,
            lines: HashMap::new(),
            streams: HashMap::new(),
            closing: Vec::new(),
        };
        let thread = std::thread::Builder::new()
            .name("persons".to_owned())
            .spawn(move || room.live(&to_do, &heard))?;
        Ok(Self { commands, frames, thread: Some(thread) })
    }

    /// Somebody has answered: they hear and speak from now on.
    pub(super) fn answered(&self, answered: Answered) {
        let stream = answered.stream.clone();
        // The thread is gone only when the farm is.
        drop(self.commands.send(Command::Answered(Box::new(answered))));
        stream.listen(self.frames.clone());
    }

    /// A call is over.
    pub(super) fn over(&self, over: Over) {
        drop(self.commands.send(Command::Over(Box::new(over))));
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        drop(self.commands.send(Command::Stop));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the persons had panicked: their log is incomplete");
        }
    }
}

/// All persons who are in a call.
struct Room {
    voices: Arc<Voices>,
    library: Library,
    log: TruthLog,
    happenings: Sender<Happening>,
    lines: HashMap<CallKey, (StreamId, Line)>,
    streams: HashMap<StreamId, CallKey>,
    /// Calls that are over, and until when their last words are waited for, in ms since 1970.
    closing: Vec<(i64, Line)>,
}

impl Room {
    fn live(mut self, commands: &Receiver<Command>, frames: &Receiver<Frame>) {
        loop {
            select! {
                recv(commands) -> command => match command {
                    Ok(Command::Stop) | Err(_) => break,
                    Ok(command) => self.carry_out(command),
                },
                recv(frames) -> frame => {
                    // Whose first frame it is has been told before.
                    while let Ok(command) = commands.try_recv() {
                        if matches!(command, Command::Stop) {
                            return self.leave();
                        }
                        self.carry_out(command);
                    }
                    if let Ok(frame) = frame {
                        self.frame(&frame);
                    }
                },
                default(IDLE) => {}
            }
            for _ in 0..frames.len() {
                let Ok(frame) = frames.try_recv() else { break };
                self.frame(&frame);
            }
            self.take_readings();
        }
        self.leave();
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Answered(answered) => {
                let Answered { call, person, call_id, called_at_ms, stream, recording } = *answered;
                let mut truth = CallTruth::new(&person, call_id, called_at_ms);
                truth.answered_at_ms = Some(now().0);
                truth.recording = recording;
                let id = stream.id();
                let line = Line::new(person, Arc::clone(&self.voices), stream, truth);
                self.streams.insert(id, call);
                self.lines.insert(call, (id, line));
            }
            Command::Over(over) => self.over(*over),
            Command::Stop => {}
        }
    }

    fn over(&mut self, over: Over) {
        let Over { call, person, call_id, called_at_ms, by, status } = over;
        let Some((stream, mut line)) = self.lines.remove(&call) else {
            let mut truth = CallTruth::new(&person, call_id, called_at_ms);
            (truth.end.by, truth.end.status) = (by, status);
            return self.log.write(&truth);
        };
        self.streams.remove(&stream);
        line.end(by, &self.library);
        self.closing.push((now().0 + READING_MS, line));
    }

    fn frame(&mut self, frame: &Frame) {
        let Some(call) = self.streams.get(&frame.stream).copied() else { return };
        let Some((_, line)) = self.lines.get_mut(&call) else { return };
        if line.frame(frame, &self.library) {
            self.hang_up(call);
        }
    }

    fn hang_up(&self, call: CallKey) {
        if self.happenings.try_send(Happening::HangUp(call)).is_err() {
            tracing::warn!("the farm is too busy for a person to hang up");
        }
    }

    fn take_readings(&mut self) {
        let mut hang_up = Vec::new();
        for (call, (_, line)) in &mut self.lines {
            if !line.is_read() && line.take_readings(&mut self.library) {
                hang_up.push(*call);
            }
        }
        for call in hang_up {
            self.hang_up(call);
        }
        if self.closing.is_empty() {
            return;
        }
        let now_ms = now().0;
        for (until_ms, line) in &mut self.closing {
            // Whoever is gone cannot hang up.
            line.take_readings(&mut self.library);
            if now_ms >= *until_ms {
                line.give_up();
            }
        }
        let read = self.closing.extract_if(.., |(_, line)| line.is_read());
        for (_, line) in read {
            self.log.write(&line.truth);
        }
    }

    /// Writes down what there is.
    fn leave(mut self) {
        let until_ms = now().0 + FAREWELL_MS;
        let left: Vec<CallKey> = self.lines.keys().copied().collect();
        for call in left {
            if let Some((_, mut line)) = self.lines.remove(&call) {
                line.end(EndedBy::Expired, &self.library);
                self.closing.push((until_ms, line));
            }
        }
        self.closing.iter_mut().for_each(|(until, _)| *until = (*until).min(until_ms));
        while !self.closing.is_empty() {
            std::thread::sleep(IDLE);
            self.take_readings();
        }
    }
}
