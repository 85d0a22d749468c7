//! The roll-ups of clicks, which the consumer keeps. Does not decide which ranges may be asked for.

use std::collections::{BTreeMap, HashMap};

use link_core::roll_up::{ALL_LINKS, Dimension};
use link_core::time::UnixMillis;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{AnalyticsDatabase, StoreError};
use crate::statistics::{DAY_MILLIS, QUARTER_MILLIS};

/// A batch is sealed half a second after its first click, waits for its invocation for some seconds, and is stored in one.
const OVERTAKING_MILLIS: i64 = 60 * 1_000;
/// The longest that SQS keeps a message.
const AWAITED_MILLIS: i64 = 14 * DAY_MILLIS;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub clicks: i64,
    pub visitors: i64,
}

impl Count {
    pub fn add(&mut self, other: Self) {
        self.clicks += other.clicks;
        self.visitors += other.visitors;
    }
}

/// Whose clicks, when, and of which class; times are whole quarters of an hour, `to` is not part of it.
#[derive(Debug, Clone)]
pub struct Range<'a> {
    pub links: &'a [Uuid],
    pub from: UnixMillis,
    pub to: UnixMillis,
    pub class: Option<&'a str>,
}

impl Range<'_> {
    fn first_day(&self) -> Date {
        self.from.day()
    }

    fn last_day(&self) -> Date {
        self.to.plus_millis(-1).day()
    }

    /// Of the first day.
    fn first_quarter(&self) -> i32 {
        quarter(self.from)
    }

    /// Of the last day.
    fn last_quarter(&self) -> i32 {
        quarter(self.to.plus_millis(-1))
    }
}

fn quarter(moment: UnixMillis) -> i32 {
    i32::try_from(moment.0.rem_euclid(DAY_MILLIS) / QUARTER_MILLIS).unwrap_or(0)
}

/// Sums by one column of `link_days`. Whole days are read from their sums, the first and the last from their quarters.
macro_rules! groups {
    ($key:literal) => {
        concat!(
            "SELECT key, sum(clicks)::bigint, sum(visitors)::bigint FROM (
                 SELECT ",
            $key,
            " AS key,
                     CASE WHEN low = 0 AND high = 95 THEN clicks ELSE
                         (SELECT coalesce(sum(n), 0) FROM unnest(quarter_clicks[low:high]) AS n) END AS clicks,
                     CASE WHEN low = 0 AND high = 95 THEN visitors ELSE
                         (SELECT coalesce(sum(n), 0) FROM unnest(quarter_visitors[low:high]) AS n) END AS visitors
                 FROM link_days,
                      LATERAL (SELECT CASE WHEN day = $4 THEN $6 ELSE 0 END AS low,
                                      CASE WHEN day = $5 THEN $7 ELSE 95 END AS high) AS part
                 WHERE link_id = ANY($1) AND dimension = $2 AND day BETWEEN $4 AND $5 AND ($3::text IS NULL OR class = $3)
             ) AS counted GROUP BY key HAVING sum(clicks) <> 0"
        )
    };
}

impl AnalyticsDatabase {
    pub async fn by_class(&self, range: &Range<'_>) -> Result<HashMap<String, Count>, StoreError> {
        self.groups(groups!("class"), range, Dimension::Total).await
    }

    pub async fn by_value(
        &self,
        range: &Range<'_>,
        dimension: Dimension,
    ) -> Result<HashMap<String, Count>, StoreError> {
        self.groups(groups!("value"), range, dimension).await
    }

    pub async fn by_link(&self, range: &Range<'_>) -> Result<HashMap<String, Count>, StoreError> {
        self.groups(groups!("link_id::text"), range, Dimension::Total).await
    }

