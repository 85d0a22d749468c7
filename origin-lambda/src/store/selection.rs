//! Which links a question about clicks is about: the analytics database does not know links, so their ids go along. Does not
//! count.

use std::collections::HashMap;

use link_core::domain::Domain;
use link_core::record::LinkId;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryAs;
use sqlx::types::Uuid;
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;

use super::{LinksDatabase, StoreError};

impl LinksDatabase {
    /// Up to `limit` links of a domain and with a tag, each where it is asked for.
    pub async fn selected_links(
        &self,
        domain: Option<&Domain>,
        tag: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Uuid>, StoreError> {
        // Only what is asked for: of a condition that may be void the planner makes a walk through all links.
        let mut query = QueryBuilder::new("SELECT id FROM links WHERE true");
        if let Some(domain) = domain {
            query.push(" AND domain = ").push_bind(domain.as_str());
        }
        if let Some(tag) = tag {
            // As the index has them.
            query.push(" AND tags <> '{}' AND tags @> ARRAY[").push_bind(tag).push("]::text[]");
        }
        query.push(" LIMIT ").push_bind(limit);
        self.0.run(query.build_query_scalar().fetch_all(&self.0.pool)).await
    }

    /// After its clicks were erased, at that moment of the analytics database. The row stays and tells the moment: a consumer may
    /// be on its way with a total from before, or have told one of clicks that came since.
    pub async fn forget_totals(&self, link: LinkId, erased_at: OffsetDateTime) -> Result<(), StoreError> {
        let query = sqlx::query(
            "WITH link AS (
                 SELECT id FROM links WHERE id = $1
             ), of_no_link AS (
                 DELETE FROM link_totals WHERE link_id = $1 AND NOT EXISTS (SELECT FROM link)
             )
             INSERT INTO link_totals AS known (link_id, clicks, human, bot, last_click_at, as_of)
             SELECT id, 0, 0, 0, NULL, $2 FROM link
             ON CONFLICT (link_id) DO UPDATE SET
                 clicks = 0, human = 0, bot = 0, last_click_at = NULL, as_of = excluded.as_of
             WHERE known.as_of IS NULL OR known.as_of < excluded.as_of",
        );
        let query = query.bind(link.0).bind(erased_at);
        self.0.run(query.execute(&self.0.pool)).await.map(drop)
    }

    /// Up to `limit` links that have a tag, with all their tags.
    pub async fn tagged_links(&self, limit: i64) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
        let query = sqlx::query_as("SELECT id, tags FROM links WHERE tags <> '{}' LIMIT $1");
        self.labels(query.bind(limit)).await
    }

    pub async fn tags_of(&self, links: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
        self.labels(sqlx::query_as("SELECT id, tags FROM links WHERE id = ANY($1)").bind(links)).await
    }

    /// One for each.
    pub async fn domains_of(&self, links: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
        self.labels(sqlx::query_as("SELECT id, ARRAY[domain] FROM links WHERE id = ANY($1)").bind(links))
            .await
    }

    async fn labels(
        &self,
        query: QueryAs<'_, Postgres, (Uuid, Vec<String>), PgArguments>,
    ) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().collect())
    }
}
