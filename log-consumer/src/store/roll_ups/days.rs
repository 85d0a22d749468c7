//! The tables `link_days` and `link_minutes`.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use sqlx::types::time::OffsetDateTime;
use time::Date;
use uuid::Uuid;

use crate::plan::roll_up::{ClickCount, DayKey, MinuteKey, QuarterCounts, RollUp};
use crate::store::error::StoreError;

/// Statements get no faster beyond a few thousand rows, and rows take memory in client and server.
const ROWS_PER_STATEMENT: usize = 5_000;

pub(super) async fn add(connection: &mut PgConnection, sums: &RollUp) -> Result<(), StoreError> {
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
