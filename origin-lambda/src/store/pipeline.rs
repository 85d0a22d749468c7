//! The books of clicks, as the consumer keeps them. Does not judge what is missing.

use std::collections::BTreeMap;

use link_core::click_batch::{BATCHES_KEPT_DAYS, Producer};
use link_core::time::UnixMillis;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{AnalyticsDatabase, StoreError};
use crate::statistics::DAY_MILLIS;

/// In clicks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books {
    pub produced: i64,
    pub stored: i64,
    pub duplicate: i64,
    pub dead_lettered: i64,
    /// By reason.
    pub dropped: BTreeMap<String, i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerBooks {
    pub producer: Producer,
    pub books: Books,
    pub first_at: UnixMillis,
    pub last_at: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct ProducerRow {
    producer: Uuid,
    produced: i64,
    stored: i64,
    duplicate: i64,
    dead_lettered: i64,
    first_at: OffsetDateTime,
    last_at: OffsetDateTime,
    reasons: Vec<String>,
    dropped: Vec<i64>,
}

impl AnalyticsDatabase {
    pub async fn books(&self) -> Result<Books, StoreError> {
        // A producer's own figures may be behind what is known of its batches: the last of them could be a dead letter of
        // before producers sent their total with each message.
        let totals = sqlx::query_as(
            "SELECT coalesce(sum(greatest(produced, stored + dead_lettered + dropped)), 0)::bigint,
                    coalesce(sum(stored), 0)::bigint, coalesce(sum(duplicate), 0)::bigint,
                    coalesce(sum(dead_lettered), 0)::bigint
             FROM producers
             LEFT JOIN (SELECT producer, sum(clicks)::bigint AS lost FROM producer_drops GROUP BY producer) drops
                 USING (producer)
             CROSS JOIN LATERAL (SELECT coalesce(lost, 0) AS dropped) AS known",
        );
        let totals: (i64, i64, i64, i64) = self.0.run(totals.fetch_one(&self.0.pool)).await?;
        let dropped = sqlx::query_as(
            "SELECT reason, sum(clicks)::bigint FROM producer_drops GROUP BY reason HAVING sum(clicks) <> 0",
        );
        let dropped: Vec<(String, i64)> = self.0.run(dropped.fetch_all(&self.0.pool)).await?;
        let (produced, stored, duplicate, dead_lettered) = totals;
        Ok(Books { produced, stored, duplicate, dead_lettered, dropped: dropped.into_iter().collect() })
    }

    /// One producer, or those that were heard of last.
    pub async fn producers(
        &self,
        producer: Option<Producer>,
        limit: i64,
    ) -> Result<Vec<ProducerBooks>, StoreError> {
        let query = sqlx::query_as(
            "SELECT producer, produced, stored, duplicate, dead_lettered, first_at, last_at,
                    coalesce(reasons, '{}') AS reasons, coalesce(dropped, '{}') AS dropped
             FROM producers known
             LEFT JOIN LATERAL (
                 SELECT array_agg(reason ORDER BY reason) AS reasons, array_agg(clicks ORDER BY reason) AS dropped
                 FROM producer_drops drops WHERE drops.producer = known.producer AND clicks <> 0
             ) AS drops ON true
             WHERE ($1::uuid IS NULL OR producer = $1) AND producer <> '00000000-0000-0000-0000-000000000000'
             ORDER BY last_at DESC, producer LIMIT $2",
        );
        let query = query.bind(producer.map(|producer| producer.0)).bind(limit);
        let rows: Vec<ProducerRow> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(ProducerBooks::from).collect())
    }

    /// Numbers of batches that nothing is known of, as ranges. Of a producer whose first batches may be forgotten, from the first
    /// on record on.
    pub async fn missing_batches(
        &self,
        producer: Producer,
        now: UnixMillis,
        limit: i64,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        let query = sqlx::query_as(
            "SELECT before + 1, batch - 1 FROM (
                 SELECT batch, lag(batch, 1, (SELECT 0::bigint FROM producers
                                              WHERE producer = $1 AND first_at > $3))
                               OVER (ORDER BY batch) AS before FROM (
                     SELECT batch FROM batches WHERE producer = $1
                     UNION SELECT batch FROM dropped_batches WHERE producer = $1
                     UNION SELECT batch FROM dead_batches WHERE producer = $1
                 ) AS known
             ) AS neighbours
             WHERE batch > before + 1 ORDER BY batch LIMIT $2",
        );
        let kept_from = now.plus_millis(-i64::from(BATCHES_KEPT_DAYS) * DAY_MILLIS).date_time();
        let query = query.bind(producer.0).bind(limit).bind(kept_from);
        self.0.run(query.fetch_all(&self.0.pool)).await
    }
}

impl From<ProducerRow> for ProducerBooks {
    fn from(row: ProducerRow) -> Self {
        let dropped: BTreeMap<String, i64> = row.reasons.into_iter().zip(row.dropped).collect();
        let known = row.stored + row.dead_lettered + dropped.values().sum::<i64>();
        Self {
            producer: Producer(row.producer),
            books: Books {
                produced: row.produced.max(known),
                stored: row.stored,
                duplicate: row.duplicate,
                dead_lettered: row.dead_lettered,
                dropped,
            },
            first_at: row.first_at.into(),
            last_at: row.last_at.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_batches_was_produced() {
        let row = ProducerRow {
            producer: Uuid::nil(),
            produced: 3,
            stored: 3,
            duplicate: 1,
            dead_lettered: 2,
            first_at: OffsetDateTime::UNIX_EPOCH,
            last_at: OffsetDateTime::UNIX_EPOCH,
            reasons: vec!["queue_refused".into()],
            dropped: vec![4],
        };
        assert_eq!(ProducerBooks::from(row).books.produced, 9);
    }
}
