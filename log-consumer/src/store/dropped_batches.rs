//! The table `dropped_batches`: what producers declared to have given up. Does not judge whether it arrived after all.

use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

use crate::plan::DroppedRow;
use crate::store::StoreError;

/// `rows` name each batch once.
pub(super) async fn insert(connection: &mut PgConnection, rows: &[DroppedRow]) -> Result<(), StoreError> {
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
