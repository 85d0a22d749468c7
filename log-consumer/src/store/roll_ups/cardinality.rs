//! The cardinality limit: at most [`MAX_VALUES`] values of a link, dimension and day. The caller holds the link's row in
//! `link_totals`, so nobody else adds values at the same time. A value is looked up only if the limit may be reached: a click adds at
//! most one value per dimension, so after a count the link can take as many clicks unchecked as it had values below the limit.

use std::collections::{BTreeMap, BTreeSet};

use link_core::clicks::calendar::OPEN_DAYS;
use link_core::clicks::roll_up::{DETAIL, Dimension, OTHER};
use sqlx::{PgConnection, Row};
use time::Date;
use uuid::Uuid;

use super::totals::TotalRow;
use crate::plan::roll_up::{DayKey, MAX_VALUES, QuarterCounts, TotalCount};
use crate::store::error::StoreError;

/// The most links whose values are counted in an invocation; one with thousands of values takes some milliseconds. The values of the
/// other links are looked up one by one until a later invocation counts them.
const MAX_LINKS_COUNTED: usize = 32;

// `find_overflow` looks for values of today and yesterday only among open days. One more open day allows for clocks that differ.
const _: () = assert!(OPEN_DAYS >= 2);

/// A value beyond the limit.
pub(super) type OverflowValue = (Uuid, Dimension, Date, String);

/// The values, each once, that may be beyond the limit as far as the links' rows tell.
pub(super) fn unchecked_values<'a>(
    links: &[TotalRow],
    days: &'a BTreeMap<DayKey, QuarterCounts>,
) -> Vec<&'a DayKey> {
    let links: BTreeMap<Uuid, &TotalRow> = links.iter().map(|link| (link.total.link_id, link)).collect();
    // Orphan visits are not clicks, so the rows say nothing about their values.
    let is_below_limit = |key: &DayKey| {
        key.dimension != Dimension::Orphan
            && links.get(&key.link).is_some_and(|link| link.is_below_limit_on(key.day))
    };
    let mut keys = open_values(days);
    keys.retain(|key| !is_below_limit(key));
    keys
}

/// The values, each once, that come from no fixed list. Where values have details, what has none is from such a list.
pub(super) fn open_values(days: &BTreeMap<DayKey, QuarterCounts>) -> Vec<&DayKey> {
    let is_listed = |key: &DayKey| key.dimension.has_details() && !key.value.contains(DETAIL);
    let is_open = |key: &DayKey| key.dimension.is_open() && key.value != OTHER && !is_listed(key);
    let mut keys: Vec<&DayKey> = days.keys().filter(|key| is_open(key)).collect();
    // The classes of one value are adjacent.
    keys.dedup_by_key(|key| (key.link, key.dimension, key.day, &key.value));
    keys
}

impl TotalRow {
    fn is_below_limit_on(&self, day: Date) -> bool {
        self.clicks_since_count() <= MAX_VALUES - i64::from(self.counted_values)
            && self.counted_from.is_none_or(|from| from <= day)
    }

    fn clicks_since_count(&self) -> i64 {
        self.total.clicks - self.counted_at
    }
}

