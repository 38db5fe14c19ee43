//! Recovery: what a process that died has left behind.

use std::sync::Arc;

use outcall_campaign::attempt::Phase;
use outcall_campaign::gate::DialRules;
use outcall_campaign::{AttemptId, CampaignId, ContactId, Disposition, UnixMillis};
use rusqlite::{Connection, params};

use super::close;
use super::owner;
use crate::LedgerError;
use crate::seam::{AttemptEnd, Epoch, UncertainAttempt};
use crate::writer::Work;

/// What the last phase on disk tells of an attempt whose process died.
fn cause(phase: Phase) -> &'static str {
    match phase {
        Phase::Intent => {
            "the process died with the intent written; whether the call was sent is \
                          unknown"
        }
        Phase::Invited => "the process died after the call was handed to the carrier",
        Phase::Ringing => "the process died while the phone rang",
        Phase::Answered | Phase::Talking => "the process died during the conversation",
        Phase::HangingUp | Phase::Ended => "the process died while the call was being released",
    }
}

/// See [`crate::Ledger::recover`].
pub(crate) fn recover(
    work: &mut Work<'_>,
    epoch: Epoch,
    campaign: CampaignId,
    rules: &Arc<DialRules>,
    now: UnixMillis,
) -> Result<Vec<UncertainAttempt>, LedgerError> {
    owner::check(work.connection, epoch)?;
    let open = open_attempts(work.connection, epoch, campaign)?;
    let ends: Vec<AttemptEnd> = open
        .iter()
        .map(|uncertain| AttemptEnd {
            detail: Some(uncertain.cause.clone()),
            ..AttemptEnd::new(uncertain.attempt, Disposition::Uncertain, now)
        })
        .collect();
    close::close(work, campaign, rules, &ends)?;
    Ok(open)
}

fn open_attempts(
    connection: &Connection,
    epoch: Epoch,
    campaign: CampaignId,
) -> Result<Vec<UncertainAttempt>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT contact_id, attempt_no, phase FROM attempt
         WHERE campaign_id = ?1 AND disposition IS NULL AND epoch < ?2
         ORDER BY contact_id, attempt_no",
    )?;
    let mut rows = statement.query(params![campaign.0, epoch.0])?;
    let mut open = Vec::new();
    while let Some(row) = rows.next()? {
        let attempt =
            AttemptId { campaign, contact: ContactId(row.get(0)?), attempt_no: row.get(1)? };
        let word: String = row.get(2)?;
        let phase = close::phase(&word)?;
        open.push(UncertainAttempt { attempt, phase, cause: cause(phase).to_owned() });
    }
    Ok(open)
}
