//! Hosts that the operator has blocked as destinations. `host_sweep` checks existing links.

use link_core::time::UnixMillis;
use time::OffsetDateTime;

use super::audit::{AuditKind, Author, Changes, NewEntry, record};
use super::host_sweep::{lock_host_table, start_sweep};
use super::{LinksDatabase, StoreError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedHost {
    pub host: String,
    /// Also blocks every host below it.
    pub subdomains: bool,
    pub reason: Option<String>,
    pub created_at: UnixMillis,
}

fn entry<'a>(author: &'a Author, action: &'static str, host: &str, changes: Changes) -> NewEntry<'a> {
    NewEntry { author, kind: AuditKind::BlockedHost, action, subject: host.to_owned(), name: None, changes }
}

impl LinksDatabase {
    /// Returns false if it was already blocked.
    pub async fn block_host(&self, new: &BlockedHost, author: &Author) -> Result<bool, StoreError> {
        let mut changes = Changes::default();
        changes.compare("subdomains", None, Some(new.subdomains));
        changes.compare("reason", None, new.reason.as_ref());
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                lock_host_table!(transaction, "blocked_hosts");
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
                record(&mut transaction, entry(author, "created", &new.host, changes)).await?;
                start_sweep(&mut transaction).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    /// Returns false if it was not blocked.
    pub async fn unblock_host(&self, host: &str, author: &Author) -> Result<bool, StoreError> {
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                start_sweep(&mut transaction).await?;
                let deleted = sqlx::query_as::<_, (bool, Option<String>)>(
                    "DELETE FROM blocked_hosts WHERE host = $1 RETURNING subdomains, reason",
                )
                .bind(host)
                .fetch_optional(&mut *transaction)
                .await?;
                let Some((subdomains, reason)) = deleted else { return Ok(false) };
                let mut changes = Changes::default();
                changes.compare("subdomains", Some(subdomains), None);
                changes.compare("reason", reason, None);
                record(&mut transaction, entry(author, "deleted", host, changes)).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    /// In the order of hosts.
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
