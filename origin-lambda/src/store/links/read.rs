//! Reads links by id, and the password hash of a name. `resolve` resolves names.

use std::collections::HashMap;

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::record::LinkId;
use uuid::Uuid;

use super::link::Link;
use super::row::{LenientLinkRow, LinkRow, link_columns, link_joins};
use crate::auth::password::PasswordHash;
use crate::links::letter_case::fold;
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

    pub async fn link_by_external_id(&self, external_id: &str) -> Result<Option<Link>, StoreError> {
        let query = sqlx::query_as::<_, LinkRow>(concat!(
            "SELECT ",
            link_columns!(),
            " FROM links link",
            link_joins!(),
            "WHERE link.external_id = $1"
        ));
        let row = self.0.run(query.bind(external_id).fetch_optional(&self.0.pool)).await?;
        row.map(Link::try_from).transpose()
    }

    /// By any of its names, without regard to case where the domain ignores it.
    pub async fn link_by_name(&self, domain: &Domain, code: &Slug) -> Result<Option<Link>, StoreError> {
        let query = sqlx::query_as::<_, LinkRow>(concat!(
            "SELECT ",
            link_columns!(),
            " FROM links link",
            link_joins!(),
            "WHERE link.id = link_named($1, $2, $3)"
        ));
        let folded = code.folded(&fold).map(String::from);
        let query = query.bind(domain.as_str()).bind(code.as_str()).bind(folded);
        let row = self.0.run(query.fetch_optional(&self.0.pool)).await?;
        row.map(Link::try_from).transpose()
    }

    /// Omits ids without a link.
    pub async fn links_by_id(&self, ids: &[LinkId]) -> Result<HashMap<LinkId, Link>, StoreError> {
        let query = sqlx::query_as::<_, LenientLinkRow>(concat!(
            "SELECT ",
            link_columns!(),
            " FROM links link",
            link_joins!(),
            "WHERE link.id = ANY($1)"
        ));
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = self.0.run(query.bind(ids).fetch_all(&self.0.pool)).await?;
        let links = rows.into_iter().filter_map(LenientLinkRow::readable);
        Ok(links.map(|link| (link.id, link)).collect())
    }

    /// The link of a name and its password hash; `None` without a link or a password.
    pub async fn password_of(
        &self,
        domain: &Domain,
        code: &Slug,
    ) -> Result<Option<(LinkId, PasswordHash)>, StoreError> {
        let query = sqlx::query_as::<_, (Uuid, String)>(
            "SELECT id, password_hash FROM links
             WHERE domain = $1 AND code = $2 AND password_hash IS NOT NULL",
        );
        let row =
            self.0.run(query.bind(domain.as_str()).bind(code.as_str()).fetch_optional(&self.0.pool)).await?;
        Ok(row.map(|(id, hash)| (LinkId(id), PasswordHash::from_stored(hash))))
    }
}
