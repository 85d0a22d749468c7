//! Counts by day that another shortener kept without their visits: a count for each link and day, and the roll-ups under the class
//! `imported`, which change by the difference when a day is set again.

use std::collections::BTreeMap;

use link_core::clicks::calendar::LAST_QUARTER;
use link_core::clicks::roll_up::{ALL_LINKS, Dimension, IMPORTED_CLASS};
use link_core::record::LinkId;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{AnalyticsDatabase, StoreError};

/// At noon: in nearly every time zone that is the same day.
const NOON_QUARTER: i32 = (LAST_QUARTER + 1) / 2;

/// The clicks of a link on a UTC day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedDay {
    pub link: LinkId,
    pub domain: String,
    pub day: Date,
    pub clicks: i64,
}

/// The totals of all clicks of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct LinkTotal {
    pub link_id: Uuid,
    pub clicks: i64,
    pub human: i64,
    pub bot: i64,
    pub imported_human: i64,
    pub imported_bot: i64,
    pub last_click_at: OffsetDateTime,
    /// When it was read, with the row locked.
    pub as_of: OffsetDateTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaysWritten {
    /// Days of links that had no count before.
    pub new: i64,
    pub totals: Vec<LinkTotal>,
}

/// By how much the count of a link and day changed.
#[derive(Debug, sqlx::FromRow)]
struct DayChange {
    link_id: Uuid,
    day: Date,
    change: i64,
    is_new: bool,
}

/// The sums of changes, by the key of `link_days`.
type Changes<'a> = BTreeMap<(Uuid, Dimension, Date, &'a str), i64>;

impl AnalyticsDatabase {
    /// Sets the counts, each link and day once. Rows are locked in the consumer's order: those of links in `link_totals`, their days,
    /// and at last those of all links.
    pub async fn set_imported_days(&self, days: &[ImportedDay]) -> Result<DaysWritten, StoreError> {
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                lock_totals(&mut transaction, days).await?;
                let changes = set_days(&mut transaction, days).await?;
                let totals = add_changes(&mut transaction, &changes, days).await?;
                transaction.commit().await?;
                let new = changes.iter().map(|change| i64::from(change.is_new)).sum();
                Ok(DaysWritten { new, totals })
            })
            .await
    }
}

/// Creates the rows that are missing. A day without clicks that was never set needs none.
async fn lock_totals(connection: &mut PgConnection, days: &[ImportedDay]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO link_totals AS total (link_id, clicks, human, bot, last_click_at, counted_values)
         SELECT link_id, 0, 0, 0, max(day)::timestamp AT TIME ZONE 'UTC' + interval '12 hours', 0
         FROM unnest($1::uuid[], $2::date[], $3::bigint[]) AS sent (link_id, day, clicks)
         WHERE clicks > 0 OR EXISTS (SELECT FROM imported_days known WHERE known.link_id = sent.link_id AND known.day = sent.day)
         GROUP BY link_id ORDER BY link_id
         ON CONFLICT (link_id) DO UPDATE SET last_click_at = greatest(total.last_click_at, excluded.last_click_at)",
    )
    .bind(days.iter().map(|day| day.link.0).collect::<Vec<_>>())
    .bind(days.iter().map(|day| day.day).collect::<Vec<_>>())
    .bind(days.iter().map(|day| day.clicks).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn set_days(
    connection: &mut PgConnection,
    days: &[ImportedDay],
) -> Result<Vec<DayChange>, sqlx::Error> {
    sqlx::query_as(
        "INSERT INTO imported_days AS known (link_id, day, clicks)
         SELECT link_id, day, clicks FROM unnest($1::uuid[], $2::date[], $3::bigint[]) AS sent (link_id, day, clicks)
         ORDER BY link_id, day
         ON CONFLICT (link_id, day) DO UPDATE SET clicks = excluded.clicks WHERE known.clicks <> excluded.clicks
         RETURNING link_id, day, new.clicks - coalesce(old.clicks, 0) AS change, old.clicks IS NULL AS is_new",
    )
    .bind(days.iter().map(|day| day.link.0).collect::<Vec<_>>())
    .bind(days.iter().map(|day| day.day).collect::<Vec<_>>())
    .bind(days.iter().map(|day| day.clicks).collect::<Vec<_>>())
    .fetch_all(connection)
    .await
}

async fn add_changes(
    connection: &mut PgConnection,
    changes: &[DayChange],
    days: &[ImportedDay],
) -> Result<Vec<LinkTotal>, sqlx::Error> {
    let domains: BTreeMap<Uuid, &str> = days.iter().map(|day| (day.link.0, day.domain.as_str())).collect();
    let (mut of_links, mut of_all, mut totals) = (Changes::new(), Changes::new(), BTreeMap::new());
    for DayChange { link_id, day, change, .. } in changes.iter().filter(|change| change.change != 0) {
        of_links.insert((*link_id, Dimension::Total, *day, ""), *change);
        *of_all.entry((ALL_LINKS, Dimension::Total, *day, "")).or_default() += change;
        if let Some(domain) = domains.get(link_id) {
            *of_all.entry((ALL_LINKS, Dimension::Domain, *day, domain)).or_default() += change;
        }
        *totals.entry(*link_id).or_default() += change;
    }
    let links = add_totals(connection, &totals).await?;
    add_days(connection, &of_links).await?;
    if let Some((_, _, last, _)) = of_all.keys().max_by_key(|(_, _, day, _)| *day) {
        add_total_of_all(connection, totals.values().sum(), *last).await?;
        add_days(connection, &of_all).await?;
    }
    Ok(links)
}

/// `counted_at` moves along: a count by day brings no value of a dimension.
async fn add_totals(
    connection: &mut PgConnection,
    totals: &BTreeMap<Uuid, i64>,
) -> Result<Vec<LinkTotal>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE link_totals total SET clicks = total.clicks + sent.change, counted_at = total.counted_at + sent.change
         FROM unnest($1::uuid[], $2::bigint[]) AS sent (link_id, change) WHERE total.link_id = sent.link_id
         RETURNING total.link_id, clicks, human, bot, imported_human, imported_bot, last_click_at, clock_timestamp() AS as_of",
    )
    .bind(totals.keys().copied().collect::<Vec<_>>())
    .bind(totals.values().copied().collect::<Vec<_>>())
    .fetch_all(connection)
    .await
}

