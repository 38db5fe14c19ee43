//! The sound files that cases are made of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Half;

/// Why a corpus cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A file or a folder cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A file is not a WAV file of 16 bits, one channel, 8 or 16 kHz.
    #[error("{}: {problem}: give WAV files of 16 bits, one channel, 8 or 16 kHz", path.display())]
    Wav {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
}

/// One sound file.
#[derive(Clone, Debug)]
pub struct Clip {
    /// The file's name without `.wav`.
    pub name: String,
    /// Its sound, 8 kHz, without the silence at its ends.
    pub samples: Vec<i16>,
    /// Its words, if they are known.
    pub text: Option<String>,
    /// Its half.
    pub half: Half,
    /// Whether it is one spoken digit.
    pub is_digit: bool,
}

impl Clip {
    /// Its length, ms.
    pub fn length_ms(&self) -> u64 {
        self.samples.len() as u64 / 8
    }
}

/// All sound files.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    /// By folder and name.
    pub clips: Vec<Clip>,
}

impl Corpus {
    /// Reads every WAV file under these folders, and the words of those that `transcripts`, a table
    /// of a file's name, a tab and its words, has.
    ///
    /// A file named `DIGIT_SPEAKER_TAKE.wav` is a spoken digit (Free Spoken Digit Dataset).
    ///
    /// # Errors
    /// When a file cannot be read or is not such a WAV file.
    pub fn load(folders: &[&Path], transcripts: Option<&Path>) -> Result<Self, CorpusError> {
        let table = transcripts.map(fs_err::read_to_string).transpose()?.unwrap_or_default();
        let rows = table.lines().filter_map(|row| row.split_once('\t'));
        let texts: BTreeMap<String, String> =
            rows.map(|(file, text)| (stem(Path::new(file)), text.to_owned())).collect();
        let mut clips = Vec::new();
        for folder in folders {
            for path in wav_files(folder)? {
                let name = stem(&path);
                let samples = trimmed(&read_wav(&path)?);
                let half = half_of(&name);
                let is_digit = speaker(&name).is_some();
                let text = texts.get(&name).cloned();
                clips.push(Clip { samples, text, half, is_digit, name });
            }
        }
        split_speakers(&mut clips);
        Ok(Self { clips })
    }

    /// The clip of this name.
    pub fn named(&self, name: &str) -> Option<&Clip> {
        self.clips.iter().find(|clip| clip.name == name)
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The speaker in `DIGIT_SPEAKER_TAKE`.
fn speaker(name: &str) -> Option<&str> {
    let mut parts = name.split('_');
    let digit = parts.next().filter(|digit| digit.len() == 1)?;
    let (speaker, take) = (parts.next()?, parts.next()?);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(digit) && is_number(take) && parts.next().is_none()).then_some(speaker)
}

/// Every second speaker of digits is for testing: by hash, four speakers may fall into one half.
fn split_speakers(clips: &mut [Clip]) {
    let names = clips.iter().filter_map(|clip| speaker(&clip.name).map(str::to_owned));
    let speakers: BTreeSet<String> = names.collect();
    for clip in clips {
        let place = speaker(&clip.name).and_then(|of| speakers.iter().position(|name| name == of));
        match place.map(|place| place % 2) {
            Some(0) => clip.half = Half::Tune,
            Some(_) => clip.half = Half::Test,
            None => {}
        }
    }
}

/// A half by a name, the same on every machine (FNV-1a).
fn half_of(name: &str) -> Half {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    if (hash >> 17).is_multiple_of(2) { Half::Tune } else { Half::Test }
}

/// The WAV files under a folder, by name.
fn wav_files(folder: &Path) -> Result<Vec<PathBuf>, CorpusError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "wav") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn read_wav(path: &Path) -> Result<Vec<i16>, CorpusError> {
    let bytes = fs_err::read(path)?;
    let wrong = |problem| CorpusError::Wav { path: path.to_owned(), problem };
    let mut rest = bytes.get(12..).ok_or_else(|| wrong("it is too short"))?;
    let mut rate = None;
    while let Some((head, body)) = rest.split_at_checked(8) {
        let size =
            head.iter().skip(4).rev().fold(0usize, |size, byte| size << 8 | usize::from(*byte));
        let (chunk, after) = body.split_at(size.min(body.len()));
        if head.starts_with(b"fmt ") {
            rate = match chunk {
                [1, 0, 1, 0, 0x40, 0x1f, 0, 0, _, _, _, _, _, _, 16, 0, ..] => Some(1),
                [1, 0, 1, 0, 0x80, 0x3e, 0, 0, _, _, _, _, _, _, 16, 0, ..] => Some(2),
                _ => return Err(wrong("its format is another")),
            };
        } else if head.starts_with(b"data") {
            let step = rate.ok_or_else(|| wrong("it has no format"))?;
            let pairs = chunk.chunks_exact(2).map(|pair| match pair {
                [low, high] => i16::from_le_bytes([*low, *high]),
                _ => 0,
            });
            let samples: Vec<i16> = pairs.collect();
            // Of 16 kHz the mean of two: no good filter, but speech stays speech.
            let mean = |pair: &[i16]| {
                let sum: i32 = pair.iter().map(|sample| i32::from(*sample)).sum();
                (sum / step) as i16
            };
            return Ok(samples.chunks_exact(step as usize).map(mean).collect());
        }
        rest = after.get(size % 2..).unwrap_or_default();
    }
    Err(wrong("it has no data"))
}

/// Without what is quieter than 1 % of the loudest 10 ms at both ends.
fn trimmed(samples: &[i16]) -> Vec<i16> {
    let energy = |part: &[i16]| part.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>();
    let energies: Vec<f64> = samples.chunks(80).map(energy).collect();
    let floor = energies.iter().copied().fold(0.0, f64::max) * 0.001;
    let first = energies.iter().position(|energy| *energy > floor).unwrap_or(0);
    let last = energies.iter().rposition(|energy| *energy > floor).unwrap_or(0);
    let end = ((last + 1) * 80).min(samples.len());
    samples.get(first * 80..end).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_at_the_ends_is_cut_off() {
        let mut samples = vec![0i16; 800];
        samples.extend([1_000; 400]);
        samples.extend([0; 1_200]);
        assert_eq!(trimmed(&samples), [1_000; 400]);
        assert!(trimmed(&[]).is_empty());
    }

    #[test]
    fn a_digit_is_known_by_its_name() {
        assert_eq!(speaker("7_theo_12"), Some("theo"));
        assert_eq!(speaker("vm-intro"), None);
        assert_eq!(speaker("7_theo"), None);
    }

    #[test]
    fn what_is_no_wav_file_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("a.wav"), b"RIFF....WAVEdata\0\0\0\0").unwrap();
        let error = Corpus::load(&[folder.path()], None).unwrap_err().to_string();
        assert!(error.contains("a.wav") && error.contains("no format"), "{error}");
    }

    #[test]
    fn a_wav_file_is_read_with_its_words() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0".to_vec();
        file.extend(b"\x80\x3e\0\0\x02\0\x10\0data\x04\0\0\0\x10\x27\x10\x27");
        fs_err::write(folder.path().join("hello.wav"), file).unwrap();
        let table = folder.path().join("words.tsv");
        fs_err::write(&table, "file\ttext\nhello.wav\tHello.\n").unwrap();
        let corpus = Corpus::load(&[folder.path()], Some(&table)).unwrap();
        let clip = corpus.named("hello").unwrap();
        assert_eq!(
            (clip.samples.as_slice(), clip.text.as_deref()),
            (&[10_000; 2][..], Some("Hello."))
        );
    }
}
