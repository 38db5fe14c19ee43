//! Models and what runs them.

use std::io::ErrorKind;

use outcall_application::doctor::models::{Models, Trouble, Use};
use outcall_conversation::AnnouncementSettings;
use outcall_conversation::announcement::Source;
use outcall_inference::runtime::{self, Runtime, RuntimeError};
use outcall_inference::store::{ModelStore, StoreError};
use outcall_speech::recognition::{ENGLISH, MULTILINGUAL};
use outcall_speech::{synthesis, turn::melody, vad};
use outcall_understanding::intents::encoder::EncoderKind;

use crate::config::{ConversationSettings, Settings};

/// What of the models calls as they are configured cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Needs {
    /// To speak texts.
    voice: bool,
    /// To hear, and to understand.
    ears: bool,
}

impl Needs {
    fn of(settings: &Settings) -> Self {
        // Without trunks nothing is said.
        let calls = !settings.sip.trunks.is_empty();
        let spoken = settings.announcements.values().any(says);
        match &settings.conversation {
            ConversationSettings::Dialogue(_) => Self { voice: calls, ears: calls },
            // An announcement that nobody can hear goes on as one on which nobody speaks.
            ConversationSettings::Announcement(own) => {
                Self { voice: calls && (spoken || says(own)), ears: false }
            }
        }
    }
}

fn says(announcement: &AnnouncementSettings) -> bool {
    let others = [&announcement.voicemail, &announcement.introduction];
    let is_text = |source: &Source| source.say.is_some();
    announcement.say.is_some() || others.into_iter().flatten().any(is_text)
}

/// Looks at every model, which reads all of them.
pub(super) fn models(settings: &Settings) -> Models {
    let folder = settings.models_dir.clone();
    let needs = Needs::of(settings);
    let uses = uses(needs, settings.hearing.language == "en");
    match ModelStore::open(&folder) {
        Ok(store) => {
            let looked = |it: Use| Use { found: look(&store, it.model), ..it };
            let uses = uses.into_iter().map(looked).collect();
            Models { folder, manifest: Ok(()), uses }
        }
        Err(error) => Models { folder, manifest: Err(trouble(&error)), uses },
    }
}

/// Every use, as though its model were absent.
fn uses(needs: Needs, english: bool) -> Vec<Use> {
    let one = |model, purpose, lost, needed| Use {
        model,
        purpose,
        lost,
        needed,
        found: Err(Trouble::Absent("not looked at".to_owned())),
    };
    let Needs { voice, ears } = needs;
    let (mini, e5) = (EncoderKind::MiniLm.model(), EncoderKind::E5.model());
    let similar = "intents are told apart by letters and sounds alone";
    vec![
        one(runtime::MODEL, "running the others", "no model runs", voice || ears),
        one(vad::MODEL, "voice activity", "nothing is heard", ears),
        one(ENGLISH, "recognition, English", "no English is understood", ears && english),
        one(MULTILINGUAL, "recognition, others", "only English is understood", ears && !english),
        one(melody::MODEL, "end of turn", "nothing is heard", ears),
        one(synthesis::MODEL, "voice", "no text is spoken, only WAV files are played", voice),
        one(mini, "understanding, English", similar, ears),
        one(e5, "understanding, Mandarin", similar, false),
    ]
}

/// The bytes of a model whose files are all as the manifest says; of the runtime, when it can be
/// loaded too.
fn look(store: &ModelStore, name: &str) -> Result<u64, Trouble> {
    let size = store.model(name).and_then(|model| model.verify());
    let size = size.map_err(|error| trouble(&error))?;
    if name != runtime::MODEL {
        return Ok(size);
    }
    match Runtime::load(store) {
        Ok(_) => Ok(size),
        Err(RuntimeError::Store(error)) => Err(trouble(&error)),
        Err(error @ (RuntimeError::Library { .. } | RuntimeError::Model { .. })) => {
            Err(Trouble::Damaged(error.to_string()))
        }
    }
}

fn trouble(error: &StoreError) -> Trouble {
    let text = error.to_string();
    match error {
        StoreError::Absent { .. } | StoreError::Unknown { .. } => Trouble::Absent(text),
        StoreError::Io(error) if error.kind() == ErrorKind::NotFound => Trouble::Absent(text),
        StoreError::NoFile { .. }
        | StoreError::Manifest { .. }
        | StoreError::Changed { .. }
        | StoreError::Io(_) => Trouble::Damaged(text),
    }
}

#[cfg(test)]
mod tests {
    use outcall_conversation::DialogueSettings;
    use outcall_telephony::sip::settings::TrunkSettings;

    use super::*;

    #[test]
    fn models_are_needed_by_what_is_said_on_calls_that_can_be_placed() {
        let mut settings = Settings::default();
        let needs = |settings: &Settings| Needs::of(settings);
        let dialogue = ConversationSettings::Dialogue(DialogueSettings::default());
        settings.conversation = dialogue;
        assert_eq!(needs(&settings), Needs { voice: false, ears: false });
        settings.sip.trunks.push(TrunkSettings::new("a", "sip:a.example"));
        assert_eq!(needs(&settings), Needs { voice: true, ears: true });
        let file = AnnouncementSettings { hear: true, ..AnnouncementSettings::default() };
        settings.conversation = ConversationSettings::Announcement(file.clone());
        assert_eq!(needs(&settings), Needs { voice: false, ears: false });
        let voicemail = Some(Source { file: None, say: Some("Hello.".to_owned()) });
        settings.conversation =
            ConversationSettings::Announcement(AnnouncementSettings { voicemail, ..file });
        assert_eq!(needs(&settings), Needs { voice: true, ears: false });
    }

    #[test]
    fn a_model_that_is_not_in_the_manifest_is_absent_and_one_without_its_file_too() {
        let folder = tempfile::tempdir().unwrap();
        let none = models(&Settings { models_dir: folder.path().into(), ..Settings::default() });
        assert!(matches!(none.manifest, Err(Trouble::Absent(_))));
        let manifest = r#"{"models": {"silero-vad": {"version": "1", "licence": "MIT",
            "sources": [], "files": {"silero_vad.onnx": "00"}}}}"#;
        fs_err::write(folder.path().join("manifest.json"), manifest).unwrap();
        let looked = |purpose: &str| {
            let settings = Settings { models_dir: folder.path().into(), ..Settings::default() };
            let uses = models(&settings).uses;
            uses.into_iter().find(|it| it.purpose == purpose).expect("a use").found
        };
        assert!(matches!(looked("voice"), Err(Trouble::Absent(_))));
        assert!(matches!(looked("voice activity"), Err(Trouble::Absent(_))));
        fs_err::create_dir(folder.path().join("silero-vad")).unwrap();
        fs_err::write(folder.path().join("silero-vad/silero_vad.onnx"), "changed").unwrap();
        assert!(matches!(looked("voice activity"), Err(Trouble::Damaged(_))));
    }
}
