//! How often strangers have tried a link's password, over all origins. Does not check passwords, and does not know who they are.

use link_core::record::LinkId;
use link_core::time::UnixMillis;

use super::{LinksDatabase, StoreError};
use crate::limits::{
    FREE_PASSWORD_FAILURES, PASSWORD_ATTEMPTS_FORGOTTEN_AT_ONCE, PASSWORD_FAILURES_WINDOW, PASSWORD_TURN,
};

/// Tries that are kept beyond those that count: as many may be under way and turn out right while a link is slow.
const KEPT_BESIDE: i32 = 12;

impl LinksDatabase {
    /// Whether the password may be tried now. A try that may counts as failed until [`Self::forgive_password_attempt`]. One statement
    /// decides: of tries that come at once, none is let through because another one is not counted yet. Forgets a few links that
    /// nobody has tried for long.
    pub async fn take_password_turn(&self, link: LinkId, now: UnixMillis) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar::<_, bool>(
            "WITH forgotten AS (
                 DELETE FROM password_attempts WHERE link_id IN (
                     SELECT link_id FROM password_attempts WHERE last_at < $3 AND link_id <> $1
                     ORDER BY last_at LIMIT $7 FOR UPDATE SKIP LOCKED)
             )
             INSERT INTO password_attempts AS known (link_id, failures, last_at) VALUES ($1, ARRAY[$2], $2)
             ON CONFLICT (link_id) DO UPDATE SET
                 failures = (excluded.failures || known.failures)[:$5 + $6],
                 last_at = greatest(known.last_at, excluded.last_at)
             WHERE (known.failures[$5] > $3) IS NOT TRUE OR known.last_at <= $4
             RETURNING true",
        );
        let query = query
            .bind(link.0)
            .bind(now.date_time())
            .bind(now.date_time() - PASSWORD_FAILURES_WINDOW)
            .bind(now.date_time() - PASSWORD_TURN)
            .bind(FREE_PASSWORD_FAILURES)
            .bind(KEPT_BESIDE)
            .bind(PASSWORD_ATTEMPTS_FORGOTTEN_AT_ONCE);
        Ok(self.0.run(query.fetch_optional(&self.0.pool)).await?.is_some())
    }

    /// The try of that moment was right, or was not carried out.
    pub async fn forgive_password_attempt(
        &self,
        link: LinkId,
        tried_at: UnixMillis,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(
            "UPDATE password_attempts SET failures = failures[:place - 1] || failures[place + 1:]
             FROM (SELECT array_position(failures, $2) AS place FROM password_attempts WHERE link_id = $1 FOR UPDATE) AS tried
             WHERE link_id = $1 AND place IS NOT NULL",
        );
        let query = query.bind(link.0).bind(tried_at.date_time());
        self.0.run(query.execute(&self.0.pool)).await.map(drop)
    }
}
