//! The simplest robot on a real line: it plays an announcement, listens for digits, and hangs up.
//!
//! The spoken dialogue takes its place behind the same seam. Until then this is what a callee
//! hears, and what a caller hears who calls back.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use outcall_campaign::attempt::ConversationEnd;
use outcall_campaign::{AttemptId, PhoneNumber, UnixMillis};
use outcall_media::clip::Clip;
use outcall_media::plane::{MediaEvent, StreamId};
use outcall_media::telephone_event::DigitEvent;
use outcall_media::wav::WavError;
use serde::{Deserialize, Serialize};

use super::lines::{LineEvents, LineId, Lines};
use crate::agenda::Agenda;
use crate::carrier::{Conversations, Waker};

/// How fast the announcement fades when a digit interrupts it, in ms.
const FADE_MS: u16 = 60;

/// How long after a `call_back` digit the person is called again, in ms.
const CALL_BACK_MS: i64 = 3_600_000;

/// What a digit of the callee means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DigitMeaning {
    /// The conversation came to its end.
    Completed,
    /// Not to be called again.
    OptedOut,
    /// To be called again in an hour.
    CallBack,
}

/// What is said, and how it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnnouncementSettings {
    /// A WAV file; nothing is played when left out.
    pub file: Option<PathBuf>,
    /// How long the robot stays on the line after it and listens for a digit, in ms. Default 5000.
    pub hold_ms: u32,
    /// What digits mean, for example `9 = "opted_out"`. Others are ignored.
    pub digits: BTreeMap<char, DigitMeaning>,
    /// Where calls are recorded, a file each; nowhere when left out.
    pub record: Option<PathBuf>,
}

impl Default for AnnouncementSettings {
    fn default() -> Self {
        Self { file: None, hold_ms: 5_000, digits: BTreeMap::new(), record: None }
    }
}

/// An announcement, ready to be played.
struct Announcement {
    clip: Option<Arc<Clip>>,
    settings: AnnouncementSettings,
}

/// Why an announcement cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AnnouncementError {
    /// Its file.
    #[error("announcement {name}: {source}")]
    File {
        /// Which.
        name: String,
        /// Why.
        source: WavError,
    },
    /// A digit that no telephone has.
    #[error(
        "announcement {name}: digits: '{digit}' is on no telephone: write 0 to 9, *, # or A to D"
    )]
    Digit {
        /// Which.
        name: String,
        /// The digit.
        digit: char,
    },
    /// Where its calls are to be recorded.
    #[error("announcement {name}: {source}")]
    Folder {
        /// Which.
        name: String,
        /// Why.
        source: std::io::Error,
    },
}

impl Announcement {
    fn load(name: &str, settings: &AnnouncementSettings) -> Result<Self, AnnouncementError> {
        let is_digit = |digit: &&char| matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D');
        if let Some(&digit) = settings.digits.keys().find(|digit| !is_digit(digit)) {
            return Err(AnnouncementError::Digit { name: name.to_owned(), digit });
        }
        let clip = match &settings.file {
            Some(file) => Some(Arc::new(
                Clip::from_wav(file)
                    .map_err(|source| AnnouncementError::File { name: name.to_owned(), source })?,
            )),
            None => None,
        };
        if let Some(folder) = &settings.record {
            fs_err::create_dir_all(folder)
                .map_err(|source| AnnouncementError::Folder { name: name.to_owned(), source })?;
        }
        Ok(Self { clip, settings: settings.clone() })
    }
}

/// A conversation in progress.
struct Talk {
    stream: StreamId,
    announcement: Arc<Announcement>,
}

/// Announcements behind the seam of conversations.
pub struct Announcements {
    lines: Arc<Lines>,
    events: LineEvents,
    /// For the calls that we place.
    outgoing: Arc<Announcement>,
    /// For calls that come in, by scenario.
    scenarios: HashMap<String, Arc<Announcement>>,
    talks: HashMap<LineId, Talk>,
    by_stream: HashMap<StreamId, LineId>,
    due: Agenda<LineId>,
    ended: Vec<(LineId, ConversationEnd)>,
    /// Tells the recordings of this process from those of others.
    salt: String,
}

impl super::carrier::SipParts {
    /// The carrier, and the announcements that are played on its calls: one for calls that we
    /// place, and one for each scenario of calls that come in.
    ///
    /// # Errors
    /// When a file cannot be read or a folder cannot be made.
    pub fn with_announcements(
        self,
        outgoing: &AnnouncementSettings,
        scenarios: &BTreeMap<String, AnnouncementSettings>,
    ) -> Result<(super::carrier::SipCarrier, Announcements), AnnouncementError> {
        let loaded = scenarios.iter().map(|(name, settings)| {
            Announcement::load(name, settings).map(|it| (name.clone(), Arc::new(it)))
        });
        let announcements = Announcements {
            lines: self.lines,
            events: self.talk_events,
            outgoing: Arc::new(Announcement::load("conversation", outgoing)?),
            scenarios: loaded.collect::<Result<_, _>>()?,
            talks: HashMap::new(),
            by_stream: HashMap::new(),
            due: Agenda::default(),
            ended: Vec::new(),
            salt: self.carrier.salt().to_owned(),
        };
        Ok((self.carrier, announcements))
    }
}

