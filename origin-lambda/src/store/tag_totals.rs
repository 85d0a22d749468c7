//! All tags with their links and clicks, counted exactly. `tags` lists them by pages, cheaply.

use sqlx::QueryBuilder;

use super::links::{ClickTotals, push_bounds};
use super::{LinksDatabase, StoreError};
use crate::auth::LinkBounds;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagTotals {
    pub name: String,
    pub links: i64,
    pub clicks: ClickTotals,
}

impl LinksDatabase {
    /// In the order of names. Reads every link with a tag: some 2 s for a million.
    pub async fn tag_totals(&self, bounds: &LinkBounds) -> Result<Vec<TagTotals>, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT tag.name, count(*), coalesce(sum(totals.clicks), 0)::bigint, coalesce(sum(totals.human), 0)::bigint,
                    coalesce(sum(totals.bot), 0)::bigint
             FROM links link CROSS JOIN LATERAL unnest(link.tags) AS tag (name)
             LEFT JOIN link_totals totals ON totals.link_id = link.id
             WHERE link.tags <> '{}'",
        );
        push_bounds(&mut query, bounds);
        query.push(" GROUP BY tag.name ORDER BY tag.name");
        let rows: Vec<(String, i64, i64, i64, i64)> =
            self.0.run(query.build_query_as().fetch_all(&self.0.pool)).await?;
        let totals = |(name, links, total, human, bot)| TagTotals {
            name,
            links,
            clicks: ClickTotals { total, human, bot },
        };
        Ok(rows.into_iter().map(totals).collect())
    }
}
