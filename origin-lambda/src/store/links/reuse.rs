//! Finds existing links with the settings of a new one. Does not decide who may reuse them.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use uuid::Uuid;

use super::fingerprint::fingerprint;
use super::link::{Link, LinkSettings};
use super::row::{LenientLinkRow, link_columns, link_joins};
use crate::store::{StoreError, WriteSession};

/// Identifies links that may be reused for each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DedupKey {
    domain: Domain,
    fingerprint: Uuid,
    /// `None` matches any name.
    alias: Option<Slug>,
    /// `None` matches any key.
    creator: Option<Uuid>,
}

impl DedupKey {
    /// `None` for a link with a password: its hash is salted, so no two are equal.
    pub fn of(
        domain: &Domain,
        alias: Option<&Slug>,
        creator: Option<Uuid>,
        settings: &LinkSettings,
    ) -> Option<Self> {
        let fingerprint = fingerprint(settings)?;
        Some(Self { domain: domain.clone(), fingerprint, alias: alias.cloned(), creator })
    }
}

#[derive(sqlx::FromRow)]
struct ReusableRow {
    /// Counted from 1.
    number: i64,
    #[sqlx(flatten)]
    link: LenientLinkRow,
}

impl WriteSession {
    /// The oldest usable link for each key. Other requests with the same key wait until this transaction ends, and then find the
    /// link that it created.
    pub async fn find_reusable_links(
        &mut self,
        wanted: &[DedupKey],
    ) -> Result<Vec<(DedupKey, Link)>, StoreError> {
        let mut wanted: Vec<_> = wanted.iter().collect();
        // Sorted, so that two calls cannot deadlock.
        wanted.sort_unstable();
        wanted.dedup();
        let domains: Vec<_> = wanted.iter().map(|key| key.domain.as_str()).collect();
        let fingerprints: Vec<_> = wanted.iter().map(|key| key.fingerprint).collect();
        let aliases: Vec<_> = wanted.iter().map(|key| key.alias.as_ref().map(Slug::as_str)).collect();
        let creators: Vec<_> = wanted.iter().map(|key| key.creator).collect();
        let rows = self
            .run(async |connection| {
                // Others wait for these rows until the transaction ends, although it deletes them immediately.
                for statement in [
                    "INSERT INTO reuse_locks SELECT * FROM unnest($1::text[], $2::uuid[]) ON CONFLICT DO NOTHING",
                    "DELETE FROM reuse_locks
                     WHERE (domain, fingerprint) IN (SELECT * FROM unnest($1::text[], $2::uuid[]))",
                ] {
                    let statement = sqlx::query(statement).bind(&domains).bind(&fingerprints);
                    statement.execute(&mut *connection).await?;
                }
                let existing = sqlx::query_as::<_, ReusableRow>(concat!(
                    "SELECT wanted.number, ",
                    link_columns!(),
                    " FROM unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[])
                          WITH ORDINALITY AS wanted(domain, fingerprint, code, creator, number)
                      CROSS JOIN LATERAL (
                          SELECT * FROM links
                          WHERE links.fingerprint = wanted.fingerprint AND links.domain = wanted.domain
                              AND links.code = coalesce(wanted.code, links.code)
                              AND (wanted.creator IS NULL OR links.created_by = wanted.creator)
                              AND NOT links.blocked AND NOT links.exhausted
                          ORDER BY links.id LIMIT 1
                      ) link",
                    link_joins!(),
                ));
                existing.bind(&domains).bind(&fingerprints).bind(&aliases).bind(&creators).fetch_all(connection).await
            })
            .await?;
        let key_at = |number: i64| usize::try_from(number - 1).ok().and_then(|index| wanted.get(index));
        let readable =
            rows.into_iter().filter_map(|ReusableRow { number, link }| Some((number, link.readable()?)));
        readable
            .map(|(number, link)| {
                let key = key_at(number).ok_or(StoreError::Damaged("wanted.number"))?;
                Ok(((*key).clone(), link))
            })
            .collect()
    }
}
