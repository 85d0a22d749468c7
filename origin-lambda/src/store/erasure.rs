//! The erasure of clicks, of a link or of a visitor. Decides in which portions, so that a link with millions of clicks goes like
//! one with a few; how long a request goes on with it is decided elsewhere.

use link_core::record::LinkId;
use link_core::roll_up::ALL_LINKS;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{AnalyticsDatabase, StoreError};
use crate::limits::ERASED_AT_ONCE;

/// What one portion took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    pub clicks: u64,
    /// Whether there is nothing left.
    pub done: bool,
}

/// What one portion of a link's clicks took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedOfLink {
    pub clicks: u64,
    /// Where there is nothing left: since when, by this database's clock. What is stored of the link later is counted later.
    pub done_at: Option<OffsetDateTime>,
}

/// Up to [`ERASED_AT_ONCE`] rows of a link from each of the tables that may hold millions of them.
const PORTIONS: [&str; 5] = [
    "DELETE FROM clicks WHERE link_id = $1 AND time <= (
         SELECT max(time) FROM (SELECT time FROM clicks WHERE link_id = $1 ORDER BY time LIMIT $2) AS oldest)",
    // `link_id` again: in another partition a row of somebody else has the same place.
    "DELETE FROM visitors WHERE link_id = $1 AND (day, visitor) IN (
         SELECT day, visitor FROM visitors WHERE link_id = $1 LIMIT $2)",
    // Not those that a consumer or the maintenance is adding to, in an order of their own.
    "DELETE FROM link_days WHERE link_id = $1 AND ctid = ANY (ARRAY(
         SELECT ctid FROM link_days WHERE link_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
    "DELETE FROM sealed_quarters WHERE link_id = $1 AND ctid = ANY (ARRAY(
         SELECT ctid FROM sealed_quarters WHERE link_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
    "DELETE FROM link_months WHERE link_id = $1 AND ctid = ANY (ARRAY(
         SELECT ctid FROM link_months WHERE link_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
];

/// What every consumer that stores clicks of the link waits for: first of all, so that whoever has stored some is done with all of
/// them, and whoever has not counts all of them afterwards.
const LOCK: &str = "INSERT INTO link_totals AS known (link_id, clicks, human, bot, last_click_at) VALUES ($1, 0, 0, 0, now())
                    ON CONFLICT (link_id) DO UPDATE SET clicks = known.clicks RETURNING clock_timestamp()";

const CLICKS: &str = "DELETE FROM clicks WHERE link_id = $1";
const REST: [&str; 6] = [
    "DELETE FROM visitors WHERE link_id = $1",
    "DELETE FROM link_days WHERE link_id = $1",
    "DELETE FROM sealed_quarters WHERE link_id = $1",
    "DELETE FROM link_months WHERE link_id = $1",
    "DELETE FROM link_minutes WHERE link_id = $1",
    "DELETE FROM link_totals WHERE link_id = $1",
];

impl AnalyticsDatabase {
    /// Everything that is known of a link's clicks but the books, and what they add to the sums of all links, which tell of
    /// nobody. The last portion is one transaction over all tables: what comes meanwhile is erased whole or not at all.
    pub async fn erase_some_of_link(&self, link: LinkId) -> Result<ErasedOfLink, StoreError> {
        let mut clicks = 0;
        let mut full = false;
        for (number, portion) in PORTIONS.into_iter().enumerate() {
            let query = sqlx::query(portion).bind(link.0).bind(ERASED_AT_ONCE);
            let rows = self.0.run(query.execute(&self.0.pool)).await?.rows_affected();
            clicks += if number == 0 { rows } else { 0 };
            full |= i64::try_from(rows).is_ok_and(|rows| rows >= ERASED_AT_ONCE);
        }
        if full {
            return Ok(ErasedOfLink { clicks, done_at: None });
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
        Ok(ErasedOfLink { clicks: clicks + last_clicks, done_at: Some(locked_at) })
    }

    /// The clicks of a visitor, whom nothing tells from others but the hash, of one day: a hash is good for one.
    pub async fn erase_some_of_visitor(&self, visitor: Uuid) -> Result<Erased, StoreError> {
        let day = sqlx::query_scalar("SELECT day FROM clicks WHERE visitor = $1 LIMIT 1").bind(visitor);
        let day: Option<Date> = self.0.run(day.fetch_optional(&self.0.pool)).await?;
        let Some(day) = day else {
            // Of a link that was erased before: there a click no longer tells the day.
            let seen = sqlx::query("DELETE FROM visitors WHERE link_id = $1 AND visitor = $2");
            self.0.run(seen.bind(ALL_LINKS).bind(visitor).execute(&self.0.pool)).await?;
            return Ok(Erased { clicks: 0, done: true });
        };
        // A row of `visitors` by its whole key: nothing else finds it among the millions of a day.
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
        let query = query.bind(visitor).bind(day).bind(ERASED_AT_ONCE).bind(ALL_LINKS);
        let clicks: i64 = self.0.run(query.fetch_one(&self.0.pool)).await?;
        Ok(Erased { clicks: u64::try_from(clicks).unwrap_or_default(), done: false })
    }
}
