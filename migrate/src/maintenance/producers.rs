//! Folds the accounting of producers that have been silent for long into one row. Each isolate is a producer, so new ones appear daily,
//! and reading click accounting adds all of them up. Imports are few, and keep rows of their own.

use anyhow::Result;
use link_core::clicks::batch::BATCHES_KEPT_DAYS;
use sqlx::PgConnection;
use sqlx::types::Uuid;

/// How long a silent producer keeps a row of its own: twice as long as its batches may arrive.
pub(super) const PRODUCERS_KEPT_DAYS: i32 = 2 * BATCHES_KEPT_DAYS;
/// The producer of the shared row. No isolate has this id.
const FOLDED_PRODUCER: Uuid = Uuid::nil();
/// Producers per transaction.
const MAX_FOLDED: i64 = 10_000;

/// Keeps all sums: what a producer is known to have produced is at least the sum of its batches' outcomes. Returns the number folded.
pub(super) async fn fold_silent(analytics: &mut PgConnection) -> Result<i64> {
    let mut folded = 0;
    loop {
        let query = sqlx::query_scalar(
            "WITH old AS (
                 DELETE FROM producers WHERE producer IN (
                     SELECT producer FROM producers
                     WHERE last_at < now() - make_interval(days => $1) AND producer <> $3 AND NOT imported
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
        let query = query.bind(PRODUCERS_KEPT_DAYS).bind(MAX_FOLDED).bind(FOLDED_PRODUCER);
        let some: i64 = query.fetch_one(&mut *analytics).await?;
        folded += some;
        if some < MAX_FOLDED {
            return Ok(folded);
        }
    }
}
