//! Calls that came in.

use outcall_campaign::{PhoneNumber, UnixMillis};
use rusqlite::{Connection, OptionalExtension, params};

use super::{campaigns, suppression};
use crate::LedgerError;

/// A call that came in, and is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundRecord {
    /// Its Call-ID. A second record of the same call, which began at the same instant, changes its
    /// report and nothing else; of another call with the same Call-ID it changes nothing.
    pub call_id: String,
    /// Who called, when it can be read as a number.
    pub caller: Option<PhoneNumber>,
    /// The number that was called, as the trunk wrote it.
    pub called: String,
    /// What was said to the caller.
    pub scenario: String,
    /// When it came.
    pub began_at: UnixMillis,
    /// When it was over.
    pub ended_at: UnixMillis,
    /// What is known of its audio and its end, JSON.
    pub report: Option<String>,
}

/// Writes a call down for a tenant, which must be there.
pub(crate) fn add(
    connection: &Connection,
    tenant: &str,
    record: &InboundRecord,
) -> Result<(), LedgerError> {
    let tenant_id: Option<i64> = connection
        .query_row("SELECT id FROM tenant WHERE name = ?1", [tenant], |row| row.get(0))
        .optional()?;
    let Some(tenant_id) = tenant_id else {
        return Err(LedgerError::NotFound { what: "tenant", id: tenant.to_owned() });
    };
    connection
        .prepare_cached(
            "INSERT INTO inbound_call (tenant_id, call_id, caller, called, scenario, began_ms,
                                       ended_ms, report)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (tenant_id, call_id) DO UPDATE SET report = excluded.report
             WHERE began_ms = excluded.began_ms",
        )?
        .execute(params![
            tenant_id,
            record.call_id,
            record.caller.map(|number| number.digits().cast_signed()),
            record.called,
            record.scenario,
            record.began_at.0,
            record.ended_at.0,
            record.report
        ])?;
    Ok(())
}

/// Writes down that a caller asked not to be called again: it holds for all of the tenant's
/// campaigns.
pub(crate) fn opt_out(
    connection: &Connection,
    tenant: &str,
    caller: PhoneNumber,
    now: UnixMillis,
) -> Result<(), LedgerError> {
    let tenant = campaigns::tenant(connection, tenant, now)?;
    suppression::add(connection, tenant, caller, None, suppression::OPTED_OUT, now)?;
    Ok(())
}

/// The latest calls of a tenant, the latest first.
pub(crate) fn latest(
    connection: &Connection,
    tenant: &str,
    limit: u32,
) -> Result<Vec<InboundRecord>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT call_id, caller, called, scenario, began_ms, ended_ms, report FROM inbound_call
         WHERE tenant_id = (SELECT id FROM tenant WHERE name = ?1)
         ORDER BY began_ms DESC, id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![tenant, limit], |row| {
        let caller: Option<i64> = row.get(1)?;
        Ok(InboundRecord {
            call_id: row.get(0)?,
            caller: caller.and_then(|digits| PhoneNumber::from_digits(digits.cast_unsigned()).ok()),
            called: row.get(2)?,
            scenario: row.get(3)?,
            began_at: UnixMillis(row.get(4)?),
            ended_at: UnixMillis(row.get(5)?),
            report: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
