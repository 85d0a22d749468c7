//! The table `visitors`: the pseudonymous visitors of a link on a day, and the batch that counts each of them.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, Row};
use time::Date;
use uuid::Uuid;

use crate::plan::{VisitorClaim, VisitorKey};
use crate::store::error::StoreError;

/// Whether a claim may be committed before its batch. Not while a consumer of a release without claims may run: it would treat a
/// visitor as counted although the claiming batch was not stored.
pub(super) async fn may_claim_ahead(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let query = sqlx::query_scalar("SELECT claims_ahead_from <= now() FROM pipeline_state");
    Ok(query.persistent(false).fetch_one(connection).await?)
}

/// The first batch that names a visitor claims them permanently, whether this attempt or a later one stores it. So a claim is safe to
/// commit before its batch. In one transaction with it, all consumers that meet the same new visitor would wait for each other's
/// whole transaction.
///
/// Returns the visitors that one of `batches` has claimed.
pub(super) async fn claim(
    connection: &mut PgConnection,
    claims: &BTreeMap<VisitorKey, VisitorClaim>,
    batches: BTreeSet<VisitorClaim>,
) -> Result<BTreeMap<VisitorKey, VisitorClaim>, StoreError> {
    let mut claimed = insert_new(connection, claims).await?;
    let seen = claims.keys().filter(|visitor| !claimed.contains_key(visitor)).copied().collect();
    claimed.append(&mut claimed_earlier(connection, seen, batches).await?);
    Ok(claimed)
}

/// Deletes claims.
pub(super) async fn release(
    connection: &mut PgConnection,
    claims: &BTreeMap<VisitorKey, VisitorClaim>,
) -> Result<(), StoreError> {
    let (days, links, visitors) = columns(claims.keys());
    let claim_ids: Vec<i64> = claims.values().map(|claim| claim.0).collect();
    sqlx::query(
        "DELETE FROM visitors known
         USING UNNEST($1::date[], $2::uuid[], $3::uuid[], $4::bigint[]) AS sent (day, link_id, visitor, claim)
         WHERE known.day = sent.day AND known.link_id = sent.link_id AND known.visitor = sent.visitor
           AND known.claim = sent.claim",
    )
    .bind(days)
    .bind(links)
    .bind(visitors)
    .bind(claim_ids)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_new(
    connection: &mut PgConnection,
    claims: &BTreeMap<VisitorKey, VisitorClaim>,
) -> Result<BTreeMap<VisitorKey, VisitorClaim>, StoreError> {
    if claims.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (days, links, visitors) = columns(claims.keys());
    let claim_ids: Vec<i64> = claims.values().map(|claim| claim.0).collect();
    let rows = sqlx::query(
        "INSERT INTO visitors (day, link_id, visitor, claim)
         SELECT day, link_id, visitor, claim
         FROM UNNEST($1::date[], $2::uuid[], $3::uuid[], $4::bigint[]) AS sent (day, link_id, visitor, claim)
         ORDER BY day, link_id, visitor
         ON CONFLICT (day, link_id, visitor) DO NOTHING
         RETURNING day, link_id, visitor, claim",
    )
    .bind(days)
    .bind(links)
    .bind(visitors)
    .bind(claim_ids)
    .persistent(false)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(claimed_visitor).collect()
}

/// Visitors claimed for one of `batches` by an earlier attempt, or by another consumer that is storing it now.
async fn claimed_earlier(
    connection: &mut PgConnection,
    seen: Vec<VisitorKey>,
    batches: BTreeSet<VisitorClaim>,
) -> Result<BTreeMap<VisitorKey, VisitorClaim>, StoreError> {
    if seen.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (days, links, visitors) = columns(seen.iter());
    let claim_ids: Vec<i64> = batches.into_iter().map(|claim| claim.0).collect();
    // OFFSET 0 forces one index lookup per visitor: the planner turns a plain join into a scan of all links' day.
    let rows = sqlx::query(
        "SELECT day, link_id, visitor, claim
         FROM UNNEST($1::date[], $2::uuid[], $3::uuid[]) AS sent (day, link_id, visitor),
              LATERAL (SELECT claim FROM visitors known
                       WHERE known.day = sent.day AND known.link_id = sent.link_id AND known.visitor = sent.visitor
                       OFFSET 0) known
         WHERE claim = ANY($4)",
    )
    .bind(days)
    .bind(links)
    .bind(visitors)
    .bind(claim_ids)
    .persistent(false)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(claimed_visitor).collect()
}

fn columns<'a>(keys: impl Iterator<Item = &'a VisitorKey>) -> (Vec<Date>, Vec<Uuid>, Vec<Uuid>) {
    let (mut days, mut links, mut visitors) = (Vec::new(), Vec::new(), Vec::new());
    for key in keys {
        days.push(key.day);
        links.push(key.link);
        visitors.push(key.visitor);
    }
    (days, links, visitors)
}

fn claimed_visitor(row: sqlx::postgres::PgRow) -> Result<(VisitorKey, VisitorClaim), StoreError> {
    let key = VisitorKey {
        day: row.try_get("day")?,
        link: row.try_get("link_id")?,
        visitor: row.try_get("visitor")?,
    };
    Ok((key, VisitorClaim(row.try_get("claim")?)))
}
