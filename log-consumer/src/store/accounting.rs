//! Click accounting in the tables `producers`, `producer_drops`, `dropped_batches` and `dead_batches`. A batch counts in exactly one
//! place: as stored if it is stored, else as dead-lettered if it is a dead letter, else as dropped if its drop was declared.
//!
//! Consumers may learn a batch's outcomes concurrently and in any order. Each first writes what it knows, then locks the producers,
//! and only then reads what the others wrote, so the one that locks second sees everything.

use std::collections::BTreeMap;

use link_core::time::UnixMillis;
use sqlx::PgConnection;
use sqlx::types::time::OffsetDateTime;
use time::Date;
use tokio::time::Instant;
use uuid::Uuid;

use super::analytics::Store;
use super::error::StoreError;
use crate::plan::{DeadBatch, DroppedRow, StorableBatch};

/// The change to a producer's row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ProducerDelta {
    /// The producer's running total; the highest one counts.
    pub(super) produced: i64,
    pub(super) stored: i64,
    pub(super) duplicate: i64,
    /// The earliest day from which clicks may be missing, used when the producer is new. A backlog that spans more than two days is
    /// not covered.
    pub(super) first_day: Option<Date>,
    pub(super) last_click: Option<UnixMillis>,
    /// The producer is an import.
    pub(super) is_imported: bool,
}

/// The outcomes of an invocation's batches.
pub(super) struct BatchOutcomes<'a> {
    pub(super) new: Vec<&'a StorableBatch>,
    /// Producer and clicks of each duplicate message.
    pub(super) duplicates: Vec<(Uuid, i64)>,
    pub(super) dropped: &'a [DroppedRow],
}

pub(super) async fn record(
    connection: &mut PgConnection,
    outcomes: &BatchOutcomes<'_>,
) -> Result<(), StoreError> {
    insert_declared_drops(connection, outcomes.dropped).await?;
    let mut deltas: BTreeMap<Uuid, ProducerDelta> = BTreeMap::new();
    for batch in &outcomes.new {
        let delta = deltas.entry(batch.key.producer).or_default();
        delta.produced = delta.produced.max(batch.produced);
        delta.stored += i64::from(batch.count);
        delta.is_imported |= batch.is_imported;
        if batch.is_imported {
            // Its visits are long past: statistics are complete without them.
            continue;
        }
        delta.first_day = delta.first_day.into_iter().chain([batch.key.day]).min();
        delta.last_click = delta.last_click.max(batch.clicks.iter().map(|click| click.time).max());
    }
    for delta in deltas.values_mut().filter(|delta| delta.produced > delta.stored) {
        // Earlier batches exist, and they may be from the day before.
        delta.first_day = delta.first_day.map(|day| day.previous_day().unwrap_or(day));
    }
    for (producer, clicks) in &outcomes.duplicates {
        deltas.entry(*producer).or_default().duplicate += clicks;
    }
    apply_deltas(connection, &deltas).await?;
    let producers: Vec<Uuid> = outcomes.new.iter().map(|batch| batch.key.producer).collect();
    let batches: Vec<i64> = outcomes.new.iter().map(|batch| i64::from(batch.key.batch)).collect();
    uncount_drops(connection, &producers, &batches).await?;
    uncount_dead_letters(connection, &producers, &batches).await?;
    count_drops(connection, outcomes.dropped).await?;
    let changed: Vec<Uuid> = deltas.into_keys().collect();
    update_complete_until(connection, &changed).await
}

