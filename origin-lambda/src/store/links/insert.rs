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
use super::names::{LinkName, WantedName};
use super::row::{LinkRow, link_columns};
use super::settings_row::{
    SettingsRow, destinations_allowed, new_settings, settings_columns, settings_values,
};
use crate::limits::MAX_CONTENDED_ATTEMPTS;
use crate::links::letter_case::fold;
use crate::store::{StoreError, WriteSession};

#[derive(Debug, Clone)]
pub struct NewLink {
    pub domain: Domain,
    pub code: Slug,
    pub aliases: Vec<LinkName>,
    /// See [`Link::folded`].
    pub folded: Vec<LinkName>,
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
            aliases: link.aliases.clone(),
            folded: link.folded.clone(),
            settings: link.settings.clone(),
            created_by: link.created_by,
            imported: None,
        }
    }

    pub(super) fn wanted_names(&self) -> Vec<WantedName<'_>> {
        let first = (&self.domain, &self.code);
        let all = std::iter::once(first).chain(self.aliases.iter().map(|name| (&name.domain, &name.code)));
        let wanted = |position, (domain, code), folded| WantedName { domain, code, folded, position };
        let names = all.clone().enumerate().map(|(position, name)| wanted(position, name, false));
        let spellings = self.folded.iter().map(|spelling| {
            let is_of = |(domain, code): (&Domain, &Slug)| {
                *domain == spelling.domain && code.folded(&fold).as_ref() == Some(&spelling.code)
            };
            let position = all.clone().position(is_of).unwrap_or_default();
            wanted(position, (&spelling.domain, &spelling.code), true)
        });
        names.chain(spellings).collect()
    }

    /// Whether the link has all settings and names already.
    pub fn is_like(&self, link: &Link) -> bool {
        self.settings == link.settings && self.has_names_of(link)
    }

    pub(super) fn has_names_of(&self, link: &Link) -> bool {
        (&self.domain, &self.code, &self.aliases, &self.folded)
            == (&link.domain, &link.code, &link.aliases, &link.folded)
    }
}

/// The fields that [`new_names`] and [`new_settings`] read, with those of an imported link.
#[derive(Serialize)]
pub(super) struct NewLinkRow<'a> {
    domain: &'a Domain,
    code: &'a Slug,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    aliases: &'a [LinkName],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    folded: &'a [LinkName],
    /// The names that must be free.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<WantedName<'a>>,
    created_by: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imported_id: Option<LinkId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imported_at: Option<UnixMillis>,
    #[serde(flatten)]
    settings: SettingsRow<'a>,
}

impl<'a> NewLinkRow<'a> {
    /// A link with one name is checked without a list.
    pub(super) fn of(link: &'a NewLink) -> Self {
        let has_one_name = link.aliases.is_empty() && link.folded.is_empty();
        let names = if has_one_name { Vec::new() } else { link.wanted_names() };
        Self::with_names(link, names)
    }

    pub(super) fn with_names(link: &'a NewLink, names: Vec<WantedName<'a>>) -> Self {
        Self {
            domain: &link.domain,
            code: &link.code,
            aliases: &link.aliases,
            folded: &link.folded,
            names,
            created_by: link.created_by,
            imported_id: link.imported.map(|imported| imported.id),
            imported_at: link.imported.map(|imported| imported.created_at),
            settings: SettingsRow::of(&link.settings),
        }
    }
}

/// The columns of a link's names for `jsonb_to_recordset`.
macro_rules! new_names {
    () => {
        "domain text, code text, aliases jsonb, folded jsonb, names jsonb, "
    };
}

/// Whether no other link has a name of a row called `new`, and all domains of further names are ours.
macro_rules! names_are_free {
    () => {
        "CASE WHEN new.names IS NULL
              THEN NOT EXISTS (SELECT FROM link_names further WHERE further.domain = new.domain AND further.code = new.code)
              ELSE taken_name(new.names, NULL) IS NULL AND unknown_name(new.names, $2) IS NULL END"
    };
}

pub(super) use new_names;

impl WriteSession {
    /// Returns the stored links, in no order. For the others, a name or external id is taken, the domain is unknown, or a
    /// destination is not allowed: the inserting statement checks this itself, so that nothing can change in between. The default
    /// domain needs no row. No two of `new` may have a name in common.
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
        "WITH new AS (SELECT * FROM jsonb_to_recordset($1) AS new(created_by uuid, imported_id uuid, imported_at bigint, ",
        new_names!(),
        new_settings!(),
        ")), link AS (
             INSERT INTO links (id, domain, code, aliases, folded, created_by, created_at, updated_at, in_bulk, imported, ",
        settings_columns!(),
        ") SELECT coalesce(new.imported_id, uuidv7()), new.domain, new.code, coalesce(new.aliases, '[]'), coalesce(new.folded, '[]'),
                  new.created_by,
                  coalesce(unix_millis(new.imported_at), $3), $3, $4, new.imported_id IS NOT NULL, ",
        settings_values!(),
        " FROM new
          WHERE (new.domain = $2 OR new.domain IN (SELECT name FROM domains)) AND ",
        destinations_allowed!(),
        " AND ",
        names_are_free!(),
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
