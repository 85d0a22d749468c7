//! Erases the clicks of a link or a visitor, in batches, so that millions of clicks need no long statement. Does not decide how
//! long a request continues.

use link_core::clicks::roll_up::ALL_LINKS;
use link_core::record::LinkId;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{AnalyticsDatabase, StoreError};
use crate::limits::ERASE_BATCH_ROWS;

/// The result of one batch of a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitorErasure {
    pub clicks: u64,
    /// Whether nothing is left.
    pub done: bool,
}

/// The result of one batch of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkErasure {
    pub clicks: u64,
    /// If nothing is left: since when, by this database's clock. Clicks that are stored later are counted later.
    pub done_at: Option<OffsetDateTime>,
}

/// Each deletes up to [`ERASE_BATCH_ROWS`] rows of a link, from the tables that may hold millions.
const BATCH_STATEMENTS: [&str; 5] = [
    "DELETE FROM clicks WHERE link_id = $1 AND time <= (
         SELECT max(time) FROM (SELECT time FROM clicks WHERE link_id = $1 ORDER BY time LIMIT $2) AS oldest)",
    // `link_id` is repeated: a row of another link may have the same key, or the same `ctid` in another partition.
    "DELETE FROM visitors WHERE link_id = $1 AND (day, visitor) IN (
         SELECT day, visitor FROM visitors WHERE link_id = $1 LIMIT $2)",
    // Skips rows that a consumer or the maintenance has locked in another order.
    "DELETE FROM link_days WHERE link_id = $1 AND ctid = ANY (ARRAY(
         SELECT ctid FROM link_days WHERE link_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
    "DELETE FROM sealed_quarters WHERE link_id = $1 AND ctid = ANY (ARRAY(
         SELECT ctid FROM sealed_quarters WHERE link_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
    "DELETE FROM link_months WHERE link_id = $1 AND ctid = ANY (ARRAY(
         SELECT ctid FROM link_months WHERE link_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
];

/// Every consumer that stores clicks of the link waits for this lock: a consumer that has stored some of its clicks has stored
/// them all, and any other counts all of them afterwards.
const LOCK: &str = "INSERT INTO link_totals AS known (link_id, clicks, human, bot, last_click_at) VALUES ($1, 0, 0, 0, now())
                    ON CONFLICT (link_id) DO UPDATE SET clicks = known.clicks RETURNING clock_timestamp()";

const CLICKS: &str = "DELETE FROM clicks WHERE link_id = $1";
const REST: [&str; 7] = [
    "DELETE FROM visitors WHERE link_id = $1",
    "DELETE FROM link_days WHERE link_id = $1",
    "DELETE FROM sealed_quarters WHERE link_id = $1",
    "DELETE FROM link_months WHERE link_id = $1",
    "DELETE FROM link_minutes WHERE link_id = $1",
    "DELETE FROM imported_days WHERE link_id = $1",
    "DELETE FROM link_totals WHERE link_id = $1",
];

impl AnalyticsDatabase {
    /// Erases everything about a link's clicks except the click accounting and the sums over all links, which identify nobody.
    /// The last batch is one transaction over all tables, so that concurrently stored clicks are erased completely or not at all.
    pub async fn erase_link_batch(&self, link: LinkId) -> Result<LinkErasure, StoreError> {
        let mut clicks = 0;
        let mut full = false;
        for (number, statement) in BATCH_STATEMENTS.into_iter().enumerate() {
            let query = sqlx::query(statement).bind(link.0).bind(ERASE_BATCH_ROWS);
            let rows = self.0.run(query.execute(&self.0.pool)).await?.rows_affected();
            clicks += if number == 0 { rows } else { 0 };
            full |= i64::try_from(rows).is_ok_and(|rows| rows >= ERASE_BATCH_ROWS);
        }
        if full {
            return Ok(LinkErasure { clicks, done_at: None });
        }
        let rest = async {
            let mut transaction = self.0.pool.begin().await?;
            let locked_at: OffsetDateTime =
                sqlx::query_scalar(LOCK).bind(link.0).fetch_one(&mut *transaction).await?;
            let clicks = sqlx::query(CLICKS).bind(link.0).execute(&mut *transaction).await?.rows_affected();
            for table in REST {
                sqlx::query(table).bind(link.0).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok((clicks, locked_at))
        };
        let (last_clicks, locked_at) = self.0.run(rest).await?;
        Ok(LinkErasure { clicks: clicks + last_clicks, done_at: Some(locked_at) })
    }

    /// Erases the clicks of a visitor hash. A hash is valid for one day, so one day is read at a time.
    pub async fn erase_visitor_batch(&self, visitor: Uuid) -> Result<VisitorErasure, StoreError> {
        let day = sqlx::query_scalar("SELECT day FROM clicks WHERE visitor = $1 LIMIT 1").bind(visitor);
        let day: Option<Date> = self.0.run(day.fetch_optional(&self.0.pool)).await?;
        let Some(day) = day else {
            // The link may have been erased already, so no click shows the day.
            let seen = sqlx::query("DELETE FROM visitors WHERE link_id = $1 AND visitor = $2");
            self.0.run(seen.bind(ALL_LINKS).bind(visitor).execute(&self.0.pool)).await?;
            return Ok(VisitorErasure { clicks: 0, done: true });
        };
        // Deletes `visitors` by the whole key: no other index finds a row among the millions of a day.
        let query = sqlx::query_scalar(
            "WITH erased AS (
                 DELETE FROM clicks WHERE visitor = $1 AND day = $2 AND ctid = ANY (ARRAY(
                     SELECT ctid FROM clicks WHERE visitor = $1 AND day = $2 LIMIT $3))
                 RETURNING link_id
             ), seen AS (
                 DELETE FROM visitors USING (SELECT link_id FROM erased UNION SELECT $4) AS visited
                 WHERE visitors.day = $2 AND visitors.link_id = visited.link_id AND visitors.visitor = $1
             )
             SELECT count(*) FROM erased",
        );
        let query = query.bind(visitor).bind(day).bind(ERASE_BATCH_ROWS).bind(ALL_LINKS);
        let clicks: i64 = self.0.run(query.fetch_one(&self.0.pool)).await?;
        Ok(VisitorErasure { clicks: u64::try_from(clicks).unwrap_or_default(), done: false })
    }
}
