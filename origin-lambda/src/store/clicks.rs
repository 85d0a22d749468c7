//! The roll-up of clicks, which the consumer keeps. Does not decide which ranges may be asked for.

use link_core::record::LinkId;
use link_core::time::UnixMillis;
use time::OffsetDateTime;

use super::{AnalyticsDatabase, StoreError};

/// Clicks are counted per quarter of an hour (UTC); no answer can be finer.
pub const BUCKET_MILLIS: i64 = 15 * 60 * 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    Hour,
    Day,
}

impl Interval {
    /// As in the API and, by chance, in `date_trunc`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    pub fn millis(self) -> i64 {
        match self {
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct ClickCount {
    pub start: UnixMillis,
    pub clicks: i64,
}

impl AnalyticsDatabase {
    /// Intervals without a click are left out. Counts the buckets that start in `from..to`.
    pub async fn click_series(
        &self,
        link: LinkId,
        from: UnixMillis,
        to: UnixMillis,
        interval: Interval,
    ) -> Result<Vec<ClickCount>, StoreError> {
        let rows: Vec<(OffsetDateTime, i64)> = self
            .0
            .run(
                sqlx::query_as(
                    "SELECT date_trunc($4, bucket, 'UTC') AS start, sum(clicks)::bigint
                     FROM link_clicks_15m
                     WHERE link_id = $1 AND bucket >= $2 AND bucket < $3
                     GROUP BY start
                     ORDER BY start",
                )
                .bind(link.0)
                .bind(from.date_time())
                .bind(to.date_time())
                .bind(interval.as_str())
                .fetch_all(&self.0.pool),
            )
            .await?;
        Ok(rows.into_iter().map(|(start, clicks)| ClickCount { start: start.into(), clicks }).collect())
    }
}
