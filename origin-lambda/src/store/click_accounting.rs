//! Reads the click accounting that the consumer keeps. Does not judge what is missing.

use std::collections::BTreeMap;

use link_core::clicks::batch::{BATCHES_KEPT_DAYS, Producer};
use link_core::clicks::calendar::DAY_MILLIS;
use link_core::time::UnixMillis;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{AnalyticsDatabase, StoreError};

/// Numbers of clicks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClickAccounting {
    pub produced: i64,
    pub stored: i64,
    pub duplicate: i64,
    pub dead_lettered: i64,
    /// By reason.
    pub dropped: BTreeMap<String, i64>,
}

impl ClickAccounting {
    /// Clicks that were produced and are in no other number.
    pub fn missing(&self) -> i64 {
        let dropped: i64 = self.dropped.values().sum();
        self.produced - self.stored - self.dead_lettered - dropped
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerAccounting {
    pub producer: Producer,
    pub is_import: bool,
    pub accounting: ClickAccounting,
    pub first_at: UnixMillis,
    pub last_at: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct ProducerRow {
    producer: Uuid,
    imported: bool,
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
    pub async fn click_accounting(&self) -> Result<ClickAccounting, StoreError> {
        // A producer's own total may be lower than the clicks of its known batches: the newest of them may be a dead letter from
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
        Ok(ClickAccounting {
            produced,
            stored,
            duplicate,
            dead_lettered,
            dropped: dropped.into_iter().collect(),
        })
    }

    /// One producer, or the most recently active ones.
    pub async fn producers(
        &self,
        producer: Option<Producer>,
        limit: i64,
    ) -> Result<Vec<ProducerAccounting>, StoreError> {
        let query = sqlx::query_as(
            "SELECT producer, imported, produced, stored, duplicate, dead_lettered, first_at, last_at,
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
        Ok(rows.into_iter().map(ProducerAccounting::from).collect())
    }

    /// Ranges of batch numbers that are unknown. For a producer whose first batches may have been deleted, starts after the first
    /// known batch.
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

impl From<ProducerRow> for ProducerAccounting {
    fn from(row: ProducerRow) -> Self {
        let dropped: BTreeMap<String, i64> = row.reasons.into_iter().zip(row.dropped).collect();
        let known = row.stored + row.dead_lettered + dropped.values().sum::<i64>();
        Self {
            producer: Producer(row.producer),
            is_import: row.imported,
            accounting: ClickAccounting {
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
    fn known_batches_count_as_produced() {
        let row = ProducerRow {
            producer: Uuid::nil(),
            imported: false,
            produced: 3,
            stored: 3,
            duplicate: 1,
            dead_lettered: 2,
            first_at: OffsetDateTime::UNIX_EPOCH,
            last_at: OffsetDateTime::UNIX_EPOCH,
            reasons: vec!["queue_refused".into()],
            dropped: vec![4],
        };
        assert_eq!(ProducerAccounting::from(row).accounting.produced, 9);
    }
}
