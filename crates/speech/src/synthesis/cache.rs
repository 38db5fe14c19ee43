//! What was rendered before, found by its content: a bounded memory in front of a folder of files.
//!
//! Both are bounded, and what was not used for longest goes first. What is in use stays in the
//! folder ([`Cache::pin`]). A file that is damaged is taken for one that is absent.

mod files;
pub mod format;
mod memory;
mod order;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use files::Files;
use memory::Memory;

/// The name of a sound: the SHA-256 of the voice and of what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// `voice` is its name and version ([`super::Voice::identity`]), `text` is normalised
    /// ([`super::Voice::normalised`]).
    pub fn new(voice: &str, text: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(voice.as_bytes());
        // No name holds a zero: "a" and "bc" are not "ab" and "c".
        hash.update([0]);
        hash.update(text.as_bytes());
        Self(hash.finalize().into())
    }

    /// A key as it is displayed.
    fn parse(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let bytes = pairs.iter().map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
        let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
        bytes.try_into().ok().filter(|_| rest.is_empty()).map(Self)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The cache.
#[derive(Debug)]
pub struct Cache {
    memory: Memory,
    files: Option<Files>,
}

impl Cache {
    /// Of memory alone: at most `bytes_max` bytes of samples.
    pub fn in_memory(bytes_max: usize) -> Self {
        Self { memory: Memory::new(bytes_max), files: None }
    }

    /// With a folder of at most `folder_max` bytes, which is made where it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn in_folder(bytes_max: usize, folder: &Path, folder_max: u64) -> io::Result<Self> {
        let files = Files::open(folder, folder_max)?;
        Ok(Self { memory: Memory::new(bytes_max), files: Some(files) })
    }

    /// The samples at 8 kHz that were kept under a name.
    pub fn get(&mut self, key: &Key) -> Option<Arc<[i16]>> {
        if let Some(samples) = self.memory.get(key) {
            return Some(samples);
        }
        let samples: Arc<[i16]> = self.files.as_mut()?.read(key)?.into();
        self.memory.put(*key, Arc::clone(&samples));
        Some(samples)
    }

    /// Keeps samples at 8 kHz. What cannot be written stays in memory alone, and a warning says
    /// so.
    pub fn put(&mut self, key: Key, samples: Arc<[i16]>) {
        let written = self.files.as_mut().map_or(Ok(()), |files| files.write(&key, &samples));
        if let Err(error) = written {
            tracing::warn!(%key, %error, "a rendered prompt cannot be kept in its folder");
        }
        self.memory.put(key, samples);
    }

    /// It is in use as long as this cache is open: its file stays, whatever its age.
    pub fn pin(&mut self, key: Key) {
        if let Some(files) = &mut self.files {
            files.pin(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(first: i16) -> Arc<[i16]> {
        (first..first + 100).collect()
    }

    #[test]
    fn a_sound_is_found_by_its_voice_and_text_and_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::new("hibari 1", "hello");
        assert_ne!(key, Key::new("hibari 2", "hello"));
        assert_ne!(key, Key::new("hibari 1h", "ello"));
        assert_eq!(Key::parse(&key.to_string()), Some(key));
        for other in ["", "0", "é", &key.to_string()[1..], &key.to_string().to_uppercase()] {
            assert_eq!(Key::parse(other), None, "{other}");
        }
        let mut cache = Cache::in_folder(1 << 20, folder.path(), 1 << 20).unwrap();
        assert_eq!(cache.get(&key), None);
        cache.put(key, sound(7));
        assert_eq!(cache.get(&key), Some(sound(7)));
        let mut again = Cache::in_folder(1 << 20, folder.path(), 1 << 20).unwrap();
        assert_eq!(again.get(&key), Some(sound(7)));
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_a_miss_and_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::new("hibari 1", "hello");
        Cache::in_folder(1 << 20, folder.path(), 1 << 20).unwrap().put(key, sound(7));
        let path = folder.path().join(format!("{key}.wav"));
        let whole = fs_err::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[100] ^= 1;
        for damaged in [&whole[..0], &whole[..60], &whole[..whole.len() - 1], &flipped] {
            fs_err::write(&path, damaged).unwrap();
            let mut cache = Cache::in_folder(1 << 20, folder.path(), 1 << 20).unwrap();
            assert_eq!(cache.get(&key), None, "{} bytes", damaged.len());
            cache.put(key, sound(7));
            assert_eq!(fs_err::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_leaves_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("cache");
        let mut cache = Cache::in_folder(1 << 20, &inner, 1 << 20).unwrap();
        fs_err::remove_dir_all(&inner).unwrap();
        let key = Key::new("hibari 1", "hello");
        cache.put(key, sound(7));
        assert_eq!(cache.get(&key), Some(sound(7)));
    }
}
