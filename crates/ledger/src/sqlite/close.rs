//! Ends: an attempt's disposition, and what follows for its contact, in one transaction.

use outcall_campaign::attempt::Phase;
use outcall_campaign::gate::{DialRules, LocaleId};
use outcall_campaign::retry::{NextStep, RetryFacts, next_step, uses_up_attempt};
use outcall_campaign::{CampaignId, Disposition, ListId, TenantId, UnixMillis};
use rusqlite::{Connection, OptionalExtension, params};

use super::cells::CellKey;
use super::suppression;
use super::values::{self, ContactState, lane};
use crate::LedgerError;
use crate::seam::{AttemptEnd, Closed};
use crate::writer::Work;

struct Contact {
    tenant: TenantId,
    key: CellKey,
    numbers: usize,
}

struct Dialled {
    digits: i64,
    number_index: u8,
}

/// See [`crate::Ledger::close`].
pub(crate) fn close(
    work: &mut Work<'_>,
    campaign: CampaignId,
    rules: &DialRules,
    ends: &[AttemptEnd],
) -> Result<Vec<Closed>, LedgerError> {
    let mut closed = Vec::with_capacity(ends.len());
    for end in ends {
        let next = close_one(work, campaign, rules, end)?;
        closed.push(Closed { attempt: end.attempt, next });
    }
    Ok(closed)
}

fn close_one(
    work: &mut Work<'_>,
    campaign: CampaignId,
    rules: &DialRules,
    end: &AttemptEnd,
) -> Result<Option<NextStep>, LedgerError> {
    let connection = work.connection;
    let Some(dialled) = write_end(connection, end)? else { return Ok(None) };
    let contact = read_contact(connection, end)?;
    let number = values::number(dialled.digits)?;
    if end.disposition == Disposition::OptedOut {
        // An opt-out is the person's word to the tenant, not to one campaign.
        let reason = suppression::OPTED_OUT;
        suppression::add(connection, contact.tenant, number, None, reason, end.ended_at)?;
    }
    let Some(locale) = rules.locales.get(&contact.key.locale) else {
        // No rules for the place any more: nobody may be dialled there until there are.
        hold(connection, end)?;
        return Ok(None);
    };
    let past = past_attempts(connection, end)?;
    let facts = RetryFacts {
        disposition: end.disposition,
        attempts: past.used_up,
        attempts_with_disposition: past.like_this,
        numbers: u8::try_from(contact.numbers).unwrap_or(u8::MAX),
        number_index: dialled.number_index,
        ended_at: end.ended_at,
        retry_after_ms: end.retry_after_ms,
        call_back_at: end.call_back_at,
    };
    let next = next_step(&rules.retry, &facts, &locale.calendar, &locale.zones);
    write_next(connection, end, &next)?;
    if let NextStep::Retry { due, .. } = next {
        let mut key = contact.key;
        if end.disposition == Disposition::CallBack {
            key.lane = lane::CALL_BACK;
        }
        work.cells.note_pending(campaign, key, due);
    }
    Ok(Some(next))
}

/// Writes the end; `None` when there is one already, or no such intent.
fn write_end(connection: &Connection, end: &AttemptEnd) -> Result<Option<Dialled>, LedgerError> {
    let millis = |at: Option<UnixMillis>| at.map(|at| at.0);
    let caller_id = end.caller_id.map(|number| number.digits().cast_signed());
    let dialled = connection
        .prepare_cached(
            "UPDATE attempt
             SET phase = CASE WHEN ?4 = 'uncertain' THEN phase ELSE 'ended' END,
                 disposition = ?4, caller_id = coalesce(?5, caller_id),
                 invited_ms = coalesce(?6, invited_ms),
                 ringing_ms = coalesce(?7, ringing_ms),
                 answered_ms = coalesce(?8, answered_ms), ended_ms = ?9, detail = ?10
             WHERE campaign_id = ?1 AND contact_id = ?2 AND attempt_no = ?3
               AND disposition IS NULL
             RETURNING number, number_index",
        )?
        .query_row(
            params![
                end.attempt.campaign.0,
                end.attempt.contact.0,
                end.attempt.attempt_no,
                end.disposition.code(),
                caller_id,
                millis(end.invited_at),
                millis(end.ringing_at),
                millis(end.answered_at),
                end.ended_at.0,
                end.detail,
            ],
            |row| Ok(Dialled { digits: row.get(0)?, number_index: row.get(1)? }),
        )
        .optional()?;
    Ok(dialled)
}

