//! Deletes sessions of the dashboard that are over.

use anyhow::Result;
use sqlx::PgConnection;

pub(super) async fn delete_ended(links: &mut PgConnection) -> Result<u64> {
    let query = sqlx::query("DELETE FROM sessions WHERE expires_at < now()");
    Ok(query.execute(links).await?.rows_affected())
}
