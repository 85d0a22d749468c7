//! Counts raw clicks, for questions that no roll-up answers. Reads at most [`MAX_RAW_CLICKS`] of them: of more, a sample.

use std::collections::BTreeMap;

use link_core::clicks::calendar::DAY_MILLIS;
use link_core::clicks::roll_up::Dimension;
use link_core::time::UnixMillis;
use time::OffsetDateTime;

use super::statistics::{ClickCount, ClickRange};
use super::{AnalyticsDatabase, StoreError};
use crate::limits::{MAX_RAW_CLICKS, SAMPLE_SLICES};

/// What raw clicks are counted by, besides time and class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawKey {
    Dimension(Dimension),
    Link,
}

impl RawKey {
    fn as_str(self) -> &'static str {
        match self {
            Self::Dimension(dimension) => dimension.as_str(),
            Self::Link => "link",
        }
    }
}

#[derive(Debug)]
pub struct RawQuestion<'a> {
    pub range: ClickRange<'a>,
    /// Whether the clicks of all links are counted, whatever the range's links.
    pub of_all_links: bool,
    pub share: Share,
    pub step_millis: i64,
    pub key: Option<RawKey>,
    /// The empty text stands for no value. Referrers and campaigns are not filtered here: SQL cannot decode them.
    pub filters: &'a BTreeMap<Dimension, String>,
    /// Whether the counts are by referrer too, and by the parameters of campaigns.
    pub by_referrer: bool,
    pub by_utm: bool,
}

/// The number of raw clicks with one combination of what they are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawCount {
    pub at: UnixMillis,
    pub class: String,
    pub key: Option<String>,
    /// The URL.
    pub referrer: Option<String>,
    /// See [`link_core::clicks::utm`].
    pub utm: Option<String>,
    pub count: ClickCount,
}

/// The part of the clicks that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    read: i64,
    of: i64,
}

impl Share {
    /// What may be read of this many clicks.
    pub fn of(clicks: i64) -> Self {
        if clicks <= MAX_RAW_CLICKS {
            Self { read: 1, of: 1 }
        } else {
            Self { read: MAX_RAW_CLICKS, of: clicks }
        }
    }

    pub fn is_whole(self) -> bool {
        self.read == self.of
    }

    pub fn ratio(self) -> f64 {
        self.read as f64 / self.of as f64
    }

    /// How many clicks there probably are where this many were read.
    pub fn estimate(self, count: ClickCount) -> ClickCount {
        let estimate = |number: i64| (number * self.of + self.read / 2) / self.read;
        ClickCount { clicks: estimate(count.clicks), visitors: estimate(count.visitors) }
    }
}

/// The days of a range as a whole: all clicks of these days are read to find those of the range, as no index has their time.
pub fn whole_days(range: &ClickRange<'_>) -> (UnixMillis, UnixMillis) {
    (range.from.round_down(DAY_MILLIS), range.to.round_up(DAY_MILLIS))
}

/// A city as statistics show it, and null without one. Versions are made in the same way.
macro_rules! city_with_place {
    () => {
        "city || ', ' || coalesce(region, country)"
    };
}

