//! Reads from click accounting how many clicks are missing.

use anyhow::Result;
use serde::Serialize;
use sqlx::PgConnection;

/// Clicks that producers made and that are neither stored nor accounted for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct ClickAccounting {
    /// All of them. Rarely zero while clicks arrive, because batches overtake each other.
    pub missing: i64,
    /// The part that belongs to producers that were active in the last day and have made no newer click for an hour: nothing of theirs
    /// should still be on its way.
    pub overdue: i64,
}

pub(super) async fn read(analytics: &mut PgConnection) -> Result<ClickAccounting> {
    let query = sqlx::query_as(
        "WITH accounting AS (
             SELECT greatest(produced - stored - dead_lettered - coalesce(lost, 0), 0) AS missing,
                    complete_until < last_click_at AND last_click_at < now() - interval '1 hour'
                        AND last_at > now() - interval '1 day' AS is_overdue
             FROM producers
             LEFT JOIN (SELECT producer, sum(clicks)::bigint AS lost FROM producer_drops GROUP BY producer) drops
                 USING (producer)
         )
         SELECT coalesce(sum(missing), 0)::bigint AS missing,
                coalesce(sum(missing) FILTER (WHERE is_overdue), 0)::bigint AS overdue
         FROM accounting",
    );
    Ok(query.fetch_one(analytics).await?)
}
