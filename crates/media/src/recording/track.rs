//! One recording, as its stream sees it.

use super::{BLOCK_FRAMES, FRAME_SIZE, Recorder};
use crate::g711::Law;
use crate::playback::FRAME;

/// A recording that goes on. Dropping it ends the file.
#[derive(Debug)]
pub struct Track {
    recorder: Recorder,
    recording: u64,
    /// The file's law.
    law: Law,
    block: Vec<u8>,
    /// Length at which the block is handed over.
    block_size: usize,
    /// Frames of silence before the block: the time of those that were dropped.
    silent_frames: u64,
    dropped_frames: u64,
}

impl Track {
    pub(super) fn new(recorder: Recorder, recording: u64, law: Law) -> Self {
        let block = recorder.block();
        // First blocks differ in length, so that calls that began together do not hand over
        // together ever after.
        let block_size = (1 + recording as usize % BLOCK_FRAMES) * FRAME_SIZE;
        let (silent_frames, dropped_frames) = (0, 0);
        Self { recorder, recording, law, block, block_size, silent_frames, dropped_frames }
    }

    /// Adds 20 ms: what was heard, and what was sent, as it was encoded.
    pub fn push(&mut self, heard: &[i16; FRAME], law: Law, sent: &[u8; FRAME]) {
        let mut left = [0; FRAME];
        self.law.encode_into(heard, &mut left);
        let mut right = *sent;
        if law != self.law {
            // The far end moved to the other law in the middle of the call.
            for code in &mut right {
                *code = self.law.encode(law.decode(*code));
            }
        }
        let mut frame = [0; FRAME_SIZE];
        let samples = frame.as_chunks_mut::<2>().0.iter_mut();
        for ((bytes, left), right) in samples.zip(left).zip(right) {
            *bytes = [left, right];
        }
        self.block.extend_from_slice(&frame);
        if self.block.len() >= self.block_size {
            self.hand_over();
        }
    }

    /// Adds silence: sweeps that were skipped.
    pub fn skip(&mut self, frames: u64) {
        self.hand_over();
        self.silent_frames += frames;
    }

    /// Ends the recording. Frames that were dropped: all that the disk was too slow for.
    pub fn finish(mut self) -> u64 {
        self.hand_over();
        self.dropped_frames
    }

    fn hand_over(&mut self) {
        self.block_size = BLOCK_FRAMES * FRAME_SIZE;
        let frames = (self.block.len() / FRAME_SIZE) as u64;
        if frames == 0 {
            return;
        }
        let bytes = std::mem::take(&mut self.block);
        match self.recorder.hand_over(self.recording, self.silent_frames, bytes) {
            Ok(()) => {
                self.silent_frames = 0;
                self.block = self.recorder.block();
            }
            Err(mut refused) => {
                self.silent_frames += frames;
                self.dropped_frames += frames;
                refused.clear();
                self.block = refused;
            }
        }
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        self.hand_over();
        self.recorder.end(self.recording, self.silent_frames);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc;

    use super::super::RecordingEvent;
    use super::*;
    use crate::wav;

    /// Runs `act` with a recorder and returns what was told.
    fn record(blocks_max: usize, act: impl FnOnce(&Recorder)) -> Vec<(u64, RecordingEvent)> {
        let (told, events) = mpsc::sync_channel(64);
        let sink = Box::new(move |owner, event| told.send((owner, event)).unwrap());
        let (recorder, thread) = Recorder::start(blocks_max, sink).unwrap();
        act(&recorder);
        recorder.stop();
        thread.join().unwrap();
        events.iter().collect()
    }

    fn read(path: &Path) -> wav::Sound {
        wav::decode(&fs_err::read(path).unwrap()).unwrap()
    }

    #[test]
    fn both_sides_are_written_side_by_side_and_the_end_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        let events = record(100, |recorder| {
            let mut track = recorder.begin(7, path.clone(), Law::A).unwrap();
            for frame in 0..120 {
                track.push(&[Law::A.decode(frame); FRAME], Law::A, &[frame ^ 0x80; FRAME]);
            }
        });
        let finished = RecordingEvent::Finished { path: path.clone(), duration_ms: 2_400 };
        assert_eq!(events, [(7, finished)]);
        let sound = read(&path);
        let codes = 0..120_u8;
        let left: Vec<i16> = codes.clone().flat_map(|code| [Law::A.decode(code); FRAME]).collect();
        let right: Vec<i16> = codes.flat_map(|code| [Law::A.decode(code ^ 0x80); FRAME]).collect();
        assert_eq!(sound.channel(0), left);
        assert_eq!(sound.channel(1), right);
    }

