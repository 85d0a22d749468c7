//! Adds sums to the tables `link_totals`, `link_days` and `link_minutes`, each table's rows in one order. Locking a link's row in
//! `link_totals` locks its rows in the others.

mod cardinality;

use std::collections::BTreeMap;

use sqlx::PgConnection;
use sqlx::types::time::OffsetDateTime;
use time::Date;
use uuid::Uuid;

use self::cardinality::OverflowValue;
use crate::roll_up::{ClickCount, DayKey, MinuteKey, QuarterCounts, RollUp, TotalCount};
use crate::store::StoreError;

/// Statements get no faster beyond a few thousand rows, and rows take memory in client and server.
const ROWS_PER_STATEMENT: usize = 5_000;

/// The totals of all stored clicks of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct LinkTotal {
    pub link_id: Uuid,
    pub clicks: i64,
    pub human: i64,
    pub bot: i64,
    pub last_click_at: OffsetDateTime,
    /// When it was read, with the link's row locked: it includes every erasure before that, and none after.
    pub as_of: OffsetDateTime,
}

/// A locked row of `link_totals`.
#[derive(Debug, sqlx::FromRow)]
struct TotalRow {
    #[sqlx(flatten)]
    total: LinkTotal,
    /// The link's clicks when its values were last counted.
    counted_at: i64,
    /// The most values that a dimension had on a day.
    counted_values: i32,
    /// The first day that was counted.
    counted_from: Option<Date>,
}

/// Adds the sums of new clicks. Returns the totals of their links.
pub(super) async fn add(connection: &mut PgConnection, sums: RollUp) -> Result<Vec<LinkTotal>, StoreError> {
    let links = add_totals(connection, &sums.totals).await?;
    let unchecked = cardinality::unchecked_values(&links, &sums.days);
    let overflow = cardinality::find_overflow(connection, &unchecked).await?;
    let to_count = cardinality::links_to_count(&links, &unchecked, &sums.totals);
    add_rows(connection, sums, overflow).await?;
    cardinality::count_values(connection, &to_count).await?;
    Ok(links.into_iter().map(|link| link.total).collect())
}

/// Adds differences for clicks that were counted before. These add values without adding clicks, so every value is looked up.
pub(super) async fn correct(connection: &mut PgConnection, sums: RollUp) -> Result<(), StoreError> {
    add_totals(connection, &sums.totals).await?;
    cardinality::mark_full(connection, &sums.totals).await?;
    let overflow = cardinality::find_overflow(connection, &cardinality::open_values(&sums.days)).await?;
    add_rows(connection, sums, overflow).await
}

async fn add_rows(
    connection: &mut PgConnection,
    mut sums: RollUp,
    overflow: Vec<OverflowValue>,
) -> Result<(), StoreError> {
    sums.fold_into_other(overflow);
    let rows: Vec<_> = sums.days.iter().collect();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        add_days(connection, chunk).await?;
    }
    let minutes: Vec<_> = sums.minutes.iter().collect();
    for chunk in minutes.chunks(ROWS_PER_STATEMENT) {
        add_minutes(connection, chunk).await?;
    }
    Ok(())
}

async fn add_totals(
    connection: &mut PgConnection,
    totals: &BTreeMap<Uuid, TotalCount>,
) -> Result<Vec<TotalRow>, StoreError> {
    let links: Vec<Uuid> = totals.keys().copied().collect();
    let clicks: Vec<i64> = totals.values().map(|total| total.clicks).collect();
    let human: Vec<i64> = totals.values().map(|total| total.human).collect();
    let bot: Vec<i64> = totals.values().map(|total| total.bot).collect();
    let last: Vec<OffsetDateTime> = totals.values().map(|total| total.last_click.date_time()).collect();
    let rows = sqlx::query_as(
        "INSERT INTO link_totals AS total (link_id, clicks, human, bot, last_click_at, counted_values)
         SELECT link_id, clicks, human, bot, last_click_at, 0
         FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[])
              AS sent (link_id, clicks, human, bot, last_click_at)
         ORDER BY link_id
         ON CONFLICT (link_id) DO UPDATE SET
             clicks = total.clicks + EXCLUDED.clicks, human = total.human + EXCLUDED.human,
             bot = total.bot + EXCLUDED.bot, last_click_at = greatest(total.last_click_at, EXCLUDED.last_click_at)
         RETURNING link_id, clicks, human, bot, last_click_at, clock_timestamp() AS as_of, counted_at, counted_values,
                   counted_from",
    )
    .bind(links)
    .bind(clicks)
    .bind(human)
    .bind(bot)
    .bind(last)
    .persistent(false)
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

