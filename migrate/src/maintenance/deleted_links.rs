//! Deletes what is kept of deleted links once they can no longer be restored.

use anyhow::Result;
use sqlx::PgConnection;

pub(super) async fn forget(links: &mut PgConnection) -> Result<u64> {
    let query = sqlx::query("DELETE FROM deleted_links WHERE deleted_at < now() - interval '30 days'");
    Ok(query.execute(links).await?.rows_affected())
}