/// The values of `keys` that would exceed [`MAX_VALUES`] in their link, dimension and day.
pub(super) async fn find_overflow(
    connection: &mut PgConnection,
    keys: &[&DayKey],
) -> Result<Vec<OverflowValue>, StoreError> {
    let mut overflow = Vec::new();
    if keys.is_empty() {
        return Ok(overflow);
    }
    let links: Vec<Uuid> = keys.iter().map(|key| key.link).collect();
    let dimensions: Vec<&str> = keys.iter().map(|key| key.dimension.as_str()).collect();
    let dates: Vec<Date> = keys.iter().map(|key| key.day).collect();
    let values: Vec<&str> = keys.iter().map(|key| key.value.as_str()).collect();
    // `fresh` holds the values that are not stored yet. `min(class)` instead of EXISTS: it is one index lookup per value, where the
    // planner answers EXISTS by sorting the whole table. Sealed days are in another table with the same key; today and yesterday are
    // never sealed and have nearly all clicks, so they are looked up once.
    // `counted` counts the stored values once per link, dimension and day, at the first fresh value, and a window hands the count to
    // the others: a join would compare each value with each of the days. A day that has `(other)` is known to be full, except for
    // orphan visits, which have `(other)` from the start. Dimensions with details never have it.
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
         ), counted AS (
             SELECT position, place, max(
                 CASE WHEN place > 1 THEN 0
                      WHEN dimension <> $7 AND (
                           SELECT min(class) FROM quarters_of_days known
                           WHERE known.link_id = fresh.link_id AND known.dimension = fresh.dimension
                             AND known.day = fresh.day AND known.value = $5) IS NOT NULL
                      THEN $6
                      ELSE (SELECT count(DISTINCT known.value) FROM quarters_of_days known
                            WHERE known.link_id = fresh.link_id AND known.dimension = fresh.dimension
                              AND known.day = fresh.day AND known.value <> $5)
                 END) OVER (PARTITION BY link_id, dimension, day) AS used
             FROM fresh
         )
         SELECT position FROM counted WHERE place + used > $6",
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
        overflow.extend(key.map(|key| (key.link, key.dimension, key.day, key.value.clone())));
    }
    Ok(overflow)
}

/// The links whose values should be counted now. At most once per [`MAX_VALUES`] clicks, and not for a link that brings half of them
/// in one invocation: for a full or a hot link a count would cost more than it saves.
pub(super) fn links_to_count(
    links: &[TotalRow],
    unchecked: &[&DayKey],
    totals: &BTreeMap<Uuid, TotalCount>,
) -> Vec<Uuid> {
    let clicks = unchecked.iter().filter(|key| key.dimension != Dimension::Orphan).map(|key| key.link);
    let unchecked: BTreeSet<Uuid> = clicks.collect();
    let is_worthwhile = |link: &Uuid| totals.get(link).is_some_and(|total| total.clicks < MAX_VALUES / 2);
    let due = links.iter().filter(|link| link.clicks_since_count() >= MAX_VALUES);
    let due =
        due.map(|link| link.total.link_id).filter(|link| unchecked.contains(link) && is_worthwhile(link));
    due.take(MAX_LINKS_COUNTED).collect()
}

/// Has the values of these links looked up until they are counted again, because new values may come without new clicks.
pub(super) async fn mark_full(
    connection: &mut PgConnection,
    links: &BTreeMap<Uuid, TotalCount>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE link_totals SET counted_values = $2 WHERE link_id = ANY($1)")
        .bind(links.keys().copied().collect::<Vec<_>>())
        .bind(i32::try_from(MAX_VALUES).unwrap_or(i32::MAX))
        .persistent(false)
        .execute(connection)
        .await?;
    Ok(())
}

/// Counts the values of these links, of today and yesterday. Runs after all other writes.
pub(super) async fn count_values(connection: &mut PgConnection, links: &[Uuid]) -> Result<(), StoreError> {
    if links.is_empty() {
        return Ok(());
    }
    let open = Dimension::GROUPS.iter().filter(|dimension| dimension.is_open());
    let open: Vec<&str> = open.map(|dimension| dimension.as_str()).collect();
    sqlx::query(
        "UPDATE link_totals total SET counted_at = total.clicks, counted_values = counted.most, counted_from = since.day
         FROM (SELECT (now() AT TIME ZONE 'UTC')::date - 1 AS day) since, UNNEST($1::uuid[]) one (link_id),
              LATERAL (SELECT coalesce(max(number), 0) AS most
                       FROM (SELECT count(DISTINCT value) AS number FROM quarters_of_days known
                             WHERE known.link_id = one.link_id AND known.dimension = ANY($2) AND known.day >= since.day
                               AND known.value <> $3
                             GROUP BY known.dimension, known.day) by_day) counted
         WHERE total.link_id = one.link_id",
    )
    .bind(links)
    .bind(open)
    .bind(OTHER)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}
