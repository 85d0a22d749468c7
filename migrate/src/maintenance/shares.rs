//! Deletes shares that open nothing any more: 30 days after they expired, so that a list still shows them for a while, and those of
//! links that can no longer be restored.

use anyhow::Result;
use sqlx::PgConnection;

pub(super) async fn delete_ended(links: &mut PgConnection) -> Result<u64> {
    let query = sqlx::query(
        "DELETE FROM shares WHERE expires_at < now() - interval '30 days'
             OR link IS NOT NULL AND NOT EXISTS (SELECT FROM links WHERE links.id = shares.link)
                AND NOT EXISTS (SELECT FROM deleted_links WHERE deleted_links.id = shares.link)",
    );
    Ok(query.execute(links).await?.rows_affected())
}
