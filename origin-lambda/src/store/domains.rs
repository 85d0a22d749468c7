//! The domains that links may live under, beside the default one, which is configured and has no row. Links that lead to
//! one are judged by `host_sweep`.

use link_core::domain::Domain;
use link_core::time::UnixMillis;
use time::OffsetDateTime;

use super::host_sweep::{begin_sweep, refuse_meanwhile};
use super::{LinksDatabase, StoreError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainOnFile {
    pub name: String,
    /// Absent for the default domain.
    pub created_at: Option<UnixMillis>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainRemoval {
    Removed,
    Unknown,
    HasLinks,
}

impl LinksDatabase {
    /// Whether it was not there before.
    pub async fn add_domain(&self, domain: &Domain, now: UnixMillis) -> Result<bool, StoreError> {
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                refuse_meanwhile!(transaction, "domains");
                let added = sqlx::query(
                    "INSERT INTO domains (name, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                )
                .bind(domain.as_str())
                .bind(now.date_time())
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

    /// Nobody creates a link on it between the look and the deed.
    pub async fn remove_domain(&self, domain: &Domain) -> Result<DomainRemoval, StoreError> {
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                refuse_meanwhile!(transaction, "domains");
                let found: Option<bool> = sqlx::query_scalar(
                    "SELECT EXISTS (SELECT FROM links WHERE domain = $1) FROM domains WHERE name = $1",
                )
                .bind(domain.as_str())
                .fetch_optional(&mut *transaction)
                .await?;
                match found {
                    None => return Ok(DomainRemoval::Unknown),
                    Some(true) => return Ok(DomainRemoval::HasLinks),
                    Some(false) => {}
                }
                sqlx::query("DELETE FROM domains WHERE name = $1")
                    .bind(domain.as_str())
                    .execute(&mut *transaction)
                    .await?;
                begin_sweep(&mut transaction).await?;
                transaction.commit().await?;
                Ok(DomainRemoval::Removed)
            })
            .await
    }

    /// In the order of names, the default one among them.
    pub async fn domains(
        &self,
        default: &Domain,
        after: &str,
        limit: i64,
    ) -> Result<Vec<DomainOnFile>, StoreError> {
        let query = sqlx::query_as::<_, (String, Option<OffsetDateTime>)>(
            "SELECT name, created_at FROM (
                 SELECT name, created_at FROM domains WHERE name <> $1
                 UNION ALL
                 SELECT $1::text COLLATE \"C\", NULL
             ) AS ours
             WHERE name > $2 ORDER BY name LIMIT $3",
        );
        let query = query.bind(default.as_str()).bind(after).bind(limit);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows
            .into_iter()
            .map(|(name, created_at)| DomainOnFile { name, created_at: created_at.map(UnixMillis::from) })
            .collect())
    }

    /// Of one that is not the default.
    pub async fn domain(&self, domain: &Domain) -> Result<Option<DomainOnFile>, StoreError> {
        let query = sqlx::query_scalar::<_, OffsetDateTime>("SELECT created_at FROM domains WHERE name = $1");
        let created_at = self.0.run(query.bind(domain.as_str()).fetch_optional(&self.0.pool)).await?;
        Ok(created_at
            .map(|created_at| DomainOnFile { name: domain.to_string(), created_at: Some(created_at.into()) }))
    }
}
