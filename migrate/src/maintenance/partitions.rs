//! Creates day partitions ahead of time and drops expired ones.

use anyhow::Result;
use link_core::clicks::batch::BATCHES_KEPT_DAYS;
use link_core::clicks::calendar::MINUTES_KEPT_DAYS;
use sqlx::types::time::Date;
use sqlx::{AssertSqlSafe, PgConnection};

/// A table partitioned by day. Daily roll-ups, totals and click accounting are not partitioned: they are kept.
pub(super) struct PartitionedTable {
    pub(super) name: &'static str,
    kept_days: i32,
}

pub(super) fn tables(raw_click_days: i32) -> [PartitionedTable; 3] {
    [
        PartitionedTable { name: "clicks", kept_days: raw_click_days },
        // As long as clicks may still arrive from the queue and the dead-letter queue: visitors of these days must not count again.
        PartitionedTable { name: "visitors", kept_days: BATCHES_KEPT_DAYS },
        // Statistics show 48 hours and compare them with the 48 before, which begin on the fifth day back.
        PartitionedTable { name: "link_minutes", kept_days: MINUTES_KEPT_DAYS },
    ]
}

/// Clicks reach a default partition only after a week without maintenance.
const DAYS_AHEAD: i32 = 7;

/// Uses a transaction per day, because creating a partition takes a lock. If a day fails, the others are still created, and the first
/// error is returned.
pub(super) async fn create(analytics: &mut PgConnection, table: &PartitionedTable) -> Result<i64> {
    let (mut created, mut failure) = (0, None);
    let mut days = days_ahead(analytics).await?;
    match past_days(analytics, table).await {
        Ok(past) => days.extend(past),
        Err(error) => failure = Some(error),
    }
    for day in days {
        let query = sqlx::query_scalar::<_, bool>("SELECT make_day_partition($1, $2)");
        match query.bind(table.name).bind(day).fetch_one(&mut *analytics).await {
            Ok(is_new) => created += i64::from(is_new),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(created), |error| Err(error.into()))
}

/// Includes yesterday, whose clicks may still be on their way.
async fn days_ahead(analytics: &mut PgConnection) -> Result<Vec<Date>> {
    let query = sqlx::query_scalar(
        "SELECT (now() AT TIME ZONE 'UTC')::date + ahead FROM generate_series(-1, $1) AS ahead",
    );
    Ok(query.bind(DAYS_AHEAD).fetch_all(analytics).await?)
}

/// Days whose rows are in the default partition, as those of imported visits are. The retention reads all of that partition each hour.
async fn past_days(analytics: &mut PgConnection, table: &PartitionedTable) -> Result<Vec<Date>, sqlx::Error> {
    let query = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT DISTINCT day FROM {}_default
         WHERE day >= (now() AT TIME ZONE 'UTC')::date - $1 AND day < (now() AT TIME ZONE 'UTC')::date - 1 ORDER BY day",
        table.name
    )));
    query.bind(table.kept_days).fetch_all(analytics).await
}

pub(super) async fn drop_expired(analytics: &mut PgConnection, table: &PartitionedTable) -> Result<i64> {
    let query = sqlx::query_scalar("SELECT drop_days_before($1, (now() AT TIME ZONE 'UTC')::date - $2)");
    let dropped: i32 = query.bind(table.name).bind(table.kept_days).fetch_one(analytics).await?;
    Ok(dropped.into())
}
