//! Reads the roll-ups of clicks that the consumer keeps. Does not decide which ranges may be requested.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use link_core::clicks::calendar::{DAY_MILLIS, LAST_QUARTER, Months, QUARTER_MILLIS, month_start};
use link_core::clicks::roll_up::{ALL_LINKS, DETAIL, Dimension};
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use sqlx::{Decode, Postgres, Type};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{AnalyticsDatabase, StoreError};
use crate::limits::MAX_GROUPS;

/// Batches overtake each other by less: one is sealed half a second after its first click, waits some seconds for its invocation,
/// and is stored in it.
const MAX_REORDER_MILLIS: i64 = 60 * 1_000;
/// The longest that SQS keeps a message.
const MAX_QUEUE_MILLIS: i64 = 14 * DAY_MILLIS;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClickCount {
    pub clicks: i64,
    pub visitors: i64,
}

impl ClickCount {
    pub fn add(&mut self, other: Self) {
        self.clicks += other.clicks;
        self.visitors += other.visitors;
    }
}

pub fn sum<'a>(counts: impl Iterator<Item = &'a ClickCount>) -> ClickCount {
    let mut sum = ClickCount::default();
    counts.for_each(|count| sum.add(*count));
    sum
}

/// The links, time and class of clicks; times are whole quarters of an hour, `to` is exclusive.
#[derive(Debug, Clone)]
pub struct ClickRange<'a> {
    pub links: &'a [Uuid],
    pub from: UnixMillis,
    pub to: UnixMillis,
    pub class: Option<&'a str>,
    /// One value of one dimension.
    pub filter: Option<(Dimension, &'a str)>,
}

/// Counts by time and class.
pub type Series = BTreeMap<(UnixMillis, String), ClickCount>;

impl ClickRange<'_> {
    /// The dimension whose rows hold the clicks.
    fn dimension(&self) -> Dimension {
        self.filter.map_or(Dimension::Total, |(dimension, _)| dimension.stored_in())
    }

    fn value(&self) -> Option<String> {
        self.filter.map(|(dimension, value)| dimension.stored_value(value))
    }

    /// How the values begin that are the filter's with a detail.
    fn prefix(&self) -> Option<String> {
        let (_, value) = self.filter.filter(|(dimension, _)| dimension.has_details())?;
        Some(format!("{value}{DETAIL}"))
    }

    fn first_day(&self) -> Date {
        self.from.day()
    }

    fn last_day(&self) -> Date {
        self.to.plus_millis(-1).day()
    }

    fn days(&self) -> impl Iterator<Item = Date> {
        let last = self.last_day();
        std::iter::successors(Some(self.first_day()), |day| day.next_day())
            .take_while(move |day| *day <= last)
    }

    /// The first and last day that are read from daily sums: each is wholly in the range, or is corrected by a subtracted part.
    /// Empty if the first day is later than the last.
    fn whole_days(&self) -> (Date, Date) {
        let (mut first, mut last) =
            (self.from.round_up(DAY_MILLIS).day(), self.to.round_down(DAY_MILLIS).plus_millis(-1).day());
        for partial in self.partial_days().iter().filter(|partial| partial.is_subtracted) {
            first = first.min(partial.day);
            last = last.max(partial.day);
        }
        (first, last)
    }

    /// The first and the last day of the range, if they are partial.
    fn partial_days(&self) -> Vec<PartialDay> {
        let (low, high) = (self.from.quarter_of_day(), self.to.plus_millis(-1).quarter_of_day());
        let (first, last) = (self.first_day(), self.last_day());
        let days = if first == last {
            vec![(first, low, high)]
        } else {
            vec![(first, low, LAST_QUARTER), (last, 0, high)]
        };
        let is_partial = |(_, low, high): &(Date, i32, i32)| (*low, *high) != (0, LAST_QUARTER);
        days.into_iter().filter(is_partial).map(|(day, low, high)| PartialDay::of(day, low, high)).collect()
    }
}

