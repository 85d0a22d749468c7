//! The roll-ups of clicks, which the consumer keeps. Does not decide which ranges may be asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use link_core::roll_up::{ALL_LINKS, Dimension};
use link_core::time::UnixMillis;
use sqlx::{Decode, Postgres, Type};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::months::{Months, month};
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

    fn days(&self) -> impl Iterator<Item = Date> {
        let last = self.last_day();
        std::iter::successors(Some(self.first_day()), |day| day.next_day())
            .take_while(move |day| *day <= last)
    }

    /// From this day up to the other one, if it is not the later of the two, all of the day is in the range, or all but what is
    /// taken off.
    fn whole_days(&self) -> (Date, Date) {
        let midnight = self.from.plus_millis((-self.from.0).rem_euclid(DAY_MILLIS));
        let (mut first, mut last) =
            (midnight.day(), self.to.plus_millis(-self.to.0.rem_euclid(DAY_MILLIS) - 1).day());
        for cut in self.cuts().iter().filter(|cut| cut.is_taken_off) {
            first = first.min(cut.day);
            last = last.max(cut.day);
        }
        (first, last)
    }

    /// The first and the last day, where they are not whole.
    fn cuts(&self) -> Vec<Cut> {
        let (low, high) = (quarter(self.from), quarter(self.to.plus_millis(-1)));
        let (first, last) = (self.first_day(), self.last_day());
        let days = if first == last {
            vec![(first, low, high)]
        } else {
            vec![(first, low, LAST_QUARTER), (last, 0, high)]
        };
        let is_cut = |(_, low, high): &(Date, i32, i32)| (*low, *high) != (0, LAST_QUARTER);
        days.into_iter().filter(is_cut).map(|(day, low, high)| Cut::of(day, low, high)).collect()
    }
}

const LAST_QUARTER: i32 = 95;

/// Quarters of a day that are added up: those that are in a range, or those that are not, whichever are fewer. For a thousand
/// values that is most of the work.
#[derive(Debug, PartialEq, Eq)]
struct Cut {
    day: Date,
    low: i32,
    high: i32,
    is_taken_off: bool,
}

impl Cut {
    fn of(day: Date, low: i32, high: i32) -> Self {
        let is_long = 2 * (high - low) > LAST_QUARTER;
        match (low, high) {
            (1.., LAST_QUARTER) if is_long => Self { day, low: 0, high: low - 1, is_taken_off: true },
            (0, _) if is_long => Self { day, low: high + 1, high: LAST_QUARTER, is_taken_off: true },
            _ => Self { day, low, high, is_taken_off: false },
        }
    }
}

fn quarter(moment: UnixMillis) -> i32 {
    i32::try_from(moment.0.rem_euclid(DAY_MILLIS) / QUARTER_MILLIS).unwrap_or(0)
}

