//! When a person may have been rung before: what attempt caps count.
//!
//! There is no table of its own for this: an index by number would make every intent dirty a random
//! page. A person's calls are the attempts of all contacts of the tenant, in any campaign, that
//! share the person's identity in the user's own system, or that have the number to be dialled.

use outcall_campaign::{CampaignId, ContactId, Disposition, PhoneNumber, TenantId, UnixMillis};
use rusqlite::{Connection, params};

use crate::LedgerError;

/// Whose history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub tenant: TenantId,
    pub campaign: CampaignId,
    pub contact: ContactId,
    /// Negative when the list gives the person an identity.
    pub key: i64,
    /// The number to be dialled.
    pub number: PhoneNumber,
    /// Whether this contact was dialled before.
    pub dialled: bool,
}

/// The instants since `since`, ascending. Attempts that certainly did not ring do not count; those
/// without an end do.
pub(crate) fn of(
    connection: &Connection,
    person: Person,
    since: UnixMillis,
) -> Result<Vec<UnixMillis>, LedgerError> {
    let mut history = Vec::new();
    if person.dialled {
        attempts(connection, person.campaign, person.contact, since, &mut history)?;
    }
    let mut others = same_number(connection, person)?;
    if person.key < 0 {
        others.extend(same_identity(connection, person)?);
        others.sort_unstable();
        others.dedup();
    }
    for (campaign, contact) in others {
        if contact != person.contact {
            attempts(connection, campaign, contact, since, &mut history)?;
        }
    }
    history.sort_unstable();
    Ok(history)
}

fn same_number(
    connection: &Connection,
    person: Person,
) -> Result<Vec<(CampaignId, ContactId)>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT contact_number.campaign_id, contact_id FROM contact_number
         JOIN contact ON contact.id = contact_id
         WHERE number = ?1 AND contact_id <> ?2 AND contact.tenant_id = ?3",
    )?;
    let digits = person.number.digits().cast_signed();
    let rows = statement.query_map(params![digits, person.contact.0, person.tenant.0], |row| {
        Ok((CampaignId(row.get(0)?), ContactId(row.get(1)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn same_identity(
    connection: &Connection,
    person: Person,
) -> Result<Vec<(CampaignId, ContactId)>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT campaign_id, id FROM contact
         WHERE person = ?1 AND person < 0 AND tenant_id = ?2",
    )?;
    let rows = statement.query_map(params![person.key, person.tenant.0], |row| {
        Ok((CampaignId(row.get(0)?), ContactId(row.get(1)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn attempts(
    connection: &Connection,
    campaign: CampaignId,
    contact: ContactId,
    since: UnixMillis,
    history: &mut Vec<UnixMillis>,
) -> Result<(), LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT intent_ms, disposition FROM attempt
         WHERE campaign_id = ?1 AND contact_id = ?2 AND intent_ms >= ?3",
    )?;
    let mut rows = statement.query(params![campaign.0, contact.0, since.0])?;
    while let Some(row) = rows.next()? {
        let disposition = row.get_ref(1)?.as_str_or_null().map_err(rusqlite::Error::from)?;
        // A disposition that cannot be read may have rung.
        let rang = disposition
            .and_then(|code| code.parse::<Disposition>().ok())
            .is_none_or(|disposition| !disposition.certainly_did_not_ring());
        if rang {
            history.push(UnixMillis(row.get(0)?));
        }
    }
    Ok(())
}
