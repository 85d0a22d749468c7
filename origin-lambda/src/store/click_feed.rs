//! Reads the clicks of all links in the order in which they were stored: transactions by their number, the clicks of each by time.

use link_core::time::UnixMillis;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use uuid::Uuid;

use super::clicks::{ClickPosition, LinkedClick, RawClick, raw_click_columns};
use super::{AnalyticsDatabase, StoreError};

/// How far a client has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedPosition {
    /// A number of `stored_transactions`.
    pub transaction: i64,
    /// The last click that was read of it; `None` if all were.
    pub click: Option<ClickPosition>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct FeedPage {
    pub clicks: Vec<LinkedClick>,
    pub next: FeedPosition,
    /// Whether clicks after `next` are stored already.
    pub has_more: bool,
}

/// A click, or a transaction of which no click is left to read.
struct FeedRow {
    number: i64,
    click: Option<LinkedClick>,
}

impl FromRow<'_, PgRow> for FeedRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let link: Option<Uuid> = row.try_get("link_id")?;
        let click = match link {
            Some(link) => Some(LinkedClick { link, click: RawClick::from_row(row)? }),
            None => None,
        };
        Ok(Self { number: row.try_get("number")?, click })
    }
}

impl FeedRow {
    fn position(&self) -> FeedPosition {
        FeedPosition {
            transaction: self.number,
            click: self.click.as_ref().map(|click| click.click.position()),
        }
    }
}

/// A transaction may have thousands of clicks: each gives up to a page, and the sort by number stops when the page is full.
const NEWEST: &str = concat!(
    "SELECT number, click.* FROM (
         SELECT number, transaction, first_day, last_day FROM stored_transactions ORDER BY number DESC LIMIT $1
     ) AS stored LEFT JOIN LATERAL (
         SELECT link_id, ",
    raw_click_columns!(),
    "    FROM clicks WHERE stored_in = transaction AND day BETWEEN first_day AND last_day
         ORDER BY time DESC, producer DESC, batch DESC, position DESC LIMIT $1
     ) AS click ON true
     ORDER BY number DESC, time DESC, producer DESC, batch DESC, position DESC LIMIT $1"
);
const AFTER: &str = concat!(
    "SELECT number, click.* FROM (
         SELECT number, transaction, first_day, last_day FROM stored_transactions
         WHERE number >= $1 ORDER BY number LIMIT $7
     ) AS stored LEFT JOIN LATERAL (
         SELECT link_id, ",
    raw_click_columns!(),
    "    FROM clicks WHERE stored_in = transaction AND day BETWEEN first_day AND last_day
           AND ($2 OR number > $1 OR (time, producer, batch, position) > ($3, $4, $5, $6))
         ORDER BY time, producer, batch, position LIMIT $7
     ) AS click ON true
     ORDER BY number, time, producer, batch, position LIMIT $7"
);

impl AnalyticsDatabase {
    /// The clicks that were stored last, oldest first.
    pub async fn newest_clicks(&self, limit: i64) -> Result<FeedPage, StoreError> {
        let query = sqlx::query_as::<_, FeedRow>(NEWEST);
        let rows = self.0.run(query.bind(limit).fetch_all(&self.0.pool)).await?;
        let transaction = rows.first().map_or(0, |row| row.number);
        let clicks = rows.into_iter().rev().filter_map(|row| row.click).collect();
        Ok(FeedPage { clicks, next: FeedPosition { transaction, click: None }, has_more: false })
    }

    /// Up to `limit` clicks that were stored after a position; `None` if some of them may be unknown, because the order of storing is
    /// kept for [`CLICK_ORDER_KEPT_DAYS`](link_core::clicks::batch::CLICK_ORDER_KEPT_DAYS) only.
    ///
    /// No transaction commits with a lower number than one that was read: see the migration that made the table.
    pub async fn clicks_after(
        &self,
        after: FeedPosition,
        limit: usize,
    ) -> Result<Option<FeedPage>, StoreError> {
        let first = after.transaction.saturating_add(i64::from(after.click.is_none()));
        let first_click = ClickPosition { time: UnixMillis(0), producer: Uuid::nil(), batch: 0, position: 0 };
        let click = after.click.unwrap_or(first_click);
        let query = sqlx::query_as::<_, FeedRow>(AFTER)
            .bind(first)
            .bind(after.click.is_none())
            .bind(click.time.date_time())
            .bind(click.producer)
            .bind(click.batch)
            .bind(click.position)
            .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let mut rows: Vec<FeedRow> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        // Read last: rows that were deleted in between are missed, not skipped.
        if !self.knows_order_after(after.transaction).await? {
            return Ok(None);
        }
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last() {
            None => after,
            Some(last) if has_more => last.position(),
            // A transaction's clicks appear together.
            Some(last) => FeedPosition { transaction: last.number, click: None },
        };
        let clicks = rows.into_iter().filter_map(|row| row.click).collect();
        Ok(Some(FeedPage { clicks, next, has_more }))
    }

    async fn knows_order_after(&self, transaction: i64) -> Result<bool, StoreError> {
        let oldest = sqlx::query_scalar("SELECT min(number) FROM stored_transactions");
        let oldest: Option<i64> = self.0.run(oldest.fetch_one(&self.0.pool)).await?;
        Ok(oldest.is_some_and(|oldest| oldest <= transaction))
    }
}

#[cfg(test)]
mod tests;
