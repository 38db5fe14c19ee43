//! Campaigns and tenants.

use outcall_campaign::lifecycle::{self, CampaignCommand, CampaignState};
use outcall_campaign::{CampaignId, TenantId, UnixMillis};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::values;
use crate::LedgerError;
use crate::seam::{CampaignRecord, LocaleRecord};
use outcall_campaign::gate::LocaleId;

fn not_found(campaign: CampaignId) -> LedgerError {
    LedgerError::NotFound { what: "campaign", id: campaign.to_string() }
}

/// The tenant with a name, made when there is none.
pub(crate) fn tenant(
    connection: &Connection,
    name: &str,
    now: UnixMillis,
) -> Result<TenantId, LedgerError> {
    connection
        .prepare_cached(
            "INSERT INTO tenant (name, created_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute(params![name, now.0])?;
    let id = connection
        .prepare_cached("SELECT id FROM tenant WHERE name = ?1")?
        .query_row([name], |row| row.get(0))?;
    Ok(TenantId(id))
}

/// Writes a new campaign, in the state draft.
pub(crate) fn create(
    connection: &Connection,
    tenant: TenantId,
    name: &str,
    settings: &str,
    now: UnixMillis,
) -> Result<CampaignId, LedgerError> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO campaign (tenant_id, name, state, settings, created_ms, changed_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (tenant_id, name) DO NOTHING",
        )?
        .execute(params![tenant.0, name, CampaignState::Draft.code(), settings, now.0])?;
    if inserted == 0 {
        return Err(LedgerError::Exists { what: "campaign", id: name.to_owned() });
    }
    Ok(CampaignId(connection.last_insert_rowid()))
}

const COLUMNS: &str = "id, tenant_id, name, state, settings";

fn record(row: &Row<'_>) -> rusqlite::Result<(CampaignRecord, String)> {
    let state: String = row.get(3)?;
    let record = CampaignRecord {
        id: CampaignId(row.get(0)?),
        tenant: TenantId(row.get(1)?),
        name: row.get(2)?,
        state: CampaignState::Draft,
        settings: row.get(4)?,
    };
    Ok((record, state))
}

fn read_state(
    (mut record, state): (CampaignRecord, String),
) -> Result<CampaignRecord, LedgerError> {
    record.state = values::word("a campaign's state", &state)?;
    Ok(record)
}

/// One campaign.
pub(crate) fn get(
    connection: &Connection,
    campaign: CampaignId,
) -> Result<CampaignRecord, LedgerError> {
    let found = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM campaign WHERE id = ?1"))?
        .query_row([campaign.0], record)
        .optional()?;
    read_state(found.ok_or_else(|| not_found(campaign))?)
}

/// Every campaign of a tenant, the oldest first.
pub(crate) fn all(
    connection: &Connection,
    tenant: &str,
) -> Result<Vec<CampaignRecord>, LedgerError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM campaign
         WHERE tenant_id = (SELECT id FROM tenant WHERE name = ?1) ORDER BY id"
    ))?;
    let rows = statement.query_map([tenant], record)?.collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().map(read_state).collect()
}

/// What the gate needs to know of a campaign.
pub(crate) fn tenant_and_state(
    connection: &Connection,
    campaign: CampaignId,
) -> Result<(TenantId, CampaignState), LedgerError> {
    let found: Option<(i64, String)> = connection
        .prepare_cached("SELECT tenant_id, state FROM campaign WHERE id = ?1")?
        .query_row([campaign.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (tenant, state) = found.ok_or_else(|| not_found(campaign))?;
    Ok((TenantId(tenant), values::word("a campaign's state", &state)?))
}

/// Moves a campaign to another state, when its lifecycle allows it.
pub(crate) fn change_state(
    connection: &Connection,
    campaign: CampaignId,
    command: CampaignCommand,
    now: UnixMillis,
) -> Result<CampaignState, LedgerError> {
    let (_, state) = tenant_and_state(connection, campaign)?;
    let next = lifecycle::apply(state, command)?;
    connection
        .prepare_cached("UPDATE campaign SET state = ?2, changed_ms = ?3 WHERE id = ?1")?
        .execute(params![campaign.0, next.code(), now.0])?;
    Ok(next)
}

/// The calling locales of a campaign's contacts.
pub(crate) fn locales(
    connection: &Connection,
    campaign: CampaignId,
) -> Result<Vec<LocaleRecord>, LedgerError> {
    // The dictionary holds every locale of every campaign; a few hundred at most.
    get(connection, campaign)?;
    let mut statement =
        connection.prepare_cached("SELECT id, jurisdiction, zones FROM locale ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        Ok(LocaleRecord {
            id: LocaleId(row.get(0)?),
            jurisdiction: row.get(1)?,
            zones: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes what the dialling process says of a campaign.
pub(crate) fn note_status(
    connection: &Connection,
    campaign: CampaignId,
    status: &str,
    now: UnixMillis,
) -> Result<(), LedgerError> {
    connection
        .prepare_cached("UPDATE campaign SET status = ?2, status_ms = ?3 WHERE id = ?1")?
        .execute(params![campaign.0, status, now.0])?;
    Ok(())
}

/// What the dialling process last said of a campaign, and when.
pub(crate) fn status(
    connection: &Connection,
    campaign: CampaignId,
) -> Result<Option<(String, UnixMillis)>, LedgerError> {
    let found: Option<(Option<String>, Option<i64>)> = connection
        .prepare_cached("SELECT status, status_ms FROM campaign WHERE id = ?1")?
        .query_row([campaign.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (status, at) = found.ok_or_else(|| not_found(campaign))?;
    Ok(status.zip(at.map(UnixMillis)))
}
