//! Contact lists: staged row by row, visible at once.

use std::collections::HashMap;

use outcall_campaign::regulation::Consent;
use outcall_campaign::{CampaignId, ListId, PhoneNumber, TenantId, UnixMillis};
use rusqlite::{Connection, OptionalExtension, params};

use super::values::{self, ContactState, lane};
use super::{campaigns, values::numbers_text};
use crate::LedgerError;
use crate::writer::Work;

/// A new contact is due since ever: no clock, real or virtual, can be before that.
const DUE_AT_ONCE_MS: i64 = 0;

/// A contact to be added to a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewContact {
    /// Its line in the imported file, 1 for the first.
    pub line: u64,
    /// Its numbers in dial order, 1 to 8, none twice.
    pub numbers: Vec<PhoneNumber>,
    /// The code of its jurisdiction; empty when there is none for its country.
    pub jurisdiction: String,
    /// Its time zones, all of which count, joined by `|`.
    pub zones: String,
    /// What it has agreed to.
    pub consent: Consent,
    /// Positive is dialled before others, negative after them.
    pub priority: i32,
    /// Its name; may be empty.
    pub name: String,
    /// Its language, BCP 47.
    pub language: Option<String>,
    /// Its identity in the user's own system: what attempt caps count a person by.
    pub external_id: Option<String>,
    /// Everything else, a JSON object; the dialogue's variables.
    pub attributes: Option<String>,
}

/// What became of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddVerdict {
    /// It is in the list.
    Added,
    /// Its first number is in this list already.
    DuplicateInList {
        /// In which line.
        first_line: u64,
    },
    /// Its first number is in another list of the campaign.
    DuplicateInCampaign,
    /// Its first number is suppressed.
    Suppressed,
}

/// A list and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRecord {
    /// Its name in the ledger.
    pub id: ListId,
    /// The file it came from.
    pub file_name: String,
    /// The SHA-256 of that file, hexadecimal.
    pub sha256: String,
    /// `loading`, `ready` or `aborted`.
    pub state: String,
    /// When it was imported.
    pub created: UnixMillis,
    /// How many contacts it brought.
    pub contacts: u64,
}

/// Begins a list.
pub(crate) fn begin(
    connection: &Connection,
    campaign: CampaignId,
    file_name: &str,
    sha256: &str,
    now: UnixMillis,
) -> Result<ListId, LedgerError> {
    let (tenant, _) = campaigns::tenant_and_state(connection, campaign)?;
    connection
        .prepare_cached(
            "INSERT INTO list (tenant_id, campaign_id, file_name, sha256, state, created_ms)
             VALUES (?1, ?2, ?3, ?4, 'loading', ?5)",
        )?
        .execute(params![tenant.0, campaign.0, file_name, sha256, now.0])?;
    Ok(ListId(connection.last_insert_rowid()))
}

