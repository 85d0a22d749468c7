//! The roll-ups: `link_totals`, `link_days` and `link_minutes`. Sums are made before; here they are added, each table's rows in
//! one order. Who holds a link's row in `link_totals` is the only one to touch its other rows.

use std::collections::{BTreeMap, BTreeSet};

use link_core::roll_up::{Dimension, OTHER};
use sqlx::types::time::OffsetDateTime;
use sqlx::{PgConnection, Row};
use time::Date;
use uuid::Uuid;

use crate::rollup::{Count, DayKey, MAX_VALUES, MinuteKey, RollUp, TotalCount};
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
}

/// Returns the totals of the links in `sums`.
pub(super) async fn add(
    connection: &mut PgConnection,
    mut sums: RollUp,
) -> Result<Vec<LinkTotal>, StoreError> {
    let totals = add_totals(connection, &sums.totals).await?;
    // A link with so few clicks, all it ever had, has no more values.
    let few = totals.iter().filter(|total| total.clicks <= MAX_VALUES).map(|total| total.link_id).collect();
    let beyond = without_room(connection, &sums.days, &few).await?;
    sums.fold(beyond);
    let rows: Vec<_> = sums.days.iter().collect();
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        add_days(connection, chunk).await?;
    }
    let minutes: Vec<_> = sums.minutes.iter().collect();
    for chunk in minutes.chunks(ROWS_A_STATEMENT) {
        add_minutes(connection, chunk).await?;
    }
    Ok(totals)
}

async fn add_totals(
    connection: &mut PgConnection,
    totals: &BTreeMap<Uuid, TotalCount>,
) -> Result<Vec<LinkTotal>, StoreError> {
    let links: Vec<Uuid> = totals.keys().copied().collect();
    let clicks: Vec<i64> = totals.values().map(|total| total.clicks).collect();
    let human: Vec<i64> = totals.values().map(|total| total.human).collect();
    let bot: Vec<i64> = totals.values().map(|total| total.bot).collect();
    let last: Vec<OffsetDateTime> = totals.values().map(|total| total.last_click.date_time()).collect();
    let rows = sqlx::query_as(
        "INSERT INTO link_totals AS total (link_id, clicks, human, bot, last_click_at)
         SELECT link_id, clicks, human, bot, last_click_at
         FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[])
              AS sent (link_id, clicks, human, bot, last_click_at)
         ORDER BY link_id
         ON CONFLICT (link_id) DO UPDATE SET
             clicks = total.clicks + EXCLUDED.clicks, human = total.human + EXCLUDED.human,
             bot = total.bot + EXCLUDED.bot, last_click_at = greatest(total.last_click_at, EXCLUDED.last_click_at)
         RETURNING link_id, clicks, human, bot, last_click_at",
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

/// The values that would be more than [`MAX_VALUES`] of their link, day and dimension. Asked after the totals are locked, so
/// that nobody else adds a value meanwhile.
async fn without_room(
    connection: &mut PgConnection,
    days: &BTreeMap<DayKey, Quarters>,
    few_clicks: &BTreeSet<Uuid>,
) -> Result<Vec<(Uuid, Dimension, Date, String)>, StoreError> {
    // Orphans are no clicks.
    let may_be_full = |key: &&DayKey| key.dimension == Dimension::Orphan || !few_clicks.contains(&key.link);
    let is_open = |key: &&DayKey| key.dimension.is_open() && key.value != OTHER;
    let mut keys: Vec<&DayKey> = days.keys().filter(may_be_full).filter(is_open).collect();
    // One value of several classes lies side by side.
    keys.dedup_by_key(|key| (key.link, key.dimension, key.day, &key.value));
    let mut beyond = Vec::new();
    if keys.is_empty() {
        return Ok(beyond);
    }
    let links: Vec<Uuid> = keys.iter().map(|key| key.link).collect();
    let dimensions: Vec<&str> = keys.iter().map(|key| key.dimension.as_str()).collect();
    let dates: Vec<Date> = keys.iter().map(|key| key.day).collect();
    let values: Vec<&str> = keys.iter().map(|key| key.value.as_str()).collect();
    // `min(class)` rather than EXISTS: that is one look into the key's index for each value, where the planner takes EXISTS for
    // an invitation to sort the whole table.
    // Where something is `(other)`, the thousand are known to be there; orphans beyond a flush's room are so from the start.
    // A day that is sealed is in another table, with the same key. Today and yesterday never are, and have nearly all clicks: they
    // are looked up once.
    // Materialised, or the planner counts once for each fresh value: half a second, where a link has more than it has room for.
    let rows = sqlx::query(
        "WITH sent AS (
             SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::date[], $4::text[]) WITH ORDINALITY
                           AS sent (link_id, dimension, day, value, position)
         ), fresh AS (
             SELECT sent.*, row_number() OVER (PARTITION BY link_id, dimension, day ORDER BY position) AS place
             FROM sent
             WHERE (SELECT min(class) FROM link_days known
                    WHERE known.link_id = sent.link_id AND known.dimension = sent.dimension AND known.day = sent.day
                      AND known.value = sent.value) IS NULL
               AND (sent.day >= (now() AT TIME ZONE 'UTC')::date - 1
                    OR (SELECT min(class) FROM sealed_quarters known
                        WHERE known.link_id = sent.link_id AND known.dimension = sent.dimension AND known.day = sent.day
                          AND known.value = sent.value) IS NULL)
         ), used AS MATERIALIZED (
             SELECT link_id, dimension, day,
                    CASE WHEN dimension <> $7 AND (
                              SELECT min(class) FROM quarters_of_days known
                              WHERE known.link_id = one.link_id AND known.dimension = one.dimension
                                AND known.day = one.day AND known.value = $5) IS NOT NULL
                         THEN $6
                         ELSE (SELECT count(DISTINCT known.value) FROM quarters_of_days known
                               WHERE known.link_id = one.link_id AND known.dimension = one.dimension
                                 AND known.day = one.day AND known.value <> $5)
                    END AS used
             FROM (SELECT DISTINCT link_id, dimension, day FROM fresh) one
         )
         SELECT position FROM fresh JOIN used USING (link_id, dimension, day) WHERE place + used > $6",
    )
    .bind(links)
    .bind(dimensions)
    .bind(dates)
    .bind(values)
    .bind(OTHER)
    .bind(MAX_VALUES)
    .bind(Dimension::Orphan.as_str())
    .persistent(false)
    .fetch_all(connection)
    .await?;
    for row in rows {
        let position: i64 = row.try_get("position")?;
        let key = usize::try_from(position - 1).ok().and_then(|index| keys.get(index));
        beyond.extend(key.map(|key| (key.link, key.dimension, key.day, key.value.clone())));
    }
    Ok(beyond)
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
        .map(|quarter| counts.get(&quarter).map_or_else(|| "NULL".to_owned(), i64::to_string))
        .collect();
    format!("[{first}:{last}]={{{}}}", elements.join(","))
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
