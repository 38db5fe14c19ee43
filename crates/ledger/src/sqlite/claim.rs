//! Claiming: from due contacts to durable intents, with every rule checked in between.

use std::cmp::Reverse;

use outcall_campaign::calendar::WindowStatus;
use outcall_campaign::gate::{DialFacts, LocaleRules, Refusal, Rule};
use outcall_campaign::lifecycle::CampaignState;
use outcall_campaign::{AttemptId, ContactId, PhoneNumber, TenantId, UnixMillis};
use rusqlite::{Connection, OptionalExtension, params};

use super::campaigns;
use super::cells::{CellKey, Cells};
use super::history::{self, Person};
use super::owner;
use super::values::{self, ContactState};
use crate::LedgerError;
use crate::seam::{ClaimRequest, Claimed, Intent};
use crate::writer::Work;

/// How many contacts are read at a time. Refused ones are read in vain, so that a claim for a few
/// must not read many.
const READ_AHEAD: u32 = 16;

/// How many refusals one claim works through at most; the rest waits for the next claim, so that
/// other requests get their turn.
const REFUSALS_AT_MOST: u32 = 2_000;

struct Candidate {
    id: ContactId,
    due: UnixMillis,
    attempts: u16,
    number_index: usize,
    person: i64,
    consent: i64,
    numbers: Vec<PhoneNumber>,
}

/// See [`crate::Ledger::claim`].
pub(crate) fn claim(work: &mut Work<'_>, request: &ClaimRequest) -> Result<Claimed, LedgerError> {
    let connection = work.connection;
    owner::check(connection, request.epoch)?;
    let (tenant, state) = campaigns::tenant_and_state(connection, request.campaign)?;
    let mut claimed = Claimed { state, intents: Vec::new(), refused: Vec::new(), next_due: None };
    let cells = work.cells.of(connection, request.campaign)?;
    if state == CampaignState::Running && request.want > 0 {
        let mut claiming = Claiming { connection, tenant, request, claimed: &mut claimed };
        claiming.fill(cells)?;
    }
    claimed.next_due = next_due(cells, request);
    if !claimed.intents.is_empty() {
        owner::note_time(connection, request.now)?;
    }
    Ok(claimed)
}

/// When the next contact can be dialled: the earliest over the cells, windows considered.
fn next_due(cells: &mut Cells, request: &ClaimRequest) -> Option<UnixMillis> {
    let keys: Vec<(CellKey, UnixMillis)> =
        cells.next_due.iter().map(|(&key, &due)| (key, due)).collect();
    let mut earliest: Option<UnixMillis> = None;
    for (key, due) in keys {
        let at = match cells.window(&request.rules, key.locale, request.now) {
            Some(WindowStatus::Open { .. }) => due,
            Some(WindowStatus::Closed { opens_at: Some(opens_at) }) => due.max(opens_at),
            // Never, as far as time alone goes: an operator has to act.
            Some(WindowStatus::Closed { opens_at: None }) | None => UnixMillis(i64::MAX),
        };
        earliest = Some(earliest.map_or(at, |other| other.min(at)));
    }
    earliest
}

struct Claiming<'a> {
    connection: &'a Connection,
    tenant: TenantId,
    request: &'a ClaimRequest,
    claimed: &'a mut Claimed,
}

