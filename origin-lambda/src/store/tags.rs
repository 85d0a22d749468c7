//! Lists, renames and removes tags across all links. A link's own tags are written with the link.

use std::collections::BTreeSet;

use link_core::record::LinkId;
use link_core::time::UnixMillis;
use serde::Serialize;
use sqlx::QueryBuilder;
use sqlx::types::Json;
use uuid::Uuid;

use super::audit::{Author, Changes};
use super::links::{LenientLinkRow, Link, fingerprint, link_columns, link_joins, push_bounds};
use super::{LinksDatabase, StoreError};
use crate::auth::LinkBounds;
use crate::limits::MAX_COUNTED_LINKS;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub name: String,
    /// Up to [`MAX_COUNTED_LINKS`].
    pub links: i64,
}

/// A tag to rename, or to remove if `new` is `None`.
#[derive(Debug, Clone, Copy)]
pub struct Retag<'a> {
    pub old: &'a str,
    pub new: Option<&'a str>,
    /// Whether its shares follow, or end.
    pub with_shares: bool,
    pub author: &'a Author,
}

impl LinksDatabase {
    /// Returns the tags that links within the bounds have, in the order of names.
    pub async fn tags(
        &self,
        bounds: &LinkBounds,
        prefix: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Tag>, StoreError> {
        if !bounds.are_all() {
            return self.tags_within(bounds, prefix, after, limit).await;
        }
        let query = sqlx::query_as::<_, (String, i64)>(
            "SELECT tags.name, tagged.links FROM tags CROSS JOIN LATERAL (
                 SELECT count(*) AS links FROM (
                     SELECT FROM links WHERE links.tags @> ARRAY[tags.name] AND links.tags <> '{}' LIMIT $4
                 ) AS limited
             ) AS tagged
             WHERE tags.name >= $1 AND tags.name <= $1 || U&'\\+10FFFF' AND starts_with(tags.name, $1)
                 AND tags.name > $2 AND tagged.links > 0
             ORDER BY tags.name LIMIT $3",
        );
        let query = query.bind(prefix).bind(after).bind(limit).bind(MAX_COUNTED_LINKS);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(|(name, links)| Tag { name, links }).collect())
    }

    /// Of the newest links within the bounds, up to [`MAX_COUNTED_LINKS`]: which tags some links have is not indexed.
    async fn tags_within(
        &self,
        bounds: &LinkBounds,
        prefix: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Tag>, StoreError> {
        let mut query =
            QueryBuilder::new("SELECT tag.name, count(*) FROM (SELECT link.tags FROM links link WHERE true");
        push_bounds(&mut query, bounds);
        query.push(" ORDER BY link.id DESC LIMIT ").push_bind(MAX_COUNTED_LINKS);
        query.push(
            ") AS newest CROSS JOIN LATERAL unnest(newest.tags) AS tag (name) WHERE starts_with(tag.name, ",
        );
        query.push_bind(prefix).push(") AND tag.name > ").push_bind(after);
        query.push(" GROUP BY tag.name ORDER BY tag.name LIMIT ").push_bind(limit);
        let rows: Vec<(String, i64)> = self.0.run(query.build_query_as().fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(|(name, links)| Tag { name, links }).collect())
    }

    /// Up to `limit`.
    pub async fn count_tagged_links(
        &self,
        name: &str,
        bounds: &LinkBounds,
        limit: i64,
    ) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT count(*) FROM (
                 SELECT FROM links WHERE tags @> ARRAY[$1] COLLATE \"C\" AND tags <> '{}'
                     AND ($3::text[] = '{}' OR domain = ANY($3)) AND ($4::uuid IS NULL OR created_by = $4) LIMIT $2
             ) AS few",
        );
        let query = query.bind(name).bind(limit).bind(bounds.domain_names()).bind(bounds.creator);
        self.0.run(query.fetch_one(&self.0.pool)).await
    }

    /// Links with the tag and within the bounds, except `excluded`, in the order in which they are locked.
    pub async fn tagged_links_batch(
        &self,
        name: &str,
        bounds: &LinkBounds,
        excluded: &[Uuid],
        limit: i64,
    ) -> Result<Vec<Uuid>, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT id FROM (
                 SELECT id FROM links
                 WHERE tags @> ARRAY[$1] COLLATE \"C\" AND tags <> '{}' AND id <> ALL($3)
                     AND ($4::text[] = '{}' OR domain = ANY($4)) AND ($5::uuid IS NULL OR created_by = $5) LIMIT $2
             ) AS limited ORDER BY id",
        );
        let query =
            query.bind(name).bind(limit).bind(excluded).bind(bounds.domain_names()).bind(bounds.creator);
        self.0.run(query.fetch_all(&self.0.pool)).await
    }

    /// Replaces the tag on those links that still have it; removes it if `new` is `None`. The edge has no tags, so a link that
    /// was fully published counts as published under its new revision. Adds to the audit entry `whole` of earlier batches, if there
    /// is one, and the links that cannot be read, which stay unchanged, to `unreadable`.
    pub async fn retag(
        &self,
        links: &[Uuid],
        Retag { old, new, with_shares, author }: Retag<'_>,
        (whole, unreadable): (&mut Option<Uuid>, &mut Vec<Uuid>),
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await?;
        if with_shares {
            transaction.move_shares(old, new, author).await?;
        }
        let lock = sqlx::query_as::<_, TaggedRow>(concat!(
            "SELECT ",
            link_columns!(),
            " FROM links link",
            link_joins!(),
            "WHERE link.id = ANY($1) AND link.tags @> ARRAY[$2] COLLATE \"C\" ORDER BY link.id FOR UPDATE OF link"
        ))
        .bind(links)
        .bind(old);
        let rows = transaction.run(async |connection| lock.fetch_all(connection).await).await?;
        let mut retagged = Vec::with_capacity(rows.len());
        for TaggedRow { id, link } in rows {
            match link.readable() {
                Some(link) => retagged.push(Retagged::of(link, old, new)),
                None => unreadable.push(id),
            }
        }
        let update = sqlx::query_scalar(
            "WITH changed AS (
                 UPDATE links SET tags = new.tags, fingerprint = new.fingerprint, revision = DEFAULT, updated_at = $2
                 FROM jsonb_to_recordset($1) AS new(id uuid, tags text[], fingerprint uuid, history jsonb)
                 WHERE links.id = new.id
                 RETURNING links.id, links.domain, links.code, links.revision, new.history
             ), publication AS (
                 INSERT INTO publications (domain, code, revision)
                 SELECT domain, code, revision FROM changed ORDER BY domain, code
                 ON CONFLICT (domain, code) DO UPDATE SET
                     revision = excluded.revision,
                     published_revision = CASE WHEN publications.published_revision = publications.revision
                                               THEN excluded.revision ELSE publications.published_revision END
             ), whole AS (
                 INSERT INTO audit_entries AS known (id, key, kind, action, subject, changes, bulk)
                 SELECT coalesce($3, uuidv7()), $4, 'tag', $5, $6, $7, jsonb_build_object('count', count(*)) FROM changed
                 HAVING count(*) > 0
                 ON CONFLICT (id) DO UPDATE SET bulk = jsonb_build_object(
                     'count', (known.bulk->>'count')::bigint + (excluded.bulk->>'count')::bigint)
                 RETURNING id
             ), entry AS (
                 INSERT INTO audit_entries (key, kind, action, link, name, domain, changes, part_of)
                 SELECT $4, 'link', 'changed', changed.id, domain || '/' || code, domain, history, whole.id
                 FROM changed CROSS JOIN whole
             )
             SELECT id FROM whole",
        )
        .bind(Json(retagged))
        .bind(now.date_time())
        .bind(*whole)
        .bind(author.key)
        .bind(if new.is_some() { "renamed" } else { "deleted" })
        .bind(old)
        .bind(Json(renaming(old, new)));
        let entry = transaction.run(async |connection| update.fetch_optional(connection).await).await?;
        transaction.commit().await?;
        *whole = entry.or(*whole);
        Ok(())
    }
}

fn renaming(old: &str, new: Option<&str>) -> Changes {
    let mut changes = Changes::default();
    if let Some(new) = new {
        changes.compare("name", old, new);
    }
    changes
}

#[derive(sqlx::FromRow)]
struct TaggedRow {
    id: Uuid,
    #[sqlx(flatten)]
    link: LenientLinkRow,
}

#[derive(Serialize)]
struct Retagged {
    id: LinkId,
    tags: Vec<String>,
    fingerprint: Option<Uuid>,
    history: Changes,
}

impl Retagged {
    fn of(link: Link, old: &str, new: Option<&str>) -> Self {
        let mut settings = link.settings;
        let before = std::mem::take(&mut settings.tags);
        let mut tags: BTreeSet<_> = before.iter().cloned().collect();
        tags.remove(old);
        tags.extend(new.map(str::to_owned));
        settings.tags = tags.into_iter().collect();
        let mut history = Changes::default();
        history.compare("tags", &before, &settings.tags);
        Self { id: link.id, fingerprint: fingerprint(&settings), tags: settings.tags, history }
    }
}
