//! What people ask the ledger: reports, explanations, exports.

use std::io::Write;

use outcall_campaign::gate::LocaleId;
use outcall_campaign::{CampaignId, ContactId, Disposition, ListId, UnixMillis};
use rusqlite::{Connection, params};
use serde::Serialize;

use super::values::{self, ContactState};
use crate::LedgerError;

/// The figures of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CampaignFigures {
    /// How many contacts are in each state, by its word.
    pub contacts: Vec<(String, u64)>,
    /// How many attempts ended how; attempts without an end are not among them.
    pub attempts: Vec<(Disposition, u64)>,
    /// How many dialogues ended how, in the words of their scenarios.
    pub outcomes: Vec<(String, u64)>,
    /// Attempts without an end.
    pub open_attempts: u64,
    /// The first and the last intent.
    pub first_intent: Option<UnixMillis>,
    /// See [`Self::first_intent`].
    pub last_intent: Option<UnixMillis>,
    /// Why contacts are finished, by reason.
    pub finished: Vec<(String, u64)>,
    /// How often the gate refused, by rule.
    pub refusals: Vec<(String, u64)>,
    /// The sum of the talk time of answered calls, in ms.
    pub talk_ms: i64,
}

fn counts(
    connection: &Connection,
    sql: &str,
    campaign: CampaignId,
) -> Result<Vec<(String, u64)>, LedgerError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([campaign.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// See [`CampaignFigures`].
pub(crate) fn figures(
    connection: &Connection,
    campaign: CampaignId,
) -> Result<CampaignFigures, LedgerError> {
    let mut contacts = Vec::new();
    let states = counts(
        connection,
        "SELECT CAST(contact.state AS TEXT), count(*) FROM contact
         JOIN list ON list.id = contact.list_id AND list.state = 'ready'
         WHERE contact.campaign_id = ?1 GROUP BY contact.state ORDER BY contact.state",
        campaign,
    );
    for (code, count) in states? {
        let state = code.parse().ok().and_then(ContactState::from_code);
        let state = state.ok_or_else(|| values::unreadable("a contact's state", code))?;
        contacts.push((state.word().to_owned(), count));
    }
    let by_disposition = counts(
        connection,
        "SELECT disposition, count(*) FROM attempt
         WHERE campaign_id = ?1 AND disposition IS NOT NULL GROUP BY disposition",
        campaign,
    )?;
    let mut attempts = Vec::new();
    for (code, count) in by_disposition {
        attempts.push((values::word::<Disposition>("a disposition", &code)?, count));
    }
    attempts.sort_unstable();
    let (open_attempts, first, last, talk_ms) = connection.query_row(
        "SELECT count(*) FILTER (WHERE disposition IS NULL), min(intent_ms), max(intent_ms),
                coalesce(sum(ended_ms - answered_ms), 0)
         FROM attempt WHERE campaign_id = ?1",
        [campaign.0],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    Ok(CampaignFigures {
        contacts,
        attempts,
        outcomes: counts(
            connection,
            "SELECT outcome, count(*) FROM attempt
             WHERE campaign_id = ?1 AND outcome IS NOT NULL
             GROUP BY outcome ORDER BY 2 DESC, 1",
            campaign,
        )?,
        open_attempts,
        first_intent: Option::<i64>::map(first, UnixMillis),
        last_intent: Option::<i64>::map(last, UnixMillis),
        finished: counts(
            connection,
            "SELECT coalesce(finish, '-'), count(*) FROM contact
             WHERE campaign_id = ?1 AND state = 2 GROUP BY finish ORDER BY 2 DESC, 1",
            campaign,
        )?,
        refusals: counts(
            connection,
            "SELECT rule, count(*) FROM refusal WHERE campaign_id = ?1
             GROUP BY rule ORDER BY 2 DESC, 1",
            campaign,
        )?,
        talk_ms,
    })
}

/// Pending contacts that wait for the same thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingGroup {
    /// Their locale.
    pub locale: LocaleId,
    /// The jurisdiction's code; empty when none is known.
    pub jurisdiction: String,
    /// Their time zones.
    pub zones: String,
    /// Whether an earlier attempt or refusal set their due instant.
    pub waits_for: Waiting,
    /// How many are due by the instant asked about.
    pub due: u64,
    /// How many are not yet.
    pub later: u64,
    /// When the first of those becomes due.
    pub next_due: Option<UnixMillis>,
}

/// What set a pending contact's due instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// It has never been dialled.
    FirstAttempt,
    /// An agreed call-back.
    CallBack,
    /// The retry rule of this disposition.
    Retry(String),
    /// The gate refused it by this rule.
    Rule(String),
}

/// Pending contacts by what they wait for, for "why is nothing dialling?".
pub(crate) fn pending(
    connection: &Connection,
    campaign: CampaignId,
    now: UnixMillis,
) -> Result<Vec<PendingGroup>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT contact.locale_id, locale.jurisdiction, locale.zones, contact.hold,
                contact.last_disposition, contact.lane = 0,
                count(*) FILTER (WHERE due_ms <= ?2), count(*) FILTER (WHERE due_ms > ?2),
                min(due_ms) FILTER (WHERE due_ms > ?2)
         FROM contact
         JOIN list ON list.id = contact.list_id AND list.state = 'ready'
         JOIN locale ON locale.id = contact.locale_id
         WHERE contact.campaign_id = ?1 AND contact.state = 0
         GROUP BY 1, 4, 5, 6 ORDER BY 1, 4, 5, 6",
    )?;
    let rows = statement.query_map(params![campaign.0, now.0], |row| {
        let hold: Option<String> = row.get(3)?;
        let last: Option<String> = row.get(4)?;
        let call_back: bool = row.get(5)?;
        let waits_for = match (hold, last) {
            (Some(rule), _) => Waiting::Rule(rule),
            (None, Some(_)) if call_back => Waiting::CallBack,
            (None, Some(disposition)) => Waiting::Retry(disposition),
            (None, None) => Waiting::FirstAttempt,
        };
        Ok(PendingGroup {
            locale: LocaleId(row.get(0)?),
            jurisdiction: row.get(1)?,
            zones: row.get(2)?,
            waits_for,
            due: row.get(6)?,
            later: row.get(7)?,
            next_due: row.get::<_, Option<i64>>(8)?.map(UnixMillis),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many contacts are held until somebody acts, by rule.
pub(crate) fn held(
    connection: &Connection,
    campaign: CampaignId,
) -> Result<Vec<(String, u64)>, LedgerError> {
    counts(
        connection,
        "SELECT coalesce(hold, '-'), count(*) FROM contact
         WHERE campaign_id = ?1 AND state = 3 GROUP BY hold ORDER BY 2 DESC, 1",
        campaign,
    )
}

/// A contact as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContactView {
    /// Its name in the ledger.
    pub id: ContactId,
    /// Its list.
    pub list: ListId,
    /// Its line in the imported file.
    pub line: u64,
    /// What it is called.
    pub name: String,
    /// Its numbers in dial order, E.164.
    pub numbers: Vec<String>,
    /// Its time zones.
    pub zones: String,
    /// Where it stands.
    pub state: String,
    /// How often it was dialled.
    pub attempts: u16,
    /// When it is due, while it is pending; none for a first attempt, which is due at once.
    pub due: Option<UnixMillis>,
    /// How the last attempt ended.
    pub last_disposition: Option<String>,
    /// The rule that held it back last.
    pub hold: Option<String>,
    /// The custom attributes, a JSON object.
    pub attributes: Option<serde_json::Value>,
}

/// Contacts of a campaign by their names in the ledger, after `after`.
pub(crate) fn contacts(
    connection: &Connection,
    campaign: CampaignId,
    after: ContactId,
    limit: u32,
) -> Result<Vec<ContactView>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT contact.id, list_id, line, name, numbers, locale.zones, contact.state, attempts,
                due_ms, last_disposition, hold, attributes
         FROM contact JOIN locale ON locale.id = contact.locale_id
         JOIN list ON list.id = contact.list_id AND list.state = 'ready'
         WHERE contact.campaign_id = ?1 AND contact.id > ?2 ORDER BY contact.id LIMIT ?3",
    )?;
    let mut rows = statement.query(params![campaign.0, after.0, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let numbers: String = row.get(4)?;
        let due = UnixMillis(row.get(8)?);
        let state = ContactState::from_code(row.get(6)?)
            .ok_or_else(|| values::unreadable("a contact's state", "an unknown code"))?;
        let attributes: Option<String> = row.get(11)?;
        found.push(ContactView {
            id: ContactId(row.get(0)?),
            list: ListId(row.get(1)?),
            line: row.get(2)?,
            name: row.get(3)?,
            numbers: values::numbers(&numbers)?.iter().map(|number| number.e164()).collect(),
            zones: row.get(5)?,
            state: state.word().to_owned(),
            attempts: row.get(7)?,
            due: (state == ContactState::Pending && due.0 > 0).then_some(due),
            last_disposition: row.get(9)?,
            hold: row.get(10)?,
            attributes: attributes
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|error| values::unreadable("a contact's attributes", error))?,
        });
    }
    Ok(found)
}

/// One line of an export.
#[derive(Debug, Serialize)]
struct ExportedAttempt {
    attempt: String,
    number: String,
    caller_id: Option<String>,
    intent_ms: i64,
    invited_ms: Option<i64>,
    ringing_ms: Option<i64>,
    answered_ms: Option<i64>,
    ended_ms: Option<i64>,
    disposition: Option<String>,
    phase: String,
    detail: Option<String>,
}

/// Writes every attempt of a campaign as JSON lines, by contact and attempt number. The same ledger
/// gives the same bytes.
pub(crate) fn export(
    connection: &Connection,
    campaign: CampaignId,
    out: &mut dyn Write,
) -> Result<u64, LedgerError> {
    let mut statement = connection.prepare(
        "SELECT contact_id, attempt_no, number, caller_id, intent_ms, invited_ms, ringing_ms,
                answered_ms, ended_ms, disposition, phase, detail
         FROM attempt WHERE campaign_id = ?1 ORDER BY contact_id, attempt_no",
    )?;
    let mut rows = statement.query([campaign.0])?;
    let mut written = 0;
    while let Some(row) = rows.next()? {
        let (contact, attempt_no): (i64, u16) = (row.get(0)?, row.get(1)?);
        let caller_id: Option<i64> = row.get(3)?;
        let line = ExportedAttempt {
            attempt: format!("{campaign}-{contact}-{attempt_no}"),
            number: values::number(row.get(2)?)?.e164(),
            caller_id: caller_id.map(values::number).transpose()?.map(|number| number.e164()),
            intent_ms: row.get(4)?,
            invited_ms: row.get(5)?,
            ringing_ms: row.get(6)?,
            answered_ms: row.get(7)?,
            ended_ms: row.get(8)?,
            disposition: row.get(9)?,
            phase: row.get(10)?,
            detail: row.get(11)?,
        };
        serde_json::to_writer(&mut *out, &line)
            .and_then(|()| out.write_all(b"\n").map_err(serde_json::Error::io))
            .map_err(|error| LedgerError::Storage { problem: format!("export: {error}") })?;
        written += 1;
    }
    Ok(written)
}

/// Attempts whose end nobody knows, with what is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UncertainView {
    /// Which.
    pub attempt: String,
    /// The number, E.164.
    pub number: String,
    /// When the intent was written.
    pub intent: UnixMillis,
    /// The last phase on disk.
    pub phase: String,
    /// What that means.
    pub cause: String,
}

/// See [`UncertainView`].
pub(crate) fn uncertain(
    connection: &Connection,
    campaign: CampaignId,
    limit: u32,
) -> Result<Vec<UncertainView>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT contact_id, attempt_no, number, intent_ms, phase, coalesce(detail, '')
         FROM attempt WHERE campaign_id = ?1 AND disposition = 'uncertain'
         ORDER BY contact_id, attempt_no LIMIT ?2",
    )?;
    let mut rows = statement.query(params![campaign.0, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (contact, attempt_no): (i64, u16) = (row.get(0)?, row.get(1)?);
        found.push(UncertainView {
            attempt: format!("{campaign}-{contact}-{attempt_no}"),
            number: values::number(row.get(2)?)?.e164(),
            intent: UnixMillis(row.get(3)?),
            phase: row.get(4)?,
            cause: row.get(5)?,
        });
    }
    Ok(found)
}
