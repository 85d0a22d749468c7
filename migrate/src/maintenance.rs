//! The regular upkeep of the click tables: partitions for the days to come, an end for those whose time is over, and what
//! the books miss. Safe to run twice, and at any hour. Decides how long what is kept; how a partition is made and dropped is in
//! `migrations/analytics`.

use anyhow::{Context, Result};
use serde::Serialize;
use sqlx::{Connection, PgConnection};

use crate::config::Config;
use crate::database;

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
    // Shown for 48 hours, which begin on the third day back.
    Partitioned { table: "link_minutes", kept_days: 3 },
];

/// Twice 14 days is the longest that a message lives, in the queue and then among the dead letters (SQS quotas); after that none
/// can come again.
const BATCHES_KEPT_DAYS: i32 = 35;

/// A week without this function, and nothing lies in a default partition.
const DAYS_AHEAD: i32 = 7;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Upkeep {
    pub partitions_made: i64,
    pub partitions_dropped: i64,
    /// Records of batches that can no longer arrive.
    pub batches_forgotten: u64,
    /// Clicks that producers made, and that are neither stored nor accounted for.
    pub missing: i64,
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
    upkeep.missing = missing(&mut analytics).await.context("the books")?;
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
    for statement in [
        "DELETE FROM batches WHERE day < (now() AT TIME ZONE 'UTC')::date - $1",
        "DELETE FROM dropped_batches WHERE stored_at < now() - make_interval(days => $1)",
        "DELETE FROM dead_batches WHERE letter_at < now() - make_interval(days => $1)",
    ] {
        forgotten +=
            sqlx::query(statement).bind(BATCHES_KEPT_DAYS).execute(&mut *analytics).await?.rows_affected();
    }
    Ok(forgotten)
}

async fn missing(analytics: &mut PgConnection) -> Result<i64> {
    let query = sqlx::query_scalar(
        "SELECT coalesce(sum(greatest(produced - stored - dead_lettered - coalesce(lost, 0), 0)), 0)::bigint
         FROM producers
         LEFT JOIN (SELECT producer, sum(clicks)::bigint AS lost FROM producer_drops GROUP BY producer) drops
             USING (producer)",
    );
    Ok(query.fetch_one(analytics).await?)
}