/// The lists of a campaign that an import has not finished, or that are not cleared away yet.
pub(crate) fn unfinished(
    connection: &Connection,
    campaign: CampaignId,
) -> Result<Vec<ListId>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM list WHERE campaign_id = ?1
         AND (state = 'loading' OR (state = 'aborted' AND EXISTS
              (SELECT 1 FROM contact WHERE contact.state = 0 AND list_id = list.id)))
         ORDER BY id",
    )?;
    let rows = statement.query_map([campaign.0], |row| row.get(0).map(ListId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes up to `at_most` contacts of an unfinished list away again; true when none are left. From
/// the first step on nothing can be added to the list, and it cannot be finished.
pub(crate) fn clear_some(
    connection: &Connection,
    list: ListId,
    at_most: u32,
) -> Result<bool, LedgerError> {
    let unfinished = connection
        .prepare_cached("UPDATE list SET state = 'aborted' WHERE id = ?1 AND state <> 'ready'")?
        .execute([list.0])?;
    if unfinished == 0 {
        return Err(LedgerError::NotFound { what: "unfinished list", id: list.to_string() });
    }
    let mut select = connection.prepare_cached(
        "SELECT id, campaign_id, numbers FROM contact INDEXED BY contact_due
         WHERE state = 0 AND list_id = ?1 LIMIT ?2",
    )?;
    let mut forget = connection.prepare_cached(
        "DELETE FROM contact_number WHERE campaign_id = ?1 AND number = ?2 AND contact_id = ?3",
    )?;
    let mut delete = connection.prepare_cached("DELETE FROM contact WHERE id = ?1")?;
    // Read before anything is deleted: the index must not change under the query.
    let found: Vec<(i64, i64, String)> = select
        .query_map(params![list.0, at_most], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (id, campaign, numbers) in &found {
        for number in values::numbers(numbers)? {
            forget.execute(params![campaign, number.digits().cast_signed(), id])?;
        }
        delete.execute([id])?;
    }
    Ok(found.len() < at_most as usize)
}

/// What `add` needs to know of its list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub tenant: TenantId,
    pub campaign: CampaignId,
    pub list: ListId,
}

/// The target of a list that is being imported.
pub(crate) fn target(connection: &Connection, list: ListId) -> Result<Target, LedgerError> {
    let found = connection
        .prepare_cached(
            "SELECT tenant_id, campaign_id FROM list WHERE id = ?1 AND state = 'loading'",
        )?
        .query_row([list.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (tenant, campaign) =
        found.ok_or(LedgerError::NotFound { what: "unfinished list", id: list.to_string() })?;
    Ok(Target { tenant: TenantId(tenant), campaign: CampaignId(campaign), list })
}

/// Adds contacts, which stay invisible until [`finish`].
pub(crate) fn add(
    work: &mut Work<'_>,
    target: Target,
    contacts: &[NewContact],
) -> Result<Vec<AddVerdict>, LedgerError> {
    let connection = work.connection;
    let any_suppressed: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM suppression WHERE tenant_id = ?1)")?
        .query_row([target.tenant.0], |row| row.get(0))?;
    let mut next_id: i64 = connection
        .prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM contact")?
        .query_row([], |row| row.get(0))?;
    let mut locales = HashMap::new();
    let mut verdicts = Vec::with_capacity(contacts.len());
    for contact in contacts {
        let adding = Adding { connection, target, any_suppressed };
        let verdict = adding.add(contact, next_id, &mut locales)?;
        if verdict == AddVerdict::Added {
            next_id += 1;
        }
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

struct Adding<'a> {
    connection: &'a Connection,
    target: Target,
    any_suppressed: bool,
}

impl Adding<'_> {
    fn add<'c>(
        &self,
        contact: &'c NewContact,
        id: i64,
        locales: &mut HashMap<(&'c str, &'c str), i64>,
    ) -> Result<AddVerdict, LedgerError> {
        let Some(&first) = contact.numbers.first() else {
            return Err(values::unreadable("a new contact", "it has no number"));
        };
        if self.any_suppressed && is_suppressed(self.connection, self.target, first)? {
            return Ok(AddVerdict::Suppressed);
        }
        if !self.reserve(first, id)? {
            return self.duplicate_of(first);
        }
        // Another number that belongs to another contact already stays with that one: nobody is
        // called twice for the same campaign because two contacts share a number.
        let mut mine = Vec::with_capacity(contact.numbers.len());
        mine.push(first);
        for &number in &contact.numbers[1..] {
            if self.reserve(number, id)? {
                mine.push(number);
            }
        }
        let key = (contact.jurisdiction.as_str(), contact.zones.as_str());
        let locale = match locales.get(&key) {
            Some(&locale) => locale,
            None => {
                let locale = self.locale(key.0, key.1)?;
                locales.insert(key, locale);
                locale
            }
        };
        self.insert(contact, id, locale, &mine)?;
        Ok(AddVerdict::Added)
    }

    /// Makes a number the contact's own; false when it belongs to another contact of the campaign.
    fn reserve(&self, number: PhoneNumber, id: i64) -> Result<bool, LedgerError> {
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT INTO contact_number (campaign_id, number, contact_id)
                 VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![self.target.campaign.0, number.digits().cast_signed(), id])?;
        Ok(inserted > 0)
    }

    fn duplicate_of(&self, number: PhoneNumber) -> Result<AddVerdict, LedgerError> {
        let (list, line): (i64, u64) = self
            .connection
            .prepare_cached(
                "SELECT contact.list_id, contact.line FROM contact_number
                 JOIN contact ON contact.id = contact_number.contact_id
                 WHERE contact_number.campaign_id = ?1 AND contact_number.number = ?2",
            )?
            .query_row(params![self.target.campaign.0, number.digits().cast_signed()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok(if list == self.target.list.0 {
            AddVerdict::DuplicateInList { first_line: line }
        } else {
            AddVerdict::DuplicateInCampaign
        })
    }

    fn locale(&self, jurisdiction: &str, zones: &str) -> Result<i64, LedgerError> {
        self.connection
            .prepare_cached(
                "INSERT INTO locale (jurisdiction, zones) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute([jurisdiction, zones])?;
        let id = self
            .connection
            .prepare_cached("SELECT id FROM locale WHERE jurisdiction = ?1 AND zones = ?2")?
            .query_row([jurisdiction, zones], |row| row.get(0))?;
        Ok(id)
    }

    fn insert(
        &self,
        contact: &NewContact,
        id: i64,
        locale: i64,
        numbers: &[PhoneNumber],
    ) -> Result<(), LedgerError> {
        let target = self.target;
        self.connection
            .prepare_cached(
                "INSERT INTO contact (id, tenant_id, campaign_id, list_id, locale_id, state, lane,
                     due_ms, person, consent, line, numbers, name, language, external_id,
                     attributes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?
            .execute(params![
                id,
                target.tenant.0,
                target.campaign.0,
                target.list.0,
                locale,
                ContactState::Pending.code(),
                lane::of_priority(contact.priority),
                DUE_AT_ONCE_MS,
                values::person_key(contact.external_id.as_deref(), numbers[0]),
                values::consent_code(contact.consent),
                contact.line,
                numbers_text(numbers),
                contact.name,
                contact.language,
                contact.external_id,
                contact.attributes
            ])?;
        Ok(())
    }
}

fn is_suppressed(
    connection: &Connection,
    target: Target,
    number: PhoneNumber,
) -> Result<bool, LedgerError> {
    let suppressed = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM suppression
             WHERE tenant_id = ?1 AND number = ?2 AND campaign_id IN (0, ?3))",
        )?
        .query_row(
            params![target.tenant.0, number.digits().cast_signed(), target.campaign.0],
            |row| row.get(0),
        )?;
    Ok(suppressed)
}

/// What [`add`] would say of a number that is new to its file, without writing anything.
pub(crate) fn preview(
    connection: &Connection,
    target: Target,
    numbers: &[PhoneNumber],
) -> Result<AddVerdict, LedgerError> {
    let Some(&first) = numbers.first() else {
        return Err(values::unreadable("a new contact", "it has no number"));
    };
    if is_suppressed(connection, target, first)? {
        return Ok(AddVerdict::Suppressed);
    }
    let taken: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM contact_number JOIN contact ON contact.id = contact_id
             JOIN list ON list.id = contact.list_id
             WHERE contact_number.campaign_id = ?1 AND number = ?2 AND list.state = 'ready')",
        )?
        .query_row(params![target.campaign.0, first.digits().cast_signed()], |row| row.get(0))?;
    Ok(if taken { AddVerdict::DuplicateInCampaign } else { AddVerdict::Added })
}

/// Makes a list visible.
pub(crate) fn finish(
    work: &mut Work<'_>,
    target: Target,
    contacts: u64,
    report: &str,
) -> Result<(), LedgerError> {
    work.connection
        .prepare_cached(
            "UPDATE list SET state = 'ready', contacts = ?2, report = ?3 WHERE id = ?1",
        )?
        .execute(params![target.list.0, contacts, report])?;
    work.cells.forget(target.campaign);
    Ok(())
}

/// The lists of a campaign, the oldest first.
pub(crate) fn all(
    connection: &Connection,
    campaign: CampaignId,
) -> Result<Vec<ListRecord>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, file_name, sha256, state, created_ms, contacts FROM list
         WHERE campaign_id = ?1 ORDER BY id",
    )?;
    let rows = statement.query_map([campaign.0], |row| {
        Ok(ListRecord {
            id: ListId(row.get(0)?),
            file_name: row.get(1)?,
            sha256: row.get(2)?,
            state: row.get(3)?,
            created: UnixMillis(row.get(4)?),
            contacts: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
