//! WAV files: read into samples that can be sent, written while a call is recorded.
//!
//! Form: RIFF, "Multimedia Programming Interface and Data Specifications 1.0" (IBM, Microsoft,
//! 1991); the extensible form is Microsoft's `WAVEFORMATEXTENSIBLE`.

mod read;
mod resample;
mod write;

use std::io;
use std::path::{Path, PathBuf};

pub use read::decode;
pub use resample::to_8_khz;
pub use write::WavWriter;

use crate::g711::Law;

/// The largest file that is read, in bytes: eleven minutes at 48 kHz in stereo, over two hours at
/// 8 kHz in mono.
pub const FILE_SIZE_MAX: u64 = 128 << 20;

/// Why a WAV file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// The file system refused.
    #[error("cannot use the audio file: {0}")]
    Io(#[from] io::Error),
    /// The file is longer than [`FILE_SIZE_MAX`].
    #[error("{} has {size} bytes, more than {FILE_SIZE_MAX}: cut it into parts", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// It does not begin with `RIFF....WAVE`.
    #[error("not a WAV file: it does not begin with RIFF and WAVE")]
    NotWav,
    /// A chunk ends early, is missing, or says something impossible.
    #[error("chunk '{chunk}' at offset {offset}: {problem}")]
    Chunk {
        /// The chunk's name, for instance `fmt `.
        chunk: String,
        /// Where the chunk begins in the file, in bytes.
        offset: usize,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// Reads a file into samples of 8 kHz and one channel.
///
/// Takes 16-bit PCM, mu-law and A-law, one or two channels (mixed), at 8, 16, 24, 32, 44.1 or
/// 48 kHz.
///
/// # Errors
/// When the file cannot be read, is larger than [`FILE_SIZE_MAX`], or is not such a file.
pub fn read(path: &Path) -> Result<Vec<i16>, WavError> {
    let size = fs_err::metadata(path)?.len();
    if size > FILE_SIZE_MAX {
        return Err(WavError::TooLarge { path: path.to_owned(), size });
    }
    let bytes = fs_err::read(path)?;
    let sound = decode(&bytes)?;
    Ok(to_8_khz(&sound.mixed(), sound.rate_hz))
}

/// How a file holds its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Linear PCM of 16 bits, the low byte first.
    Linear16,
    /// G.711, a byte a sample.
    Law(Law),
}

impl Coding {
    /// The tag of the form (RFC 2361).
    fn tag(self) -> u16 {
        match self {
            Self::Linear16 => 1,
            Self::Law(Law::A) => 6,
            Self::Law(Law::Mu) => 7,
        }
    }

    /// Bytes of a sample.
    fn size(self) -> u16 {
        match self {
            Self::Linear16 => 2,
            Self::Law(_) => 1,
        }
    }
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Samples a second of each channel.
    pub rate_hz: u32,
    /// Channels: 1 or 2.
    pub channels: u16,
    /// The samples, linear 16 bits, channels in turn.
    pub samples: Vec<i16>,
}

impl Sound {
    /// One channel: the mean of both.
    pub fn mixed(&self) -> Vec<i16> {
        if self.channels == 1 {
            return self.samples.clone();
        }
        let mean = |pair: &[i16]| ((i32::from(pair[0]) + i32::from(pair[1])) / 2) as i16;
        self.samples.chunks_exact(2).map(mean).collect()
    }

    /// The samples of one channel: 0 is the left.
    pub fn channel(&self, index: usize) -> Vec<i16> {
        self.samples.iter().skip(index).step_by(usize::from(self.channels)).copied().collect()
    }
}
