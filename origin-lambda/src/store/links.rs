//! Links as rows. Does not judge what a link says.

use link_core::code::Code;
use link_core::destination::Destination;
use link_core::domain::Domain;
use link_core::record::{LinkId, LinkRecord, RedirectStatus, Revision};
use link_core::time::UnixMillis;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{LinksDatabase, StoreError};

/// The record that the edge decides by, and what only the API shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub record: LinkRecord,
    pub created_at: UnixMillis,
    pub updated_at: UnixMillis,
}

#[derive(Debug)]
pub struct NewLink {
    pub domain: Domain,
    pub url: Destination,
    pub status: RedirectStatus,
    pub expires_at: Option<UnixMillis>,
    pub created_at: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    id: Uuid,
    domain: String,
    code: String,
    url: String,
    status: i16,
    expires_at: Option<OffsetDateTime>,
    revision: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<LinkRow> for Link {
    type Error = StoreError;

    fn try_from(row: LinkRow) -> Result<Self, StoreError> {
        let record = LinkRecord {
            id: LinkId(row.id),
            domain: row.domain.parse().map_err(|_| StoreError::Damaged("links.domain"))?,
            code: row.code.parse().map_err(|_| StoreError::Damaged("links.code"))?,
            revision: Revision(row.revision),
            url: row.url.try_into().map_err(|_| StoreError::Damaged("links.url"))?,
            status: redirect_status(row.status)?,
            expires_at: row.expires_at.map(UnixMillis::from),
        };
        Ok(Self { record, created_at: row.created_at.into(), updated_at: row.updated_at.into() })
    }
}

fn redirect_status(number: i16) -> Result<RedirectStatus, StoreError> {
    let status = u16::try_from(number).ok().and_then(|number| RedirectStatus::try_from(number).ok());
    status.ok_or(StoreError::Damaged("links.status"))
}

impl LinksDatabase {
    /// `None` where the name is taken.
    pub async fn insert_link(&self, new: &NewLink, code: Code) -> Result<Option<Link>, StoreError> {
        let row: Option<LinkRow> = self
            .0
            .run(
                sqlx::query_as(
                    "INSERT INTO links (domain, code, url, status, expires_at, created_at, updated_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $6)
                     ON CONFLICT (domain, code) DO NOTHING
                     RETURNING id, domain, code, url, status, expires_at, revision, created_at, updated_at",
                )
                .bind(new.domain.as_str())
                .bind(code.as_str())
                .bind(new.url.as_str())
                .bind(i32::from(u16::from(new.status)))
                .bind(new.expires_at.map(UnixMillis::date_time))
                .bind(new.created_at.date_time())
                .fetch_optional(&self.0.pool),
            )
            .await?;
        row.map(Link::try_from).transpose()
    }

    pub async fn link_by_id(&self, id: LinkId) -> Result<Option<Link>, StoreError> {
        let row: Option<LinkRow> = self
            .0
            .run(
                sqlx::query_as(
                    "SELECT id, domain, code, url, status, expires_at, revision, created_at, updated_at
                     FROM links WHERE id = $1",
                )
                .bind(id.0)
                .fetch_optional(&self.0.pool),
            )
            .await?;
        row.map(Link::try_from).transpose()
    }

    pub async fn link_by_name(&self, domain: &Domain, code: &Code) -> Result<Option<Link>, StoreError> {
        let row: Option<LinkRow> = self
            .0
            .run(
                sqlx::query_as(
                    "SELECT id, domain, code, url, status, expires_at, revision, created_at, updated_at
                     FROM links WHERE domain = $1 AND code = $2",
                )
                .bind(domain.as_str())
                .bind(code.as_str())
                .fetch_optional(&self.0.pool),
            )
            .await?;
        row.map(Link::try_from).transpose()
    }
}
