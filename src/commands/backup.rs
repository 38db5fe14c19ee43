//! `backup` and `restore`.

use std::path::Path;
use std::process::ExitCode;

use outcall_application::AppError;
use outcall_ledger::SqliteLedger;

use super::{Style, open};
use crate::config::Config;
use crate::output::{answer, count};

/// Writes a verified copy.
pub(super) fn backup(config: &Config, file: &Path, style: Style) -> anyhow::Result<ExitCode> {
    let facts = open(config)?.ledger.backup(file).map_err(AppError::from)?;
    answer(style.json, &facts, || {
        println!(
            "{}: {} bytes, verified; {} campaigns, {} contacts, {} attempts",
            file.display(),
            count(facts.bytes),
            count(facts.campaigns),
            count(facts.contacts),
            count(facts.attempts)
        );
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Puts a verified copy in the place of the ledger.
pub(super) fn restore(config: &Config, file: &Path, style: Style) -> anyhow::Result<ExitCode> {
    let facts = SqliteLedger::restore(config.folder(), file).map_err(AppError::from)?;
    answer(style.json, &facts, || {
        println!(
            "restored {} campaigns, {} contacts, {} attempts; the ledger that was there is kept \
             beside it",
            count(facts.campaigns),
            count(facts.contacts),
            count(facts.attempts)
        );
        println!(
            "calls placed after the backup are not known to it: compare with the carrier's \
             records before dialling"
        );
    })?;
    Ok(ExitCode::SUCCESS)
}