/// `rows` holds each batch once.
async fn insert_declared_drops(connection: &mut PgConnection, rows: &[DroppedRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let producers: Vec<Uuid> = rows.iter().map(|row| row.producer).collect();
    let batches: Vec<i64> = rows.iter().map(|row| i64::from(row.batch)).collect();
    let clicks: Vec<i64> = rows.iter().map(|row| i64::from(row.clicks)).collect();
    let reasons: Vec<&str> = rows.iter().map(|row| row.reason).collect();
    let days: Vec<Date> = rows.iter().map(|row| row.declared_day).collect();
    let declared_in: Vec<i64> = rows.iter().map(|row| i64::from(row.declared_in)).collect();
    sqlx::query(
        "INSERT INTO dropped_batches (producer, batch, clicks, reason, declared_day, declared_in)
         SELECT producer, batch, clicks, reason, declared_day, declared_in
         FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::date[], $6::bigint[])
              AS sent (producer, batch, clicks, reason, declared_day, declared_in)
         ORDER BY producer, batch
         ON CONFLICT (producer, batch) DO NOTHING",
    )
    .bind(producers)
    .bind(batches)
    .bind(clicks)
    .bind(reasons)
    .bind(days)
    .bind(declared_in)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

async fn apply_deltas(
    connection: &mut PgConnection,
    deltas: &BTreeMap<Uuid, ProducerDelta>,
) -> Result<(), StoreError> {
    let producers: Vec<Uuid> = deltas.keys().copied().collect();
    let produced: Vec<i64> = deltas.values().map(|delta| delta.produced).collect();
    let stored: Vec<i64> = deltas.values().map(|delta| delta.stored).collect();
    let duplicate: Vec<i64> = deltas.values().map(|delta| delta.duplicate).collect();
    let first_days: Vec<Option<Date>> = deltas.values().map(|delta| delta.first_day).collect();
    let last_clicks: Vec<Option<OffsetDateTime>> =
        deltas.values().map(|delta| delta.last_click.map(UnixMillis::date_time)).collect();
    let imported: Vec<bool> = deltas.values().map(|delta| delta.is_imported).collect();
    sqlx::query(
        "INSERT INTO producers AS known (producer, produced, stored, duplicate, dead_lettered, first_at, last_at,
                                         last_click_at, complete_until, imported)
         SELECT producer, produced, stored, duplicate, 0, now(), now(), last_click, first_day::timestamp AT TIME ZONE 'UTC',
                imported
         FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::date[], $6::timestamptz[], $7::boolean[])
              AS sent (producer, produced, stored, duplicate, first_day, last_click, imported)
         ORDER BY producer
         ON CONFLICT (producer) DO UPDATE SET
             produced = greatest(known.produced, EXCLUDED.produced), stored = known.stored + EXCLUDED.stored,
             duplicate = known.duplicate + EXCLUDED.duplicate, last_at = greatest(known.last_at, EXCLUDED.last_at),
             last_click_at = greatest(known.last_click_at, EXCLUDED.last_click_at),
             complete_until = coalesce(known.complete_until, EXCLUDED.complete_until),
             imported = known.imported OR EXCLUDED.imported",
    )
    .bind(producers)
    .bind(produced)
    .bind(stored)
    .bind(duplicate)
    .bind(first_days)
    .bind(last_clicks)
    .bind(imported)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

/// For declared drops that arrived after all, or became dead letters.
async fn uncount_drops(
    connection: &mut PgConnection,
    producers: &[Uuid],
    batches: &[i64],
) -> Result<(), StoreError> {
    sqlx::query(
        "WITH uncounted AS (
             UPDATE dropped_batches dropped SET counted = false
             FROM UNNEST($1::uuid[], $2::bigint[]) AS arrived (producer, batch)
             WHERE dropped.producer = arrived.producer AND dropped.batch = arrived.batch AND dropped.counted
             RETURNING dropped.producer, dropped.reason, dropped.clicks
         )
         UPDATE producer_drops known SET clicks = known.clicks - uncounted.clicks
         FROM (SELECT producer, reason, sum(clicks) AS clicks FROM uncounted GROUP BY producer, reason) uncounted
         WHERE known.producer = uncounted.producer AND known.reason = uncounted.reason",
    )
    .bind(producers)
    .bind(batches)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

async fn uncount_dead_letters(
    connection: &mut PgConnection,
    producers: &[Uuid],
    batches: &[i64],
) -> Result<(), StoreError> {
    sqlx::query(
        "WITH uncounted AS (
             UPDATE dead_batches dead SET counted = false
             FROM UNNEST($1::uuid[], $2::bigint[]) AS arrived (producer, batch)
             WHERE dead.producer = arrived.producer AND dead.batch = arrived.batch AND dead.counted
             RETURNING dead.producer, dead.clicks
         )
         UPDATE producers known SET dead_lettered = known.dead_lettered - uncounted.clicks
         FROM (SELECT producer, sum(clicks) AS clicks FROM uncounted GROUP BY producer) uncounted
         WHERE known.producer = uncounted.producer",
    )
    .bind(producers)
    .bind(batches)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

