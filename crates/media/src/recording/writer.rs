//! The thread that writes the files.

use std::collections::HashMap;
use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender};

use super::{BLOCK_FRAMES, FRAME_SIZE, Job, RecordingEvent, RecordingSink};
use crate::g711::{CLOCK_HZ, Law};
use crate::priority;
use crate::wav::{Coding, WavError, WavWriter};

const FRAME_MS: u64 = 20;

pub(super) struct Writer {
    jobs: Receiver<Job>,
    used: Sender<Vec<u8>>,
    sink: RecordingSink,
    open: HashMap<u64, Open>,
}

struct Open {
    owner: u64,
    path: PathBuf,
    law: Law,
    /// `None` after a failure.
    file: Option<WavWriter>,
    frames: u64,
}

impl Open {
    fn append(&mut self, silent_frames: u64, bytes: &[u8]) -> Result<(), WavError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut silent = silent_frames as usize * FRAME_SIZE;
        let silence = [self.law.silence(); FRAME_SIZE * BLOCK_FRAMES];
        while silent > 0 {
            let written = silent.min(silence.len());
            file.append(&silence[..written])?;
            silent -= written;
        }
        file.append(bytes)?;
        self.frames += silent_frames + (bytes.len() / FRAME_SIZE) as u64;
        Ok(())
    }
}

impl Writer {
    pub(super) fn new(jobs: Receiver<Job>, used: Sender<Vec<u8>>, sink: RecordingSink) -> Self {
        Self { jobs, used, sink, open: HashMap::new() }
    }

    /// Until it is stopped or no one is left to send.
    pub(super) fn run(mut self) {
        priority::lower();
        while let Ok(job) = self.jobs.recv() {
            match job {
                Job::Begin { recording, owner, path, law } => {
                    self.begin(recording, owner, path, law);
                }
                Job::Block { recording, silent_frames, bytes } => {
                    self.append(recording, silent_frames, bytes);
                }
                Job::End { recording, silent_frames } => self.end(recording, silent_frames),
                Job::Stop => break,
            }
        }
        let left: Vec<u64> = self.open.keys().copied().collect();
        for recording in left {
            self.end(recording, 0);
        }
    }

    fn begin(&mut self, recording: u64, owner: u64, path: PathBuf, law: Law) {
        let created = WavWriter::create(&path, Coding::Law(law), CLOCK_HZ, 2);
        let file = created.map_err(|error| self.failed(owner, &error)).ok();
        self.open.insert(recording, Open { owner, path, law, file, frames: 0 });
    }

    fn append(&mut self, recording: u64, silent_frames: u64, mut bytes: Vec<u8>) {
        if let Some(open) = self.open.get_mut(&recording)
            && let Err(error) = open.append(silent_frames, &bytes)
        {
            open.file = None;
            let owner = open.owner;
            self.failed(owner, &error);
        }
        bytes.clear();
        // A full pool needs no more blocks.
        drop(self.used.try_send(bytes));
    }

    fn end(&mut self, recording: u64, silent_frames: u64) {
        let Some(mut open) = self.open.remove(&recording) else { return };
        let written = open.append(silent_frames, &[]);
        let Some(file) = open.file else { return };
        match written.and_then(|()| file.finish()) {
            Ok(()) => {
                let duration_ms = open.frames * FRAME_MS;
                let event = RecordingEvent::Finished { path: open.path, duration_ms };
                (self.sink)(open.owner, event);
            }
            Err(error) => self.failed(open.owner, &error),
        }
    }

    fn failed(&self, owner: u64, error: &WavError) {
        (self.sink)(owner, RecordingEvent::Failed { error: error.to_string() });
    }
}
