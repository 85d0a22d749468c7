//! The totals of links' clicks in the links database, which the consumer writes as well.

use super::imported_days::LinkTotal;
use super::{LinksDatabase, StoreError};

impl LinksDatabase {
    /// Sets the totals of links that exist, as the consumer does: never to ones that were counted earlier.
    pub async fn set_totals(&self, totals: &[LinkTotal]) -> Result<(), StoreError> {
        let query = sqlx::query(
            "INSERT INTO link_totals AS known (link_id, clicks, human, bot, imported_human, imported_bot, last_click_at, as_of)
             SELECT sent.* FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                                       $7::timestamptz[], $8::timestamptz[])
                  AS sent (link_id, clicks, human, bot, imported_human, imported_bot, last_click_at, as_of)
             JOIN links ON links.id = sent.link_id
             ORDER BY sent.link_id
             ON CONFLICT (link_id) DO UPDATE SET
                 clicks = excluded.clicks, human = excluded.human, bot = excluded.bot, imported_human = excluded.imported_human,
                 imported_bot = excluded.imported_bot, last_click_at = excluded.last_click_at, as_of = excluded.as_of
             WHERE known.as_of IS NULL OR known.as_of < excluded.as_of",
        );
        let numbers = |number: fn(&LinkTotal) -> i64| totals.iter().map(number).collect::<Vec<_>>();
        let query = query
            .bind(totals.iter().map(|total| total.link_id).collect::<Vec<_>>())
            .bind(numbers(|total| total.clicks))
            .bind(numbers(|total| total.human))
            .bind(numbers(|total| total.bot))
            .bind(numbers(|total| total.imported_human))
            .bind(numbers(|total| total.imported_bot))
            .bind(totals.iter().map(|total| total.last_click_at).collect::<Vec<_>>())
            .bind(totals.iter().map(|total| total.as_of).collect::<Vec<_>>());
        self.0.run(query.execute(&self.0.pool)).await.map(drop)
    }
}
