//! Days that are over are sealed: their quarters of an hour move from `link_days` to `sealed_quarters`, and what is left, the sums
//! that most questions are about, is written anew, narrow and in the order in which it is read. Decides which days, and in which
//! portions; who reads quarters adds up both tables, so it does not matter when this runs, nor how far it gets.

use std::time::{Duration, Instant};

use anyhow::Result;
use link_core::roll_up::ALL_LINKS;
use serde::Serialize;
use sqlx::types::time::Date;
use sqlx::{Connection, PgConnection};

/// A day is sealed when two whole days have passed since. Clicks come late by the length of an outage, and those of one that lasted
/// a day still find their day open: a row then moves once. Three days with their quarters are little beside the month of a question.
const OPEN_DAYS: i32 = 3;
/// What comes later than that is sealed with the next day. As long as messages can come at all, like `BATCHES_KEPT_DAYS`.
const LATE_DAYS: i32 = 35;
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

pub(crate) async fn seal(analytics: &mut PgConnection) -> Result<Sealed> {
    let began = Instant::now();
    let mut sealed = Sealed::default();
    for day in due(analytics).await? {
        if began.elapsed() < PATIENCE && seal_day(analytics, day, began, &mut sealed.rows).await? {
            advance(analytics, day).await?;
        } else {
            sealed.days_left += 1;
        }
    }
    Ok(sealed)
}

/// With a day that has become due those before it are due once more, for what came late; in between there is nothing to do.
async fn due(analytics: &mut PgConnection) -> Result<Vec<Date>> {
    let query = sqlx::query_scalar(
        "SELECT day::date
         FROM (SELECT sealed_to, (now() AT TIME ZONE 'UTC')::date - $1 AS last_due, (SELECT min(day) FROM link_days) AS first_day
               FROM pipeline_state WHERE sealing_from <= now()) AS state,
              generate_series(greatest(first_day, sealed_to - $2), last_due, interval '1 day') AS day
         WHERE last_due > sealed_to OR sealed_to IS NULL
         ORDER BY day",
    );
    Ok(query.bind(OPEN_DAYS).bind(LATE_DAYS).fetch_all(analytics).await?)
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
            moved += seal_some(analytics, day, places).await?;
        }
        *rows += moved;
        // What somebody else is at stays for the next time.
        if moved == 0 || i64::try_from(open.len()).is_ok_and(|open| open < LOOKED_UP) {
            return Ok(true);
        }
    }
}

/// Where a day's rows with quarters lie, in the order of the key, which is the one in which they are read.
async fn open_rows(analytics: &mut PgConnection, day: Date) -> Result<Vec<String>> {
    let query = sqlx::query_scalar(
        "SELECT ctid::text FROM link_days WHERE day = $1 AND (quarter_clicks <> '{}' OR quarter_visitors <> '{}')
         ORDER BY link_id, dimension, value, class LIMIT $2",
    );
    Ok(query.bind(day).bind(LOOKED_UP).fetch_all(analytics).await?)
}

/// Another row may have taken one's place meanwhile. If it is of this day and has quarters, it is due as well.
async fn seal_some(analytics: &mut PgConnection, day: Date, places: &[String]) -> Result<u64> {
    let mut transaction = analytics.begin().await?;
    // Who erases a link holds this row, and would overlook rows that are written while it waits for those before them. Of all links
    // together nothing is erased, and everybody who stores waits for its row.
    let lock = sqlx::query(
        "SELECT FROM link_totals
         WHERE link_id IN (SELECT link_id FROM link_days WHERE ctid = ANY($1::text[]::tid[])) AND link_id <> $2
         ORDER BY link_id FOR NO KEY UPDATE",
    );
    lock.bind(places).bind(ALL_LINKS).execute(&mut *transaction).await?;
    // Deleted and inserted, not updated: an update would stay in its page, with as few rows in it as before. Rows that somebody else
    // holds are left alone: who waits for nothing is in no deadlock.
    let query = sqlx::query(
        "WITH moved AS (
             DELETE FROM link_days WHERE ctid = ANY(ARRAY(
                 SELECT ctid FROM link_days
                 WHERE ctid = ANY($1::text[]::tid[]) AND day = $2 AND (quarter_clicks <> '{}' OR quarter_visitors <> '{}')
                 FOR UPDATE SKIP LOCKED))
             RETURNING *
         ), quarters AS (
             INSERT INTO sealed_quarters AS known (link_id, dimension, day, value, class, quarter_clicks, quarter_visitors)
             SELECT link_id, dimension, day, value, class, quarter_clicks, quarter_visitors FROM moved
             ORDER BY link_id, dimension, value, class
             ON CONFLICT (link_id, dimension, day, value, class) DO UPDATE SET
                 quarter_clicks = add_counts(known.quarter_clicks, EXCLUDED.quarter_clicks),
                 quarter_visitors = add_counts(known.quarter_visitors, EXCLUDED.quarter_visitors)
         )
         INSERT INTO link_days (link_id, dimension, day, value, class, clicks, visitors, quarter_clicks, quarter_visitors)
         SELECT link_id, dimension, day, value, class, clicks, visitors, '{}', '{}' FROM moved
         ORDER BY link_id, dimension, value, class",
    );
    let moved = query.bind(places).bind(day).execute(&mut *transaction).await?.rows_affected();
    transaction.commit().await?;
    Ok(moved)
}

async fn advance(analytics: &mut PgConnection, day: Date) -> Result<()> {
    let query = sqlx::query("UPDATE pipeline_state SET sealed_to = greatest(sealed_to, $1)");
    query.bind(day).execute(analytics).await?;
    Ok(())
}
