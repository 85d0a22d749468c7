//! Restores deleted links from what [`WriteSession::delete_links`] keeps of them. Does not decide for how long a link may be restored.

use link_core::names::domain::Domain;
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use sqlx::types::Json;

use super::insert::{NewLink, NewLinkRow, new_names};
use super::link::Link;
use super::row::{LinkRow, link_columns, link_joins};
use super::settings_row::{destinations_allowed, new_settings, settings_columns, settings_values};
use crate::limits::MAX_CONTENDED_ATTEMPTS;
use crate::store::audit::Author;
use crate::store::{StoreError, WriteSession};

impl WriteSession {
    /// A link that was deleted after `since`. Locks it against other restorations until this transaction ends.
    pub async fn lock_deleted_link(
        &mut self,
        id: LinkId,
        since: UnixMillis,
    ) -> Result<Option<Link>, StoreError> {
        let query = sqlx::query_as::<_, LinkRow>(concat!(
            "SELECT ",
            link_columns!(),
            // A column that was added after the deletion has its default.
            " FROM deleted_links deleted
              CROSS JOIN LATERAL jsonb_populate_record(NULL::links, '{\"archived\": false, \"aliases\": [], \"folded\": []}' || deleted.link) link",
            link_joins!(),
            "WHERE deleted.id = $1 AND deleted.deleted_at > $2 FOR UPDATE OF deleted"
        ))
        .bind(id.0)
        .bind(since.date_time());
        let row = self.run(async |connection| query.fetch_optional(connection).await).await?;
        row.map(Link::try_from).transpose()
    }

    /// Restores the locked link under its names, with its settings, totals and gate, and a new revision. A link whose destination is
    /// not allowed any more is blocked. `None` if a name or its external id is taken, or a domain gone.
    pub async fn restore_link(
        &mut self,
        old: &Link,
        default_domain: &Domain,
        author: &Author,
        now: UnixMillis,
    ) -> Result<Option<Link>, StoreError> {
        let new = NewLink::like(old);
        for _ in 1..MAX_CONTENDED_ATTEMPTS {
            match self.try_restore(&new, old.id, default_domain, author, now).await {
                // A write that deletes this name or creates a link with it ends a moment later.
                Err(StoreError::Contended { .. }) => {}
                outcome => return outcome,
            }
        }
        self.try_restore(&new, old.id, default_domain, author, now).await
    }

    async fn try_restore(
        &mut self,
        new: &NewLink,
        id: LinkId,
        default_domain: &Domain,
        author: &Author,
        now: UnixMillis,
    ) -> Result<Option<Link>, StoreError> {
        let restore = sqlx::query_as::<_, LinkRow>(concat!(
            "WITH new AS (SELECT * FROM jsonb_to_recordset($2) AS new(created_by uuid, ",
            new_names!(),
            new_settings!(),
            ")), deleted AS MATERIALIZED (
                 SELECT id, link, totals, gate FROM deleted_links WHERE id = $1
             ), link AS (
                 INSERT INTO links (id, domain, code, aliases, folded, created_by, created_at, updated_at, exhausted, gated_at, blocked, ",
            settings_columns!(),
            ") SELECT old.id, new.domain, new.code, coalesce(new.aliases, '[]'), coalesce(new.folded, '[]'), new.created_by, old.created_at, $4, old.exhausted, old.gated_at, NOT (",
            destinations_allowed!(),
            "), ",
            settings_values!(),
            "    FROM new, deleted CROSS JOIN LATERAL jsonb_populate_record(NULL::links, deleted.link) old
                 WHERE (new.domain = $3 OR new.domain IN (SELECT name FROM domains))
                     AND taken_name(new.names, NULL) IS NULL AND unknown_name(new.names, $3) IS NULL
                 ON CONFLICT DO NOTHING
                 RETURNING *
             ), forgotten AS (
                 DELETE FROM deleted_links USING link WHERE deleted_links.id = link.id
             ), entry AS (
                 INSERT INTO audit_entries (key, kind, action, link, name, domain)
                 SELECT $5, 'link', 'restored', id, domain || '/' || code, domain FROM link
             ), counted AS (
                 -- A consumer may have written a later total meanwhile.
                 INSERT INTO link_totals
                 SELECT totals.* FROM link JOIN deleted USING (id)
                 CROSS JOIN LATERAL jsonb_populate_record(NULL::link_totals, deleted.totals) totals
                 WHERE deleted.totals IS NOT NULL
                 ON CONFLICT (link_id) DO NOTHING
             ), gated AS (
                 INSERT INTO link_gates
                 SELECT gate.* FROM link JOIN deleted USING (id)
                 CROSS JOIN LATERAL jsonb_populate_record(NULL::link_gates, deleted.gate) gate
                 WHERE deleted.gate IS NOT NULL
                 ON CONFLICT (link_id) DO NOTHING
             ), publication AS (
                 INSERT INTO publications (domain, code, revision) SELECT domain, code, revision FROM link
                 ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision, published_revision = NULL
             )
             SELECT ",
            link_columns!(),
            " FROM link
              CROSS JOIN (SELECT NULL::bigint AS published_revision) publication
              JOIN deleted USING (id)
              LEFT JOIN LATERAL jsonb_populate_record(NULL::link_totals, deleted.totals) totals ON true"
        ))
        .bind(id.0)
        .bind(Json([NewLinkRow::with_names(new, new.wanted_names())]))
        .bind(default_domain.as_str())
        .bind(now.date_time())
        .bind(author.key);
        let row = self.run_or_roll_back(async |connection| restore.fetch_optional(connection).await).await?;
        row.map(Link::try_from).transpose()
    }
}
