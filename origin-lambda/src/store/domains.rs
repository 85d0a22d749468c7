//! The domains of links, except the default one, which is configured and has no row. `host_sweep` checks links that lead to a
//! domain.

use link_core::names::domain::Domain;
use link_core::publication::Change;
use link_core::record::domain::{DomainDocument, DomainSettings};
use link_core::time::UnixMillis;
use sqlx::FromRow;
use time::OffsetDateTime;

use super::audit::{AuditKind, Author, Changes, NewEntry, record};
use super::host_sweep::{lock_host_table, start_sweep};
use super::links::TombstoneRow;
use super::{LinksDatabase, StoreError};
use crate::auth::LinkBounds;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDomain {
    pub name: String,
    /// `None` for the default domain.
    pub created_at: Option<UnixMillis>,
    pub settings: DomainSettings,
}

#[derive(FromRow)]
struct DomainRow {
    name: String,
    created_at: Option<OffsetDateTime>,
    settings: Option<String>,
}

impl From<DomainRow> for StoredDomain {
    fn from(row: DomainRow) -> Self {
        let settings = row.settings.as_deref().map(DomainSettings::parse).unwrap_or_default();
        Self { name: row.name, created_at: row.created_at.map(UnixMillis::from), settings }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainRemoval {
    /// The edge must publish that the domain's documents are gone.
    Removed(Vec<Change>),
    Unknown,
    HasLinks,
}

pub(super) fn entry<'a>(
    author: &'a Author,
    action: &'static str,
    domain: &Domain,
    changes: Changes,
) -> NewEntry<'a> {
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
                record(&mut transaction, entry(author, "created", domain, Changes::default())).await?;
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
                    "SELECT EXISTS (SELECT FROM links WHERE domain = $1) OR EXISTS (SELECT FROM link_names WHERE domain = $1)
                     FROM domains WHERE name = $1",
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
                sqlx::query("DELETE FROM case_ignoring_domains WHERE domain = $1")
                    .bind(domain.as_str())
                    .execute(&mut *transaction)
                    .await?;
                record(&mut transaction, entry(author, "deleted", domain, Changes::default())).await?;
                let tombstones: Vec<TombstoneRow> = sqlx::query_as(
                    "WITH document AS (
                         DELETE FROM domain_documents WHERE domain = $1 RETURNING domain, name
                     )
                     INSERT INTO publications (domain, code) SELECT domain, name FROM document ORDER BY name
                     ON CONFLICT (domain, code) DO UPDATE SET revision = DEFAULT
                     RETURNING domain, code, revision",
                )
                .bind(domain.as_str())
                .fetch_all(&mut *transaction)
                .await?;
                start_sweep(&mut transaction).await?;
                transaction.commit().await?;
                // The schedule publishes one that cannot be read here.
                let changes = tombstones.into_iter().filter_map(|row| Change::try_from(row).ok());
                Ok(DomainRemoval::Removed(changes.collect()))
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
        let query = sqlx::query_as::<_, DomainRow>(
            "SELECT ours.name, created_at, document.document AS settings FROM (
                 SELECT name, created_at FROM domains WHERE name <> $1
                 UNION ALL
                 SELECT $1::text COLLATE \"C\", NULL
             ) AS ours
             LEFT JOIN domain_documents document ON document.domain = ours.name AND document.name = $5
             WHERE ours.name > $2 AND ($4::text[] = '{}' OR ours.name = ANY($4)) ORDER BY ours.name LIMIT $3",
        );
        let query = query.bind(default.as_str()).bind(after).bind(limit).bind(bounds.domain_names());
        let query = query.bind(DomainDocument::Settings.name());
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(StoredDomain::from).collect())
    }

    /// When a further domain was added; `None` if there is none of this name.
    pub async fn domain_created_at(&self, domain: &Domain) -> Result<Option<UnixMillis>, StoreError> {
        let query = sqlx::query_scalar::<_, OffsetDateTime>("SELECT created_at FROM domains WHERE name = $1");
        let created_at = self.0.run(query.bind(domain.as_str()).fetch_optional(&self.0.pool)).await?;
        Ok(created_at.map(UnixMillis::from))
    }
}
