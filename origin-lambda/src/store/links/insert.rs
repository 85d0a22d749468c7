//! Inserts new links with the changes that the edge must publish, one or a thousand with the same statement. Does not decide why
//! one was rejected.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use serde::Serialize;
use sqlx::postgres::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::link::{Link, LinkSettings};
use super::row::{LinkRow, link_columns};
use super::settings_row::{
    SettingsRow, destinations_allowed, new_settings, settings_columns, settings_values,
};
use crate::limits::MAX_CONTENDED_ATTEMPTS;
use crate::store::{StoreError, WriteSession};

#[derive(Debug, Clone)]
pub struct NewLink {
    pub domain: Domain,
    pub code: Slug,
    pub settings: LinkSettings,
    /// `None` for the bootstrap key. Ignored when a link is changed.
    pub created_by: Option<Uuid>,
    /// Of a link that is imported. Ignored when a link is changed.
    pub imported: Option<Imported>,
}

/// What an imported link has from before it was inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// With the time of its creation, so that lists sort it there.
    pub id: LinkId,
    pub created_at: UnixMillis,
}

impl NewLink {
    /// What would create the link again.
    pub fn like(link: &Link) -> Self {
        Self {
            domain: link.domain.clone(),
            code: link.code.clone(),
            settings: link.settings.clone(),
            created_by: link.created_by,
            imported: None,
        }
    }
}

#[derive(Serialize)]
pub(super) struct NewLinkRow<'a> {
    domain: &'a Domain,
    code: &'a Slug,
    created_by: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imported_id: Option<LinkId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imported_at: Option<UnixMillis>,
    #[serde(flatten)]
    settings: SettingsRow<'a>,
}

impl<'a> NewLinkRow<'a> {
    pub(super) fn of(link: &'a NewLink) -> Self {
        Self {
            domain: &link.domain,
            code: &link.code,
            created_by: link.created_by,
            imported_id: link.imported.map(|imported| imported.id),
            imported_at: link.imported.map(|imported| imported.created_at),
            settings: SettingsRow::of(&link.settings),
        }
    }
}

impl WriteSession {
    /// Returns the stored links, in no order. For the others, the name or external id is taken, the domain is unknown, or a
    /// destination is not allowed: the inserting statement checks this itself, so that nothing can change in between. The default
    /// domain needs no row. `new` must not contain a name twice.
    pub async fn insert_links(
        &mut self,
        new: &[&NewLink],
        default_domain: &Domain,
        now: UnixMillis,
    ) -> Result<Vec<Link>, StoreError> {
        for _ in 1..MAX_CONTENDED_ATTEMPTS {
            match self.try_insert(new, default_domain, now).await {
                // A write that deletes this name or creates the same names ends a moment later.
                Err(StoreError::Contended { .. }) => {}
                outcome => return outcome,
            }
        }
        self.try_insert(new, default_domain, now).await
    }

    async fn try_insert(
        &mut self,
        new: &[&NewLink],
        default_domain: &Domain,
        now: UnixMillis,
    ) -> Result<Vec<Link>, StoreError> {
        // Single creates that share a statement are no bulk.
        let in_bulk = self.is_transaction() && new.len() > 1;
        let rows = self
            .run_or_roll_back(async |connection| {
                insert_links(connection, new, default_domain, in_bulk, now).await
            })
            .await?;
        rows.into_iter().map(Link::try_from).collect()
    }
}

async fn insert_links(
    connection: &mut PgConnection,
    new: &[&NewLink],
    default_domain: &Domain,
    in_bulk: bool,
    now: UnixMillis,
) -> Result<Vec<LinkRow>, sqlx::Error> {
    let mut sorted = new.to_vec();
    // Two calls lock the same names in the same order and cannot deadlock.
    sorted.sort_by_key(|link| (&link.domain, &link.code));
    let rows: Vec<_> = sorted.into_iter().map(NewLinkRow::of).collect();
    sqlx::query_as(concat!(
        "WITH new AS (SELECT * FROM jsonb_to_recordset($1) AS new(domain text, code text, created_by uuid, imported_id uuid,
                                                                        imported_at bigint, ",
        new_settings!(),
        ")), link AS (
             INSERT INTO links (id, domain, code, created_by, created_at, updated_at, in_bulk, imported, ",
        settings_columns!(),
        ") SELECT coalesce(new.imported_id, uuidv7()), new.domain, new.code, new.created_by,
                  coalesce(unix_millis(new.imported_at), $3), $3, $4, new.imported_id IS NOT NULL, ",
        settings_values!(),
        " FROM new
          WHERE (new.domain = $2 OR new.domain IN (SELECT name FROM domains)) AND ",
        destinations_allowed!(),
        "    ON CONFLICT DO NOTHING
             RETURNING *
         ), publication AS (
             INSERT INTO publications (domain, code, revision)
             SELECT domain, code, revision FROM link
             ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision, published_revision = NULL
         )
         SELECT ",
        link_columns!(),
        // A new link has no publication and no clicks; joining their tables took a sixth of the time.
        " FROM link
          CROSS JOIN (SELECT NULL::bigint AS published_revision) publication
          CROSS JOIN (SELECT 0::bigint AS clicks, 0::bigint AS human, 0::bigint AS bot, 0::bigint AS imported_human,
                               0::bigint AS imported_bot) totals"
    ))
    .bind(Json(rows))
    .bind(default_domain.as_str())
    .bind(now.date_time())
    .bind(in_bulk)
    .fetch_all(connection)
    .await
}
