//! The regular upkeep of the click tables: partitions for the days to come, an end for those whose time is over, and what
//! the books miss. Safe to run twice, and at any hour. Decides how long what is kept; how a partition is made and dropped is in
//! `migrations/analytics`, and which days are sealed in `sealing`.

use anyhow::{Context, Result};
use link_core::click_batch::BATCHES_KEPT_DAYS;
use serde::Serialize;
use sqlx::types::Uuid;
use sqlx::{Connection, PgConnection};

use crate::config::Config;
use crate::database;
use crate::sealing::{self, Sealed};

/// A table partitioned by day. Roll-ups by day, totals and books are none: they stay.
struct Partitioned {
    table: &'static str,
    kept_days: i32,
}

const PARTITIONED: [Partitioned; 3] = [
    // Raw clicks: half a year of questions that roll-ups do not answer.
    Partitioned { table: "clicks", kept_days: 180 },
    // Clicks may arrive for as long as queue and dead-letter queue keep them, and whoever was seen then must not count again.
    Partitioned { table: "visitors", kept_days: BATCHES_KEPT_DAYS },
    // Shown for 48 hours and compared with the 48 before, which begin on the fifth day back.
    Partitioned { table: "link_minutes", kept_days: 4 },
];

/// For twice as long a producer that is silent has books of its own. Each isolate is one, so there are more every day, and
/// whoever reads the books adds all of them up.
const PRODUCERS_TOLD_APART_DAYS: i32 = 2 * BATCHES_KEPT_DAYS;
/// The books of all others together are those of this one, which no isolate is.
const OF_OLD: Uuid = Uuid::nil();
/// In a transaction.
const FOLDED_AT_ONCE: i64 = 10_000;

/// A week without this function, and nothing lies in a default partition.
const DAYS_AHEAD: i32 = 7;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Upkeep {
    pub partitions_made: i64,
    pub partitions_dropped: i64,
    /// Records of batches that can no longer arrive.
    pub batches_forgotten: u64,
    /// Whose books are now told together.
    pub producers_folded: i64,
    pub sealed: Sealed,
    #[serde(flatten)]
    pub books: Books,
}

/// Clicks that producers made, and that are neither stored nor accounted for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Books {
    /// All of them. Some always are while clicks come: batches overtake each other.
    pub missing: i64,
    /// Of those, the ones of producers that were heard of in the last day and have made no newer click for an hour: nothing should still be
    /// on its way.
    pub overdue: i64,
}

pub async fn run(config: &Config) -> Result<Upkeep> {
    let mut analytics = database::connect(&config.analytics).await?;
    let mut upkeep = Upkeep::default();
    for table in &PARTITIONED {
        upkeep.partitions_made += make_ahead(&mut analytics, table)
            .await
            .with_context(|| format!("partitions of {}", table.table))?;
        upkeep.partitions_dropped +=
            drop_old(&mut analytics, table).await.with_context(|| format!("retention of {}", table.table))?;
    }
    upkeep.batches_forgotten = forget_batches(&mut analytics).await.context("records of batches")?;
    upkeep.producers_folded = fold_producers(&mut analytics).await.context("books of old producers")?;
    upkeep.books = read_books(&mut analytics).await.context("the books")?;
    // Last: it takes what time is left.
    upkeep.sealed = sealing::seal(&mut analytics).await.context("sealing of days")?;
    analytics.close().await?;
    Ok(upkeep)
}

/// A transaction for each day: the lock that a partition needs is held for as short as can be.
async fn make_ahead(analytics: &mut PgConnection, Partitioned { table, .. }: &Partitioned) -> Result<i64> {
    let mut made = 0;
    // Yesterday too: clicks of it may still be on their way.
    for ahead in -1..=DAYS_AHEAD {
        let query =
            sqlx::query_scalar("SELECT make_day_partition($1, (now() AT TIME ZONE 'UTC')::date + $2)");
        let is_new: bool = query.bind(table).bind(ahead).fetch_one(&mut *analytics).await?;
        made += i64::from(is_new);
    }
    Ok(made)
}

async fn drop_old(
    analytics: &mut PgConnection,
    Partitioned { table, kept_days }: &Partitioned,
) -> Result<i64> {
    let query = sqlx::query_scalar("SELECT drop_days_before($1, (now() AT TIME ZONE 'UTC')::date - $2)");
    let dropped: i32 = query.bind(table).bind(kept_days).fetch_one(analytics).await?;
    Ok(dropped.into())
}

