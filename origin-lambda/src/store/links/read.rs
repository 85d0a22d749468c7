//! One link, by its id or by its name. Lists are elsewhere.

use link_core::domain::Domain;
use link_core::record::{LinkId, LinkRecord, Resolution, Revision};
use link_core::slug::Slug;

use super::{Link, LinkRow, RecordRow, link_columns, link_joins, record_columns};
use crate::password::PasswordHash;
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
        loop {
            if let Some(record) = self.record(domain, code).await? {
                return Ok(Resolution::Found { record });
            }
            match self.name_without_link(domain, code).await? {
                Some((_, true)) => {} // Made between the two questions.
                Some((revision, false)) => return Ok(Resolution::Deleted { revision: Revision(revision) }),
                None => return Ok(Resolution::NotFound),
            }
        }
    }

    async fn record(&self, domain: &Domain, code: &Slug) -> Result<Option<LinkRecord>, StoreError> {
        let query = sqlx::query_as::<_, RecordRow>(concat!(
            "SELECT ",
            record_columns!(),
            " FROM links link WHERE link.domain = $1 AND link.code = $2"
        ));
        let query = query.bind(domain.as_str()).bind(code.as_str());
        let row = self.0.run(query.fetch_optional(&self.0.pool)).await?;
        row.map(LinkRecord::try_from).transpose()
    }

    /// The name's revision, and whether it has a link after all.
    async fn name_without_link(
        &self,
        domain: &Domain,
        code: &Slug,
    ) -> Result<Option<(i64, bool)>, StoreError> {
        let query = sqlx::query_as::<_, (i64, bool)>(
            "SELECT revision, EXISTS (SELECT FROM links WHERE links.domain = name.domain AND links.code = name.code)
             FROM publications name WHERE domain = $1 AND code = $2",
        );
        self.0.run(query.bind(domain.as_str()).bind(code.as_str()).fetch_optional(&self.0.pool)).await
    }

    /// The password's hash and mark, where the name has a link that asks for one.
    pub async fn password_of(
        &self,
        domain: &Domain,
        code: &Slug,
    ) -> Result<Option<PasswordHash>, StoreError> {
        let query = sqlx::query_scalar::<_, Option<String>>(
            "SELECT password_hash FROM links WHERE domain = $1 AND code = $2",
        );
        let hash =
            self.0.run(query.bind(domain.as_str()).bind(code.as_str()).fetch_optional(&self.0.pool)).await?;
        Ok(hash.flatten().map(PasswordHash::stored))
    }
}
