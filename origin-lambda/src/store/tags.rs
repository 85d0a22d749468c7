//! Tags across all links. A link's own are written with it.

use link_core::time::UnixMillis;
use uuid::Uuid;

use super::{LinksDatabase, StoreError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub name: String,
    pub links: i64,
}

impl LinksDatabase {
    /// In the order of names, those that links have.
    pub async fn tags(&self, prefix: &str, after: &str, limit: i64) -> Result<Vec<Tag>, StoreError> {
        let query = sqlx::query_as::<_, (String, i64)>(
            "SELECT tags.name, tagged.links FROM tags CROSS JOIN LATERAL (
                 SELECT count(*) AS links FROM links WHERE links.tags @> ARRAY[tags.name] AND links.tags <> '{}'
             ) AS tagged
             WHERE starts_with(tags.name, $1) AND tags.name > $2 AND tagged.links > 0
             ORDER BY tags.name LIMIT $3",
        );
        let query = query.bind(prefix).bind(after).bind(limit);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(|(name, links)| Tag { name, links }).collect())
    }

    pub async fn links_tagged(&self, name: &str) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT count(*) FROM links WHERE tags @> ARRAY[$1] COLLATE \"C\" AND tags <> '{}'",
        );
        self.0.run(query.bind(name).fetch_one(&self.0.pool)).await
    }

    /// In the order in which they are locked.
    pub async fn some_links_tagged(&self, name: &str, limit: i64) -> Result<Vec<Uuid>, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT id FROM (
                 SELECT id FROM links WHERE tags @> ARRAY[$1] COLLATE \"C\" AND tags <> '{}' LIMIT $2
             ) AS few ORDER BY id",
        );
        self.0.run(query.bind(name).bind(limit).fetch_all(&self.0.pool)).await
    }

    /// Of those links that still have the tag; without a successor, which is null and equals nothing, it is taken away. The edge holds no tags: where it has
    /// all of a link, it has all of the link's new revision.
    pub async fn retag(
        &self,
        links: &[Uuid],
        old: &str,
        new: Option<&str>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(
            "WITH changed AS (
                 UPDATE links SET
                     tags = ARRAY(
                         SELECT tag FROM (
                             SELECT unnest(tags) UNION SELECT $3
                         ) AS kept(tag) WHERE tag <> $2 ORDER BY tag COLLATE \"C\"
                     ),
                     revision = DEFAULT, updated_at = $4
                 FROM unnest($1::uuid[]) AS chosen(id)
                 WHERE links.id = chosen.id AND tags @> ARRAY[$2] COLLATE \"C\"
                 RETURNING links.domain, links.code, links.revision
             )
             INSERT INTO publications (domain, code, revision)
             SELECT domain, code, revision FROM changed ORDER BY domain, code
             ON CONFLICT (domain, code) DO UPDATE SET
                 revision = excluded.revision,
                 published_revision = CASE WHEN publications.published_revision = publications.revision
                                           THEN excluded.revision ELSE publications.published_revision END",
        );
        let query = query.bind(links).bind(old).bind(new).bind(now.date_time());
        self.0.run(query.execute(&self.0.pool)).await.map(drop)
    }
}
