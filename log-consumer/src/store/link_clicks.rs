//! The roll-up `link_clicks_15m`: clicks of a link by quarter of an hour. Sums are made before; here they are added.

use std::collections::BTreeMap;

use link_core::record::LinkId;
use link_core::time::UnixMillis;
use sqlx::PgConnection;
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

use crate::store::StoreError;

pub(super) async fn add(
    connection: &mut PgConnection,
    sums: &BTreeMap<(LinkId, UnixMillis), i64>,
) -> Result<(), StoreError> {
    if sums.is_empty() {
        return Ok(());
    }
    let links: Vec<Uuid> = sums.keys().map(|(link, _)| link.0).collect();
    let buckets: Vec<OffsetDateTime> = sums.keys().map(|(_, bucket)| bucket.date_time()).collect();
    let clicks: Vec<i64> = sums.values().copied().collect();
    sqlx::query(
        "INSERT INTO link_clicks_15m AS sum (link_id, bucket, clicks)
         SELECT link_id, bucket, clicks
         FROM UNNEST($1::uuid[], $2::timestamptz[], $3::bigint[]) AS sent (link_id, bucket, clicks)
         ORDER BY link_id, bucket
         ON CONFLICT (link_id, bucket) DO UPDATE SET clicks = sum.clicks + EXCLUDED.clicks",
    )
    .bind(links)
    .bind(buckets)
    .bind(clicks)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}
