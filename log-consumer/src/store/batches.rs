//! The table `batches`: which batches are stored.

use std::collections::BTreeSet;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use time::Date;
use uuid::Uuid;

use crate::plan::{BatchKey, StorableBatch};
use crate::store::error::StoreError;

/// Two rules hold in every statement of this crate. Rows are locked in the order they are written, so each statement has an
/// ORDER BY: SQL guarantees no order otherwise. And each is `.persistent(false)`, because named statements may pin a connection of
/// RDS Proxy to this client; that costs one round trip per statement, and an invocation has few.
pub(super) async fn insert_new(
    connection: &mut PgConnection,
    batches: impl Iterator<Item = &StorableBatch>,
) -> Result<BTreeSet<BatchKey>, StoreError> {
    let mut days: Vec<Date> = Vec::new();
    let mut producers: Vec<Uuid> = Vec::new();
    let mut numbers: Vec<i64> = Vec::new();
    let mut counts: Vec<i32> = Vec::new();
    let mut totals: Vec<i64> = Vec::new();
    let mut imported: Vec<bool> = Vec::new();
    for batch in batches {
        days.push(batch.key.day);
        producers.push(batch.key.producer);
        numbers.push(i64::from(batch.key.batch));
        counts.push(batch.count);
        totals.push(batch.produced);
        imported.push(batch.is_imported);
    }
    let rows = sqlx::query(
        "INSERT INTO batches (day, producer, batch, clicks, produced, imported)
         SELECT day, producer, batch, clicks, produced, imported
         FROM UNNEST($1::date[], $2::uuid[], $3::bigint[], $4::integer[], $5::bigint[], $6::boolean[])
              AS sent (day, producer, batch, clicks, produced, imported)
         ORDER BY day, producer, batch
         ON CONFLICT (day, producer, batch) DO NOTHING
         RETURNING day, producer, batch",
    )
    .bind(days)
    .bind(producers)
    .bind(numbers)
    .bind(counts)
    .bind(totals)
    .bind(imported)
    .persistent(false)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(batch_key).collect()
}

/// The batches whose storing is committed.
pub(super) async fn stored(
    connection: &mut PgConnection,
    batches: impl Iterator<Item = &BatchKey>,
) -> Result<BTreeSet<BatchKey>, StoreError> {
    let (mut days, mut producers, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for key in batches {
        days.push(key.day);
        producers.push(key.producer);
        numbers.push(i64::from(key.batch));
    }
    let rows = sqlx::query(
        "SELECT day, producer, batch
         FROM UNNEST($1::date[], $2::uuid[], $3::bigint[]) AS sent (day, producer, batch)
         JOIN batches USING (day, producer, batch)",
    )
    .bind(days)
    .bind(producers)
    .bind(numbers)
    .persistent(false)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(batch_key).collect()
}

fn batch_key(row: PgRow) -> Result<BatchKey, StoreError> {
    let batch: i64 = row.try_get("batch")?;
    Ok(BatchKey {
        day: row.try_get("day")?,
        producer: row.try_get("producer")?,
        batch: u32::try_from(batch).map_err(|error| sqlx::Error::Decode(error.into()))?,
    })
}
