//! Counts failed password attempts of a link, over all origins. Does not check passwords, and does not know the visitors.

use link_core::record::LinkId;
use link_core::time::UnixMillis;

use super::{LinksDatabase, StoreError};
use crate::limits::{
    FREE_PASSWORD_FAILURES, PASSWORD_ATTEMPTS_PURGE_BATCH, PASSWORD_FAILURES_WINDOW, PASSWORD_RETRY_INTERVAL,
};

/// Attempts that are kept beyond those that count: as many may be in progress, and turn out right, while a link is throttled.
const EXTRA_KEPT_ATTEMPTS: i32 = 12;

impl LinksDatabase {
    /// Returns whether the password may be tried now. An allowed attempt counts as failed until
    /// [`Self::retract_password_failure`]. One statement decides, so that no concurrent attempt is allowed because another one is
    /// not counted yet. Deletes a few rows that are too old to count.
    pub async fn start_password_attempt(&self, link: LinkId, now: UnixMillis) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar::<_, bool>(
            "WITH expired AS (
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
            .bind(now.date_time() - PASSWORD_RETRY_INTERVAL)
            .bind(FREE_PASSWORD_FAILURES)
            .bind(EXTRA_KEPT_ATTEMPTS)
            .bind(PASSWORD_ATTEMPTS_PURGE_BATCH);
        Ok(self.0.run(query.fetch_optional(&self.0.pool)).await?.is_some())
    }

    /// Call it if the attempt of that time was right or was not checked.
    pub async fn retract_password_failure(
        &self,
        link: LinkId,
        tried_at: UnixMillis,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(
            "UPDATE password_attempts SET failures = failures[:position - 1] || failures[position + 1:]
             FROM (SELECT array_position(failures, $2) AS position FROM password_attempts WHERE link_id = $1 FOR UPDATE) AS tried
             WHERE link_id = $1 AND position IS NOT NULL",
        );
        let query = query.bind(link.0).bind(tried_at.date_time());
        self.0.run(query.execute(&self.0.pool)).await.map(drop)
    }
}
