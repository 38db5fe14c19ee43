//! A folder of sounds, of a bounded size: the file that was not used for longest goes first.
//!
//! When a file was used last is its time of change, so that the next process knows it too. Several
//! processes may share a folder: a file that another one has removed is rendered anew.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::order::Order;
use super::{Key, format};

/// A larger file is none of ours, in bytes: an hour of sound.
const FILE_MAX: u64 = 64 << 20;
/// A draft that is older was left behind by a process that ended while it wrote.
const DRAFT_MAX: Duration = Duration::from_secs(3_600);
const KEPT: &str = "wav";
const DRAFT: &str = "part";

#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    bytes_max: u64,
    order: Order,
    /// These are in use: they stay.
    pinned: HashSet<Key>,
    written: u64,
    told: bool,
}

impl Files {
    /// Makes the folder where it is missing, and brings it within its bound.
    pub(super) fn open(folder: &Path, bytes_max: u64) -> io::Result<Self> {
        fs_err::create_dir_all(folder)?;
        let mut files = Self {
            folder: folder.to_owned(),
            bytes_max,
            order: Order::default(),
            pinned: HashSet::new(),
            written: 0,
            told: false,
        };
        files.look()?;
        files.make_room();
        Ok(files)
    }

    /// What a file holds; none when it is absent, unreadable or damaged.
    pub(super) fn read(&mut self, key: &Key) -> Option<Vec<i16>> {
        let path = self.path(key);
        match read_bounded(&path) {
            Ok(bytes) => {
                let samples = format::decode(&bytes);
                if samples.is_some() {
                    self.order.put(*key, bytes.len() as u64);
                    note_use(&path);
                } else {
                    tracing::warn!(%key, "a kept prompt is damaged: it is rendered anew");
                }
                samples
            }
            Err(error) => {
                if error.kind() == io::ErrorKind::NotFound {
                    self.order.remove(key);
                } else {
                    tracing::warn!(%error, "a kept prompt cannot be read: it is rendered anew");
                }
                None
            }
        }
    }

    /// Writes a file beside its place and moves it there: nobody sees a part of it. A sound that is
    /// larger than the whole folder may be is not kept.
    pub(super) fn write(&mut self, key: &Key, samples: &[i16]) -> io::Result<()> {
        let bytes = format::encode(samples);
        let size = bytes.len() as u64;
        if size > self.bytes_max.min(FILE_MAX) {
            return Ok(());
        }
        self.written += 1;
        let draft = format!("{key}.{}.{}.{DRAFT}", std::process::id(), self.written);
        let draft = self.folder.join(draft);
        let moved =
            fs_err::write(&draft, bytes).and_then(|()| fs_err::rename(&draft, self.path(key)));
        if moved.is_err() {
            // There may be no draft; the first error says more.
            drop(fs_err::remove_file(&draft));
            return moved;
        }
        self.order.put(*key, size);
        self.make_room();
        Ok(())
    }

    /// Is in use from now on: it stays, whatever its age.
    pub(super) fn pin(&mut self, key: Key) {
        self.pinned.insert(key);
    }

    /// Finds what is there, and removes drafts that nobody will move to their place any more.
    fn look(&mut self) -> io::Result<()> {
        let mut found = Vec::new();
        for entry in fs_err::read_dir(&self.folder)? {
            let path = entry?.path();
            // What another process removes meanwhile is not there.
            let Ok(about) = fs_err::metadata(&path) else { continue };
            let Ok(changed) = about.modified() else { continue };
            let has = |extension: &str| path.extension().is_some_and(|it| it == extension);
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if has(DRAFT) && now().duration_since(changed).is_ok_and(|age| age > DRAFT_MAX) {
                remove(&path);
            } else if let Some(key) = Key::parse(stem).filter(|_| has(KEPT) && about.is_file()) {
                found.push((changed, key, about.len()));
            }
        }
        // Of files of the same age the order is theirs by name, in each process.
        found.sort_by(|(left, left_key, _), (right, right_key, _)| {
            left.cmp(right).then_with(|| left_key.0.cmp(&right_key.0))
        });
        for (_, key, bytes) in found {
            self.order.put(key, bytes);
        }
        Ok(())
    }

