//! Who may dial, and the latest instant that was written.

use outcall_campaign::UnixMillis;
use rusqlite::{Connection, params};

use crate::LedgerError;
use crate::seam::Epoch;

/// A clock may be this far behind the ledger, in ms: clocks are corrected by small steps, and the
/// process before this one may have run a little ahead.
const BACKWARDS_TOLERANCE_MS: i64 = 2_000;

/// Becomes the owner.
pub(crate) fn take_over(connection: &Connection, now: UnixMillis) -> Result<Epoch, LedgerError> {
    let (epoch, last): (i64, i64) = connection
        .prepare_cached("SELECT epoch, last_ms FROM owner")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let last = UnixMillis(last);
    if now + BACKWARDS_TOLERANCE_MS < last {
        return Err(LedgerError::ClockBehind { now, last });
    }
    connection
        .prepare_cached("UPDATE owner SET epoch = ?1, last_ms = max(last_ms, ?2)")?
        .execute(params![epoch + 1, now.0])?;
    Ok(Epoch(epoch + 1))
}

/// Refuses a deposed owner.
pub(crate) fn check(connection: &Connection, epoch: Epoch) -> Result<(), LedgerError> {
    let current: i64 =
        connection.prepare_cached("SELECT epoch FROM owner")?.query_row([], |row| row.get(0))?;
    if current == epoch.0 { Ok(()) } else { Err(LedgerError::Deposed { ours: epoch.0, current }) }
}

/// Notes the instant of a write.
pub(crate) fn note_time(connection: &Connection, now: UnixMillis) -> Result<(), LedgerError> {
    connection
        .prepare_cached("UPDATE owner SET last_ms = ?1 WHERE last_ms < ?1")?
        .execute([now.0])?;
    Ok(())
}