macro_rules! raw_counts {
    ($source:literal, $new:literal) => {
        concat!(
            "SELECT date_bin(make_interval(secs => $5::float8), time, 'epoch') AS at, class,
                    CASE $6::text WHEN 'country' THEN country WHEN 'region' THEN region WHEN 'city' THEN ",
            city_with_place!(),
            " WHEN 'browser' THEN browser WHEN 'browser_version' THEN browser || ' ' || browser_version
                                  WHEN 'os' THEN os WHEN 'os_version' THEN os || ' ' || os_version
                                  WHEN 'device' THEN device WHEN 'language' THEN language
                                  WHEN 'destination' THEN destination WHEN 'tier' THEN tier WHEN 'domain' THEN domain
                                  WHEN 'link' THEN link_id::text END AS key,
                    CASE WHEN $7::boolean THEN referrer END AS referrer, CASE WHEN $18::boolean THEN utm END AS utm,
                    count(*), count(*) FILTER (WHERE ",
            $new,
            ") FROM (",
            $source,
            ") AS read
             WHERE class IS NOT NULL AND ($8::text IS NULL OR class = $8) AND ($9::text IS NULL OR coalesce(country, '') = $9)
               AND ($10::text IS NULL OR coalesce(browser, '') = $10) AND ($11::text IS NULL OR coalesce(os, '') = $11)
               AND ($12::text IS NULL OR coalesce(device, '') = $12) AND ($13::text IS NULL OR coalesce(language, '') = $13)
               AND ($14::text IS NULL OR coalesce(destination, '') = $14) AND ($15::text IS NULL OR tier = $15)
               AND ($19::text IS NULL OR coalesce(region, '') = $19)
               AND ($20::text IS NULL OR coalesce(",
            city_with_place!(),
            ", '') = $20)
               AND ($21::text IS NULL OR coalesce(browser || ' ' || browser_version, '') = $21)
               AND ($22::text IS NULL OR coalesce(os || ' ' || os_version, '') = $22)
             GROUP BY 1, 2, 3, 4, 5"
        )
    };
}

/// Reads the beginning of each of many parts of the range. OFFSET 0 keeps each part an index scan.
const OF_LINKS: &str = raw_counts!(
    "SELECT clicks.* FROM (
         SELECT $2 + n * length / slices AS low, $2 + (n + $4::float8) * length / slices AS high
         FROM (SELECT $3::timestamptz - $2::timestamptz AS length, $16::bigint AS slices) AS period,
              generate_series(0, slices - 1) AS n
     ) AS slice, LATERAL (
         SELECT * FROM clicks
         WHERE link_id = ANY($1) AND time >= low AND time < high
           AND day BETWEEN (low AT TIME ZONE 'UTC')::date AND (high AT TIME ZONE 'UTC')::date OFFSET 0
     ) AS clicks LIMIT $17",
    "new_to_link"
);

/// Reads some pages of each day. The same ones for the same share, so that a repeated question has the same answer.
const OF_ALL_LINKS: &str = raw_counts!(
    "SELECT * FROM clicks TABLESAMPLE SYSTEM (100 * $4::float8) REPEATABLE (1)
     WHERE day BETWEEN ($2::timestamptz AT TIME ZONE 'UTC')::date
           AND (($3::timestamptz - interval '1 millisecond') AT TIME ZONE 'UTC')::date
       AND time >= $2 AND time < $3 AND $1::uuid[] IS NOT NULL AND $16::bigint IS NOT NULL LIMIT $17",
    "new_to_all"
);

impl AnalyticsDatabase {
    /// The counts of the clicks that were read, not yet estimates.
    pub async fn raw_counts(&self, question: &RawQuestion<'_>) -> Result<Vec<RawCount>, StoreError> {
        type Row = (OffsetDateTime, String, Option<String>, Option<String>, Option<String>, i64, i64);
        let RawQuestion { range, share, filters, .. } = question;
        let value = |dimension: Dimension| filters.get(&dimension).map(String::as_str);
        let statement = if question.of_all_links { OF_ALL_LINKS } else { OF_LINKS };
        let slices = if share.is_whole() { 1 } else { SAMPLE_SLICES };
        let query = sqlx::query_as(statement)
            .bind(range.links)
            .bind(range.from.date_time())
            .bind(range.to.date_time())
            .bind(share.ratio())
            .bind(question.step_millis as f64 / 1_000.0)
            .bind(question.key.map(RawKey::as_str))
            .bind(question.by_referrer)
            .bind(range.class)
            .bind(value(Dimension::Country))
            .bind(value(Dimension::Browser))
            .bind(value(Dimension::Os))
            .bind(value(Dimension::Device))
            .bind(value(Dimension::Language))
            .bind(value(Dimension::Destination))
            .bind(value(Dimension::Tier))
            .bind(slices)
            // A burst may lie in the parts that are read.
            .bind(MAX_RAW_CLICKS)
            .bind(question.by_utm)
            .bind(value(Dimension::Region))
            .bind(value(Dimension::City))
            .bind(value(Dimension::BrowserVersion))
            .bind(value(Dimension::OsVersion));
        let rows: Vec<Row> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        let count = |(at, class, key, referrer, utm, clicks, visitors): Row| RawCount {
            at: at.into(),
            class,
            key,
            referrer,
            utm,
            count: ClickCount { clicks, visitors },
        };
        Ok(rows.into_iter().map(count).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_estimates_the_whole() {
        let count = |clicks, visitors| ClickCount { clicks, visitors };
        assert!(Share::of(MAX_RAW_CLICKS).is_whole());
        assert_eq!(Share::of(MAX_RAW_CLICKS).estimate(count(7, 3)), count(7, 3));
        let tenth = Share::of(10 * MAX_RAW_CLICKS);
        assert_eq!((tenth.ratio(), tenth.estimate(count(7, 0))), (0.1, count(70, 0)));
    }
}
