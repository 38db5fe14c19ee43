//! The voices of persons: flite's, never the robot's own. What they say is rendered before the
//! calls, into a folder in which each text of each voice is a WAV file named by its hash.

use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use outcall_media::clip::Clip;
use outcall_media::wav::{Coding, WavError, WavWriter};
use sha2::{Digest, Sha256};

use super::PersonasError;
use super::cast::{Person, Sound};
use super::markup::{BEEP_MS, Markup, Part};
use super::sound::{mumble, trim};

/// The program that speaks: Debian's package of the same name.
const PROGRAM: &str = "flite";
/// Counts up when files of an older kind shall not be used any more.
const KIND: &str = "flite-1";
/// Samples in a millisecond.
const PER_MS: u64 = 8;
/// Threads that render.
const THREADS: usize = 2;

/// Something to be rendered.
#[derive(Clone, Debug, PartialEq)]
struct Task {
    voice: String,
    stretch: f32,
    words: String,
}

impl Task {
    fn of(sound: &Sound, words: &str) -> Self {
        Self { voice: sound.voice.clone(), stretch: sound.stretch, words: words.to_owned() }
    }

    /// The name of its file, without the ending.
    fn key(&self) -> String {
        let Self { voice, stretch, words } = self;
        let hash = Sha256::digest(format!("{KIND}\n{voice}\n{stretch}\n{words}"));
        hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Something that was rendered, put together and ready to be dressed.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// 8 kHz, linear 16 bits; no silence before and behind it.
    pub samples: Vec<i16>,
    /// Pauses within it, in ms from its beginning.
    pub pauses_ms: Vec<(u64, u64)>,
}

/// All that was rendered.
#[derive(Debug, Default)]
pub struct Voices {
    sounds: HashMap<String, Arc<[i16]>>,
}

impl Voices {
    /// Renders what is not in the folder yet, and reads all of it. `progress` is told how many of
    /// how many texts are done.
    ///
    /// # Errors
    /// When flite is missing or refuses a text, or the folder cannot be used.
    pub fn prepare<'a>(
        folder: &Path,
        persons: impl Iterator<Item = &'a Person>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Self, PersonasError> {
        fs_err::create_dir_all(folder)?;
        let mut tasks = BTreeMap::new();
        for person in persons {
            for part in person.sayings.iter().flat_map(|saying| &saying.parts) {
                if let Part::Words(words) = part {
                    let task = Task::of(&person.sound, words);
                    tasks.insert(task.key(), task);
                }
            }
        }
        let file = |key: &str| folder.join(format!("{key}.wav"));
        let missing: Vec<(PathBuf, &Task)> = tasks
            .iter()
            .map(|(key, task)| (file(key), task))
            .filter(|(file, _)| !file.exists())
            .collect();
        render_all(&missing, progress)?;
        let mut sounds = HashMap::new();
        for (key, task) in &tasks {
            let clip = Clip::from_wav(&file(key))?;
            if clip.samples().is_empty() {
                return Err(PersonasError::Mute {
                    voice: task.voice.clone(),
                    words: task.words.clone(),
                });
            }
            sounds.insert(key.clone(), clip.samples().into());
        }
        Ok(Self { sounds })
    }

    /// A saying of somebody, put together. Words that were not rendered are left out.
    pub fn say(&self, sound: &Sound, saying: &Markup) -> Said {
        let mut said = Said { samples: Vec::new(), pauses_ms: Vec::new() };
        for part in &saying.parts {
            let at_ms = said.samples.len() as u64 / PER_MS;
            match part {
                Part::Words(words) => {
                    let Some(spoken) = self.sounds.get(&Task::of(sound, words).key()) else {
                        continue;
                    };
                    if saying.mumbled {
                        said.samples.extend(mumble(spoken));
                    } else {
                        said.samples.extend_from_slice(spoken);
                    }
                }
                Part::Pause(ms) => {
                    said.samples.resize(said.samples.len() + (ms * PER_MS) as usize, 0);
                    said.pauses_ms.push((at_ms, at_ms + ms));
                }
                Part::Beep => {
                    let beep = Clip::tone(1_000.0, BEEP_MS as u32, 0.2);
                    said.samples.extend_from_slice(beep.samples());
                }
            }
        }
        said
    }
}

fn render_all(
    missing: &[(PathBuf, &Task)],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(), PersonasError> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failed: Mutex<Option<PersonasError>> = Mutex::new(None);
    let fail = |error| *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((file, task)) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = render(file, task) {
                        // The others end as well.
                        next.store(missing.len(), Ordering::Relaxed);
                        return fail(error);
                    }
                    progress(done.fetch_add(1, Ordering::Relaxed) + 1, missing.len());
                }
            });
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Renders a text into its file. A file is there only as a whole.
fn render(file: &Path, task: &Task) -> Result<(), PersonasError> {
    let Task { voice, stretch, words } = task;
    let raw = file.with_extension("raw.wav");
    let made = Command::new(PROGRAM)
        .args([
            "-voice",
            voice,
            "--setf",
            &format!("duration_stretch={stretch}"),
            "-t",
            words,
            "-o",
        ])
        .arg(&raw)
        .stdin(Stdio::null())
        .output();
    let output = made.map_err(|error| {
        let missing = error.kind() == ErrorKind::NotFound;
        if missing { PersonasError::NoFlite } else { PersonasError::Io(error) }
    })?;
    if !output.status.success() || !raw.exists() {
        let problem = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(PersonasError::Flite { voice: voice.clone(), words: words.clone(), problem });
    }
    let clip = Clip::from_wav(&raw)?;
    fs_err::remove_file(&raw)?;
    let part = file.with_extension("part");
    write(&part, trim(clip.samples()))?;
    fs_err::rename(&part, file)?;
    Ok(())
}

fn write(file: &Path, samples: &[i16]) -> Result<(), WavError> {
    let mut writer = WavWriter::create(file, Coding::Linear16, 8_000, 1)?;
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    writer.append(&bytes)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Sound {
        Sound { voice: "slt".to_owned(), stretch: 1.0, level: 1_000.0, noise: 0.0 }
    }

    #[test]
    fn a_file_is_of_one_text_voice_and_speed() {
        let task = Task::of(&sound(), "yes");
        let others = [
            Task { voice: "rms".to_owned(), ..task.clone() },
            Task { stretch: 1.1, ..task.clone() },
            Task { words: "yes.".to_owned(), ..task.clone() },
        ];
        assert_eq!((task.key().len(), task.key()), (24, task.key()));
        assert!(others.iter().all(|other| other.key() != task.key()));
    }

    #[test]
    fn parts_are_put_together_with_their_pauses() {
        let key = |words: &str| Task::of(&sound(), words).key();
        let spoken = |samples: &[i16]| -> Arc<[i16]> { samples.into() };
        let sounds =
            HashMap::from([(key("uh"), spoken(&[5; 80])), (key("Monday"), spoken(&[7; 160]))]);
        let voices = Voices { sounds };
        let said = voices.say(&sound(), &Markup::parse("uh [100] Monday [beep]").unwrap());
        assert_eq!(said.pauses_ms, [(10, 110)]);
        assert_eq!(said.samples.len(), 80 + 800 + 160 + 450 * 8);
        assert_eq!((said.samples[79], said.samples[80], said.samples[880]), (5, 0, 7));
        let mumbled = voices.say(&sound(), &Markup::parse("~uh").unwrap());
        assert_eq!(mumbled.samples.len(), 80);
        assert!(mumbled.samples[10] < 5);
    }
}
