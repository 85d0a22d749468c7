//! Deletes entries of the audit that are older than a year.

use anyhow::Result;
use sqlx::PgConnection;

pub(super) async fn delete_expired(links: &mut PgConnection) -> Result<u64> {
    // An id has the time of its entry.
    let query = sqlx::query("DELETE FROM audit_entries WHERE id < (SELECT uuidv7(interval '-365 days'))");
    Ok(query.execute(links).await?.rows_affected())
}
