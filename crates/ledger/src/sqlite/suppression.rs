//! Numbers that must not be dialled.

use outcall_campaign::{CampaignId, PhoneNumber, TenantId, UnixMillis};
use rusqlite::{Connection, params};

use super::values;
use crate::LedgerError;

/// The reason of a suppression that the person asked for on the phone.
pub const OPTED_OUT: &str = "opted_out";

/// A suppressed number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The number.
    pub number: PhoneNumber,
    /// The campaign it holds for; `None` for all of the tenant's.
    pub campaign: Option<CampaignId>,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: UnixMillis,
}

/// Suppresses a number; false when it was already.
pub(crate) fn add(
    connection: &Connection,
    tenant: TenantId,
    number: PhoneNumber,
    campaign: Option<CampaignId>,
    reason: &str,
    now: UnixMillis,
) -> Result<bool, LedgerError> {
    let added = connection
        .prepare_cached(
            "INSERT INTO suppression (tenant_id, number, campaign_id, reason, created_ms)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            tenant.0,
            number.digits().cast_signed(),
            campaign.map_or(0, |campaign| campaign.0),
            reason,
            now.0
        ])?;
    Ok(added > 0)
}

/// Lifts a suppression; false when there was none.
pub(crate) fn remove(
    connection: &Connection,
    tenant: TenantId,
    number: PhoneNumber,
    campaign: Option<CampaignId>,
) -> Result<bool, LedgerError> {
    let removed = connection
        .prepare_cached(
            "DELETE FROM suppression
             WHERE tenant_id = ?1 AND number = ?2 AND campaign_id = ?3",
        )?
        .execute(params![
            tenant.0,
            number.digits().cast_signed(),
            campaign.map_or(0, |campaign| campaign.0)
        ])?;
    Ok(removed > 0)
}

/// The suppressed numbers of a tenant, by number.
pub(crate) fn all(
    connection: &Connection,
    tenant: &str,
    limit: u32,
) -> Result<Vec<Suppression>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, campaign_id, reason, created_ms FROM suppression
         WHERE tenant_id = (SELECT id FROM tenant WHERE name = ?1)
         ORDER BY number, campaign_id LIMIT ?2",
    )?;
    let mut rows = statement.query(params![tenant, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let campaign: i64 = row.get(1)?;
        found.push(Suppression {
            number: values::number(row.get(0)?)?,
            campaign: (campaign != 0).then_some(CampaignId(campaign)),
            reason: row.get(2)?,
            since: UnixMillis(row.get(3)?),
        });
    }
    Ok(found)
}
