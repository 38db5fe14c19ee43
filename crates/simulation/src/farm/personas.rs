//! Callees that speak: persons with a want, found by the number that is dialled.
//!
//! Each row of a list becomes a person of a kind that a file describes, with a voice, words and a
//! manner of their own. They hear the robot, understand it by a recogniser, answer, interrupt,
//! hesitate, and hang up. What they wanted and what really happened is written down, a line for
//! each call, for a judge.
//!
//! # Layout
//! - [`mod@file`]: the file of personas; [`markup`]: how what is said is written in it.
//! - [`cast`]: who answers which number. [`wish`]: days and times that are wanted.
//! - [`words`], [`mind`]: what the robot's words mean to a person, and what they do; pure.
//! - [`ear`]: where the robot speaks; pure. `reading`: what it says, by a recogniser.
//! - [`voices`], [`sound`]: what persons sound like, rendered before the calls.
//! - `lines`: the thread of all persons; `line`: one of them. [`truth`]: what is written down.
//!
//! # Invariants
//! - The same file, list, day and seed give the same persons, who say the same words.
//! - No person has the robot's own voice.
//! - Times are of the far end's own samples: what was sent and what was heard count alike.

pub mod cast;
pub mod ear;
pub mod file;
mod line;
mod lines;
pub mod markup;
pub mod mind;
mod reading;
pub mod sound;
pub mod truth;
pub mod voices;
pub mod wish;
pub mod words;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Sender;
use jiff::tz::TimeZone;
use outcall_campaign::UnixMillis;
use outcall_media::wav::WavError;
use outcall_speech::recognition::RecognitionError;

use self::cast::{Person, Row, digits};
use self::file::{LineKind, PeopleFile};
pub(super) use self::lines::Lines;
use self::lines::{Answered, Over};
use self::reading::{Library, Readers};
use self::truth::TruthLog;
use self::voices::Voices;
use super::Happening;
use super::behaviour::Step;

/// Why there are no persons.
#[derive(Debug, thiserror::Error)]
pub enum PersonasError {
    /// The file of personas.
    #[error("{}: {problem}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// flite is not there.
    #[error("persons speak with flite's voices, and there is no flite: `apt-get install flite`")]
    NoFlite,
    /// flite does not say something.
    #[error("flite, voice {voice}, '{words}': {problem}; `flite -lv` lists its voices")]
    Flite {
        /// The voice.
        voice: String,
        /// What was to be said.
        words: String,
        /// What flite says.
        problem: String,
    },
    /// A text that has no sound.
    #[error("flite, voice {voice}: '{words}' has no sound: write words that are spoken")]
    Mute {
        /// The voice.
        voice: String,
        /// What was to be said.
        words: String,
    },
    /// A rendered sound.
    #[error("voices: {0}")]
    Sound(#[from] WavError),
    /// The recogniser.
    #[error(transparent)]
    Recognition(#[from] RecognitionError),
    /// A folder or a file.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Persons who can be called.
pub struct Personas {
    persons: HashMap<String, Arc<Person>>,
    voices: Arc<Voices>,
    readers: Readers,
    truth: Option<PathBuf>,
}

impl std::fmt::Debug for Personas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Personas").field("persons", &self.persons.len()).finish_non_exhaustive()
    }
}

/// The persons of a file and its list at `now`, by the digits of their numbers.
///
/// # Errors
/// When the file or the list is wrong, with what would be right.
pub fn read_cast(
    file: &Path,
    seed: u64,
    now: UnixMillis,
) -> Result<HashMap<String, Person>, PersonasError> {
    Ok(read_both(file, seed, now)?.1)
}

/// A row of the list, and who answers its number.
#[derive(Debug)]
pub struct Listed {
    /// The row: its columns by name.
    pub row: Row,
    /// Where the person is.
    pub zone: TimeZone,
    /// The person.
    pub person: Person,
}

/// The same persons with their rows, in the order of the list.
///
/// # Errors
/// When the file or the list is wrong, with what would be right.
pub fn read_list(file: &Path, seed: u64, now: UnixMillis) -> Result<Vec<Listed>, PersonasError> {
    let ((people, rows), mut persons) = read_both(file, seed, now)?;
    let listed = |row: Row| {
        let person = persons.remove(&digits(row.get(&people.number)?))?;
        let zone = row.get(&people.zone).and_then(|zone| TimeZone::get(zone).ok());
        Some(Listed { row, zone: zone.unwrap_or(TimeZone::UTC), person })
    };
    Ok(rows.into_iter().filter_map(listed).collect())
}

type FileAndRows = (PeopleFile, Vec<Row>);

fn read_both(
    file: &Path,
    seed: u64,
    now: UnixMillis,
) -> Result<(FileAndRows, HashMap<String, Person>), PersonasError> {
    let wrong = |problem| PersonasError::File { file: file.to_owned(), problem };
    let people = file::parse(&fs_err::read_to_string(file)?).map_err(wrong)?;
    for name in people.unused() {
        tracing::warn!(name, "nobody uses this part of the file of personas");
    }
    let list = file.parent().unwrap_or(Path::new(".")).join(&people.contacts);
    let rows = read_rows(&list)?;
    if !rows.iter().any(|row| row.contains_key(&people.number)) {
        let problem = format!("number: {} has no column '{}'", list.display(), people.number);
        return Err(wrong(problem));
    }
    let persons = cast::cast(&people, &rows, seed, now.to_jiff()).map_err(wrong)?;
    Ok(((people, rows), persons))
}

fn read_rows(list: &Path) -> Result<Vec<Row>, PersonasError> {
    let wrong = |error: csv::Error| PersonasError::File {
        file: list.to_owned(),
        problem: error.to_string(),
    };
    let text = fs_err::read(list)?;
    csv::Reader::from_reader(text.as_slice()).deserialize().collect::<Result<_, _>>().map_err(wrong)
}

impl Personas {
    /// Persons with their voices, who hear by the recogniser of a folder of models. What happened
    /// is written to `truth`.
    ///
    /// # Errors
    /// When the models are missing.
    pub fn new(
        persons: HashMap<String, Person>,
        voices: Voices,
        models: &Path,
        truth: Option<PathBuf>,
    ) -> Result<Self, PersonasError> {
        let voices = Arc::new(voices);
        let readers = Readers::load(models)?;
        let persons = persons.into_iter().map(|(digits, it)| (digits, Arc::new(it))).collect();
        Ok(Self { persons, voices, readers, truth })
    }