/// Sums by one column. Whole days are read from their sums, and what is left of others from their quarters. The sums of a day that
/// is sealed are in `link_months`, those of any other in `link_days`; in both, where some came late.
macro_rules! groups {
    ($key:literal) => {
        concat!(
            "WITH cut AS (
                 SELECT day, low, high, CASE WHEN is_taken_off THEN -1 ELSE 1 END AS sign
                 FROM UNNEST($11::date[], $12::integer[], $13::integer[], $14::boolean[]) AS cut (day, low, high, is_taken_off)
             )
             SELECT key, sum(clicks)::bigint, coalesce(sum(visitors), 0)::bigint FROM (
                 SELECT ",
            $key,
            " AS key, clicks, visitors FROM link_days
                 WHERE link_id = ANY($1) AND dimension = $2 AND day BETWEEN $4 AND $5 AND ($3::text IS NULL OR class = $3)
                 UNION ALL
                 SELECT ",
            $key,
            ", clicks, visitors FROM link_months
                 WHERE link_id = ANY($1) AND dimension = $2 AND month BETWEEN $6 AND $7 AND ($3::text IS NULL OR class = $3)
                 UNION ALL
                 SELECT ",
            $key,
            ", of_clicks, of_visitors
                 FROM UNNEST($8::date[], $9::integer[], $10::integer[]) AS part (month, low, high)
                 JOIN link_months USING (month),
                      LATERAL (SELECT sum(n)::bigint AS of_clicks, sum(m)::bigint AS of_visitors
                               FROM (SELECT unnest(day_clicks[low:high]) AS n, unnest(day_visitors[low:high]) AS m) AS days) AS sums
                 WHERE link_id = ANY($1) AND dimension = $2 AND ($3::text IS NULL OR class = $3)
                 UNION ALL
                 SELECT ",
            $key,
            ", sign * of_clicks, sign * of_visitors
                 FROM cut JOIN quarters_of_days USING (day),
                      LATERAL (SELECT sum(n) AS of_clicks, sum(m) AS of_visitors
                               FROM (SELECT unnest(quarter_clicks[low:high]) AS n,
                                            unnest(quarter_visitors[low:high]) AS m) AS quarters) AS sums
                 WHERE link_id = ANY($1) AND dimension = $2 AND ($3::text IS NULL OR class = $3)
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

    pub async fn by_link(&self, range: &Range<'_>) -> Result<HashMap<Uuid, Count>, StoreError> {
        self.groups(groups!("link_id"), range, Dimension::Total).await
    }

    async fn groups<K>(
        &self,
        query: &'static str,
        range: &Range<'_>,
        dimension: Dimension,
    ) -> Result<HashMap<K, Count>, StoreError>
    where
        K: Eq + Hash + Send + Unpin + Type<Postgres> + for<'row> Decode<'row, Postgres>,
    {
        let (first_day, last_day) = range.whole_days();
        let months = Months::of(first_day, last_day);
        let cuts = range.cuts();
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
            .bind(cuts.iter().map(|cut| cut.day).collect::<Vec<_>>())
            .bind(cuts.iter().map(|cut| cut.low).collect::<Vec<_>>())
            .bind(cuts.iter().map(|cut| cut.high).collect::<Vec<_>>())
            .bind(cuts.iter().map(|cut| cut.is_taken_off).collect::<Vec<_>>());
        let rows: Vec<(K, i64, i64)> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(|(key, clicks, visitors)| (key, Count { clicks, visitors })).collect())
    }

    /// By quarter of an hour, but for `whole_days`, which lie in the range and are told as a whole. What is without a click is
    /// left out.
    pub async fn series(
        &self,
        range: &Range<'_>,
        whole_days: &[Date],
    ) -> Result<BTreeMap<UnixMillis, Count>, StoreError> {
        let whole: BTreeSet<&Date> = whole_days.iter().collect();
        let others: Vec<Date> = range.days().filter(|day| !whole.contains(day)).collect();
        let mut series = BTreeMap::new();
        if !others.is_empty() {
            series = self.quarters(range, &others).await?;
        }
        if !whole_days.is_empty() {
            series.extend(self.days(range, whole_days).await?);
        }
        Ok(series)
    }

    async fn days(&self, range: &Range<'_>, days: &[Date]) -> Result<Vec<(UnixMillis, Count)>, StoreError> {
        let query = sqlx::query_as(
            "SELECT day, sum(clicks)::bigint, coalesce(sum(visitors), 0)::bigint FROM (
                 SELECT day, clicks, visitors FROM link_days
                 WHERE link_id = ANY($1) AND dimension = $2 AND day = ANY($4) AND ($3::text IS NULL OR class = $3)
                 UNION ALL
                 SELECT day, day_clicks[place], day_visitors[place]
                 FROM (SELECT day, date_trunc('month', day)::date AS month, extract(day FROM day)::integer AS place
                       FROM UNNEST($4::date[]) AS day) AS asked
                 JOIN link_months USING (month)
                 WHERE link_id = ANY($1) AND dimension = $2 AND month BETWEEN $5 AND $6
                   AND ($3::text IS NULL OR class = $3)
             ) AS counted GROUP BY day HAVING sum(clicks) <> 0",
        )
        .bind(range.links)
        .bind(Dimension::Total.as_str())
        .bind(range.class)
        .bind(days)
        .bind(month(range.first_day()))
        .bind(month(range.last_day()));
        let rows: Vec<(Date, i64, i64)> = self.0.run(query.fetch_all(&self.0.pool)).await?;
        let count = |(day, clicks, visitors): (Date, _, _)| {
            (UnixMillis::from(day.midnight().assume_utc()), Count { clicks, visitors })
        };
        Ok(rows.into_iter().map(count).collect())
    }

    async fn quarters(
        &self,
        range: &Range<'_>,
        days: &[Date],
    ) -> Result<BTreeMap<UnixMillis, Count>, StoreError> {
        type Row = (Date, Option<i32>, Vec<Option<i32>>, Option<i32>, Vec<Option<i32>>);
        // `[:]` makes an array start at 1, as the driver wants it.
        let query = sqlx::query_as(
            "SELECT day, array_lower(quarter_clicks, 1), quarter_clicks[:], array_lower(quarter_visitors, 1),
                    quarter_visitors[:]
             FROM quarters_of_days
             WHERE link_id = ANY($1) AND dimension = $2 AND day = ANY($4) AND ($3::text IS NULL OR class = $3)",
        )
        .bind(range.links)
        .bind(Dimension::Total.as_str())
        .bind(range.class)
        .bind(days);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp;

    /// First and last whole day, and of each day that is cut which quarters are added up or taken off.
    #[track_caller]
    fn check(from: &str, to: &str, whole: [&str; 2], cuts: &[(&str, i32, i32, bool)]) {
        let [from, to] = [from, to].map(|time| timestamp::parse(&format!("2026-11-{time}:00Z")).unwrap());
        let range = Range { links: &[], from, to, class: None };
        let (first, last) = range.whole_days();
        assert_eq!([first, last].map(|day| day.to_string()), whole.map(|day| format!("2026-11-{day}")));
        let expected = cuts.iter().map(|(day, low, high, is_taken_off)| {
            let day = timestamp::parse(&format!("2026-11-{day}T00:00:00Z")).unwrap().day();
            Cut { day, low: *low, high: *high, is_taken_off: *is_taken_off }
        });
        assert_eq!(range.cuts(), expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_day_that_is_cut_is_counted_by_its_shorter_part() {
        check("11T00:00", "13T00:00", ["11", "12"], &[]);
        check("11T00:15", "13T00:15", ["11", "12"], &[("11", 0, 0, true), ("13", 0, 0, false)]);
        check("11T23:45", "13T23:45", ["12", "13"], &[("11", 95, 95, false), ("13", 95, 95, true)]);
        check("11T06:00", "12T06:00", ["11", "11"], &[("11", 0, 23, true), ("12", 0, 23, false)]);
        // Within a day there are two parts that are not in the range.
        check("11T01:00", "11T23:00", ["12", "10"], &[("11", 4, 91, false)]);
        check("11T01:00", "12T00:00", ["11", "11"], &[("11", 0, 3, true)]);
    }
}
