//! Links that there are already with the settings of a new one. Does not decide who asks for them.

use link_core::domain::Domain;
use link_core::slug::Slug;
use uuid::Uuid;

use super::fingerprint::fingerprint;
use super::{Link, LinkAmongOthers, LinkSettings, link_columns, link_joins};
use crate::store::{Session, StoreError};

/// What a link must be like to stand for another one that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Likeness {
    domain: Domain,
    fingerprint: Uuid,
    /// Any name will do where there is none.
    alias: Option<Slug>,
}

impl Likeness {
    /// `None` where a password, which is salted, makes a link unlike any other.
    pub fn of(domain: &Domain, alias: Option<&Slug>, settings: &LinkSettings) -> Option<Self> {
        let fingerprint = fingerprint(settings)?;
        Some(Self { domain: domain.clone(), fingerprint, alias: alias.cloned() })
    }
}

#[derive(sqlx::FromRow)]
struct LikeRow {
    /// Counted from 1.
    number: i64,
    #[sqlx(flatten)]
    link: LinkAmongOthers,
}

impl Session {
    /// The oldest for each that can be followed, if there is one. Whoever else asks for the like waits until this
    /// transaction has ended, and then finds what it made.
    pub async fn links_like(&mut self, wanted: &[Likeness]) -> Result<Vec<(Likeness, Link)>, StoreError> {
        let mut wanted: Vec<_> = wanted.iter().collect();
        // In one order, so that two calls never wait for each other in a circle.
        wanted.sort_unstable();
        wanted.dedup();
        let domains: Vec<_> = wanted.iter().map(|like| like.domain.as_str()).collect();
        let fingerprints: Vec<_> = wanted.iter().map(|like| like.fingerprint).collect();
        let aliases: Vec<_> = wanted.iter().map(|like| like.alias.as_ref().map(Slug::as_str)).collect();
        let rows = self
            .run(async |connection| {
                // The rows are what others wait for, as long as this transaction lasts, though it deletes them at once.
                for statement in [
                    "INSERT INTO reuse_locks SELECT * FROM unnest($1::text[], $2::uuid[]) ON CONFLICT DO NOTHING",
                    "DELETE FROM reuse_locks
                     WHERE (domain, fingerprint) IN (SELECT * FROM unnest($1::text[], $2::uuid[]))",
                ] {
                    let statement = sqlx::query(statement).bind(&domains).bind(&fingerprints);
                    statement.execute(&mut *connection).await?;
                }
                let like = sqlx::query_as::<_, LikeRow>(concat!(
                    "SELECT wanted.number, ",
                    link_columns!(),
                    " FROM unnest($1::text[], $2::uuid[], $3::text[])
                          WITH ORDINALITY AS wanted(domain, fingerprint, code, number)
                      CROSS JOIN LATERAL (
                          SELECT * FROM links
                          WHERE links.fingerprint = wanted.fingerprint AND links.domain = wanted.domain
                              AND links.code = coalesce(wanted.code, links.code)
                              AND NOT links.blocked AND NOT links.exhausted
                          ORDER BY links.id LIMIT 1
                      ) link",
                    link_joins!(),
                ));
                like.bind(&domains).bind(&fingerprints).bind(&aliases).fetch_all(connection).await
            })
            .await?;
        let numbered = |number: i64| usize::try_from(number - 1).ok().and_then(|index| wanted.get(index));
        let readable =
            rows.into_iter().filter_map(|LikeRow { number, link }| Some((number, link.readable()?)));
        readable
            .map(|(number, link)| {
                let likeness = numbered(number).ok_or(StoreError::Damaged("wanted.number"))?;
                Ok(((*likeness).clone(), link))
            })
            .collect()
    }
}