    #[test]
    fn what_the_disk_was_too_slow_for_is_silence_of_the_same_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        // The writer stands still in what it tells of a file that fails.
        let (told, events) = mpsc::sync_channel(0);
        let sink = Box::new(move |_, event| told.send(event).unwrap());
        let (recorder, thread) = Recorder::start(2, sink).unwrap();
        let failing = recorder.begin(1, folder.path().join("missing/call.wav"), Law::Mu).unwrap();
        while !recorder.is_idle() {
            std::thread::yield_now();
        }
        let mut track = recorder.begin(2, path.clone(), Law::Mu).unwrap();
        let pushed = 2 * BLOCK_FRAMES as u64 + 40;
        for _ in 0..pushed {
            track.push(&[100; FRAME], Law::Mu, &[0; FRAME]);
        }
        assert!(matches!(events.recv().unwrap(), RecordingEvent::Failed { .. }));
        drop(failing);
        while !recorder.is_idle() {
            std::thread::yield_now();
        }
        track.skip(7);
        track.push(&[Law::Mu.decode(0x12); FRAME], Law::Mu, &[0; FRAME]);
        let dropped = track.finish();
        assert!(dropped > 0 && dropped < pushed, "{dropped}");
        let finished =
            RecordingEvent::Finished { path: path.clone(), duration_ms: (pushed + 8) * 20 };
        assert_eq!(events.recv().unwrap(), finished);
        let left = read(&path).channel(0);
        let silent = left.iter().filter(|&&sample| sample == 0).count();
        assert_eq!(silent, (dropped as usize + 7) * FRAME);
        assert_eq!(
            left[left.len() - FRAME..],
            [Law::Mu.decode(0x12); FRAME],
            "what came after is at its time"
        );
        recorder.stop();
        thread.join().unwrap();
    }

    #[test]
    fn a_call_that_moves_to_the_other_law_stays_in_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        record(100, |recorder| {
            let mut track = recorder.begin(1, path.clone(), Law::Mu).unwrap();
            track.push(&[1_000; FRAME], Law::Mu, &[Law::Mu.encode(-1_000); FRAME]);
            track.push(&[1_000; FRAME], Law::A, &[Law::A.encode(-1_000); FRAME]);
        });
        let sound = read(&path);
        for (channel, sample) in [(0, 1_000), (1, -1_000)] {
            let heard = sound.channel(channel);
            assert_eq!(heard.len(), 2 * FRAME);
            let off = heard.iter().map(|heard| (heard - sample).abs()).max().unwrap();
            assert!(off <= 32, "off by {off}, more than a step of each law");
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told_once_and_named() {
        let events = record(100, |recorder| {
            let mut track = recorder.begin(3, "/nowhere/call.wav".into(), Law::Mu).unwrap();
            for _ in 0..200 {
                track.push(&[1; FRAME], Law::Mu, &[1; FRAME]);
            }
        });
        assert_eq!(events.len(), 1, "{events:?}");
        let RecordingEvent::Failed { error } = &events[0].1 else { panic!("{events:?}") };
        assert!(error.contains("/nowhere/call.wav"), "{error}");
    }
}