/// The counters of the books stay as they are.
async fn forget_batches(analytics: &mut PgConnection) -> Result<u64> {
    let mut forgotten = 0;
    for (statement, kept_days) in [
        ("DELETE FROM batches WHERE day < (now() AT TIME ZONE 'UTC')::date - $1", BATCHES_KEPT_DAYS),
        (
            "DELETE FROM dropped_batches WHERE stored_at < now() - make_interval(days => $1)",
            BATCHES_KEPT_DAYS,
        ),
        // Few; and one that is sent again twice is still known to be counted.
        (
            "DELETE FROM dead_batches WHERE letter_at < now() - make_interval(days => $1)",
            PRODUCERS_TOLD_APART_DAYS,
        ),
    ] {
        forgotten += sqlx::query(statement).bind(kept_days).execute(&mut *analytics).await?.rows_affected();
    }
    Ok(forgotten)
}

/// No sum changes: what a producer is known to have produced is at least what became of it.
async fn fold_producers(analytics: &mut PgConnection) -> Result<i64> {
    let mut folded = 0;
    loop {
        let query = sqlx::query_scalar(
            "WITH old AS (
                 DELETE FROM producers WHERE producer IN (
                     SELECT producer FROM producers
                     WHERE last_at < now() - make_interval(days => $1) AND producer <> $3
                     ORDER BY last_at LIMIT $2)
                 RETURNING *
             ), drops AS (
                 DELETE FROM producer_drops USING old WHERE producer_drops.producer = old.producer
                 RETURNING old.producer, reason, clicks
             ), folded_drops AS (
                 INSERT INTO producer_drops AS known (producer, reason, clicks)
                 SELECT $3, reason, sum(clicks)::bigint FROM drops GROUP BY reason
                 ON CONFLICT (producer, reason) DO UPDATE SET clicks = known.clicks + EXCLUDED.clicks
             ), folded AS (
                 INSERT INTO producers AS known (producer, produced, stored, duplicate, dead_lettered, first_at, last_at)
                 SELECT $3, sum(greatest(produced, stored + dead_lettered + coalesce(lost, 0)))::bigint,
                        sum(stored)::bigint, sum(duplicate)::bigint, sum(dead_lettered)::bigint, min(first_at),
                        max(last_at)
                 FROM old
                 LEFT JOIN (SELECT producer, sum(clicks)::bigint AS lost FROM drops GROUP BY producer) AS lost
                     USING (producer)
                 HAVING count(*) > 0
                 ON CONFLICT (producer) DO UPDATE SET
                     produced = known.produced + EXCLUDED.produced, stored = known.stored + EXCLUDED.stored,
                     duplicate = known.duplicate + EXCLUDED.duplicate,
                     dead_lettered = known.dead_lettered + EXCLUDED.dead_lettered,
                     first_at = least(known.first_at, EXCLUDED.first_at),
                     last_at = greatest(known.last_at, EXCLUDED.last_at)
             )
             SELECT count(*) FROM old",
        );
        let query = query.bind(PRODUCERS_TOLD_APART_DAYS).bind(FOLDED_AT_ONCE).bind(OF_OLD);
        let some: i64 = query.fetch_one(&mut *analytics).await?;
        folded += some;
        if some < FOLDED_AT_ONCE {
            return Ok(folded);
        }
    }
}

async fn read_books(analytics: &mut PgConnection) -> Result<Books> {
    let query = sqlx::query_as(
        "WITH books AS (
             SELECT greatest(produced - stored - dead_lettered - coalesce(lost, 0), 0) AS missing,
                    complete_until < last_click_at AND last_click_at < now() - interval '1 hour'
                        AND last_at > now() - interval '1 day' AS is_overdue
             FROM producers
             LEFT JOIN (SELECT producer, sum(clicks)::bigint AS lost FROM producer_drops GROUP BY producer) drops
                 USING (producer)
         )
         SELECT coalesce(sum(missing), 0)::bigint AS missing,
                coalesce(sum(missing) FILTER (WHERE is_overdue), 0)::bigint AS overdue
         FROM books",
    );
    Ok(query.fetch_one(analytics).await?)
}