fn read_contact(connection: &Connection, end: &AttemptEnd) -> Result<Contact, LedgerError> {
    let contact = connection
        .prepare_cached(
            "SELECT tenant_id, list_id, locale_id, lane,
                    length(numbers) - length(replace(numbers, ',', '')) + 1
             FROM contact WHERE id = ?1",
        )?
        .query_row([end.attempt.contact.0], |row| {
            Ok(Contact {
                tenant: TenantId(row.get(0)?),
                key: CellKey {
                    list: ListId(row.get(1)?),
                    locale: LocaleId(row.get(2)?),
                    lane: row.get(3)?,
                },
                numbers: row.get(4)?,
            })
        })?;
    Ok(contact)
}

/// The contact's attempts so far, this one included.
#[derive(Default)]
struct Past {
    used_up: u16,
    like_this: u16,
}

fn past_attempts(connection: &Connection, end: &AttemptEnd) -> Result<Past, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT disposition FROM attempt
         WHERE campaign_id = ?1 AND contact_id = ?2 AND disposition IS NOT NULL",
    )?;
    let mut rows = statement.query(params![end.attempt.campaign.0, end.attempt.contact.0])?;
    let mut past = Past::default();
    while let Some(row) = rows.next()? {
        let code = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let disposition: Disposition = values::word("a disposition", code)?;
        past.used_up = past.used_up.saturating_add(u16::from(uses_up_attempt(disposition)));
        past.like_this = past.like_this.saturating_add(u16::from(disposition == end.disposition));
    }
    Ok(past)
}

fn write_next(
    connection: &Connection,
    end: &AttemptEnd,
    next: &NextStep,
) -> Result<(), LedgerError> {
    let disposition = end.disposition.code();
    match *next {
        NextStep::Retry { due, number_index } => {
            let call_back = end.disposition == Disposition::CallBack;
            connection
                .prepare_cached(
                    "UPDATE contact SET state = ?2, due_ms = ?3, number_index = ?4,
                         last_disposition = ?5, lane = CASE WHEN ?6 THEN ?7 ELSE lane END
                     WHERE id = ?1",
                )?
                .execute(params![
                    end.attempt.contact.0,
                    ContactState::Pending.code(),
                    due.0,
                    number_index,
                    disposition,
                    call_back,
                    lane::CALL_BACK
                ])?;
        }
        NextStep::Finished { reason } => {
            connection
                .prepare_cached(
                    "UPDATE contact SET state = ?2, finish = ?3, last_disposition = ?4
                     WHERE id = ?1",
                )?
                .execute(params![
                    end.attempt.contact.0,
                    ContactState::Finished.code(),
                    reason.code(),
                    disposition
                ])?;
        }
    }
    Ok(())
}

fn hold(connection: &Connection, end: &AttemptEnd) -> Result<(), LedgerError> {
    connection
        .prepare_cached(
            "UPDATE contact SET state = ?2, hold = 'no_window', last_disposition = ?3
             WHERE id = ?1",
        )?
        .execute(params![
            end.attempt.contact.0,
            ContactState::Held.code(),
            end.disposition.code()
        ])?;
    Ok(())
}

/// Writes how far attempts have come. See [`crate::Ledger::mark`].
pub(crate) fn mark(
    connection: &Connection,
    marks: &[crate::seam::ProgressMark],
) -> Result<(), LedgerError> {
    let mut statement = connection.prepare_cached(
        "UPDATE attempt SET phase = ?4,
             invited_ms = CASE WHEN ?4 = 'invited' THEN ?5 ELSE invited_ms END,
             ringing_ms = CASE WHEN ?4 = 'ringing' THEN ?5 ELSE ringing_ms END,
             answered_ms = CASE WHEN ?4 = 'answered' THEN ?5 ELSE answered_ms END
         WHERE campaign_id = ?1 AND contact_id = ?2 AND attempt_no = ?3
           AND disposition IS NULL",
    )?;
    for mark in marks {
        let attempt = mark.attempt;
        let phase = phase_code(mark.phase);
        statement.execute(params![
            attempt.campaign.0,
            attempt.contact.0,
            attempt.attempt_no,
            phase,
            mark.at.0
        ])?;
    }
    Ok(())
}

/// The stored word of a phase.
pub(crate) fn phase_code(phase: Phase) -> &'static str {
    match phase {
        Phase::Intent => "intent",
        Phase::Invited => "invited",
        Phase::Ringing => "ringing",
        Phase::Answered => "answered",
        Phase::Talking => "talking",
        Phase::HangingUp => "hanging_up",
        Phase::Ended => "ended",
    }
}

/// The phase of a stored word.
pub(crate) fn phase(text: &str) -> Result<Phase, LedgerError> {
    const ALL: [Phase; 7] = [
        Phase::Intent,
        Phase::Invited,
        Phase::Ringing,
        Phase::Answered,
        Phase::Talking,
        Phase::HangingUp,
        Phase::Ended,
    ];
    ALL.into_iter()
        .find(|&phase| phase_code(phase) == text)
        .ok_or_else(|| values::unreadable("a phase", text))
}