    /// How many persons of each persona there are.
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for person in self.persons.values() {
            *counts.entry(person.persona.as_str()).or_default() += 1;
        }
        counts
    }

    /// Whoever has this number.
    pub(super) fn find(&self, called: &str) -> Option<&Arc<Person>> {
        self.persons.get(&digits(called))
    }

    /// Starts the thread in which they live.
    pub(super) fn start(&self, happenings: Sender<Happening>) -> std::io::Result<Lines> {
        let log = TruthLog::new(self.truth.as_deref())?;
        let library = Library::new(self.readers.clone());
        Lines::start(Arc::clone(&self.voices), library, log, happenings)
    }
}

/// From the INVITE to the first sign of life, in ms.
const POST_DIAL_MS: u32 = 20;

/// What the network does for a person until they answer, with the pause before each step in ms.
/// Nobody has a number that is not in the list (404).
pub(super) fn steps(person: Option<&Person>) -> Vec<(u32, Step)> {
    let refuse = |status| Step::Refuse { status, retry_after_s: None };
    let Some(person) = person else { return vec![(POST_DIAL_MS, refuse(404))] };
    match person.line {
        LineKind::Busy => vec![(POST_DIAL_MS, refuse(486))],
        LineKind::NoAnswer => vec![(POST_DIAL_MS, Step::Ring)],
        LineKind::Talks | LineKind::Silent | LineKind::Machine => {
            vec![(POST_DIAL_MS, Step::Ring), (person.ring_ms, Step::Answer)]
        }
    }
}

/// What a callee of the farm knows of the person it is.
pub(super) struct Role {
    person: Arc<Person>,
    called_at_ms: i64,
}

impl Role {
    /// Of somebody who is called now.
    pub(super) fn new(person: &Arc<Person>, now: UnixMillis) -> Self {
        Self { person: Arc::clone(person), called_at_ms: now.0 }
    }

    /// The name of a recording, without its folder.
    pub(super) fn recording(&self, number: u64) -> String {
        format!("{}-{number:04}.wav", digits(&self.person.number))
    }

    /// The call was answered.
    pub(super) fn answered(
        &self,
        lines: &Lines,
        call: outcall_sip::CallKey,
        call_id: &str,
        stream: outcall_media::plane::Stream,
        recording: Option<PathBuf>,
    ) {
        let (person, call_id) = (Arc::clone(&self.person), call_id.to_owned());
        let called_at_ms = self.called_at_ms;
        lines.answered(Answered { call, person, call_id, called_at_ms, stream, recording });
    }

    /// The call is over.
    pub(super) fn over(
        self,
        lines: &Lines,
        call: outcall_sip::CallKey,
        call_id: &str,
        by: outcall_sip::EndedBy,
        status: Option<u16>,
    ) {
        let Self { person, called_at_ms } = self;
        let call_id = call_id.to_owned();
        lines.over(Over { call, person, call_id, called_at_ms, by, status });
    }
}

#[cfg(test)]
mod tests;