impl Announcements {
    fn start(&mut self, line: LineId, announcement: Arc<Announcement>, now: UnixMillis) {
        let hold_ms = i64::from(announcement.settings.hold_ms);
        let Some(stream) = self.lines.stream(line) else {
            // The call ended while the robot was fetched.
            self.ended.push((line, ConversationEnd::Completed));
            return;
        };
        if let Some(folder) = &announcement.settings.record {
            stream.record(free_file(folder, &recording_name(line, now, &self.salt)));
        }
        match &announcement.clip {
            Some(clip) => {
                stream.play(Arc::clone(clip));
            }
            None => self.due.put(now + hold_ms, line),
        }
        self.by_stream.insert(stream.id(), line);
        self.talks.insert(line, Talk { stream: stream.id(), announcement });
        self.due.prune(|line| self.talks.contains_key(line));
    }

    fn forget(&mut self, line: LineId) -> Option<Talk> {
        let talk = self.talks.remove(&line)?;
        self.by_stream.remove(&talk.stream);
        Some(talk)
    }

    fn end(&mut self, line: LineId, end: ConversationEnd) {
        if self.forget(line).is_some() {
            self.ended.push((line, end));
        }
    }

    fn hear(&mut self, stream: StreamId, event: &MediaEvent, now: UnixMillis) {
        let Some(&line) = self.by_stream.get(&stream) else { return };
        let Some(talk) = self.talks.get(&line) else { return };
        let settings = &talk.announcement.settings;
        if let MediaEvent::PlaybackFinished { .. } = event {
            self.due.put(now + i64::from(settings.hold_ms), line);
        } else if let MediaEvent::Digit(DigitEvent::Started(digit)) = event {
            let Some(&meaning) = settings.digits.get(&digit.as_char()) else { return };
            if let Some(stream) = self.lines.stream(line) {
                stream.stop_playback(FADE_MS);
            }
            let end = match meaning {
                DigitMeaning::Completed => ConversationEnd::Completed,
                DigitMeaning::OptedOut => ConversationEnd::OptedOut,
                DigitMeaning::CallBack => ConversationEnd::CallBack { at: now + CALL_BACK_MS },
            };
            self.end(line, end);
        }
    }

    fn take_incoming(&mut self, now: UnixMillis) {
        for (line, scenario) in self.lines.take_came_in() {
            match self.scenarios.get(&scenario).cloned() {
                Some(announcement) => self.start(line, announcement, now),
                None => {
                    tracing::error!(scenario, "a call came in for a scenario that is not there");
                    self.lines.talked(line, ConversationEnd::Completed);
                }
            }
        }
    }
}

/// What a recording is called. Calls that come in are numbered anew by each process: the instant
/// comes first, so that the files sort by it, and the salt keeps two processes apart.
fn recording_name(line: LineId, now: UnixMillis, salt: &str) -> String {
    match line {
        LineId::Attempt(attempt) => attempt.to_string(),
        LineId::Incoming(number) => {
            let instant = now.to_string().replace(['-', ':'], "");
            format!("incoming-{instant}-{number}-{salt}")
        }
    }
}

/// A file that is not there yet: no recording ever takes the place of another.
fn free_file(folder: &Path, name: &str) -> PathBuf {
    let mut path = folder.join(format!("{name}.wav"));
    for number in 2_u32.. {
        if !path.exists() {
            break;
        }
        path = folder.join(format!("{name}-{number}.wav"));
    }
    path
}

impl Conversations for Announcements {
    fn begin(&mut self, attempt: AttemptId, _number: PhoneNumber, now: UnixMillis) {
        self.start(LineId::Attempt(attempt), Arc::clone(&self.outgoing), now);
    }

    fn abort(&mut self, attempt: AttemptId) {
        self.forget(LineId::Attempt(attempt));
    }

    fn poll(
        &mut self,
        now: UnixMillis,
        ended: &mut Vec<(AttemptId, ConversationEnd)>,
    ) -> Option<UnixMillis> {
        self.take_incoming(now);
        while let Some((stream, event)) = self.events.next() {
            self.hear(stream, &event, now);
        }
        while let Some(line) = self.due.take_due(now) {
            self.end(line, ConversationEnd::Completed);
        }
        for (line, end) in self.ended.drain(..) {
            match line {
                LineId::Attempt(attempt) => ended.push((attempt, end)),
                LineId::Incoming(_) => self.lines.talked(line, end),
            }
        }
        self.due.next_at()
    }

    fn wake_by(&mut self, waker: Waker) {
        self.lines.wake_talkers_by(waker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_sort_by_their_instant_and_differ_between_processes() {
        let (first, later) = (UnixMillis(1_000), UnixMillis(86_400_000));
        let name = recording_name(LineId::Incoming(0), first, "ab");
        assert_eq!(name, "incoming-19700101T000001.000Z-0-ab");
        assert!(name < recording_name(LineId::Incoming(0), later, "ab"));
        assert_ne!(name, recording_name(LineId::Incoming(0), first, "cd"));
    }

    #[test]
    fn no_recording_takes_the_place_of_another() {
        let folder = std::env::temp_dir().join(format!("outcall-names-{}", std::process::id()));
        fs_err::create_dir_all(&folder).unwrap();
        for expected in ["a.wav", "a-2.wav", "a-3.wav"] {
            let path = free_file(&folder, "a");
            assert_eq!(path, folder.join(expected));
            fs_err::write(path, "").unwrap();
        }
        fs_err::remove_dir_all(&folder).unwrap();
    }
}
