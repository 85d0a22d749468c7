//! The regular upkeep of the click tables: partitions for the days to come, an end for those whose time is over, and what
//! the books miss. Safe to run twice, and at any hour. Decides how long what is kept; how a partition is made and dropped is in
//! `migrations/analytics`, and which days are sealed in `sealing`.

use anyhow::{Context, Error, Result, bail};
use link_core::click_batch::BATCHES_KEPT_DAYS;
use serde::Serialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::types::Uuid;
use sqlx::{Connection, PgConnection};
use tracing::error;

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
    /// Absent where they could not be read: nobody knows then that nothing is missing.
    #[serde(flatten)]
    pub books: Option<Books>,
}

/// What a run did, and which of its steps failed.
#[derive(Debug, Default)]
pub struct Run {
    pub upkeep: Upkeep,
    failures: Vec<Error>,
}

impl Run {
    /// An error that names every step that failed, where one did.
    pub fn complete(self) -> Result<Upkeep> {
        if self.failures.is_empty() {
            return Ok(self.upkeep);
        }
        let failures: Vec<_> = self.failures.iter().map(|failure| format!("{failure:#}")).collect();
        bail!("{} of the steps failed: {}", failures.len(), failures.join("; "))
    }
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

/// Every step, whatever became of those before: none needs another one.
pub async fn run(config: &Config) -> Run {
    let mut steps = Steps { analytics: &config.analytics, connection: None, failures: Vec::new() };
    let mut upkeep = Upkeep::default();
    for table in &PARTITIONED {
        let made = async { make_ahead(steps.connection().await?, table).await }.await;
        upkeep.partitions_made += steps.outcome(&format!("partitions of {}", table.table), made);
        let dropped = async { drop_old(steps.connection().await?, table).await }.await;
        upkeep.partitions_dropped += steps.outcome(&format!("retention of {}", table.table), dropped);
    }
    for records in &BATCH_RECORDS {
        let forgotten = async { forget(steps.connection().await?, records).await }.await;
        upkeep.batches_forgotten += steps.outcome(records.name, forgotten);
    }
    let folded = async { fold_producers(steps.connection().await?).await }.await;
    upkeep.producers_folded = steps.outcome("books of old producers", folded);
    let books = async { read_books(steps.connection().await?).await.map(Some) }.await;
    upkeep.books = steps.outcome("the books", books);
    // Last: it takes what time is left.
    let sealed = async { sealing::seal(steps.connection().await?, &mut upkeep.sealed).await }.await;
    steps.outcome("sealing of days", sealed);
    if let Some(connection) = steps.connection.take() {
        // Only to say goodbye: all that was done is committed.
        let _ = connection.close().await;
    }
    Run { upkeep, failures: steps.failures }
}

/// One connection for all of them, until one of them fails: it may have broken.
struct Steps<'a> {
    analytics: &'a PgConnectOptions,
    connection: Option<PgConnection>,
    failures: Vec<Error>,
}

impl Steps<'_> {
    async fn connection(&mut self) -> Result<&mut PgConnection> {
        let open = match self.connection.take() {
            Some(open) => open,
            None => database::connect(self.analytics).await?,
        };
        Ok(self.connection.insert(open))
    }

    /// Of one that failed, what a step has done that did nothing.
    fn outcome<T: Default>(&mut self, step: &str, outcome: Result<T>) -> T {
        outcome.with_context(|| step.to_owned()).unwrap_or_else(|failure| {
            error!(error = format!("{failure:#}"), "a step of the maintenance failed");
            self.connection = None;
            self.failures.push(failure);
            T::default()
        })
    }
}

/// A transaction for each day: the lock that a partition needs is held for as short as can be. Every day has its turn, though
/// another one could not be made; the first error is told.
async fn make_ahead(analytics: &mut PgConnection, Partitioned { table, .. }: &Partitioned) -> Result<i64> {
    let (mut made, mut failure) = (0, None);
    // Yesterday too: clicks of it may still be on their way.
    for ahead in -1..=DAYS_AHEAD {
        let query = sqlx::query_scalar::<_, bool>(
            "SELECT make_day_partition($1, (now() AT TIME ZONE 'UTC')::date + $2)",
        );
        match query.bind(table).bind(ahead).fetch_one(&mut *analytics).await {
            Ok(is_new) => made += i64::from(is_new),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(made), |error| Err(error.into()))
}

async fn drop_old(
    analytics: &mut PgConnection,
    Partitioned { table, kept_days }: &Partitioned,
) -> Result<i64> {
    let query = sqlx::query_scalar("SELECT drop_days_before($1, (now() AT TIME ZONE 'UTC')::date - $2)");
    let dropped: i32 = query.bind(table).bind(kept_days).fetch_one(analytics).await?;
    Ok(dropped.into())
}

/// What is known of single batches; the counters of the books stay as they are.
struct BatchRecords {
    name: &'static str,
    statement: &'static str,
    kept_days: i32,
}

const BATCH_RECORDS: [BatchRecords; 3] = [
    BatchRecords {
        name: "records of batches",
        statement: "DELETE FROM batches WHERE day < (now() AT TIME ZONE 'UTC')::date - $1",
        kept_days: BATCHES_KEPT_DAYS,
    },
    BatchRecords {
        name: "records of dropped batches",
        statement: "DELETE FROM dropped_batches WHERE stored_at < now() - make_interval(days => $1)",
        kept_days: BATCHES_KEPT_DAYS,
    },
    // Few; and one that is sent again twice is still known to be counted.
    BatchRecords {
        name: "records of dead letters",
        statement: "DELETE FROM dead_batches WHERE letter_at < now() - make_interval(days => $1)",
        kept_days: PRODUCERS_TOLD_APART_DAYS,
    },
];

async fn forget(
    analytics: &mut PgConnection,
    BatchRecords { statement, kept_days, .. }: &BatchRecords,
) -> Result<u64> {
    Ok(sqlx::query(*statement).bind(kept_days).execute(analytics).await?.rows_affected())
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
