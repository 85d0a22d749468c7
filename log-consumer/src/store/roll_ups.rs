//! The roll-ups: `link_totals`, `link_days` and `link_minutes`. Sums are made before; here they are added, each table's rows in
//! one order. Who holds a link's row in `link_totals` is the only one to touch its other rows. What there is room for is
//! asked of [`room`].

mod room;

use std::collections::BTreeMap;

use sqlx::PgConnection;
use sqlx::types::time::OffsetDateTime;
use time::Date;
use uuid::Uuid;

use self::room::Beyond;
use crate::rollup::{Count, DayKey, MinuteKey, RollUp, TotalCount};
use crate::store::StoreError;

/// Beyond a few thousand rows a statement gets no faster, and these take the memory of client and server.
const ROWS_A_STATEMENT: usize = 5_000;

/// The counts of a row of `link_days` by quarter of an hour.
type Quarters = BTreeMap<i32, Count>;

/// All clicks of a link that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct LinkTotal {
    pub link_id: Uuid,
    pub clicks: i64,
    pub human: i64,
    pub bot: i64,
    pub last_click_at: OffsetDateTime,
    /// When it was counted, with the link's row locked: an erasure before that is in it, and one after that is not.
    pub as_of: OffsetDateTime,
}

/// A row of `link_totals`, which is locked.
#[derive(Debug, sqlx::FromRow)]
struct Known {
    #[sqlx(flatten)]
    total: LinkTotal,
    counted_at: i64,
    counted_values: i32,
    counted_from: Option<Date>,
}

/// Sums of clicks that are stored. Returns the totals of their links.
pub(super) async fn add(connection: &mut PgConnection, sums: RollUp) -> Result<Vec<LinkTotal>, StoreError> {
    let links = add_totals(connection, &sums.totals).await?;
    let doubtful = room::doubtful(&links, &sums.days);
    let beyond = room::without(connection, &doubtful).await?;
    let counted = room::due(&links, &doubtful, &sums.totals);
    add_rows(connection, sums, beyond).await?;
    room::count(connection, &counted).await?;
    Ok(links.into_iter().map(|link| link.total).collect())
}

/// Differences of clicks that were counted before. They bring values without a click, so each is looked up.
pub(super) async fn correct(connection: &mut PgConnection, sums: RollUp) -> Result<(), StoreError> {
    add_totals(connection, &sums.totals).await?;
    room::forget(connection, &sums.totals).await?;
    let beyond = room::without(connection, &room::open_values(&sums.days)).await?;
    add_rows(connection, sums, beyond).await
}

async fn add_rows(
    connection: &mut PgConnection,
    mut sums: RollUp,
    beyond: Vec<Beyond>,
) -> Result<(), StoreError> {
    sums.fold(beyond);
    let rows: Vec<_> = sums.days.iter().collect();
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        add_days(connection, chunk).await?;
    }
    let minutes: Vec<_> = sums.minutes.iter().collect();
    for chunk in minutes.chunks(ROWS_A_STATEMENT) {
        add_minutes(connection, chunk).await?;
    }
    Ok(())
}

async fn add_totals(
    connection: &mut PgConnection,
    totals: &BTreeMap<Uuid, TotalCount>,
) -> Result<Vec<Known>, StoreError> {
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

async fn add_days(connection: &mut PgConnection, rows: &[(&DayKey, &Quarters)]) -> Result<(), StoreError> {
    let links: Vec<Uuid> = rows.iter().map(|(key, _)| key.link).collect();
    let dimensions: Vec<&str> = rows.iter().map(|(key, _)| key.dimension.as_str()).collect();
    let days: Vec<Date> = rows.iter().map(|(key, _)| key.day).collect();
    let values: Vec<&str> = rows.iter().map(|(key, _)| key.value.as_str()).collect();
    let classes: Vec<&str> = rows.iter().map(|(key, _)| key.class).collect();
    let sum = |quarters: &Quarters, of: fn(&Count) -> i64| quarters.values().map(of).sum();
    let clicks: Vec<i64> = rows.iter().map(|(_, quarters)| sum(quarters, |count| count.clicks)).collect();
    let visitors: Vec<i64> = rows.iter().map(|(_, quarters)| sum(quarters, |count| count.visitors)).collect();
    let quarter_clicks: Vec<String> =
        rows.iter().map(|(_, quarters)| array(quarters, |count| count.clicks)).collect();
    let quarter_visitors: Vec<String> =
        rows.iter().map(|(_, quarters)| array(quarters, |count| count.visitors)).collect();
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

/// As Postgres writes an array that does not begin at 1: an array of arrays would have to be a rectangle.
fn array(quarters: &Quarters, of: fn(&Count) -> i64) -> String {
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
            counts.get(&quarter).map_or_else(|| "NULL".to_owned(), |count| fitting(*count).to_string())
        })
        .collect();
    format!("[{first}:{last}]={{{}}}", elements.join(","))
}

/// What a quarter of an hour can hold. Only orphans come near, which all count in the first one of their day; their sum is exact.
fn fitting(count: i64) -> i64 {
    count.clamp(i32::MIN.into(), i32::MAX.into())
}

async fn add_minutes(connection: &mut PgConnection, rows: &[(&MinuteKey, &Count)]) -> Result<(), StoreError> {
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
