//! Changes and deletes links, with the change that the edge must publish. Does not decide what a client may change.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::publication::Change;
use link_core::record::{LinkId, Revision};
use link_core::time::UnixMillis;
use sqlx::types::Json;

use super::insert::{NewLink, NewLinkRow};
use super::link::Link;
use super::row::{LinkRow, link_columns, link_joins};
use super::settings_row::{destinations_allowed, new_settings, settings_columns, settings_values};
use crate::store::{StoreError, WriteSession};

impl WriteSession {
    /// Locks the link against changes and deletion until this transaction ends.
    pub async fn lock_link(&mut self, id: LinkId) -> Result<Option<Link>, StoreError> {
        let query = sqlx::query_as::<_, LinkRow>(concat!(
            "SELECT ",
            link_columns!(),
            " FROM links link",
            link_joins!(),
            "WHERE link.id = $1 FOR UPDATE OF link"
        ));
        let row = self.run(async |connection| query.bind(id.0).fetch_optional(connection).await).await?;
        row.map(Link::try_from).transpose()
    }

    /// Gives the locked link a new revision, and the name and settings of `new`, whose domain is ignored. `None` if another link
    /// has the name or the external id, or if a new destination is not allowed.
    pub async fn update_link(
        &mut self,
        old: &Link,
        new: &NewLink,
        now: UnixMillis,
    ) -> Result<Option<Link>, StoreError> {
        let update = sqlx::query_as::<_, LinkRow>(concat!(
            "WITH new AS (SELECT * FROM jsonb_to_recordset($2) AS new(domain text, code text, ",
            new_settings!(),
            ")), link AS (
                 UPDATE links link
                 SET (code, revision, updated_at, blocked, exhausted, gated_at, ",
            settings_columns!(),
            ") = (new.code, DEFAULT, $3, link.blocked AND link.hosts = new.hosts,
                  CASE WHEN new.max_clicks IS NOT DISTINCT FROM link.max_clicks THEN link.exhausted
                       ELSE new.max_clicks <= used_clicks($1) IS TRUE END,
                  CASE WHEN new.max_clicks IS NOT DISTINCT FROM link.max_clicks THEN link.gated_at
                       WHEN new.max_clicks > 100000
                           AND new.max_clicks - used_clicks($1) <= greatest(new.max_clicks / 10, 100000)
                           THEN coalesce(link.gated_at, now()) END, ",
            settings_values!(),
            ") FROM new
               WHERE link.id = $1 AND (link.hosts = new.hosts OR ",
            destinations_allowed!(),
            "  ) RETURNING link.*
             ), publication AS (
                 INSERT INTO publications (domain, code, revision) SELECT domain, code, revision FROM link
                 ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision,
                     published_revision = CASE WHEN $4 THEN NULL ELSE publications.published_revision END
                 RETURNING domain, code, published_revision
             )
             SELECT ",
            link_columns!(),
            " FROM link
             JOIN publication ON publication.domain = link.domain AND publication.code = link.code
             LEFT JOIN link_totals totals ON totals.link_id = link.id"
        ));
        let renamed = old.code != new.code;
        let update =
            update.bind(old.id.0).bind(Json([NewLinkRow::of(new)])).bind(now.date_time()).bind(renamed);
        match self.run_or_roll_back(async |connection| update.fetch_optional(connection).await).await {
            Err(StoreError::UniqueViolation { .. }) => Ok(None),
            row => row?.map(Link::try_from).transpose(),
        }
    }

    /// Frees the name immediately. A revision remains, and no cache may show a lower one.
    pub async fn delete_link(&mut self, id: LinkId) -> Result<Option<Change>, StoreError> {
        let delete = sqlx::query_as::<_, TombstoneRow>(
            "WITH link AS (
                 DELETE FROM links WHERE id = $1 RETURNING id, domain, code
             ), totals AS (
                 DELETE FROM link_totals USING link WHERE link_id = link.id
             ), gate AS (
                 DELETE FROM link_gates USING link WHERE link_id = link.id
             )
             INSERT INTO publications (domain, code) SELECT domain, code FROM link
             ON CONFLICT (domain, code) DO UPDATE SET revision = DEFAULT
             RETURNING domain, code, revision",
        );
        let row = self.run(async |connection| delete.bind(id.0).fetch_optional(connection).await).await?;
        row.map(Change::try_from).transpose()
    }

    /// Writes a tombstone for a name that a link no longer has.
    pub async fn write_tombstone(&mut self, domain: &Domain, code: &Slug) -> Result<Change, StoreError> {
        let tombstone = sqlx::query_as::<_, TombstoneRow>(
            "INSERT INTO publications (domain, code) VALUES ($1, $2)
             ON CONFLICT (domain, code) DO UPDATE SET revision = DEFAULT
             RETURNING domain, code, revision",
        );
        let tombstone = tombstone.bind(domain.as_str()).bind(code.as_str());
        self.run(async |connection| tombstone.fetch_one(connection).await).await?.try_into()
    }
}

#[derive(sqlx::FromRow)]
struct TombstoneRow {
    domain: String,
    code: String,
    revision: i64,
}

impl TryFrom<TombstoneRow> for Change {
    type Error = StoreError;

    fn try_from(row: TombstoneRow) -> Result<Self, StoreError> {
        Ok(Self {
            domain: row.domain.parse().map_err(|_| StoreError::Damaged("publications.domain"))?,
            code: row.code.parse().map_err(|_| StoreError::Damaged("publications.code"))?,
            revision: Revision(row.revision),
            record: None,
        })
    }
}