/// Quarters of a day that are added, or subtracted from the sum of the day, whichever are fewer. For a thousand values that is
/// most of the work.
#[derive(Debug, PartialEq, Eq)]
struct PartialDay {
    day: Date,
    low: i32,
    high: i32,
    is_subtracted: bool,
}

impl PartialDay {
    fn of(day: Date, low: i32, high: i32) -> Self {
        let is_long = 2 * (high - low) > LAST_QUARTER;
        match (low, high) {
            (1.., LAST_QUARTER) if is_long => Self { day, low: 0, high: low - 1, is_subtracted: true },
            (0, _) if is_long => Self { day, low: high + 1, high: LAST_QUARTER, is_subtracted: true },
            _ => Self { day, low, high, is_subtracted: false },
        }
    }
}

/// Sums by one column, of the rows of some links and a dimension. Whole days are read from daily sums, parts of days from quarters. The
/// sums of a sealed day are in `link_months`, those of any other day in `link_days`, and in both if some clicks came late.
macro_rules! groups {
    ($key:literal, $rows:literal, $end:literal) => {
        concat!(
            "WITH partial_day AS (
                 SELECT day, low, high, CASE WHEN is_subtracted THEN -1 ELSE 1 END AS sign
                 FROM UNNEST($11::date[], $12::integer[], $13::integer[], $14::boolean[]) AS partial_day (day, low, high, is_subtracted)
             )
             SELECT key, sum(clicks)::bigint, coalesce(sum(visitors), 0)::bigint FROM (
                 SELECT ",
            $key,
            " AS key, clicks, visitors FROM link_days WHERE day BETWEEN $4 AND $5 AND ",
            $rows,
            "    UNION ALL
                 SELECT ",
            $key,
            ", clicks, visitors FROM link_months WHERE month BETWEEN $6 AND $7 AND ",
            $rows,
            "    UNION ALL
                 SELECT ",
            $key,
            ", of_clicks, of_visitors
                 FROM UNNEST($8::date[], $9::integer[], $10::integer[]) AS part (month, low, high)
                 JOIN link_months USING (month),
                      LATERAL (SELECT sum(n)::bigint AS of_clicks, sum(m)::bigint AS of_visitors
                               FROM (SELECT unnest(day_clicks[low:high]) AS n, unnest(day_visitors[low:high]) AS m) AS days) AS sums
                 WHERE ",
            $rows,
            "    UNION ALL
                 SELECT ",
            $key,
            ", sign * of_clicks, sign * of_visitors
                 FROM partial_day JOIN quarters_of_days USING (day),
                      LATERAL (SELECT sum(n) AS of_clicks, sum(m) AS of_visitors
                               FROM (SELECT unnest(quarter_clicks[low:high]) AS n,
                                            unnest(quarter_visitors[low:high]) AS m) AS quarters) AS sums
                 WHERE ",
            $rows,
            ") AS counted GROUP BY key HAVING sum(clicks) <> 0",
            $end
        )
    };
}

/// Of the links `$1`.
macro_rules! groups_of_links {
    ($key:literal) => {
        groups!(
            $key,
            "link_id = ANY($1) AND dimension = $2 AND ($3::text IS NULL OR class = $3) \
             AND ($15::text IS NULL OR value = $15 OR starts_with(value, $16)) ",
            ""
        )
    };
}

const _: () = assert!(MAX_GROUPS == 1_000);

/// Of all links but `$1`. The dimension is written out, as it is in the condition of the indexes by day.
const TOP_LINKS: &str = groups!(
    "link_id",
    "link_id <> ALL($1) AND dimension = 'total' AND $2 = 'total' AND ($3::text IS NULL OR class = $3) \
     AND ($15::text IS NULL OR value = $15 OR starts_with(value, $16)) ",
    " ORDER BY sum(clicks) DESC, key LIMIT 1000"
);

