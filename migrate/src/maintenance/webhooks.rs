//! Deletes old messages of webhooks. Those that were never delivered go too: retries end after three days.

use anyhow::Result;
use sqlx::PgConnection;

/// How long the log of an endpoint reaches back, for replays.
const MESSAGES_KEPT_DAYS: i32 = 30;

pub(super) async fn delete_expired(links: &mut PgConnection) -> Result<u64> {
    let query =
        sqlx::query("DELETE FROM webhook_messages WHERE created_at < now() - make_interval(days => $1)");
    Ok(query.bind(MESSAGES_KEPT_DAYS).execute(links).await?.rows_affected())
}
