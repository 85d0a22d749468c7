//! The table `visitors`: who was seen on a link on a day. Does not know who anybody is.

use std::collections::BTreeSet;

use sqlx::{PgConnection, Row};
use time::Date;
use uuid::Uuid;

use crate::plan::VisitorKey;
use crate::store::StoreError;

/// Returns those who were not seen before.
pub(super) async fn insert_new(
    connection: &mut PgConnection,
    visitors: &BTreeSet<VisitorKey>,
) -> Result<BTreeSet<VisitorKey>, StoreError> {
    if visitors.is_empty() {
        return Ok(BTreeSet::new());
    }
    let days: Vec<Date> = visitors.iter().map(|key| key.day).collect();
    let links: Vec<Uuid> = visitors.iter().map(|key| key.link).collect();
    let hashes: Vec<Uuid> = visitors.iter().map(|key| key.visitor).collect();
    let rows = sqlx::query(
        "INSERT INTO visitors (day, link_id, visitor)
         SELECT day, link_id, visitor FROM UNNEST($1::date[], $2::uuid[], $3::uuid[]) AS sent (day, link_id, visitor)
         ORDER BY day, link_id, visitor
         ON CONFLICT (day, link_id, visitor) DO NOTHING
         RETURNING day, link_id, visitor",
    )
    .bind(days)
    .bind(links)
    .bind(hashes)
    .persistent(false)
    .fetch_all(connection)
    .await?;
    let key = |row: sqlx::postgres::PgRow| {
        Ok(VisitorKey {
            day: row.try_get("day")?,
            link: row.try_get("link_id")?,
            visitor: row.try_get("visitor")?,
        })
    };
    rows.into_iter().map(key).collect()
}
