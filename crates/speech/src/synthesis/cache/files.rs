//! A folder of sounds: WAV files of 16 bits at 8 kHz, each with the hash of its samples in a chunk
//! of its own at the end, which players pass over.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use super::Key;
use crate::synthesis::RATE_HZ;

/// Bytes before the samples.
const HEADER: usize = 44;
/// The chunk of the hash: its name, its length, and the hash.
const TAIL: usize = 8 + 32;

#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    written: AtomicU64,
}

impl Files {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs_err::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), written: AtomicU64::new(0) })
    }

    /// What a file holds; none when it is absent, unreadable or damaged.
    pub(super) fn read(&self, key: &Key) -> Option<Vec<i16>> {
        let bytes = match fs_err::read(self.path(key)) {
            Ok(bytes) => bytes,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "a kept prompt cannot be read: it is rendered anew");
                }
                return None;
            }
        };
        let samples = samples(&bytes);
        if samples.is_none() {
            tracing::warn!(%key, "a kept prompt is damaged: it is rendered anew");
        }
        samples
    }

    /// Writes a file beside its place and moves it there: nobody sees a part of it.
    pub(super) fn write(&self, key: &Key, samples: &[i16]) -> io::Result<()> {
        let count = self.written.fetch_add(1, Ordering::Relaxed);
        let draft = self.folder.join(format!("{key}.{}.{count}.part", std::process::id()));
        let moved = fs_err::write(&draft, file(samples))
            .and_then(|()| fs_err::rename(&draft, self.path(key)));
        if moved.is_err() {
            // There may be no draft; the first error says more.
            drop(fs_err::remove_file(&draft));
        }
        moved
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{key}.wav"))
    }
}

fn file(samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut out = header(data.len());
    out.extend_from_slice(&data);
    out.extend_from_slice(b"hash");
    out.extend_from_slice(&32_u32.to_le_bytes());
    out.extend_from_slice(&Sha256::digest(&data));
    out
}

/// The header of a WAV file of one channel with this many bytes of samples.
fn header(size: usize) -> Vec<u8> {
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(HEADER);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&size.saturating_add((HEADER - 8 + TAIL) as u32).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16_u32.to_le_bytes());
    // Linear, one channel.
    out.extend_from_slice(&[1, 0, 1, 0]);
    out.extend_from_slice(&RATE_HZ.to_le_bytes());
    out.extend_from_slice(&(2 * RATE_HZ).to_le_bytes());
    // Two bytes, sixteen bits.
    out.extend_from_slice(&[2, 0, 16, 0]);
    out.extend_from_slice(b"data");
    out.extend_from_slice(&size.to_le_bytes());
    out
}

/// The samples of a file that is as [`file`] writes it.
fn samples(bytes: &[u8]) -> Option<Vec<i16>> {
    let (rest, hash) = bytes.split_last_chunk::<32>()?;
    let rest = rest.strip_suffix(&32_u32.to_le_bytes())?.strip_suffix(b"hash")?;
    let (head, data) = rest.split_at_checked(HEADER)?;
    let is_whole = head == header(data.len()) && Sha256::digest(data)[..] == hash[..];
    let sample = |pair: &[u8]| i16::from_le_bytes([pair[0], pair[1]]);
    is_whole.then(|| data.chunks_exact(2).map(sample).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_wav_file_that_others_read() {
        let wanted: Vec<i16> = (-500..500).collect();
        let bytes = file(&wanted);
        assert_eq!(samples(&bytes).as_deref(), Some(wanted.as_slice()));
        let sound = outcall_media::wav::decode(&bytes).unwrap();
        assert_eq!((sound.rate_hz, sound.channels, sound.samples), (RATE_HZ, 1, wanted));
    }
}
