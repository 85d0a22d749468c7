//! One link, by its id or by its name. Lists are elsewhere.

use link_core::domain::Domain;
use link_core::record::{LinkId, Resolution, Revision};
use link_core::slug::Slug;

use super::{Link, LinkRow, RecordRow, link_columns, link_joins, record_columns};
use crate::store::{LinksDatabase, StoreError};

impl LinksDatabase {
    pub async fn link_by_id(&self, id: LinkId) -> Result<Option<Link>, StoreError> {
        let query = sqlx::query_as::<_, LinkRow>(concat!(
            "SELECT ",
            link_columns!(),
            " FROM links link",
            link_joins!(),
            "WHERE link.id = $1"
        ));
        let row = self.0.run(query.bind(id.0).fetch_optional(&self.0.pool)).await?;
        row.map(Link::try_from).transpose()
    }

    /// What is behind a name. A name that has no link is asked for once more, for a tombstone: that way the common case
    /// reads one row of one table.
    pub async fn resolve(&self, domain: &Domain, code: &Slug) -> Result<Resolution, StoreError> {
        let query = sqlx::query_as::<_, RecordRow>(concat!(
            "SELECT ",
            record_columns!(),
            " FROM links link WHERE link.domain = $1 AND link.code = $2"
        ));
        let row =
            self.0.run(query.bind(domain.as_str()).bind(code.as_str()).fetch_optional(&self.0.pool)).await?;
        match row {
            Some(row) => Ok(Resolution::Found { record: row.try_into()? }),
            None => self.tombstone(domain, code).await,
        }
    }

    async fn tombstone(&self, domain: &Domain, code: &Slug) -> Result<Resolution, StoreError> {
        // A link that was made since the first question is not reported as deleted.
        let query = sqlx::query_scalar::<_, i64>(
            "SELECT revision FROM publications name WHERE domain = $1 AND code = $2
             AND NOT EXISTS (SELECT FROM links WHERE links.domain = name.domain AND links.code = name.code)",
        );
        let revision =
            self.0.run(query.bind(domain.as_str()).bind(code.as_str()).fetch_optional(&self.0.pool)).await?;
        Ok(revision
            .map_or(Resolution::NotFound, |revision| Resolution::Deleted { revision: Revision(revision) }))
    }

    /// The password's hash and mark, where the name has a link that asks for one.
    pub async fn password_of(
        &self,
        domain: &Domain,
        code: &Slug,
    ) -> Result<Option<crate::password::PasswordHash>, StoreError> {
        let query = sqlx::query_scalar::<_, Option<String>>(
            "SELECT password_hash FROM links WHERE domain = $1 AND code = $2",
        );
        let hash =
            self.0.run(query.bind(domain.as_str()).bind(code.as_str()).fetch_optional(&self.0.pool)).await?;
        Ok(hash.flatten().map(crate::password::PasswordHash::stored))
    }
}
