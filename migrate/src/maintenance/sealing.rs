//! Seals past days: moves their rows from `link_days` to one row a month in `link_months` (sums) and to `sealed_quarters` (quarters of an
//! hour). Readers add up the tables, so it does not matter when this runs or how far it gets.

use std::time::{Duration, Instant};

use anyhow::Result;
use link_core::clicks::calendar::OPEN_DAYS;
use link_core::clicks::roll_up::ALL_LINKS;
use serde::Serialize;
use sqlx::types::time::Date;
use sqlx::{Connection, PgConnection};

/// Half of the function's 300 s (`infra/clicks.tf`). The first sealing of a year's days takes the runs of some hours.
const TIME_BUDGET: Duration = Duration::from_secs(150);
/// Rows per transaction, which takes some tens of milliseconds. Consumers that store late clicks of these links wait for it.
const ROWS_PER_TRANSACTION: usize = 2_000;
/// Row ids read per query and held in memory: a megabyte or two.
const MAX_ROW_IDS: i64 = 50_000;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SealingReport {
    pub rows: u64,
    /// Days left to the next run.
    pub days_left: i32,
}

/// If a day fails, it is left to the next run, the other days continue, and the first error is returned.
pub(super) async fn seal(analytics: &mut PgConnection, report: &mut SealingReport) -> Result<()> {
    let started = Instant::now();
    let mut failure = None;
    for day in due_days(analytics).await? {
        let is_complete = started.elapsed() < TIME_BUDGET
            && seal_day(analytics, day, started, &mut report.rows).await.unwrap_or_else(|error| {
                failure.get_or_insert(error.context(format!("{day}")));
                false
            });
        report.days_left += i32::from(!is_complete);
    }
    failure.map_or(Ok(()), Err)
}

/// Past days with rows. A sealed day is due again when late clicks have added rows.
async fn due_days(analytics: &mut PgConnection) -> Result<Vec<Date>> {
    let query = sqlx::query_scalar(
        "SELECT DISTINCT day FROM link_days
         WHERE day < (now() AT TIME ZONE 'UTC')::date - $1
           AND EXISTS (SELECT FROM pipeline_state WHERE sealing_from <= now())
         ORDER BY day",
    );
    Ok(query.bind(OPEN_DAYS).fetch_all(analytics).await?)
}

/// Returns whether it completed within the time budget.
async fn seal_day(analytics: &mut PgConnection, day: Date, started: Instant, rows: &mut u64) -> Result<bool> {
    loop {
        let row_ids = open_row_ids(analytics, day).await?;
        let mut moved = 0;
        for chunk in row_ids.chunks(ROWS_PER_TRANSACTION) {
            if started.elapsed() >= TIME_BUDGET {
                return Ok(false);
            }
            let sealed = seal_rows(analytics, day, chunk).await?;
            moved += sealed;
            *rows += sealed;
        }
        // Rows locked by others are left to the next run.
        if moved == 0 || i64::try_from(row_ids.len()).is_ok_and(|rows| rows < MAX_ROW_IDS) {
            return Ok(true);
        }
    }
}

/// The row ids (`ctid`) of a day, in the order of the key, which readers use too.
async fn open_row_ids(analytics: &mut PgConnection, day: Date) -> Result<Vec<String>> {
    let query = sqlx::query_scalar(
        "SELECT ctid::text FROM link_days WHERE day = $1 ORDER BY link_id, dimension, value, class LIMIT $2",
    );
    Ok(query.bind(day).bind(MAX_ROW_IDS).fetch_all(analytics).await?)
}

/// A row id may belong to another row by now. If that is of the same day, it is due as well.
async fn seal_rows(analytics: &mut PgConnection, day: Date, row_ids: &[String]) -> Result<u64> {
    let mut transaction = analytics.begin().await?;
    // An erasure locks this row, and would overlook rows that move between the tables while it runs. The row of all links together is
    // left out: it is never erased, and every consumer waits for it.
    let lock = sqlx::query(
        "SELECT FROM link_totals
         WHERE link_id IN (SELECT link_id FROM link_days WHERE ctid = ANY($1::text[]::tid[])) AND link_id <> $2
         ORDER BY link_id FOR NO KEY UPDATE",
    );
    lock.bind(row_ids).bind(ALL_LINKS).execute(&mut *transaction).await?;
    // SKIP LOCKED: without waiting for row locks there is no deadlock.
    let query = sqlx::query(
        "WITH moved AS (
             DELETE FROM link_days WHERE ctid = ANY(ARRAY(
                 SELECT ctid FROM link_days WHERE ctid = ANY($1::text[]::tid[]) AND day = $2 FOR UPDATE SKIP LOCKED))
             RETURNING *
         ), quarters AS (
             INSERT INTO sealed_quarters AS known (link_id, dimension, day, value, class, quarter_clicks, quarter_visitors)
             SELECT link_id, dimension, day, value, class, quarter_clicks, quarter_visitors FROM moved
             ORDER BY link_id, dimension, value, class
             ON CONFLICT (link_id, dimension, day, value, class) DO UPDATE SET
                 quarter_clicks = add_counts(known.quarter_clicks, EXCLUDED.quarter_clicks),
                 quarter_visitors = add_counts(known.quarter_visitors, EXCLUDED.quarter_visitors)
         )
         INSERT INTO link_months AS known (link_id, dimension, month, value, class, clicks, visitors, day_clicks, day_visitors)
         SELECT link_id, dimension, date_trunc('month', day)::date, value, class, clicks, visitors,
                add_day('{}', extract(day FROM day)::integer, clicks), add_day('{}', extract(day FROM day)::integer, visitors)
         FROM moved ORDER BY link_id, dimension, value, class
         ON CONFLICT (link_id, dimension, month, value, class) DO UPDATE SET
             clicks = known.clicks + EXCLUDED.clicks,
             visitors = known.visitors + EXCLUDED.visitors,
             day_clicks = add_day(known.day_clicks, extract(day FROM $2)::integer, EXCLUDED.clicks),
             day_visitors = add_day(known.day_visitors, extract(day FROM $2)::integer, EXCLUDED.visitors)",
    );
    let moved = query.bind(row_ids).bind(day).execute(&mut *transaction).await?.rows_affected();
    transaction.commit().await?;
    Ok(moved)
}
