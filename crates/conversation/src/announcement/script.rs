//! An announcement, loaded before the first call. Texts that were not rendered before are, behind
//! it.

use std::sync::Arc;

use outcall_media::clip::Clip;
use outcall_media::wav::WavError;
use outcall_speech::turn::InterruptionSettings;

use super::settings::{AnnouncementSettings, Source};
use crate::hearing::Attention;
use crate::prompts::{PromptError, Prompts, Speech};

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
    /// Its text.
    #[error("announcement {name}: {source}")]
    Text {
        /// Which.
        name: String,
        /// Why.
        source: PromptError,
    },
    /// A sound with two sources or none.
    #[error("announcement {name}: {field}: write either file or say")]
    Source {
        /// Which.
        name: String,
        /// The field.
        field: &'static str,
    },
    /// Something that needs ears.
    #[error(
        "announcement {name}: {field} is of no use unless the robot listens: write hear = true"
    )]
    Deaf {
        /// Which.
        name: String,
        /// The field.
        field: &'static str,
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

/// An announcement, ready to be played.
#[derive(Debug)]
pub struct Script {
    pub(super) main: Option<Arc<Speech>>,
    pub(super) voicemail: Option<Arc<Speech>>,
    pub(super) introduction: Option<Arc<Speech>>,
    pub(super) settings: AnnouncementSettings,
}

impl Script {
    /// Reads its files and has its texts rendered. `name` is for errors.
    ///
    /// # Errors
    /// When a setting makes no sense, a file cannot be read, or a text cannot be said.
    pub fn load(
        name: &str,
        settings: &AnnouncementSettings,
        prompts: &mut Prompts,
    ) -> Result<Self, AnnouncementError> {
        let is_digit = |digit: &&char| matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D');
        if let Some(&digit) = settings.digits.keys().find(|digit| !is_digit(digit)) {
            return Err(AnnouncementError::Digit { name: name.to_owned(), digit });
        }
        let for_ears = [
            ("voicemail", settings.voicemail.is_some()),
            ("introduction", settings.introduction.is_some()),
        ];
        if let Some((field, _)) = for_ears.into_iter().find(|(_, given)| *given && !settings.hear) {
            return Err(AnnouncementError::Deaf { name: name.to_owned(), field });
        }
        let mut sound = |field, source: &Source| speech(name, field, source, prompts);
        let main = Source { file: settings.file.clone(), say: settings.say.clone() };
        let main = match main {
            Source { file: None, say: None } => None,
            main => Some(sound("file, say", &main)?),
        };
        let voicemail = settings.voicemail.as_ref().map(|it| sound("voicemail", it));
        let voicemail = voicemail.transpose()?;
        let introduction = settings.introduction.as_ref().map(|it| sound("introduction", it));
        let introduction = introduction.transpose()?;
        if let Some(folder) = &settings.record {
            fs_err::create_dir_all(folder)
                .map_err(|source| AnnouncementError::Folder { name: name.to_owned(), source })?;
        }
        Ok(Self { main, voicemail, introduction, settings: settings.clone() })
    }

    /// How its announcement lets itself be interrupted.
    pub(super) fn interruption(&self) -> InterruptionSettings {
        let policy = self.settings.interruption;
        InterruptionSettings { policy, ..InterruptionSettings::default() }
    }

    /// What is listened for before a call is answered. The end of such a call is the end of what is
    /// said on it: what was said so far has to be told.
    pub(super) fn early_attention() -> Attention {
        Attention { partials: true, ..Attention::default() }
    }

    /// What is listened for on its calls.
    pub(super) fn attention(&self) -> Attention {
        Attention { patience: self.settings.patience, ..Attention::default() }
    }
}

fn speech(
    name: &str,
    field: &'static str,
    source: &Source,
    prompts: &mut Prompts,
) -> Result<Arc<Speech>, AnnouncementError> {
    let name = || name.to_owned();
    let speech = match (&source.file, &source.say) {
        (Some(file), None) => Clip::from_wav(file)
            .map(Speech::whole)
            .map_err(|source| AnnouncementError::File { name: name(), source })?,
        (None, Some(text)) => prompts
            .speech(text)
            .map_err(|source| AnnouncementError::Text { name: name(), source })?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(AnnouncementError::Source { name: name(), field });
        }
    };
    Ok(Arc::new(speech))
}