impl Claiming<'_> {
    fn missing(&self) -> u32 {
        let have = u32::try_from(self.claimed.intents.len()).unwrap_or(u32::MAX);
        self.request.want.saturating_sub(have)
    }

    fn refusals(&self) -> u32 {
        self.claimed.refused.iter().map(|&(_, count)| count).sum()
    }

    /// Takes contacts cell by cell: the more urgent lane first, then where the window closes first,
    /// then who has waited longest.
    fn fill(&mut self, cells: &mut Cells) -> Result<(), LedgerError> {
        let now = self.request.now;
        let due: Vec<(CellKey, UnixMillis)> = cells
            .next_due
            .iter()
            .filter(|&(_, &due)| due <= now)
            .map(|(&key, &due)| (key, due))
            .collect();
        let mut open = Vec::with_capacity(due.len());
        for (key, due) in due {
            let window = cells.window(&self.request.rules, key.locale, now);
            if let Some(WindowStatus::Open { until }) = window {
                open.push((key.lane, until, due, key));
            }
        }
        open.sort_unstable_by_key(|&(lane, until, due, key)| (lane, until, due, key));
        for (_, until, _, key) in open {
            if self.missing() == 0 || self.refusals() >= REFUSALS_AT_MOST {
                break;
            }
            self.drain(cells, key, until)?;
        }
        Ok(())
    }

    fn drain(
        &mut self,
        cells: &mut Cells,
        key: CellKey,
        until: UnixMillis,
    ) -> Result<(), LedgerError> {
        let request = self.request;
        let Some(rules) = request.rules.locales.get(&key.locale) else { return Ok(()) };
        while self.missing() > 0 && self.refusals() < REFUSALS_AT_MOST {
            let limit = self.missing().max(READ_AHEAD);
            let found = self.read(key, limit)?;
            let exhausted = found.len() < limit as usize;
            for candidate in found {
                // Whoever was due before this one has been decided on. The cell's turn among the
                // others is reckoned from here, so that a long list does not starve a short one.
                cells.next_due.insert(key, candidate.due);
                if self.missing() == 0 {
                    return Ok(());
                }
                self.decide(&candidate, rules, until)?;
            }
            if exhausted {
                self.move_on(cells, key)?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// The cell has nothing more that is due: note when it will have.
    fn move_on(&self, cells: &mut Cells, key: CellKey) -> Result<(), LedgerError> {
        let next = self
            .connection
            .prepare_cached(
                "SELECT due_ms FROM contact
                 WHERE state = 0 AND list_id = ?1 AND locale_id = ?2 AND lane = ?3
                 ORDER BY due_ms LIMIT 1",
            )?
            .query_row(params![key.list.0, key.locale.0, key.lane], |row| row.get(0))
            .optional()?;
        match next {
            Some(due) => cells.next_due.insert(key, UnixMillis(due)),
            None => cells.next_due.remove(&key),
        };
        Ok(())
    }

    fn read(&self, key: CellKey, limit: u32) -> Result<Vec<Candidate>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, attempts, number_index, person, consent, numbers, due_ms FROM contact
             WHERE state = 0 AND list_id = ?1 AND locale_id = ?2 AND lane = ?3 AND due_ms <= ?4
             ORDER BY due_ms, id LIMIT ?5",
        )?;
        let now = self.request.now.0;
        let mut rows = statement.query(params![key.list.0, key.locale.0, key.lane, now, limit])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Candidate {
                id: ContactId(row.get(0)?),
                attempts: row.get(1)?,
                number_index: row.get(2)?,
                person: row.get(3)?,
                consent: row.get(4)?,
                due: UnixMillis(row.get(6)?),
                numbers: values::numbers(row.get_ref(5)?.as_str().map_err(|error| {
                    LedgerError::Unreadable { what: "a contact", problem: error.to_string() }
                })?)?,
            });
        }
        Ok(found)
    }

    fn decide(
        &mut self,
        candidate: &Candidate,
        rules: &LocaleRules,
        until: UnixMillis,
    ) -> Result<(), LedgerError> {
        let now = self.request.now;
        let allowed = self.first_not_suppressed(candidate)?;
        let index = allowed.unwrap_or(candidate.number_index);
        let Some(&number) = candidate.numbers.get(index) else {
            return Err(LedgerError::Unreadable {
                what: "a contact",
                problem: format!("contact {} has no number {index}", candidate.id),
            });
        };
        let history = self.history(candidate, number, rules.history_ms())?;
        let facts = DialFacts {
            suppressed: allowed.is_none(),
            consent: values::consent(candidate.consent)?,
            history: &history,
        };
        match rules.admit(&facts, WindowStatus::Open { until }, now) {
            Ok(()) => self.write_intent(candidate, index, number, until),
            Err(refusal) => self.write_refusal(candidate.id, refusal),
        }
    }

    /// The number to dial: the one whose turn it is, or the next one that is not suppressed.
    fn first_not_suppressed(&self, candidate: &Candidate) -> Result<Option<usize>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM suppression
             WHERE tenant_id = ?1 AND number = ?2 AND campaign_id IN (0, ?3))",
        )?;
        let count = candidate.numbers.len();
        for step in 0..count {
            let index = (candidate.number_index + step) % count;
            let digits = candidate.numbers[index].digits().cast_signed();
            let suppressed: bool = statement
                .query_row(params![self.tenant.0, digits, self.request.campaign.0], |row| {
                    row.get(0)
                })?;
            if !suppressed {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// When the person may have been rung, as far back as a cap looks.
    fn history(
        &self,
        candidate: &Candidate,
        number: PhoneNumber,
        back_ms: i64,
    ) -> Result<Vec<UnixMillis>, LedgerError> {
        if back_ms == 0 {
            return Ok(Vec::new());
        }
        let person = Person {
            tenant: self.tenant,
            campaign: self.request.campaign,
            contact: candidate.id,
            key: candidate.person,
            number,
            dialled: candidate.attempts > 0,
        };
        history::of(self.connection, person, self.request.now - back_ms)
    }

    fn write_intent(
        &mut self,
        candidate: &Candidate,
        index: usize,
        number: PhoneNumber,
        until: UnixMillis,
    ) -> Result<(), LedgerError> {
        let request = self.request;
        let attempt_no = candidate.attempts.checked_add(1).ok_or(LedgerError::Unreadable {
            what: "a contact",
            problem: format!("contact {} has too many attempts", candidate.id),
        })?;
        let attempt = AttemptId { campaign: request.campaign, contact: candidate.id, attempt_no };
        self.connection
            .prepare_cached(
                "INSERT INTO attempt (campaign_id, contact_id, attempt_no, tenant_id, epoch,
                                      number, number_index, intent_ms, phase)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'intent')",
            )?
            .execute(params![
                request.campaign.0,
                candidate.id.0,
                attempt_no,
                self.tenant.0,
                request.epoch.0,
                number.digits().cast_signed(),
                index,
                request.now.0
            ])?;
        self.connection
            .prepare_cached(
                "UPDATE contact SET state = ?2, attempts = ?3, number_index = ?4, hold = NULL
                 WHERE id = ?1 AND state = 0",
            )?
            .execute(params![candidate.id.0, ContactState::InCall.code(), attempt_no, index])?;
        let send_by = (request.now + request.send_within_ms).min(until - 1);
        self.claimed.intents.push(Intent { attempt, number, at: request.now, send_by });
        Ok(())
    }

    fn write_refusal(&mut self, contact: ContactId, refusal: Refusal) -> Result<(), LedgerError> {
        let now = self.request.now;
        let retry_ms = refusal.retry_at.map(|at| at.max(now + 1).0);
        let (state, finish) = match (refusal.rule, retry_ms) {
            (Rule::Suppressed, _) => (ContactState::Finished, Some(Rule::Suppressed.code())),
            // Time alone will not help: held until somebody acts.
            (_, None) => (ContactState::Held, None),
            (_, Some(_)) => (ContactState::Pending, None),
        };
        self.connection
            .prepare_cached(
                "UPDATE contact SET state = ?2, due_ms = coalesce(?3, due_ms), hold = ?4,
                                    finish = ?5
                 WHERE id = ?1",
            )?
            .execute(params![contact.0, state.code(), retry_ms, refusal.rule.code(), finish])?;
        self.connection
            .prepare_cached(
                "INSERT INTO refusal (tenant_id, campaign_id, contact_id, at_ms, rule, retry_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                self.tenant.0,
                self.request.campaign.0,
                contact.0,
                now.0,
                refusal.rule.code(),
                retry_ms
            ])?;
        let refused = &mut self.claimed.refused;
        match refused.iter_mut().find(|(rule, _)| *rule == refusal.rule) {
            Some((_, count)) => *count += 1,
            None => refused.push((refusal.rule, 1)),
        }
        refused.sort_unstable_by_key(|&(rule, count)| (Reverse(count), rule));
        Ok(())
    }
}
