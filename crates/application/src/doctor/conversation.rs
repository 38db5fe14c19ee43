//! What is said on calls, and the files that are needed for it.

use std::path::PathBuf;

use outcall_campaign::UnixMillis;

use super::Finding;

/// A certificate that ends sooner than this is to be renewed now, in ms: 14 days.
const RENEW_MS: i64 = 14 * 86_400_000;

/// What is said on calls.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    /// The scenario of a dialogue, and how many warnings its check gives; or its problems.
    pub scenario: Option<(PathBuf, Result<usize, String>)>,
    /// Announcements by name: whether each can be used.
    pub announcements: Vec<(String, Result<(), String>)>,
    /// Folders that are written to: what for, which, and whether they can be.
    pub folders: Vec<Folder>,
    /// Certificates and keys.
    pub files: Vec<Credential>,
}

/// A folder that is written to.
#[derive(Clone, Debug)]
pub struct Folder {
    /// What for.
    pub purpose: &'static str,
    /// Which.
    pub folder: PathBuf,
    /// Whether it can be written, or made when it is not there.
    pub writable: Result<(), String>,
}

/// A certificate or a key.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The setting that names it.
    pub setting: &'static str,
    /// The file.
    pub file: PathBuf,
    /// When it ends, if it is a certificate; or why it cannot be read.
    pub ends: Result<Option<UnixMillis>, String>,
}

/// Judges what is said. `now` is for certificates.
pub fn findings(facts: &Conversation, now: UnixMillis) -> Vec<Finding> {
    let scenario = facts.scenario.iter().map(|(path, checked)| {
        let path = path.display();
        let finding = match checked {
            Ok(0) => Finding::ok("scenario", "checked"),
            Ok(warnings) => Finding::warning(
                "scenario",
                format!("can be held; {warnings} warnings"),
                format!("`outcall scenario check {path}` lists them"),
            ),
            Err(problem) => Finding::failed(
                "scenario",
                problem,
                format!("mend it; `outcall scenario check {path}` lists all problems"),
            ),
        };
        finding.of(path.to_string())
    });
    let announcements = facts.announcements.iter().map(|(name, usable)| {
        let finding = match usable {
            Ok(()) => Finding::ok("announcement", "its files can be read"),
            Err(problem) => {
                Finding::failed("announcement", problem, "mend the setting or the file")
            }
        };
        finding.of(name)
    });
    let folders = facts.folders.iter().map(folder);
    let files = facts.files.iter().map(|file| credential(file, now));
    scenario.chain(announcements).chain(folders).chain(files).collect()
}

fn folder(facts: &Folder) -> Finding {
    let path = facts.folder.display();
    let finding = match &facts.writable {
        Ok(()) => Finding::ok("folder", path.to_string()),
        Err(problem) => Finding::failed(
            "folder",
            format!("{path} cannot be written: {problem}"),
            "give the user that runs outcall the right to write it, or name another folder",
        ),
    };
    finding.of(facts.purpose)
}

fn credential(facts: &Credential, now: UnixMillis) -> Finding {
    let file = facts.file.display();
    let finding = match &facts.ends {
        Err(problem) => Finding::failed(
            "file",
            problem,
            "name a PEM file that the user who runs outcall may read",
        ),
        Ok(None) => Finding::ok("file", format!("{file}: can be read")),
        Ok(Some(ends)) if *ends <= now => Finding::failed(
            "file",
            format!("{file}: the certificate ended {ends}"),
            "renew it: peers refuse it",
        ),
        Ok(Some(ends)) if *ends <= now + RENEW_MS => Finding::warning(
            "file",
            format!("{file}: the certificate ends {ends}"),
            "renew it: peers refuse it from then on",
        ),
        Ok(Some(ends)) => Finding::ok("file", format!("{file}: a certificate until {ends}")),
    };
    finding.of(facts.setting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    const NOW: UnixMillis = UnixMillis(1_772_460_000_000);

    fn certificate(ends: Result<Option<UnixMillis>, String>) -> State {
        credential(&Credential { setting: "sip.tls", file: "a.pem".into(), ends }, NOW).state
    }

    #[test]
    fn a_certificate_warns_a_fortnight_before_it_ends_and_fails_after() {
        assert_eq!(certificate(Ok(Some(NOW + RENEW_MS + 1))), State::Ok);
        assert_eq!(certificate(Ok(Some(NOW + RENEW_MS))), State::Warning);
        assert_eq!(certificate(Ok(Some(NOW + 1))), State::Warning);
        assert_eq!(certificate(Ok(Some(NOW))), State::Failed);
        assert_eq!(certificate(Ok(None)), State::Ok);
        assert_eq!(certificate(Err("a.pem: no such file".to_owned())), State::Failed);
    }

    #[test]
    fn a_scenario_with_warnings_can_be_held_and_one_with_errors_cannot() {
        let of = |checked| {
            let scenario = Some(("a.yaml".into(), checked));
            findings(&Conversation { scenario, ..Conversation::default() }, NOW)[0].state
        };
        assert_eq!(of(Ok(0)), State::Ok);
        assert_eq!(of(Ok(2)), State::Warning);
        assert_eq!(of(Err("a.yaml:3:1: no such node".to_owned())), State::Failed);
    }

    #[test]
    fn announcements_and_folders_that_cannot_be_used_fail() {
        let facts = Conversation {
            announcements: vec![
                ("conversation".to_owned(), Ok(())),
                ("call-back".to_owned(), Err("no such file".to_owned())),
            ],
            folders: vec![Folder {
                purpose: "recordings",
                folder: "calls".into(),
                writable: Err("permission denied".to_owned()),
            }],
            ..Conversation::default()
        };
        let states: Vec<_> = findings(&facts, NOW).into_iter().map(|it| it.state).collect();
        assert_eq!(states, [State::Ok, State::Failed, State::Failed]);
    }
}
