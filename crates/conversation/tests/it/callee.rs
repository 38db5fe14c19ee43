//! Callees who say what a test wants, at the other end of a trunk.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use outcall_media::wav::{Coding, WavWriter};
use outcall_simulation::{Farm, FarmSettings};
use tempfile::TempDir;

use crate::robot::Models;

/// What a callee says comes after so much silence and is followed by more, in samples.
const BEFORE: usize = 8_000 * 2;
const AFTER: usize = 8_000 * 5 / 2;

pub(crate) struct Callees {
    farm: Farm,
    folder: TempDir,
}

impl Callees {
    /// Machines that greet with one text and people who say another, in the voice of the robot.
    pub(crate) fn start(models: &Models, greeting: &str, speech: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let voices = folder.path().join("voices");
        fs_err::create_dir_all(&voices).expect("a folder");
        let greets = models.sound(greeting);
        let spoken = models.sound(speech);
        let speaks = [vec![0; BEFORE], spoken, vec![0; AFTER]].concat();
        write(&folder.path().join("greeting.wav"), &greets);
        write(&voices.join("speech.wav"), &speaks);
        let settings = FarmSettings {
            voices: Some(voices),
            greeting: Some(folder.path().join("greeting.wav")),
            record: Some(folder.path().join("kept")),
            t1_ms: 100,
            ..FarmSettings::default()
        };
        Self { farm: Farm::start(settings).expect("callees"), folder }
    }

    pub(crate) fn at(&self) -> SocketAddr {
        self.farm.sip_addr().expect("it listens")
    }

    /// Ends all calls, and gives what was recorded.
    pub(crate) fn recordings(self) -> Vec<PathBuf> {
        let Self { farm, folder } = self;
        farm.stop();
        // The folder is needed a little longer; a test's end may leave it behind.
        let kept = folder.keep().join("kept");
        let files = fs_err::read_dir(kept).expect("a folder");
        files.map(|file| file.expect("a file").path()).collect()
    }
}

fn write(path: &Path, samples: &[i16]) {
    let mut file = WavWriter::create(path, Coding::Linear16, 8_000, 1).expect("a file");
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    file.append(&bytes).expect("room on the disk");
    file.finish().expect("room on the disk");
}
