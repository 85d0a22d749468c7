//! Leaves sums of clicks for webhooks, in the transaction of the clicks, so that each click is told of once. Only where an endpoint wants
//! to know; the origin says so.

use std::collections::BTreeMap;

use link_core::clicks::batch::CacheTier;
use sqlx::PgConnection;
use uuid::Uuid;

use super::error::StoreError;
use crate::plan::ClickRow;

pub(super) async fn add(connection: &mut PgConnection, clicks: &[ClickRow<'_>]) -> Result<(), StoreError> {
    let mut sums: BTreeMap<(Uuid, &str), i64> = BTreeMap::new();
    // Webhooks are told of an import as a whole.
    for row in clicks.iter().filter(|row| row.click.tier != CacheTier::Imported) {
        *sums.entry((row.click.link.0, row.attributes.class.as_str())).or_default() += 1;
    }
    let links: Vec<Uuid> = sums.keys().map(|(link, _)| *link).collect();
    let classes: Vec<&str> = sums.keys().map(|(_, class)| *class).collect();
    let counts: Vec<i64> = sums.values().copied().collect();
    sqlx::query(
        "INSERT INTO click_outbox (link_id, class, clicks)
         SELECT link_id, class, clicks FROM UNNEST($1::uuid[], $2::text[], $3::bigint[]) AS sums (link_id, class, clicks)
         WHERE EXISTS (SELECT FROM click_outbox_state WHERE is_wanted)",
    )
    .bind(links)
    .bind(classes)
    .bind(counts)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}
