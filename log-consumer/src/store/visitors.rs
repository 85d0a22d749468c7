//! The table `visitors`: who was seen on a link on a day, and which batch was the first to bring him. Does not know who
//! anybody is.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, Row};
use time::Date;
use uuid::Uuid;

use crate::plan::{Claim, VisitorKey};
use crate::store::StoreError;

/// Whether a claim may be committed before its batch: not while a consumer may run that does not know of claims. It would take
/// a visitor for counted whose batch was claimed for and not stored.
pub(super) async fn are_claimed_ahead(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let query = sqlx::query_scalar("SELECT claims_ahead_from <= now() FROM pipeline_state");
    Ok(query.persistent(false).fetch_one(connection).await?)
}

/// Each visitor is claimed by the first batch that names him, for ever: whether it is stored by this attempt or by a later one.
/// That makes a claim safe to commit before its batch. In one transaction with it, all consumers that meet the same new
/// visitor would wait for each other's whole transaction.
///
/// Returns those of whom one of `batches` has the claim.
pub(super) async fn claim(
    connection: &mut PgConnection,
    claims: &BTreeMap<VisitorKey, Claim>,
    batches: BTreeSet<Claim>,
) -> Result<BTreeMap<VisitorKey, Claim>, StoreError> {
    let mut claimed = insert_new(connection, claims).await?;
    let seen = claims.keys().filter(|visitor| !claimed.contains_key(visitor)).copied().collect();
    claimed.append(&mut claimed_before(connection, seen, batches).await?);
    Ok(claimed)
}

/// Takes claims back.
pub(super) async fn release(
    connection: &mut PgConnection,
    claims: &BTreeMap<VisitorKey, Claim>,
) -> Result<(), StoreError> {
    let (days, links, visitors) = columns(claims.keys());
    let signatures: Vec<i64> = claims.values().map(|claim| claim.0).collect();
    sqlx::query(
        "DELETE FROM visitors known
         USING UNNEST($1::date[], $2::uuid[], $3::uuid[], $4::bigint[]) AS sent (day, link_id, visitor, claim)
         WHERE known.day = sent.day AND known.link_id = sent.link_id AND known.visitor = sent.visitor
           AND known.claim = sent.claim",
    )
    .bind(days)
    .bind(links)
    .bind(visitors)
    .bind(signatures)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_new(
    connection: &mut PgConnection,
    claims: &BTreeMap<VisitorKey, Claim>,
) -> Result<BTreeMap<VisitorKey, Claim>, StoreError> {
    if claims.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (days, links, visitors) = columns(claims.keys());
    let signatures: Vec<i64> = claims.values().map(|claim| claim.0).collect();
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
    .bind(signatures)
    .persistent(false)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(read).collect()
}

/// For one of `batches`, by an earlier attempt to store it, or by another consumer's that goes on right now.
async fn claimed_before(
    connection: &mut PgConnection,
    seen: Vec<VisitorKey>,
    batches: BTreeSet<Claim>,
) -> Result<BTreeMap<VisitorKey, Claim>, StoreError> {
    if seen.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (days, links, visitors) = columns(seen.iter());
    let signatures: Vec<i64> = batches.into_iter().map(|claim| claim.0).collect();
    // OFFSET keeps it a look into the key's index for each: of a join the planner makes a scan of a day of all links.
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
    .bind(signatures)
    .persistent(false)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(read).collect()
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

fn read(row: sqlx::postgres::PgRow) -> Result<(VisitorKey, Claim), StoreError> {
    let key = VisitorKey {
        day: row.try_get("day")?,
        link: row.try_get("link_id")?,
        visitor: row.try_get("visitor")?,
    };
    Ok((key, Claim(row.try_get("claim")?)))
}
