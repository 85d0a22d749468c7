//! The books of producers as counters: `producers`, `producer_drops`, `dropped_batches`, `dead_batches`. A batch is counted in
//! one place: stored if it is stored, else dead-lettered if it is a dead letter, else dropped if that was declared.
//!
//! Consumers may learn of a batch's fates side by side and in any order. Each first writes what it knows, then locks the
//! producers, and only then looks what the others know: whoever locks second sees all.

use std::collections::BTreeMap;

use link_core::time::UnixMillis;
use sqlx::PgConnection;
use sqlx::types::time::OffsetDateTime;
use time::Date;
use uuid::Uuid;

use crate::plan::{DroppedRow, StorableBatch};
use crate::store::StoreError;

/// What a producer's row gains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Gain {
    /// The producer's total so far; the highest counts.
    pub(super) produced: i64,
    pub(super) stored: i64,
    pub(super) duplicate: i64,
    /// From here on something may be missing, where nothing of the producer was known. That its backlog spans two days is
    /// beyond this.
    pub(super) first_day: Option<Date>,
    pub(super) last_click: Option<UnixMillis>,
}

/// What became of an invocation's batches.
pub(super) struct Fates<'a> {
    pub(super) new: Vec<&'a StorableBatch>,
    /// Of messages that came again: the producer, and the clicks.
    pub(super) duplicates: Vec<(Uuid, i64)>,
    pub(super) dropped: &'a [DroppedRow],
}

/// A batch that went to the dead-letter queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadBatch {
    pub producer: Uuid,
    pub batch: u32,
    pub clicks: u32,
    /// The producer's total, where the message says it.
    pub produced: Option<i64>,
}

pub(super) async fn settle(connection: &mut PgConnection, fates: &Fates<'_>) -> Result<(), StoreError> {
    declare(connection, fates.dropped).await?;
    let mut gains: BTreeMap<Uuid, Gain> = BTreeMap::new();
    for batch in &fates.new {
        let gain = gains.entry(batch.key.producer).or_default();
        gain.produced = gain.produced.max(batch.produced);
        gain.stored += i64::from(batch.count);
        gain.first_day = gain.first_day.into_iter().chain([batch.key.day]).min();
        gain.last_click = gain.last_click.max(batch.clicks.iter().map(|click| click.time).max());
    }
    for gain in gains.values_mut().filter(|gain| gain.produced > gain.stored) {
        // Others came before, which may be of the day before.
        gain.first_day = gain.first_day.map(|day| day.previous_day().unwrap_or(day));
    }
    for (producer, clicks) in &fates.duplicates {
        gains.entry(*producer).or_default().duplicate += clicks;
    }
    add_to_producers(connection, &gains).await?;
    let producers: Vec<Uuid> = fates.new.iter().map(|batch| batch.key.producer).collect();
    let batches: Vec<i64> = fates.new.iter().map(|batch| i64::from(batch.key.batch)).collect();
    no_longer_dropped(connection, &producers, &batches).await?;
    no_longer_dead(connection, &producers, &batches).await?;
    count_declared(connection, fates.dropped).await?;
    let known: Vec<Uuid> = gains.into_keys().collect();
    note_completeness(connection, &known).await
}

