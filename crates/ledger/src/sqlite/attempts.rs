//! Attempts and what is known of them, for whoever reads single calls.

use outcall_campaign::{AttemptId, CampaignId, ContactId, UnixMillis};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

use super::values;
use crate::LedgerError;

/// An attempt, as people look at it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttemptView {
    /// Which.
    pub attempt: String,
    /// The contact's name; empty when the list brought none.
    pub name: String,
    /// The number, E.164.
    pub number: String,
    /// When the intent was written.
    pub intent: UnixMillis,
    /// When it was answered.
    pub answered: Option<UnixMillis>,
    /// When it was over.
    pub ended: Option<UnixMillis>,
    /// How it ended; `None` while it is under way.
    pub disposition: Option<String>,
    /// How its dialogue ended, in the scenario's words.
    pub outcome: Option<String>,
    /// What the carrier and the robot wrote down.
    pub detail: Option<serde_json::Value>,
}

const COLUMNS: &str = "attempt.campaign_id, attempt.contact_id, attempt.attempt_no, contact.name,
     attempt.number, attempt.intent_ms, attempt.answered_ms, attempt.ended_ms,
     attempt.disposition, attempt.outcome";

fn view(row: &Row<'_>, detail: Option<String>) -> Result<AttemptView, LedgerError> {
    let (campaign, contact, number): (i64, i64, u16) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let instant = |column| -> Result<Option<UnixMillis>, rusqlite::Error> {
        Ok(row.get::<_, Option<i64>>(column)?.map(UnixMillis))
    };
    let attempt = AttemptId {
        campaign: CampaignId(campaign),
        contact: ContactId(contact),
        attempt_no: number,
    };
    Ok(AttemptView {
        attempt: attempt.to_string(),
        name: row.get(3)?,
        number: values::number(row.get(4)?)?.e164(),
        intent: UnixMillis(row.get(5)?),
        answered: instant(6)?,
        ended: instant(7)?,
        disposition: row.get(8)?,
        outcome: row.get(9)?,
        // A word of the engine is no JSON.
        detail: detail
            .map(|text| serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))),
    })
}

/// The latest attempts of a campaign, the latest first, without their records.
pub(crate) fn latest(
    connection: &Connection,
    campaign: CampaignId,
    outcome: Option<&str>,
    limit: u32,
) -> Result<Vec<AttemptView>, LedgerError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM attempt JOIN contact ON contact.id = attempt.contact_id
         WHERE attempt.campaign_id = ?1
           AND (?2 IS NULL OR attempt.outcome = ?2 OR attempt.disposition = ?2)
         ORDER BY attempt.intent_ms DESC, attempt.contact_id LIMIT ?3"
    ))?;
    let mut rows = statement.query(params![campaign.0, outcome, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(view(row, None)?);
    }
    Ok(found)
}

/// One attempt with its record.
pub(crate) fn get(connection: &Connection, attempt: AttemptId) -> Result<AttemptView, LedgerError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, attempt.detail
         FROM attempt JOIN contact ON contact.id = attempt.contact_id
         WHERE attempt.campaign_id = ?1 AND attempt.contact_id = ?2 AND attempt.attempt_no = ?3"
    ))?;
    let found = statement
        .query_row(params![attempt.campaign.0, attempt.contact.0, attempt.attempt_no], |row| {
            Ok(view(row, row.get(10)?))
        })
        .optional()?;
    found.unwrap_or_else(|| Err(LedgerError::NotFound { what: "attempt", id: attempt.to_string() }))
}