async fn count_drops(connection: &mut PgConnection, rows: &[DroppedRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let producers: Vec<Uuid> = rows.iter().map(|row| row.producer).collect();
    let batches: Vec<i64> = rows.iter().map(|row| i64::from(row.batch)).collect();
    sqlx::query(
        "WITH lost AS (
             UPDATE dropped_batches dropped SET counted = true
             FROM UNNEST($1::uuid[], $2::bigint[]) AS declared (producer, batch)
             WHERE dropped.producer = declared.producer AND dropped.batch = declared.batch AND NOT dropped.counted
               AND NOT EXISTS (SELECT FROM batches stored
                               WHERE stored.producer = declared.producer AND stored.batch = declared.batch)
               AND NOT EXISTS (SELECT FROM dead_batches dead
                               WHERE dead.producer = declared.producer AND dead.batch = declared.batch AND dead.counted)
             RETURNING dropped.producer, dropped.reason, dropped.clicks
         )
         INSERT INTO producer_drops AS known (producer, reason, clicks)
         SELECT producer, reason, sum(clicks) FROM lost GROUP BY producer, reason ORDER BY producer, reason
         ON CONFLICT (producer, reason) DO UPDATE SET clicks = known.clicks + EXCLUDED.clicks",
    )
    .bind(producers)
    .bind(batches)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

/// A producer whose accounting balances is complete up to its newest click: each click is in one batch, and every batch up to the
/// newest is accounted for. The caller holds the locks of the rows.
async fn update_complete_until(connection: &mut PgConnection, producers: &[Uuid]) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE producers known SET complete_until = last_click_at
         WHERE producer = ANY($1) AND complete_until < last_click_at
           AND produced = stored + dead_lettered + coalesce((SELECT sum(clicks) FROM producer_drops drops
                                                             WHERE drops.producer = known.producer), 0)",
    )
    .bind(producers)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

impl Store {
    /// Counts batches that went to the dead-letter queue, each once.
    pub async fn count_dead_letters(&self, dead: &[DeadBatch], by: Instant) -> Result<(), StoreError> {
        self.in_transaction(by, async |connection| count_dead_letters(connection, dead).await).await
    }
}

async fn count_dead_letters(connection: &mut PgConnection, dead: &[DeadBatch]) -> Result<(), StoreError> {
    let mut deltas: BTreeMap<Uuid, ProducerDelta> = BTreeMap::new();
    let mut batches: BTreeMap<(Uuid, i64), i64> = BTreeMap::new();
    for batch in dead {
        let delta = deltas.entry(batch.producer).or_default();
        delta.produced = delta.produced.max(batch.produced.unwrap_or(0));
        batches.insert((batch.producer, i64::from(batch.batch)), i64::from(batch.clicks));
    }
    apply_deltas(connection, &deltas).await?;
    let producers: Vec<Uuid> = batches.keys().map(|(producer, _)| *producer).collect();
    let numbers: Vec<i64> = batches.keys().map(|(_, batch)| *batch).collect();
    let clicks: Vec<i64> = batches.values().copied().collect();
    sqlx::query(
        "WITH letter AS (
             INSERT INTO dead_batches AS known (producer, batch, clicks, counted)
             SELECT producer, batch, clicks, true
             FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[]) AS sent (producer, batch, clicks)
             WHERE NOT EXISTS (SELECT FROM batches stored
                               WHERE stored.producer = sent.producer AND stored.batch = sent.batch)
             ORDER BY producer, batch
             ON CONFLICT (producer, batch) DO UPDATE SET counted = true WHERE NOT known.counted
             RETURNING producer, clicks
         )
         UPDATE producers known SET dead_lettered = known.dead_lettered + letter.clicks
         FROM (SELECT producer, sum(clicks) AS clicks FROM letter GROUP BY producer) letter
         WHERE known.producer = letter.producer",
    )
    .bind(&producers)
    .bind(&numbers)
    .bind(clicks)
    .persistent(false)
    .execute(&mut *connection)
    .await?;
    uncount_drops(connection, &producers, &numbers).await?;
    update_complete_until(connection, &producers).await
}