    fn make_room(&mut self) {
        let removable: Vec<Key> = match self.order.bytes() > self.bytes_max {
            true => self.order.oldest().filter(|key| !self.pinned.contains(key)).collect(),
            false => return,
        };
        for key in removable {
            if self.order.bytes() <= self.bytes_max {
                return;
            }
            if remove(&self.path(&key)) {
                self.order.remove(&key);
            }
        }
        if self.order.bytes() > self.bytes_max && !self.told {
            self.told = true;
            let (bytes, bytes_max) = (self.order.bytes(), self.bytes_max);
            tracing::warn!(
                folder = %self.folder.display(), bytes, bytes_max,
                "the prompts in use take more room than they may: raise prompts.folder_max_mib"
            );
        }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{key}.{KEPT}"))
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = fs_err::metadata(path)?.len();
    if bytes > FILE_MAX {
        let problem = format!("{}: {bytes} bytes are no prompt", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    fs_err::read(path)
}

/// Marks a file as used now.
fn note_use(path: &Path) {
    let file = fs_err::OpenOptions::new().write(true).open(path);
    // A folder that may be read only has files without an age; they are as good.
    drop(file.and_then(|file| file.file().set_modified(now())));
}

/// Whether it is gone.
fn remove(path: &Path) -> bool {
    match fs_err::remove_file(path) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => {
            tracing::warn!(%error, "a kept prompt cannot be removed");
            false
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the times of files are of the real clock")]
fn now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of a file of 1,000 samples.
    const SIZE: u64 = 2_084;

    fn key(text: &str) -> Key {
        Key::new("voice", text)
    }

    fn sound(first: i16) -> Vec<i16> {
        (first..first + 1_000).collect()
    }

    fn texts<'a>(folder: &Path, of: &[&'a str]) -> Vec<&'a str> {
        let is_there = |text: &&&str| folder.join(format!("{}.wav", key(text))).is_file();
        of.iter().filter(is_there).copied().collect()
    }

    /// As if it had been used that many seconds after 1970.
    fn age(path: &Path, seconds: u64) {
        let file = fs_err::OpenOptions::new().write(true).open(path).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        file.file().set_modified(time).unwrap();
    }

    #[test]
    fn the_folder_holds_no_more_than_it_may_and_the_oldest_use_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::open(folder.path(), 3 * SIZE).unwrap();
        for text in ["a", "b", "c"] {
            files.write(&key(text), &sound(1)).unwrap();
        }
        assert_eq!(files.read(&key("a")), Some(sound(1)));
        files.write(&key("d"), &sound(2)).unwrap();
        assert_eq!(texts(folder.path(), &["a", "b", "c", "d"]), ["a", "c", "d"]);
        files.write(&key("d"), &sound(3)).unwrap();
        assert_eq!(texts(folder.path(), &["a", "c", "d"]).len(), 3, "the same file is one");
        files.write(&key("e"), &[0; 4_000]).unwrap();
        assert_eq!(texts(folder.path(), &["e"]).len(), 0, "it is larger than the folder may be");
        assert_eq!(files.order.bytes(), 3 * SIZE);
    }

    #[test]
    fn what_is_in_use_stays_even_when_it_is_oldest_and_alone_too_large() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::open(folder.path(), 2 * SIZE).unwrap();
        for text in ["a", "b", "c"] {
            files.pin(key(text));
            files.write(&key(text), &sound(1)).unwrap();
        }
        files.write(&key("d"), &sound(1)).unwrap();
        assert_eq!(texts(folder.path(), &["a", "b", "c", "d"]), ["a", "b", "c"]);
    }

    #[test]
    fn the_next_process_knows_what_was_used_last_and_keeps_to_its_own_bound() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::open(folder.path(), 9 * SIZE).unwrap();
        for (text, seconds) in [("a", 300), ("b", 100), ("c", 200)] {
            files.write(&key(text), &sound(1)).unwrap();
            age(&files.path(&key(text)), seconds);
        }
        // A use is a change: it is now the youngest.
        files.read(&key("b")).unwrap();
        drop(Files::open(folder.path(), 2 * SIZE).unwrap());
        assert_eq!(texts(folder.path(), &["a", "b", "c"]), ["a", "b"]);
    }

    #[test]
    fn drafts_of_those_who_still_write_stay_and_foreign_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (fresh, stale) = (format!("{}.7.1.part", key("a")), format!("{}.7.2.part", key("b")));
        for name in [fresh.as_str(), stale.as_str(), "note.txt", "mine.wav"] {
            fs_err::write(at(name), vec![0; 9_000]).unwrap();
        }
        fs_err::create_dir(at(&format!("{}.wav", key("folder")))).unwrap();
        age(&at(&stale), 1_000);
        let mut files = Files::open(folder.path(), SIZE).unwrap();
        files.write(&key("c"), &sound(1)).unwrap();
        let is_there = |name: &str| at(name).is_file();
        assert!(is_there(&fresh) && is_there("note.txt") && is_there("mine.wav"));
        assert!(!is_there(&stale));
        assert_eq!(files.read(&key("c")), Some(sound(1)));
        assert_eq!(files.read(&key("folder")), None);
    }

    #[test]
    fn a_file_that_another_process_removed_or_blew_up_is_absent() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::open(folder.path(), 9 * SIZE).unwrap();
        files.write(&key("a"), &sound(1)).unwrap();
        fs_err::remove_file(files.path(&key("a"))).unwrap();
        assert_eq!((files.read(&key("a")), files.order.bytes()), (None, 0));
        files.write(&key("a"), &sound(1)).unwrap();
        let file = fs_err::OpenOptions::new().write(true).open(files.path(&key("a"))).unwrap();
        file.set_len(FILE_MAX + 1).unwrap();
        assert_eq!(files.read(&key("a")), None, "and 64 MiB were not read for that");
        files.write(&key("a"), &sound(2)).unwrap();
        assert_eq!(files.read(&key("a")), Some(sound(2)));
    }
}
