//! Which values of a link, day and dimension there is room for. Who asks holds the link's row in `link_totals`, so nobody else adds
//! one meanwhile. A value is looked up only where there may be [`MAX_VALUES`] already: a click brings at most one of each dimension, so
//! after a count there is room for as many clicks as there were values less.

use std::collections::{BTreeMap, BTreeSet};

use link_core::roll_up::{Dimension, OTHER};
use sqlx::{PgConnection, Row};
use time::Date;
use uuid::Uuid;

use super::{Known, Quarters};
use crate::rollup::{DayKey, MAX_VALUES, TotalCount};
use crate::store::StoreError;

/// Links whose values are counted in an invocation, at some milliseconds each where they have thousands. The others are looked
/// up value by value until it is their turn.
const COUNTED_AT_ONCE: usize = 32;

/// A value that there is no room for.
pub(super) type Beyond = (Uuid, Dimension, Date, String);

/// The values of which the links' rows do not say that there is room for them, each once.
pub(super) fn doubtful<'a>(links: &[Known], days: &'a BTreeMap<DayKey, Quarters>) -> Vec<&'a DayKey> {
    let links: BTreeMap<Uuid, &Known> = links.iter().map(|link| (link.total.link_id, link)).collect();
    // Orphans are no clicks.
    let has_room = |key: &DayKey| {
        key.dimension != Dimension::Orphan
            && links.get(&key.link).is_some_and(|link| link.has_room_on(key.day))
    };
    let mut keys = open_values(days);
    keys.retain(|key| !has_room(key));
    keys
}

/// The values of dimensions that may have any number of them, each once.
pub(super) fn open_values(days: &BTreeMap<DayKey, Quarters>) -> Vec<&DayKey> {
    let is_open = |key: &DayKey| key.dimension.is_open() && key.value != OTHER;
    let mut keys: Vec<&DayKey> = days.keys().filter(|key| is_open(key)).collect();
    // One value of several classes lies side by side.
    keys.dedup_by_key(|key| (key.link, key.dimension, key.day, &key.value));
    keys
}

impl Known {
    fn has_room_on(&self, day: Date) -> bool {
        self.clicks_since_count() <= MAX_VALUES - i64::from(self.counted_values)
            && self.counted_from.is_none_or(|from| from <= day)
    }

    fn clicks_since_count(&self) -> i64 {
        self.total.clicks - self.counted_at
    }
}

/// Those of `keys` that would be more than [`MAX_VALUES`] of their link, day and dimension.
pub(super) async fn without(
    connection: &mut PgConnection,
    keys: &[&DayKey],
) -> Result<Vec<Beyond>, StoreError> {
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
    // Counted once for each link, dimension and day, at the first of its fresh values, and told to the others by a window: a join would
    // compare each value with each of the days.
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
        beyond.extend(key.map(|key| (key.link, key.dimension, key.day, key.value.clone())));
    }
    Ok(beyond)
}

/// The links whose values it is time to count. Not more often than there could be room for clicks: of a link that is full, or a hot
/// one, a count would cost more than it spares.
pub(super) fn due(links: &[Known], doubtful: &[&DayKey], totals: &BTreeMap<Uuid, TotalCount>) -> Vec<Uuid> {
    let clicks = doubtful.iter().filter(|key| key.dimension != Dimension::Orphan).map(|key| key.link);
    let doubtful: BTreeSet<Uuid> = clicks.collect();
    let lasts = |link: &Uuid| totals.get(link).is_some_and(|total| total.clicks < MAX_VALUES / 2);
    let due = links.iter().filter(|link| link.clicks_since_count() >= MAX_VALUES);
    let due = due.map(|link| link.total.link_id).filter(|link| doubtful.contains(link) && lasts(link));
    due.take(COUNTED_AT_ONCE).collect()
}

/// What is added now may be new values without a click, which no count of clicks would know of.
pub(super) async fn forget(
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

/// Counts the values of these links, of today and yesterday, after everything else was written.
pub(super) async fn count(connection: &mut PgConnection, links: &[Uuid]) -> Result<(), StoreError> {
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
