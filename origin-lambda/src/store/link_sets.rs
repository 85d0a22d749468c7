//! Selects the links of a statistics request: the analytics database does not know links, so their ids are sent with the query.
//! Does not count clicks.

use std::collections::HashMap;

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::record::LinkId;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryAs;
use sqlx::types::Uuid;
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;

use super::links::{ClickTotals, push_bounds};
use super::{LinksDatabase, StoreError};
use crate::auth::LinkBounds;

impl LinksDatabase {
    /// Up to `limit` links within the bounds, filtered by domain and tag if given.
    pub async fn select_links(
        &self,
        domain: Option<&Domain>,
        tag: Option<&str>,
        bounds: &LinkBounds,
        limit: i64,
    ) -> Result<Vec<Uuid>, StoreError> {
        // Only the given conditions: for a condition that may be null the planner scans all links.
        let mut query = QueryBuilder::new("SELECT link.id FROM links link WHERE true");
        if let Some(domain) = domain {
            query.push(" AND link.domain = ").push_bind(domain.as_str());
        }
        if let Some(tag) = tag {
            // The condition of the partial index.
            query.push(" AND link.tags <> '{}' AND link.tags @> ARRAY[").push_bind(tag).push("]::text[]");
        }
        push_bounds(&mut query, bounds);
        query.push(" LIMIT ").push_bind(limit);
        self.0.run(query.build_query_scalar().fetch_all(&self.0.pool)).await
    }

    /// How many links are within the bounds, and all clicks on them. Reads each: some 0.5 s for a million.
    pub async fn link_totals(&self, bounds: &LinkBounds) -> Result<(i64, ClickTotals), StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT count(*), coalesce(sum(totals.clicks), 0)::bigint, coalesce(sum(totals.human), 0)::bigint,
                    coalesce(sum(totals.bot), 0)::bigint
             FROM links link LEFT JOIN link_totals totals ON totals.link_id = link.id WHERE true",
        );
        push_bounds(&mut query, bounds);
        let (links, total, human, bot) = self.0.run(query.build_query_as().fetch_one(&self.0.pool)).await?;
        Ok((links, ClickTotals { total, human, bot }))
    }

    /// Resets a link's totals after its clicks were erased at `erased_at`, in the analytics database's time. The row stays and
    /// records that time: a consumer may still write an older total, or may already have written one of newer clicks.
    pub async fn reset_totals(&self, link: LinkId, erased_at: OffsetDateTime) -> Result<(), StoreError> {
        let query = sqlx::query(
            "WITH link AS (
                 SELECT id FROM links WHERE id = $1
             ), orphaned AS (
                 DELETE FROM link_totals WHERE link_id = $1 AND NOT EXISTS (SELECT FROM link)
             ), deleted AS (
                 UPDATE deleted_links SET totals = NULL WHERE id = $1
             ), history AS (
                 DELETE FROM link_histories WHERE link = $1
             )
             INSERT INTO link_totals AS known (link_id, clicks, human, bot, last_click_at, as_of)
             SELECT id, 0, 0, 0, NULL, $2 FROM link
             ON CONFLICT (link_id) DO UPDATE SET
                 clicks = 0, human = 0, bot = 0, imported_human = 0, imported_bot = 0, last_click_at = NULL,
                 as_of = excluded.as_of
             WHERE known.as_of IS NULL OR known.as_of < excluded.as_of",
        );
        let query = query.bind(link.0).bind(erased_at);
        self.0.run(query.execute(&self.0.pool)).await.map(drop)
    }

    /// Up to `limit` links that have tags, with all their tags.
    pub async fn links_with_tags(&self, limit: i64) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
        let query = sqlx::query_as("SELECT id, tags FROM links WHERE tags <> '{}' LIMIT $1");
        self.labels(query.bind(limit)).await
    }

    pub async fn tags_of(&self, links: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
        self.labels(sqlx::query_as("SELECT id, tags FROM links WHERE id = ANY($1)").bind(links)).await
    }

    /// One domain per link.
    pub async fn domains_of(&self, links: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
        self.labels(sqlx::query_as("SELECT id, ARRAY[domain] FROM links WHERE id = ANY($1)").bind(links))
            .await
    }

    /// Domain and code of the links that exist, within the bounds.
    pub async fn names_of(
        &self,
        links: &[Uuid],
        bounds: &LinkBounds,
    ) -> Result<HashMap<Uuid, (Domain, Slug)>, StoreError> {
        let mut query =
            QueryBuilder::new("SELECT link.id, link.domain, link.code FROM links link WHERE true");
        query.push(" AND link.id = ANY(").push_bind(links).push(")");
        push_bounds(&mut query, bounds);
        let rows: Vec<(Uuid, String, String)> =
            self.0.run(query.build_query_as().fetch_all(&self.0.pool)).await?;
        let name = |(id, domain, code): (Uuid, String, String)| {
            Some((id, (domain.parse().ok()?, code.parse().ok()?)))
        };
        Ok(rows.into_iter().filter_map(name).collect())
    }

    async fn labels(
        &self,
        query: QueryAs<'_, Postgres, (Uuid, Vec<String>), PgArguments>,
    ) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().collect())
    }
}
