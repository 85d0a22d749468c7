//! The domains of links, except the default one, which is configured and has no row. `host_sweep` checks links that lead to a
//! domain.

use link_core::names::domain::Domain;
use link_core::time::UnixMillis;
use time::OffsetDateTime;

use super::audit::{AuditKind, Author, Changes, NewEntry, record};
use super::host_sweep::{lock_host_table, start_sweep};
use super::{LinksDatabase, StoreError};
use crate::auth::LinkBounds;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDomain {
    pub name: String,
    /// `None` for the default domain.
    pub created_at: Option<UnixMillis>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainRemoval {
    Removed,
    Unknown,
    HasLinks,
}

fn entry<'a>(author: &'a Author, action: &'static str, domain: &Domain) -> NewEntry<'a> {
    let changes = Changes::default();
    NewEntry { author, kind: AuditKind::Domain, action, subject: domain.to_string(), name: None, changes }
}

impl LinksDatabase {
    /// Returns false if the domain already exists.
    pub async fn add_domain(
        &self,
        domain: &Domain,
        author: &Author,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                lock_host_table!(transaction, "domains");
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
                record(&mut transaction, entry(author, "created", domain)).await?;
                start_sweep(&mut transaction).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    /// Locks out writes that would create a link between the check and the delete.
    pub async fn remove_domain(&self, domain: &Domain, author: &Author) -> Result<DomainRemoval, StoreError> {
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                lock_host_table!(transaction, "domains");
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
                record(&mut transaction, entry(author, "deleted", domain)).await?;
                start_sweep(&mut transaction).await?;
                transaction.commit().await?;
                Ok(DomainRemoval::Removed)
            })
            .await
    }

    /// Those within the bounds, in the order of names, including the default domain.
    pub async fn domains(
        &self,
        default: &Domain,
        bounds: &LinkBounds,
        after: &str,
        limit: i64,
    ) -> Result<Vec<StoredDomain>, StoreError> {
        let query = sqlx::query_as::<_, (String, Option<OffsetDateTime>)>(
            "SELECT name, created_at FROM (
                 SELECT name, created_at FROM domains WHERE name <> $1
                 UNION ALL
                 SELECT $1::text COLLATE \"C\", NULL
             ) AS ours
             WHERE name > $2 AND ($4::text[] = '{}' OR name = ANY($4)) ORDER BY name LIMIT $3",
        );
        let query = query.bind(default.as_str()).bind(after).bind(limit).bind(bounds.domain_names());
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows
            .into_iter()
            .map(|(name, created_at)| StoredDomain { name, created_at: created_at.map(UnixMillis::from) })
            .collect())
    }

    /// Any domain except the default one.
    pub async fn domain(&self, domain: &Domain) -> Result<Option<StoredDomain>, StoreError> {
        let query = sqlx::query_scalar::<_, OffsetDateTime>("SELECT created_at FROM domains WHERE name = $1");
        let created_at = self.0.run(query.bind(domain.as_str()).fetch_optional(&self.0.pool)).await?;
        Ok(created_at
            .map(|created_at| StoredDomain { name: domain.to_string(), created_at: Some(created_at.into()) }))
    }
}
