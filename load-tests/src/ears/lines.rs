//! Calls side by side, one after the other on each line, until the hours have passed.
//!
//! The clock of the calls stands still while a worker is wanted that is not free: nothing is heard
//! faster than the pools can follow, and a reply comes as soon after its question as on calls.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use crossbeam_channel::Sender;
use outcall_conversation::hearing::Heard;
use outcall_conversation::{Hearing, HearingSettings};
use outcall_inference::store::ModelStore;
use outcall_media::plane::{Frame, StreamId};
use outcall_speech::turn::{InterruptionSettings, Reaction};

use crate::Arguments;
use crate::call::{Call, Turn};
use crate::reading::Reading;
use crate::sounds::Sounds;
use crate::voices::{Voices, now};

/// Calls at once.
const LINES: u64 = 64;
/// A packet, in ms.
const PACKET_MS: u64 = 20;
/// And the least time in which it passes: no call is heard faster than at twice its pace.
const PACKET_LEAST: Duration = Duration::from_millis(PACKET_MS / 2);
/// Packets that the hearing thread may be behind: two of each call.
const BEHIND_MAX: usize = 2 * LINES as usize;
/// While the clock stands.
const NAP: Duration = Duration::from_micros(500);
/// For so long at most: then something is wrong.
const STANDSTILL: Duration = Duration::from_secs(60);
const SAMPLES_PER_HOUR: u64 = 3_600 * 8_000;

struct Line {
    stream: StreamId,
    call: Call,
    tap: Sender<Frame>,
}

struct Exchange {
    sounds: Sounds,
    hearing: Hearing,
    voices: Voices,
    lines: Vec<Line>,
    sums: Reading,
    placed: u64,
    time_ms: u64,
}

/// Runs the calls and prints a line of JSON now and then.
///
/// # Errors
/// When a model or a recording is missing, or nothing goes on.
pub(crate) fn run(args: &Arguments) -> Result<()> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let store = ModelStore::open(&args.models)?;
    let settings = HearingSettings { workers, ..HearingSettings::default() };
    let mut exchange = Exchange {
        sounds: Sounds::make(args)?,
        hearing: Hearing::start(&args.models, &settings)?,
        voices: Voices::start(&store, workers)?,
        lines: Vec::new(),
        sums: Reading::default(),
        placed: 0,
        time_ms: 0,
    };
    for _ in 0..LINES {
        let line = exchange.place()?;
        exchange.lines.push(line);
    }
    let whole = args.hours * SAMPLES_PER_HOUR;
    let each = (whole / args.readings.max(1)).max(1);
    let mut told = 0;
    while exchange.sums.heard_samples < whole {
        let started = now();
        exchange.pass()?;
        exchange.wait()?;
        std::thread::sleep(PACKET_LEAST.saturating_sub(started.elapsed()));
        if exchange.sums.heard_samples / each > told {
            told = exchange.sums.heard_samples / each;
            exchange.tell()?;
        }
    }
    Ok(())
}

impl Exchange {
    fn place(&mut self) -> Result<Line> {
        self.placed += 1;
        let stream = StreamId(self.placed);
        let (call, attention) = Call::compose(self.placed, &self.sounds);
        let tap = self.hearing.attend_to(stream, attention);
        Ok(Line { stream, call, tap: tap.context("the hearing thread stands still")? })
    }

    /// 20 ms pass on every line.
    fn pass(&mut self) -> Result<()> {
        for place in 0..self.lines.len() {
            let Line { stream, call, tap } = &mut self.lines[place];
            if let Some(turn) = call.robot(&mut self.sums) {
                let guard = (turn == Turn::Begins).then(InterruptionSettings::default);
                self.hearing.robot_talks(*stream, guard);
            }
            let samples = call.packet(&self.sounds, &self.voices, &mut self.sums);
            let frame = Frame { stream: *stream, time_ms: self.time_ms, samples, playing: None };
            tap.send_timeout(frame, STANDSTILL).context("the hearing thread stands still")?;
            if call.is_over() {
                self.hearing.leave(*stream);
                self.sums.calls += 1;
                self.lines[place] = self.place()?;
            }
        }
        self.time_ms += PACKET_MS;
        while let Some((_, heard)) = self.hearing.next() {
            self.note(&heard);
        }
        Ok(())
    }

    fn note(&mut self, heard: &Heard) {
        match heard {
            Heard::Said(utterance) => {
                self.sums.turns += 1;
                self.sums.understood += u64::from(utterance.text.is_some());
            }
            Heard::Answered(_) => self.sums.decisions += 1,
            Heard::Interrupted(Reaction::Stop) => self.sums.interruptions += 1,
            Heard::Interrupted(Reaction::Pause | Reaction::Resume)
            | Heard::SpeechStarted { .. }
            | Heard::Partial { .. }
            | Heard::Paused { .. }
            | Heard::Noise
            | Heard::Beep
            | Heard::Voicemail { .. }
            | Heard::Menu(_) => {}
        }
    }

    /// Until a worker is free for whatever is asked next.
    fn wait(&self) -> Result<()> {
        let started = now();
        let is_behind = || self.lines.first().is_some_and(|line| line.tap.len() > BEHIND_MAX);
        while self.hearing.figures().waiting + self.voices.waiting() > 0 || is_behind() {
            ensure!(started.elapsed() < STANDSTILL, "the pools stand still");
            std::thread::sleep(NAP);
        }
        Ok(())
    }

    fn tell(&mut self) -> Result<()> {
        let figures = self.hearing.figures();
        self.sums.frames = figures.frames;
        self.sums.recognised = figures.recognition.computed;
        self.sums.abandoned = figures.recognition.abandoned;
        self.sums.late = figures.late;
        self.sums.failures = figures.failures;
        self.sums.dropped = figures.dropped;
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &self.sums)?;
        writeln!(out)?;
        Ok(out.flush()?)
    }
}
