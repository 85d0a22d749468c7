//! Days that are over are sealed: their rows leave `link_days`, the sums for a row a month in `link_months`, the quarters of an hour
//! for `sealed_quarters`. Decides which days, and in which portions; who reads adds up the tables, so it does not matter when this
//! runs, nor how far it gets.

use std::time::{Duration, Instant};

use anyhow::Result;
use link_core::roll_up::ALL_LINKS;
use serde::Serialize;
use sqlx::types::time::Date;
use sqlx::{Connection, PgConnection};

/// A day is sealed when two whole days have passed since. Clicks come late by the length of an outage, and those of one that lasted
/// a day still find their day open: a row then moves once. Three days with their quarters are little beside the month of a question.
const OPEN_DAYS: i32 = 3;
/// Of the 300 s that the function has (`infra/clicks.tf`). The first time there is a year to seal, which takes some hours' runs.
const PATIENCE: Duration = Duration::from_secs(150);
/// In a transaction, some tens of milliseconds: for so long who stores a late click of these links waits.
const SEALED_AT_ONCE: usize = 2_000;
/// Looked up at once, to be held in memory: a megabyte or two.
const LOOKED_UP: i64 = 50_000;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sealed {
    pub rows: u64,
    /// Days that wait for the next run.
    pub days_left: i32,
}

/// What fails with one day leaves it to the next run, and the other days have their turn; the first error is told.
pub(crate) async fn seal(analytics: &mut PgConnection, sealed: &mut Sealed) -> Result<()> {
    let began = Instant::now();
    let mut failure = None;
    for day in due(analytics).await? {
        let is_done = began.elapsed() < PATIENCE
            && seal_day(analytics, day, began, &mut sealed.rows).await.unwrap_or_else(|error| {
                failure.get_or_insert(error.context(format!("{day}")));
                false
            });
        sealed.days_left += i32::from(!is_done);
    }
    failure.map_or(Ok(()), Err)
}

/// The days that have rows, sealed before or not: what came late has its row.
async fn due(analytics: &mut PgConnection) -> Result<Vec<Date>> {
    let query = sqlx::query_scalar(
        "SELECT DISTINCT day FROM link_days
         WHERE day <= (now() AT TIME ZONE 'UTC')::date - $1
           AND EXISTS (SELECT FROM pipeline_state WHERE sealing_from <= now())
         ORDER BY day",
    );
    Ok(query.bind(OPEN_DAYS).fetch_all(analytics).await?)
}

/// Whether it got through.
async fn seal_day(analytics: &mut PgConnection, day: Date, began: Instant, rows: &mut u64) -> Result<bool> {
    loop {
        let open = open_rows(analytics, day).await?;
        let mut moved = 0;
        for places in open.chunks(SEALED_AT_ONCE) {
            if began.elapsed() >= PATIENCE {
                return Ok(false);
            }
            let some = seal_some(analytics, day, places).await?;
            moved += some;
            *rows += some;
        }
        // What somebody else is at stays for the next time.
        if moved == 0 || i64::try_from(open.len()).is_ok_and(|open| open < LOOKED_UP) {
            return Ok(true);
        }
    }
}

/// Where a day's rows lie, in the order of the key, which is the one in which they are read.
async fn open_rows(analytics: &mut PgConnection, day: Date) -> Result<Vec<String>> {
    let query = sqlx::query_scalar(
        "SELECT ctid::text FROM link_days WHERE day = $1 ORDER BY link_id, dimension, value, class LIMIT $2",
    );
    Ok(query.bind(day).bind(LOOKED_UP).fetch_all(analytics).await?)
}

/// Another row may have taken one's place meanwhile. If it is of this day, it is due as well.
async fn seal_some(analytics: &mut PgConnection, day: Date, places: &[String]) -> Result<u64> {
    let mut transaction = analytics.begin().await?;
    // Who erases a link holds this row, and would overlook what is moved while it goes from table to table. Of all links together
    // nothing is erased, and everybody who stores waits for its row.
    let lock = sqlx::query(
        "SELECT FROM link_totals
         WHERE link_id IN (SELECT link_id FROM link_days WHERE ctid = ANY($1::text[]::tid[])) AND link_id <> $2
         ORDER BY link_id FOR NO KEY UPDATE",
    );
    lock.bind(places).bind(ALL_LINKS).execute(&mut *transaction).await?;
    // Rows that somebody else holds are left alone: who waits for nothing is in no deadlock.
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
    let moved = query.bind(places).bind(day).execute(&mut *transaction).await?.rows_affected();
    transaction.commit().await?;
    Ok(moved)
}
