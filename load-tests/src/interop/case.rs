//! What a case is, and what it finds when it runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::peers::outcall::{OTHER_PREFIX, Outcall, Setup, number};
use crate::peers::process::Peer;

/// Plays a case and says what was seen; an error is a failure.
pub(super) type Play = Box<dyn Fn(&Stage<'_>) -> Result<String> + Send + Sync>;

/// A case.
pub(super) struct Case {
    /// Its name.
    pub name: &'static str,
    /// Who judges.
    pub peer: &'static str,
    /// What is expected, in words.
    pub expected: &'static str,
    /// What it does.
    pub run: Play,
}

/// Where a case runs.
pub(super) struct Stage<'a> {
    /// The program under test.
    program: &'a Path,
    /// A folder of its own.
    pub folder: &'a Path,
}

impl Stage<'_> {
    /// Runs a case in a folder that is kept when it fails.
    pub(super) fn play(case: &Case, program: &Path, keep: bool) -> Result<String> {
        let prefix = format!("outcall-interop-{}-", case.name);
        let mut folder = tempfile::Builder::new().prefix(&prefix).tempdir()?;
        folder.disable_cleanup(true);
        let seen = (case.run)(&Stage { program, folder: folder.path() })
            .with_context(|| format!("in {}", folder.path().display()))?;
        folder.disable_cleanup(keep);
        Ok(seen)
    }

    /// Starts the program under test on some numbers.
    pub(super) fn dial(&self, setup: &Setup, numbers: &[String]) -> Result<Dialling> {
        let outcall = Outcall::prepare(self.program, self.folder, setup, numbers)?;
        let run = outcall.start()?;
        Ok(Dialling { outcall, run, calls: numbers.iter().filter(|one| !is_other(one)).count() })
    }
}

/// The first numbers.
pub(super) fn numbers(calls: u64) -> Vec<String> {
    (0..calls).map(number).collect()
}

fn is_other(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| digits.starts_with(OTHER_PREFIX))
}

/// The program under test at work.
pub(super) struct Dialling {
    outcall: Outcall,
    run: Peer,
    calls: usize,
}

impl Dialling {
    /// Waits until the list is done, and fails when a call ended otherwise than in one of the
    /// expected ways, or was placed twice. Says how calls ended. Attempts that were certainly not
    /// sent, since the trunk was held back, are none; neither are calls to the other area, which
    /// only keep the program at work.
    pub(super) fn verdict(mut self, limit: Duration, expected: &[&str]) -> Result<String> {
        let ended = self.run.wait(limit)?;
        ensure!(
            ended.status.success(),
            "outcall ended with {}: {}",
            ended.status,
            self.run.last_words()
        );
        let mut attempts = self.outcall.export()?;
        attempts
            .retain(|one| one.disposition.as_deref() != Some("not_sent") && !is_other(&one.number));
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for attempt in &attempts {
            *counts.entry(attempt.disposition.as_deref().unwrap_or("none")).or_default() += 1;
        }
        let words: Vec<String> =
            counts.iter().map(|(disposition, count)| format!("{count} {disposition}")).collect();
        let words = words.join(", ");
        let strange = attempts
            .iter()
            .find(|one| !expected.contains(&one.disposition.as_deref().unwrap_or("none")));
        if let Some(strange) = strange {
            let detail = strange.detail.as_ref().map(ToString::to_string).unwrap_or_default();
            let expected = expected.join(" or ");
            anyhow::bail!("the ledger has {words}, not {expected}; for example {detail}");
        }
        ensure!(
            attempts.len() == self.calls,
            "{} attempts for {} contacts: {words}",
            attempts.len(),
            self.calls
        );
        Ok(words)
    }
}