/// `rows` name each batch once.
async fn declare(connection: &mut PgConnection, rows: &[DroppedRow]) -> Result<(), StoreError> {
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

async fn add_to_producers(
    connection: &mut PgConnection,
    gains: &BTreeMap<Uuid, Gain>,
) -> Result<(), StoreError> {
    let producers: Vec<Uuid> = gains.keys().copied().collect();
    let produced: Vec<i64> = gains.values().map(|gain| gain.produced).collect();
    let stored: Vec<i64> = gains.values().map(|gain| gain.stored).collect();
    let duplicate: Vec<i64> = gains.values().map(|gain| gain.duplicate).collect();
    let first_days: Vec<Option<Date>> = gains.values().map(|gain| gain.first_day).collect();
    let last_clicks: Vec<Option<OffsetDateTime>> =
        gains.values().map(|gain| gain.last_click.map(UnixMillis::date_time)).collect();
    sqlx::query(
        "INSERT INTO producers AS known (producer, produced, stored, duplicate, dead_lettered, first_at, last_at,
                                         last_click_at, complete_until)
         SELECT producer, produced, stored, duplicate, 0, now(), now(), last_click, first_day::timestamp AT TIME ZONE 'UTC'
         FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::date[], $6::timestamptz[])
              AS sent (producer, produced, stored, duplicate, first_day, last_click)
         ORDER BY producer
         ON CONFLICT (producer) DO UPDATE SET
             produced = greatest(known.produced, EXCLUDED.produced), stored = known.stored + EXCLUDED.stored,
             duplicate = known.duplicate + EXCLUDED.duplicate, last_at = greatest(known.last_at, EXCLUDED.last_at),
             last_click_at = greatest(known.last_click_at, EXCLUDED.last_click_at),
             complete_until = coalesce(known.complete_until, EXCLUDED.complete_until)",
    )
    .bind(producers)
    .bind(produced)
    .bind(stored)
    .bind(duplicate)
    .bind(first_days)
    .bind(last_clicks)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

/// Batches that arrived after all, or were dead letters.
async fn no_longer_dropped(
    connection: &mut PgConnection,
    producers: &[Uuid],
    batches: &[i64],
) -> Result<(), StoreError> {
    sqlx::query(
        "WITH undone AS (
             UPDATE dropped_batches dropped SET counted = false
             FROM UNNEST($1::uuid[], $2::bigint[]) AS arrived (producer, batch)
             WHERE dropped.producer = arrived.producer AND dropped.batch = arrived.batch AND dropped.counted
             RETURNING dropped.producer, dropped.reason, dropped.clicks
         )
         UPDATE producer_drops known SET clicks = known.clicks - undone.clicks
         FROM (SELECT producer, reason, sum(clicks) AS clicks FROM undone GROUP BY producer, reason) undone
         WHERE known.producer = undone.producer AND known.reason = undone.reason",
    )
    .bind(producers)
    .bind(batches)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

async fn no_longer_dead(
    connection: &mut PgConnection,
    producers: &[Uuid],
    batches: &[i64],
) -> Result<(), StoreError> {
    sqlx::query(
        "WITH undone AS (
             UPDATE dead_batches dead SET counted = false
             FROM UNNEST($1::uuid[], $2::bigint[]) AS arrived (producer, batch)
             WHERE dead.producer = arrived.producer AND dead.batch = arrived.batch AND dead.counted
             RETURNING dead.producer, dead.clicks
         )
         UPDATE producers known SET dead_lettered = known.dead_lettered - undone.clicks
         FROM (SELECT producer, sum(clicks) AS clicks FROM undone GROUP BY producer) undone
         WHERE known.producer = undone.producer",
    )
    .bind(producers)
    .bind(batches)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

async fn count_declared(connection: &mut PgConnection, rows: &[DroppedRow]) -> Result<(), StoreError> {
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

/// A producer whose books add up now is complete up to its newest click: each click is in one batch, and every batch up to the
/// newest is accounted for. The rows are locked already.
async fn note_completeness(connection: &mut PgConnection, producers: &[Uuid]) -> Result<(), StoreError> {
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

/// Counts dead letters, each batch once, however often it becomes one.
pub(super) async fn count_dead(connection: &mut PgConnection, dead: &[DeadBatch]) -> Result<(), StoreError> {
    let mut gains: BTreeMap<Uuid, Gain> = BTreeMap::new();
    let mut batches: BTreeMap<(Uuid, i64), i64> = BTreeMap::new();
    for batch in dead {
        let gain = gains.entry(batch.producer).or_default();
        gain.produced = gain.produced.max(batch.produced.unwrap_or(0));
        batches.insert((batch.producer, i64::from(batch.batch)), i64::from(batch.clicks));
    }
    add_to_producers(connection, &gains).await?;
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
    no_longer_dropped(connection, &producers, &numbers).await?;
    note_completeness(connection, &producers).await
}