impl AnalyticsDatabase {
    pub async fn by_class(&self, range: &ClickRange<'_>) -> Result<HashMap<String, ClickCount>, StoreError> {
        self.groups(groups_of_links!("class"), range, range.dimension()).await
    }

    /// By a dimension's values; a filter is not applied.
    pub async fn by_value(
        &self,
        range: &ClickRange<'_>,
        dimension: Dimension,
    ) -> Result<HashMap<String, ClickCount>, StoreError> {
        let range = ClickRange { filter: None, ..range.clone() };
        let stored: HashMap<String, ClickCount> =
            self.groups(groups_of_links!("value"), &range, dimension.stored_in()).await?;
        let mut shown: HashMap<String, ClickCount> = HashMap::new();
        for (value, count) in stored {
            if let Some(value) = dimension.shown_value(&value) {
                shown.entry(value).or_default().add(count);
            }
        }
        Ok(shown)
    }

    pub async fn by_link(&self, range: &ClickRange<'_>) -> Result<HashMap<Uuid, ClickCount>, StoreError> {
        self.groups(groups_of_links!("link_id"), range, range.dimension()).await
    }

    /// The links with the most clicks, [`MAX_GROUPS`] at most. The range's links are ignored.
    pub async fn top_links(&self, range: &ClickRange<'_>) -> Result<HashMap<Uuid, ClickCount>, StoreError> {
        let range = ClickRange { links: &[ALL_LINKS], filter: None, ..range.clone() };
        self.groups(TOP_LINKS, &range, Dimension::Total).await
    }