    async fn groups(
        &self,
        query: &'static str,
        range: &Range<'_>,
        dimension: Dimension,
    ) -> Result<HashMap<String, Count>, StoreError> {
        let query = sqlx::query_as(query)
            .bind(range.links)
            .bind(dimension.as_str())
            .bind(range.class)
            .bind(range.first_day())
            .bind(range.last_day())
            .bind(range.first_quarter())
            .bind(range.last_quarter());
        let rows: Vec<(String, i64, i64)> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(|(key, clicks, visitors)| (key, Count { clicks, visitors })).collect())
    }

    /// By quarter of an hour; those without a click are left out.
    pub async fn quarters(&self, range: &Range<'_>) -> Result<BTreeMap<UnixMillis, Count>, StoreError> {
        type Row = (Date, Option<i32>, Vec<Option<i32>>, Option<i32>, Vec<Option<i32>>);
        // `[:]` makes an array start at 1, as the driver wants it.
        let query = sqlx::query_as(
            "SELECT day, array_lower(quarter_clicks, 1), quarter_clicks[:], array_lower(quarter_visitors, 1),
                    quarter_visitors[:]
             FROM link_days
             WHERE link_id = ANY($1) AND dimension = $2 AND day BETWEEN $4 AND $5 AND ($3::text IS NULL OR class = $3)",
        )
        .bind(range.links)
        .bind(Dimension::Total.as_str())
        .bind(range.class)
        .bind(range.first_day())
        .bind(range.last_day());
        let rows: Vec<Row> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        let mut quarters: BTreeMap<UnixMillis, Count> = BTreeMap::new();
        let mut add = |day: Date, first: Option<i32>, counts: Vec<Option<i32>>, count: fn(i64) -> Count| {
            let midnight = UnixMillis::from(day.midnight().assume_utc());
            for (quarter, number) in (i64::from(first.unwrap_or(0))..).zip(counts) {
                let start = midnight.plus_millis(quarter * QUARTER_MILLIS);
                let number = i64::from(number.unwrap_or(0));
                if number != 0 && (range.from..range.to).contains(&start) {
                    quarters.entry(start).or_default().add(count(number));
                }
            }
        };
        for (day, first_clicks, clicks, first_visitors, visitors) in rows {
            add(day, first_clicks, clicks, |clicks| Count { clicks, visitors: 0 });
            add(day, first_visitors, visitors, |visitors| Count { clicks: 0, visitors });
        }
        Ok(quarters)
    }

    /// By the minute, of the last days.
    pub async fn minutes(&self, range: &Range<'_>) -> Result<BTreeMap<UnixMillis, Count>, StoreError> {
        let query = sqlx::query_as(
            "SELECT minute, sum(clicks)::bigint, sum(visitors)::bigint FROM link_minutes
             WHERE link_id = ANY($1) AND day BETWEEN $2 AND $3 AND minute >= $4 AND minute < $5
               AND ($6::text IS NULL OR class = $6)
             GROUP BY minute HAVING sum(clicks) <> 0",
        )
        .bind(range.links)
        .bind(range.first_day())
        .bind(range.last_day())
        .bind(range.from.date_time())
        .bind(range.to.date_time())
        .bind(range.class);
        let rows: Vec<(OffsetDateTime, i64, i64)> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        let count =
            |(minute, clicks, visitors): (OffsetDateTime, _, _)| (minute.into(), Count { clicks, visitors });
        Ok(rows.into_iter().map(count).collect())
    }

    /// Every click before this time is counted, or accounted for in the books, as far as producers' running totals tell:
    /// - nothing newer than the newest click is known of, and messages overtake each other by up to [`OVERTAKING_MILLIS`];
    /// - what is missing of a producer came after its books last added up. It is awaited for as long as a queue may keep it,
    ///   and after that it is only missing.
    ///
    /// `None` before the first click.
    pub async fn complete_until(&self, now: UnixMillis) -> Result<Option<UnixMillis>, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT least(last_click_at, $2, (SELECT min(complete_until) FROM producers
                                              WHERE complete_until < last_click_at AND last_at > $3))
             FROM link_totals WHERE link_id = $1",
        )
        .bind(ALL_LINKS)
        .bind(now.plus_millis(-OVERTAKING_MILLIS).date_time())
        .bind(now.plus_millis(-AWAITED_MILLIS).date_time());
        let moment: Option<OffsetDateTime> = self.0.run(query.fetch_optional(&self.0.pool)).await?;
        Ok(moment.map(UnixMillis::from))
    }
}
