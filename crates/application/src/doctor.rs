//! What a call needs, judged: from facts to findings, each with what to do. Pure: whoever asks
//! gathers the facts.
//!
//! # Layout
//! - [`Facts`]: what was gathered. [`findings`]: what it means.
//! - [`machine`]: configuration, data folder, disk, database, clock. [`models`]: the models.
//! - [`ports`]: listeners, ports of the audio, limits of the system.
//! - [`trunks`]: each trunk. [`address`]: whether the world can reach us.
//! - [`conversation`]: what is said, and the files that are needed for it.

pub mod address;
pub mod conversation;
pub mod machine;
pub mod models;
pub mod ports;
pub mod trunks;

use serde::Serialize;

use outcall_campaign::UnixMillis;

/// Everything that was gathered.
#[derive(Clone, Debug)]
pub struct Facts {
    /// When.
    pub now: UnixMillis,
    /// The settings, and where they come from.
    pub configuration: machine::Configuration,
    /// The data folder and its ledger.
    pub data: machine::Data,
    /// The clock and the zones.
    pub clock: machine::Clock,
    /// The models.
    pub models: models::Models,
    /// What is said.
    pub conversation: conversation::Conversation,
    /// Sockets and limits; `None` when no call can be placed over SIP.
    pub ports: Option<ports::Ports>,
    /// The trunks.
    pub trunks: trunks::Trunks,
}

/// What there is to say of each thing, in the order in which a user would mend it.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut all = machine::configuration(&facts.configuration);
    all.extend(machine::data(&facts.data));
    all.extend(machine::clock(&facts.clock));
    all.extend(models::findings(&facts.models));
    all.extend(conversation::findings(&facts.conversation, facts.now));
    match &facts.ports {
        Some(ports) => all.extend(ports::findings(ports)),
        None => all.push(Finding::skipped("ports", trunks::NO_TRUNK)),
    }
    all.extend(trunks::findings(&facts.trunks));
    all
}

/// How well a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Well.
    Ok,
    /// Calls can be placed, and something will be missed.
    Warning,
    /// Calls cannot be placed, or not as the settings want it.
    Failed,
    /// Not looked at.
    Skipped,
}

impl State {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// What there is to say of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check, a stable name: `disk_space`.
    pub check: &'static str,
    /// Of which of several: a trunk's name, a model's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// How well it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    fn new(check: &'static str, state: State, found: impl Into<String>) -> Self {
        Self { check, of: None, state, found: found.into(), advice: None }
    }

    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, State::Ok, found)
    }

    fn skipped(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, State::Skipped, found)
    }

    fn warning(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..Self::new(check, State::Warning, found) }
    }

    fn failed(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..Self::new(check, State::Failed, found) }
    }

    fn of(self, of: impl Into<String>) -> Self {
        Self { of: Some(of.into()), ..self }
    }

    fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// For people: `trunk answer: main`.
    pub fn title(&self) -> String {
        let check = self.check.replace('_', " ");
        match &self.of {
            Some(of) => format!("{check}: {of}"),
            None => check,
        }
    }
}

/// The settings could not even be read: nothing else can be looked at.
pub fn unreadable(problem: String) -> Vec<Finding> {
    vec![
        Finding::failed("configuration", problem, "mend the file and ask again"),
        Finding::skipped("everything_else", "there are no settings to look at"),
    ]
}

/// Whether anything failed.
pub fn has_failed(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.state == State::Failed)
}

/// Bytes for people.
fn bytes(count: u64) -> String {
    const KIB: f64 = 1024.0;
    let mib = count as f64 / (KIB * KIB);
    if mib >= KIB {
        format!("{:.1} GiB", mib / KIB)
    } else if mib >= 1.0 {
        format!("{mib:.0} MiB")
    } else {
        format!("{:.0} KiB", count as f64 / KIB)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_failed_fails_the_whole() {
        let well = [Finding::ok("a", "x"), Finding::warning("b", "x", "y")];
        assert!(!has_failed(&well));
        assert!(!has_failed(&[Finding::skipped("c", "x")]));
        assert!(has_failed(&unreadable("no such file".to_owned())));
    }

    #[test]
    fn a_title_is_the_check_in_words_and_of_what() {
        assert_eq!(Finding::ok("disk_space", "x").title(), "disk space");
        assert_eq!(Finding::ok("trunk_answer", "x").of("main").title(), "trunk answer: main");
    }

    #[test]
    fn bytes_are_told_in_the_unit_that_people_use() {
        assert_eq!(bytes(4_096), "4 KiB");
        assert_eq!(bytes(200 << 20), "200 MiB");
        assert_eq!(bytes(3 << 29), "1.5 GiB");
    }
}
