//! The table `link_totals`: all clicks of a link, and when its values were last counted.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use sqlx::types::time::OffsetDateTime;
use time::Date;
use uuid::Uuid;

use crate::plan::roll_up::TotalCount;
use crate::store::error::StoreError;

/// The totals of all stored clicks of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct LinkTotal {
    pub link_id: Uuid,
    pub clicks: i64,
    pub human: i64,
    pub bot: i64,
    /// Imported visits, which are not in `human` and `bot`.
    pub imported_human: i64,
    pub imported_bot: i64,
    pub last_click_at: OffsetDateTime,
    /// When it was read, with the link's row locked: it includes every erasure before that, and none after.
    pub as_of: OffsetDateTime,
}

/// A locked row of `link_totals`.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct TotalRow {
    #[sqlx(flatten)]
    pub(super) total: LinkTotal,
    /// The link's clicks when its values were last counted.
    pub(super) counted_at: i64,
    /// The most values that a dimension had on a day.
    pub(super) counted_values: i32,
    /// The first day that was counted.
    pub(super) counted_from: Option<Date>,
}

/// Locks the rows until the transaction ends.
pub(super) async fn add_totals(
    connection: &mut PgConnection,
    totals: &BTreeMap<Uuid, TotalCount>,
) -> Result<Vec<TotalRow>, StoreError> {
    let links: Vec<Uuid> = totals.keys().copied().collect();
    let clicks: Vec<i64> = totals.values().map(|total| total.clicks).collect();
    let human: Vec<i64> = totals.values().map(|total| total.human).collect();
    let bot: Vec<i64> = totals.values().map(|total| total.bot).collect();
    let imported_human: Vec<i64> = totals.values().map(|total| total.imported_human).collect();
    let imported_bot: Vec<i64> = totals.values().map(|total| total.imported_bot).collect();
    let last: Vec<OffsetDateTime> = totals.values().map(|total| total.last_click.date_time()).collect();
    let rows = sqlx::query_as(
        "INSERT INTO link_totals AS total (link_id, clicks, human, bot, imported_human, imported_bot, last_click_at,
                                           counted_values)
         SELECT link_id, clicks, human, bot, imported_human, imported_bot, last_click_at, 0
         FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[])
              AS sent (link_id, clicks, human, bot, imported_human, imported_bot, last_click_at)
         ORDER BY link_id
         ON CONFLICT (link_id) DO UPDATE SET
             clicks = total.clicks + EXCLUDED.clicks, human = total.human + EXCLUDED.human,
             bot = total.bot + EXCLUDED.bot, imported_human = total.imported_human + EXCLUDED.imported_human,
             imported_bot = total.imported_bot + EXCLUDED.imported_bot, last_click_at = greatest(total.last_click_at, EXCLUDED.last_click_at)
         RETURNING link_id, clicks, human, bot, imported_human, imported_bot, last_click_at, clock_timestamp() AS as_of,
                   counted_at, counted_values, counted_from",
    )
    .bind(links)
    .bind(clicks)
    .bind(human)
    .bind(bot)
    .bind(imported_human)
    .bind(imported_bot)
    .bind(last)
    .persistent(false)
    .fetch_all(connection)
    .await?;
    Ok(rows)
}