/// Clients that follow clicks find none in this transaction, and read no more than today's for it.
async fn add_total_of_all(connection: &mut PgConnection, change: i64, last: Date) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO link_totals AS total (link_id, clicks, human, bot, last_click_at, counted_at, counted_values)
         VALUES ($1, $2, 0, 0, $3::date::timestamp AT TIME ZONE 'UTC' + interval '12 hours', $2, 0)
         ON CONFLICT (link_id) DO UPDATE SET clicks = total.clicks + excluded.clicks,
             counted_at = total.counted_at + excluded.clicks,
             last_click_at = greatest(total.last_click_at, excluded.last_click_at)",
    )
    .bind(ALL_LINKS)
    .bind(change)
    .bind(last)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE stored_transactions SET first_day = current_date, last_day = current_date
         WHERE number = (SELECT max(number) FROM stored_transactions) AND transaction = pg_current_xact_id()",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A quarter's column is a 32-bit integer; the day's sum is exact.
async fn add_days(connection: &mut PgConnection, changes: &Changes<'_>) -> Result<(), sqlx::Error> {
    let keys = || changes.keys();
    let quarters = changes.values().map(|change| {
        let change = (*change).clamp(i32::MIN.into(), i32::MAX.into());
        format!("[{NOON_QUARTER}:{NOON_QUARTER}]={{{change}}}")
    });
    sqlx::query(
        "INSERT INTO link_days AS known (link_id, dimension, day, value, class, clicks, visitors, quarter_clicks, quarter_visitors)
         SELECT link_id, dimension, day, value, $7, clicks, 0, quarters::integer[], '{}'
         FROM unnest($1::uuid[], $2::text[], $3::date[], $4::text[], $5::bigint[], $6::text[]) WITH ORDINALITY
              AS sent (link_id, dimension, day, value, clicks, quarters, position)
         ORDER BY position
         ON CONFLICT (link_id, dimension, day, value, class) DO UPDATE SET
             clicks = known.clicks + excluded.clicks,
             quarter_clicks = add_counts(known.quarter_clicks, excluded.quarter_clicks)",
    )
    .bind(keys().map(|(link, ..)| *link).collect::<Vec<_>>())
    .bind(keys().map(|(_, dimension, ..)| dimension.as_str()).collect::<Vec<_>>())
    .bind(keys().map(|(_, _, day, _)| *day).collect::<Vec<_>>())
    .bind(keys().map(|(.., value)| *value).collect::<Vec<_>>())
    .bind(changes.values().copied().collect::<Vec<_>>())
    .bind(quarters.collect::<Vec<_>>())
    .bind(IMPORTED_CLASS)
    .execute(connection)
    .await?;
    Ok(())
}