async fn add_days(
    connection: &mut PgConnection,
    rows: &[(&DayKey, &QuarterCounts)],
) -> Result<(), StoreError> {
    let links: Vec<Uuid> = rows.iter().map(|(key, _)| key.link).collect();
    let dimensions: Vec<&str> = rows.iter().map(|(key, _)| key.dimension.as_str()).collect();
    let days: Vec<Date> = rows.iter().map(|(key, _)| key.day).collect();
    let values: Vec<&str> = rows.iter().map(|(key, _)| key.value.as_str()).collect();
    let classes: Vec<&str> = rows.iter().map(|(key, _)| key.class).collect();
    let sum = |quarters: &QuarterCounts, of: fn(&ClickCount) -> i64| quarters.values().map(of).sum();
    let clicks: Vec<i64> = rows.iter().map(|(_, quarters)| sum(quarters, |count| count.clicks)).collect();
    let visitors: Vec<i64> = rows.iter().map(|(_, quarters)| sum(quarters, |count| count.visitors)).collect();
    let quarter_clicks: Vec<String> =
        rows.iter().map(|(_, quarters)| array_literal(quarters, |count| count.clicks)).collect();
    let quarter_visitors: Vec<String> =
        rows.iter().map(|(_, quarters)| array_literal(quarters, |count| count.visitors)).collect();
    sqlx::query(
        "INSERT INTO link_days AS known (link_id, dimension, day, value, class, clicks, visitors, quarter_clicks,
                                         quarter_visitors)
         SELECT link_id, dimension, day, value, class, clicks, visitors, quarter_clicks::integer[],
                quarter_visitors::integer[]
         FROM UNNEST($1::uuid[], $2::text[], $3::date[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[],
                     $9::text[])
              WITH ORDINALITY
              AS sent (link_id, dimension, day, value, class, clicks, visitors, quarter_clicks, quarter_visitors, position)
         ORDER BY position
         ON CONFLICT (link_id, dimension, day, value, class) DO UPDATE SET
             clicks = known.clicks + EXCLUDED.clicks,
             visitors = known.visitors + EXCLUDED.visitors,
             quarter_clicks = add_counts(known.quarter_clicks, EXCLUDED.quarter_clicks),
             quarter_visitors = CASE EXCLUDED.quarter_visitors WHEN '{}' THEN known.quarter_visitors
                                ELSE add_counts(known.quarter_visitors, EXCLUDED.quarter_visitors) END",
    )
    .bind(links)
    .bind(dimensions)
    .bind(days)
    .bind(values)
    .bind(classes)
    .bind(clicks)
    .bind(visitors)
    .bind(quarter_clicks)
    .bind(quarter_visitors)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

/// A Postgres array literal with explicit bounds. Text, because an array of arrays would have to be rectangular.
fn array_literal(quarters: &QuarterCounts, of: fn(&ClickCount) -> i64) -> String {
    let counts: BTreeMap<i32, i64> = quarters
        .iter()
        .map(|(quarter, count)| (*quarter, of(count)))
        .filter(|(_, count)| *count != 0)
        .collect();
    let Some(((first, _), (last, _))) = counts.first_key_value().zip(counts.last_key_value()) else {
        return "{}".to_owned();
    };
    let elements: Vec<String> = (*first..=*last)
        .map(|quarter| {
            counts
                .get(&quarter)
                .map_or_else(|| "NULL".to_owned(), |count| clamp_to_integer(*count).to_string())
        })
        .collect();
    format!("[{first}:{last}]={{{}}}", elements.join(","))
}

/// A quarter's column is a 32-bit integer. Only orphan visits come near its limit, as all of a day count in the first quarter; the
/// day's sum stays exact.
fn clamp_to_integer(count: i64) -> i64 {
    count.clamp(i32::MIN.into(), i32::MAX.into())
}

async fn add_minutes(
    connection: &mut PgConnection,
    rows: &[(&MinuteKey, &ClickCount)],
) -> Result<(), StoreError> {
    let days: Vec<Date> = rows.iter().map(|(key, _)| key.day).collect();
    let links: Vec<Uuid> = rows.iter().map(|(key, _)| key.link).collect();
    let minutes: Vec<OffsetDateTime> = rows.iter().map(|(key, _)| key.minute.date_time()).collect();
    let classes: Vec<&str> = rows.iter().map(|(key, _)| key.class).collect();
    let clicks: Vec<i64> = rows.iter().map(|(_, count)| count.clicks).collect();
    let visitors: Vec<i64> = rows.iter().map(|(_, count)| count.visitors).collect();
    sqlx::query(
        "INSERT INTO link_minutes AS known (day, link_id, minute, class, clicks, visitors)
         SELECT day, link_id, minute, class, clicks, visitors
         FROM UNNEST($1::date[], $2::uuid[], $3::timestamptz[], $4::text[], $5::bigint[], $6::bigint[])
              AS sent (day, link_id, minute, class, clicks, visitors)
         ORDER BY day, link_id, minute, class
         ON CONFLICT (day, link_id, minute, class) DO UPDATE SET
             clicks = known.clicks + EXCLUDED.clicks, visitors = known.visitors + EXCLUDED.visitors",
    )
    .bind(days)
    .bind(links)
    .bind(minutes)
    .bind(classes)
    .bind(clicks)
    .bind(visitors)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}
