//! What is said, and the files for it.

use std::path::{Path, PathBuf};

use outcall_application::doctor::conversation::{Conversation, Credential, Folder};
use outcall_campaign::UnixMillis;
use outcall_conversation::announcement::Script;
use outcall_conversation::{AnnouncementSettings, Prompts};
use x509_parser::pem::parse_x509_pem;

use super::machine::writable;
use crate::config::{ConversationSettings, Settings};
use crate::dialogues;
use crate::trunks::PROMPTS;

/// Where calls are recorded.
pub(super) fn recordings(settings: &Settings) -> Vec<PathBuf> {
    let own = match &settings.conversation {
        ConversationSettings::Announcement(own) => &own.record,
        ConversationSettings::Dialogue(own) => &own.record,
    };
    let others = settings.announcements.values().filter_map(|it| it.record.clone());
    let mut folders: Vec<PathBuf> = own.iter().cloned().chain(others).collect();
    folders.sort();
    folders.dedup();
    folders
}

/// What is said, as far as calls are configured.
pub(super) fn conversation(settings: &Settings) -> Conversation {
    let sip = &settings.sip;
    let mut facts = Conversation { files: credentials(settings), ..Conversation::default() };
    if sip.trunks.is_empty() {
        return facts;
    }
    let outgoing = match &settings.conversation {
        ConversationSettings::Announcement(own) => Some(own),
        ConversationSettings::Dialogue(own) => {
            facts.scenario = Some((own.scenario.clone(), scenario(&own.scenario)));
            None
        }
    };
    let outgoing = outgoing.map(|own| ("conversation", own));
    let incoming = settings.announcements.iter().map(|(name, own)| (name.as_str(), own));
    let named = outgoing.into_iter().chain(incoming);
    facts.announcements = named.map(|(name, own)| (name.to_owned(), usable(name, own))).collect();
    let folder = |purpose, folder: PathBuf| Folder { purpose, writable: writable(&folder), folder };
    facts.folders.push(folder("rendered prompts", settings.data_dir.join(PROMPTS)));
    facts.folders.extend(recordings(settings).into_iter().map(|it| folder("recordings", it)));
    facts.folders.extend(sip.trace.folder.clone().map(|it| folder("traces", it)));
    facts
}

/// How many warnings a scenario has, when it can be held on calls.
fn scenario(path: &Path) -> Result<usize, String> {
    if path.as_os_str().is_empty() {
        return Err("conversation.scenario: write the path of a scenario's file".to_owned());
    }
    let loaded = dialogues::checked(&path.display().to_string());
    let loaded = loaded.map_err(|error| format!("{error:#}"))?;
    // Those that are errors have been refused.
    Ok(outcall_dialogue::check::check(&loaded).len())
}

/// Whether the files of an announcement can be read. Its texts are not rendered, nor its folder for
/// recordings made.
fn usable(name: &str, settings: &AnnouncementSettings) -> Result<(), String> {
    let mut recorded = AnnouncementSettings { say: None, record: None, ..settings.clone() };
    if recorded.file.is_some() && settings.say.is_some() {
        return Err(format!("announcement {name}: file, say: write either file or say"));
    }
    for source in [&mut recorded.voicemail, &mut recorded.introduction] {
        source.take_if(|it| it.file.is_none() && it.say.is_some());
    }
    let nowhere = Path::new("");
    let mut prompts =
        Prompts::new(nowhere, nowhere, outcall_conversation::PromptSettings::default());
    Script::load(name, &recorded, &mut prompts).map(drop).map_err(|error| error.to_string())
}

fn credentials(settings: &Settings) -> Vec<Credential> {
    let sip = &settings.sip;
    let mut named: Vec<(&'static str, &Path)> = Vec::new();
    if let Some(tls) = &sip.tls {
        named.push(("sip.tls.certificate", &tls.certificate));
        named.push(("sip.tls.key", &tls.key));
    }
    named.extend(sip.tls_roots.iter().map(|file| ("sip.tls_roots", file.as_path())));
    named.extend(sip.identity.iter().map(|own| ("sip.identity.key", own.key.as_path())));
    let look = |(setting, file): (&'static str, &Path)| Credential {
        setting,
        file: file.to_owned(),
        ends: ends(file),
    };
    named.into_iter().map(look).collect()
}

/// When the first certificate of a file ends; `None` when it begins with something else.
fn ends(file: &Path) -> Result<Option<UnixMillis>, String> {
    let bytes = fs_err::read(file).map_err(|error| error.to_string())?;
    let not_pem = |_| format!("{} is not in the form PEM", file.display());
    let (_, pem) = parse_x509_pem(&bytes).map_err(not_pem)?;
    if pem.label != "CERTIFICATE" {
        return Ok(None);
    }
    let broken = |error| format!("{}: {error}", file.display());
    let certificate = pem.parse_x509().map_err(broken)?;
    let seconds = certificate.validity().not_after.timestamp();
    Ok(Some(UnixMillis(seconds.saturating_mul(1_000))))
}

#[cfg(test)]
mod tests {
    use outcall_conversation::announcement::Source;

    use super::*;

    #[test]
    fn texts_are_left_to_the_models_and_files_are_read() {
        let mut settings = AnnouncementSettings { hear: true, ..AnnouncementSettings::default() };
        settings.say = Some("Good morning.".to_owned());
        settings.voicemail = Some(Source { file: None, say: Some("Hello.".to_owned()) });
        assert_eq!(usable("a", &settings), Ok(()));
        settings.voicemail = Some(Source { file: Some("no-such.wav".into()), say: None });
        assert!(usable("a", &settings).unwrap_err().contains("no-such.wav"));
        settings.voicemail = None;
        settings.file = Some("no-such.wav".into());
        assert!(usable("a", &settings).unwrap_err().contains("either file or say"));
    }

    #[test]
    fn a_file_that_is_no_certificate_has_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.pem");
        assert!(ends(&file).unwrap_err().contains("a.pem"));
        fs_err::write(&file, "words").unwrap();
        assert!(ends(&file).unwrap_err().contains("PEM"));
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        fs_err::write(&file, key).unwrap();
        assert_eq!(ends(&file), Ok(None));
        fs_err::write(&file, key.replace("PRIVATE KEY", "CERTIFICATE")).unwrap();
        assert!(ends(&file).is_err());
    }
}