    async fn groups<K>(
        &self,
        query: &'static str,
        range: &ClickRange<'_>,
        dimension: Dimension,
    ) -> Result<HashMap<K, ClickCount>, StoreError>
    where
        K: Eq + Hash + Send + Unpin + Type<Postgres> + for<'row> Decode<'row, Postgres>,
    {
        let (first_day, last_day) = range.whole_days();
        let months = Months::of(first_day, last_day);
        let partial_days = range.partial_days();
        let query = sqlx::query_as(query)
            .bind(range.links)
            .bind(dimension.as_str())
            .bind(range.class)
            .bind(first_day)
            .bind(last_day)
            .bind(months.first)
            .bind(months.last)
            .bind(months.parts.iter().map(|part| part.month).collect::<Vec<_>>())
            .bind(months.parts.iter().map(|part| part.low).collect::<Vec<_>>())
            .bind(months.parts.iter().map(|part| part.high).collect::<Vec<_>>())
            .bind(partial_days.iter().map(|partial| partial.day).collect::<Vec<_>>())
            .bind(partial_days.iter().map(|partial| partial.low).collect::<Vec<_>>())
            .bind(partial_days.iter().map(|partial| partial.high).collect::<Vec<_>>())
            .bind(partial_days.iter().map(|partial| partial.is_subtracted).collect::<Vec<_>>())
            .bind(range.value())
            .bind(range.prefix());
        let rows: Vec<(K, i64, i64)> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(|(key, clicks, visitors)| (key, ClickCount { clicks, visitors })).collect())
    }

    /// Counts by quarter of an hour, except for `whole_days`, which must lie in the range and get one count per day. Omits times
    /// without clicks.
    pub async fn series(&self, range: &ClickRange<'_>, whole_days: &[Date]) -> Result<Series, StoreError> {
        let whole: BTreeSet<&Date> = whole_days.iter().collect();
        let others: Vec<Date> = range.days().filter(|day| !whole.contains(day)).collect();
        let mut series = Series::new();
        if !others.is_empty() {
            series = self.quarters(range, &others).await?;
        }
        if !whole_days.is_empty() {
            series.extend(self.days(range, whole_days).await?);
        }
        Ok(series)
    }

    async fn days(
        &self,
        range: &ClickRange<'_>,
        days: &[Date],
    ) -> Result<Vec<((UnixMillis, String), ClickCount)>, StoreError> {
        let query = sqlx::query_as(
            "SELECT day, class, sum(clicks)::bigint, coalesce(sum(visitors), 0)::bigint FROM (
                 SELECT day, class, clicks, visitors FROM link_days
                 WHERE link_id = ANY($1) AND dimension = $2 AND day = ANY($4) AND ($3::text IS NULL OR class = $3)
                   AND ($7::text IS NULL OR value = $7 OR starts_with(value, $8))
                 UNION ALL
                 SELECT day, class, day_clicks[day_of_month], day_visitors[day_of_month]
                 FROM (SELECT day, date_trunc('month', day)::date AS month, extract(day FROM day)::integer AS day_of_month
                       FROM UNNEST($4::date[]) AS day) AS requested
                 JOIN link_months USING (month)
                 WHERE link_id = ANY($1) AND dimension = $2 AND month BETWEEN $5 AND $6
                   AND ($3::text IS NULL OR class = $3) AND ($7::text IS NULL OR value = $7 OR starts_with(value, $8))
             ) AS counted GROUP BY day, class HAVING sum(clicks) <> 0",
        )
        .bind(range.links)
        .bind(range.dimension().as_str())
        .bind(range.class)
        .bind(days)
        .bind(month_start(range.first_day()))
        .bind(month_start(range.last_day()))
        .bind(range.value())
        .bind(range.prefix());
        let rows: Vec<(Date, String, i64, i64)> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        let count = |(day, class, clicks, visitors): (Date, _, _, _)| {
            ((UnixMillis::from(day.midnight().assume_utc()), class), ClickCount { clicks, visitors })
        };
        Ok(rows.into_iter().map(count).collect())
    }

    async fn quarters(&self, range: &ClickRange<'_>, days: &[Date]) -> Result<Series, StoreError> {
        type Row = (Date, String, Option<i32>, Vec<Option<i32>>, Option<i32>, Vec<Option<i32>>);
        // `[:]` makes an array start at 1, as the driver wants it.
        let query = sqlx::query_as(
            "SELECT day, class, array_lower(quarter_clicks, 1), quarter_clicks[:], array_lower(quarter_visitors, 1),
                    quarter_visitors[:]
             FROM quarters_of_days
             WHERE link_id = ANY($1) AND dimension = $2 AND day = ANY($4) AND ($3::text IS NULL OR class = $3)
               AND ($5::text IS NULL OR value = $5 OR starts_with(value, $6))",
        )
        .bind(range.links)
        .bind(range.dimension().as_str())
        .bind(range.class)
        .bind(days)
        .bind(range.value())
        .bind(range.prefix());
        let rows: Vec<Row> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        let mut quarters = Series::new();
        let mut add = |(day, class): (Date, &str),
                       first: Option<i32>,
                       counts: Vec<Option<i32>>,
                       count: fn(i64) -> ClickCount| {
            let midnight = UnixMillis::from(day.midnight().assume_utc());
            for (quarter, number) in (i64::from(first.unwrap_or(0))..).zip(counts) {
                let start = midnight.plus_millis(quarter * QUARTER_MILLIS);
                let number = i64::from(number.unwrap_or(0));
                if number != 0 && (range.from..range.to).contains(&start) {
                    quarters.entry((start, class.to_owned())).or_default().add(count(number));
                }
            }
        };
        for (day, class, first_clicks, clicks, first_visitors, visitors) in rows {
            add((day, &class), first_clicks, clicks, |clicks| ClickCount { clicks, visitors: 0 });
            add((day, &class), first_visitors, visitors, |visitors| ClickCount { clicks: 0, visitors });
        }
        Ok(quarters)
    }

    /// Counts by minute, which are kept for the last days only.
    pub async fn minutes(&self, range: &ClickRange<'_>) -> Result<Series, StoreError> {
        let query = sqlx::query_as(
            "SELECT minute, class, sum(clicks)::bigint, sum(visitors)::bigint FROM link_minutes
             WHERE link_id = ANY($1) AND day BETWEEN $2 AND $3 AND minute >= $4 AND minute < $5
               AND ($6::text IS NULL OR class = $6)
             GROUP BY minute, class HAVING sum(clicks) <> 0",
        )
        .bind(range.links)
        .bind(range.first_day())
        .bind(range.last_day())
        .bind(range.from.date_time())
        .bind(range.to.date_time())
        .bind(range.class);
        let rows: Vec<(OffsetDateTime, String, i64, i64)> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        let count = |(minute, class, clicks, visitors): (OffsetDateTime, _, _, _)| {
            ((minute.into(), class), ClickCount { clicks, visitors })
        };
        Ok(rows.into_iter().map(count).collect())
    }

    /// Whether clicks of the link were ever counted, and not erased.
    pub async fn has_clicks(&self, link: LinkId) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM link_totals WHERE link_id = $1 AND link_id <> $2)",
        );
        self.0.run(query.bind(link.0).bind(ALL_LINKS).fetch_one(&self.0.pool)).await
    }

    /// Every click before this time is counted, or accounted for, as far as producers' running totals tell:
    /// - nothing is known about times after the newest click, and messages overtake each other by up to [`MAX_REORDER_MILLIS`];
    /// - clicks that a producer lacks came after its totals last added up. They are awaited for [`MAX_QUEUE_MILLIS`], as long as a
    ///   queue may keep them; after that they are only missing.
    ///
    /// `None` before the first click.
    pub async fn complete_until(&self, now: UnixMillis) -> Result<Option<UnixMillis>, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT least(last_click_at, $2, (SELECT min(complete_until) FROM producers
                                              WHERE complete_until < last_click_at AND last_at > $3))
             FROM link_totals WHERE link_id = $1",
        )
        .bind(ALL_LINKS)
        .bind(now.plus_millis(-MAX_REORDER_MILLIS).date_time())
        .bind(now.plus_millis(-MAX_QUEUE_MILLIS).date_time());
        let moment: Option<OffsetDateTime> = self.0.run(query.fetch_optional(&self.0.pool)).await?;
        Ok(moment.map(UnixMillis::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::timestamp;

    /// Expects the first and last whole day, and the added or subtracted quarters of each partial day.
    #[track_caller]
    fn check(from: &str, to: &str, whole: [&str; 2], partial_days: &[(&str, i32, i32, bool)]) {
        let [from, to] = [from, to].map(|time| timestamp::parse(&format!("2026-11-{time}:00Z")).unwrap());
        let range = ClickRange { links: &[], from, to, class: None, filter: None };
        let (first, last) = range.whole_days();
        assert_eq!([first, last].map(|day| day.to_string()), whole.map(|day| format!("2026-11-{day}")));
        let expected = partial_days.iter().map(|(day, low, high, is_subtracted)| {
            let day = timestamp::parse(&format!("2026-11-{day}T00:00:00Z")).unwrap().day();
            PartialDay { day, low: *low, high: *high, is_subtracted: *is_subtracted }
        });
        assert_eq!(range.partial_days(), expected.collect::<Vec<_>>());
    }

    #[test]
    fn partial_day_is_counted_by_its_shorter_part() {
        check("11T00:00", "13T00:00", ["11", "12"], &[]);
        check("11T00:15", "13T00:15", ["11", "12"], &[("11", 0, 0, true), ("13", 0, 0, false)]);
        check("11T23:45", "13T23:45", ["12", "13"], &[("11", 95, 95, false), ("13", 95, 95, true)]);
        check("11T06:00", "12T06:00", ["11", "11"], &[("11", 0, 23, true), ("12", 0, 23, false)]);
        // Outside this range are two parts of the day, so nothing is subtracted.
        check("11T01:00", "11T23:00", ["12", "10"], &[("11", 4, 91, false)]);
        check("11T01:00", "12T00:00", ["11", "11"], &[("11", 0, 3, true)]);
    }
}
