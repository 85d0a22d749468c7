//! Hosts that no link may lead to, by the operator's word. Links that exist are judged by `host_sweep`.

use link_core::time::UnixMillis;
use time::OffsetDateTime;

use super::host_sweep::{begin_sweep, refuse_meanwhile};
use super::{LinksDatabase, StoreError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedHost {
    pub host: String,
    /// Every host below it too.
    pub subdomains: bool,
    pub reason: Option<String>,
    pub created_at: UnixMillis,
}

impl LinksDatabase {
    /// Whether it was not blocked before.
    pub async fn block_host(&self, new: &BlockedHost) -> Result<bool, StoreError> {
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                refuse_meanwhile!(transaction, "blocked_hosts");
                let added = sqlx::query(
                    "INSERT INTO blocked_hosts (host, subdomains, reason, created_at) VALUES ($1, $2, $3, $4)
                     ON CONFLICT DO NOTHING",
                )
                .bind(&new.host)
                .bind(new.subdomains)
                .bind(&new.reason)
                .bind(new.created_at.date_time())
                .execute(&mut *transaction)
                .await?;
                if added.rows_affected() == 0 {
                    return Ok(false);
                }
                begin_sweep(&mut transaction).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    /// Whether it was blocked.
    pub async fn unblock_host(&self, host: &str) -> Result<bool, StoreError> {
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                begin_sweep(&mut transaction).await?;
                let removed = sqlx::query("DELETE FROM blocked_hosts WHERE host = $1")
                    .bind(host)
                    .execute(&mut *transaction)
                    .await?;
                if removed.rows_affected() == 0 {
                    return Ok(false);
                }
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    /// In the order of names.
    pub async fn blocked_hosts(&self, after: &str, limit: i64) -> Result<Vec<BlockedHost>, StoreError> {
        let query = sqlx::query_as::<_, (String, bool, Option<String>, OffsetDateTime)>(
            "SELECT host, subdomains, reason, created_at FROM blocked_hosts WHERE host > $1 ORDER BY host LIMIT $2",
        );
        let rows = self.0.run(query.bind(after).bind(limit).fetch_all(&self.0.pool)).await?;
        Ok(rows
            .into_iter()
            .map(|(host, subdomains, reason, created_at)| BlockedHost {
                host,
                subdomains,
                reason,
                created_at: created_at.into(),
            })
            .collect())
    }
}
