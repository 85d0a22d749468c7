//! Changes and deletes links, with the change that the edge must publish. Does not decide what a client may change.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::publication::Change;
use link_core::record::{LinkId, Revision};
use link_core::time::UnixMillis;
use serde::Serialize;
use sqlx::types::Json;

use super::filter::{self, LinkFilter, SearchTerms};
use super::history;
use super::insert::{NewLink, NewLinkRow, new_names};
use super::link::Link;
use super::names::LinkName;
use super::row::{LenientLinkRow, LinkRow, link_columns, link_joins};
use super::settings_row::{destinations_allowed, new_settings, settings_columns, settings_values};
use crate::links::letter_case::fold;
use crate::store::audit::{Author, Changes};
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

    /// Locks those of the links that exist, in the order of their ids, and that still match the filter.
    pub async fn lock_links(
        &mut self,
        ids: &[LinkId],
        filter: &LinkFilter,
        terms: &SearchTerms,
        now: UnixMillis,
    ) -> Result<Vec<Link>, StoreError> {
        let mut query = filter::locking(ids, filter, terms, now);
        let rows: Vec<LenientLinkRow> =
            self.run(async |connection| query.build_query_as().fetch_all(connection).await).await?;
        Ok(rows.into_iter().filter_map(LenientLinkRow::readable).collect())
    }

    /// Locks the links that have these names, in the order of their ids, without regard to case where the domain ignores it. A link is
    /// returned for each name that is asked for; `None` stands for one that cannot be read.
    pub async fn lock_named_links(
        &mut self,
        names: &[(&Domain, &Slug)],
    ) -> Result<Vec<(LinkName, Option<Link>)>, StoreError> {
        let query = sqlx::query_as::<_, NamedRow>(concat!(
            "SELECT name.domain AS asked_domain, name.code AS asked_code, ",
            link_columns!(),
            " FROM unnest($1::text[], $2::text[], $3::text[]) AS name (domain, code, folded)
              JOIN links link ON link.id = link_named(name.domain, name.code, name.folded)",
            link_joins!(),
            "ORDER BY link.id FOR UPDATE OF link"
        ));
        let (domains, codes): (Vec<_>, Vec<_>) =
            names.iter().map(|(domain, code)| (domain.as_str(), code.as_str())).unzip();
        let folded: Vec<_> = names.iter().map(|(_, code)| code.folded(&fold).map(String::from)).collect();
        let query = query.bind(domains).bind(codes).bind(folded);
        let rows = self.run(async |connection| query.fetch_all(connection).await).await?;
        rows.into_iter().map(NamedRow::named).collect()
    }

    /// Gives the locked link a new revision, and the names and settings of `new`. `None` if another link has a name or the
    /// external id, if a new domain is unknown, or if a new destination is not allowed.
    pub async fn update_link(
        &mut self,
        old: &Link,
        new: &NewLink,
        default_domain: &Domain,
        author: &Author,
        now: UnixMillis,
    ) -> Result<Option<Link>, StoreError> {
        match self.update_links(&[(old, new)], default_domain, author, now).await {
            Err(StoreError::UniqueViolation { .. }) => Ok(None),
            links => links.map(|mut links| links.pop()),
        }
    }

    /// The same for many links with one statement, in no order. Fails for all if an external id is taken, and leaves out links with a new
    /// name that is taken, a new domain that is unknown or a new destination that is not allowed.
    pub async fn update_links(
        &mut self,
        changes: &[(&Link, &NewLink)],
        default_domain: &Domain,
        author: &Author,
        now: UnixMillis,
    ) -> Result<Vec<Link>, StoreError> {
        let update = sqlx::query_as::<_, LinkRow>(concat!(
            "WITH new AS (SELECT * FROM jsonb_to_recordset($1) AS new(id uuid, renamed boolean, old_domain text, old_code text,
                                                                            history jsonb, ",
            new_names!(),
            new_settings!(),
            ")), link AS (
                 UPDATE links link
                 SET (domain, code, aliases, folded, revision, updated_at, blocked, exhausted, gated_at, ",
            settings_columns!(),
            ") = (new.domain, new.code, coalesce(new.aliases, '[]'), coalesce(new.folded, '[]'), DEFAULT, $2, link.blocked AND link.hosts = new.hosts,
                  CASE WHEN new.max_clicks IS NOT DISTINCT FROM link.max_clicks THEN link.exhausted
                       ELSE new.max_clicks <= used_clicks(link.id) IS TRUE END,
                  CASE WHEN new.max_clicks IS NOT DISTINCT FROM link.max_clicks THEN link.gated_at
                       WHEN new.max_clicks > 100000
                           AND new.max_clicks - used_clicks(link.id) <= greatest(new.max_clicks / 10, 100000)
                           THEN coalesce(link.gated_at, now()) END, ",
            settings_values!(),
            ") FROM new
               WHERE link.id = new.id
                   AND (new.domain IN (link.domain, $3) OR new.domain IN (SELECT name FROM domains))
                   AND (new.names IS NULL OR taken_name(new.names, link.id) IS NULL AND unknown_name(new.names, $3) IS NULL)
                   AND (link.hosts = new.hosts OR ",
            destinations_allowed!(),
            "  ) RETURNING link.*
             ), whole AS (
                 INSERT INTO audit_entries (key, kind, action, bulk)
                 SELECT $4, 'link', 'changed', $5::jsonb || jsonb_build_object('count', count(*)) FROM link
                 HAVING count(*) > 0 AND $5::jsonb IS NOT NULL
                 RETURNING id
             ), entry AS (
                 INSERT INTO audit_entries (key, kind, action, link, name, domain, changes, part_of)
                 SELECT $4, 'link', 'changed', new.id, new.old_domain || '/' || new.old_code, new.old_domain, new.history,
                        (SELECT id FROM whole)
                 FROM link JOIN new ON new.id = link.id
             ), publication AS (
                 INSERT INTO publications (domain, code, revision)
                 SELECT domain, code, revision FROM link ORDER BY domain, code
                 ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision,
                     -- The edge knows the new name from an earlier link only.
                     published_revision = CASE WHEN EXISTS (SELECT FROM new WHERE new.renamed AND new.code = excluded.code
                                                                AND new.domain = excluded.domain)
                                               THEN NULL ELSE publications.published_revision END
                 RETURNING domain, code, published_revision
             )
             SELECT ",
            link_columns!(),
            " FROM link
             JOIN publication ON publication.domain = link.domain AND publication.code = link.code
             LEFT JOIN link_totals totals ON totals.link_id = link.id"
        ));
        let rows: Vec<_> = changes.iter().map(|(old, new)| ChangeRow::of(old, new)).collect();
        let update = update
            .bind(Json(rows))
            .bind(now.date_time())
            .bind(default_domain.as_str())
            .bind(author.key)
            .bind(author.bulk.as_ref().map(Json));
        let rows = self.run_or_roll_back(async |connection| update.fetch_all(connection).await).await?;
        rows.into_iter().map(Link::try_from).collect()
    }

    /// Frees the names immediately. A revision remains, and no cache may show a lower one; what a restoration needs is kept. The
    /// links must be locked.
    pub async fn delete_links(
        &mut self,
        links: &[Link],
        author: &Author,
        now: UnixMillis,
    ) -> Result<Vec<Change>, StoreError> {
        let delete = sqlx::query_as::<_, TombstoneRow>(
            "WITH link AS (
                 DELETE FROM links WHERE id = ANY($1) RETURNING *
             ), totals AS (
                 DELETE FROM link_totals USING link WHERE link_totals.link_id = link.id RETURNING link_totals.*
             ), gate AS (
                 DELETE FROM link_gates USING link WHERE link_gates.link_id = link.id RETURNING link_gates.*
             ), kept AS (
                 INSERT INTO deleted_links (id, link, totals, gate, deleted_at)
                 SELECT link.id, to_jsonb(link), to_jsonb(totals), to_jsonb(gate), $2
                 FROM link
                 LEFT JOIN totals ON totals.link_id = link.id
                 LEFT JOIN gate ON gate.link_id = link.id
                 ON CONFLICT (id) DO UPDATE SET
                     link = excluded.link, totals = excluded.totals, gate = excluded.gate, deleted_at = excluded.deleted_at
             ), whole AS (
                 INSERT INTO audit_entries (key, kind, action, bulk)
                 SELECT $3, 'link', 'deleted', $4::jsonb || jsonb_build_object('count', count(*)) FROM link
                 HAVING count(*) > 0 AND $4::jsonb IS NOT NULL
                 RETURNING id
             ), entry AS (
                 INSERT INTO audit_entries (key, kind, action, link, name, domain, changes, part_of, created_by, created_at)
                 SELECT $3, 'link', 'deleted', link.id, link.domain || '/' || link.code, link.domain,
                        -- What identifies it.
                        (SELECT jsonb_agg(jsonb_build_object('field', field, 'before', value, 'after', NULL))
                         FROM (VALUES ('url', to_jsonb(link.url)), ('title', to_jsonb(link.title)),
                                      ('tags', to_jsonb(nullif(link.tags, '{}'))), ('external_id', to_jsonb(link.external_id))
                              ) AS lost (field, value)
                         WHERE value IS NOT NULL),
                        (SELECT id FROM whole), link.created_by, link.created_at
                 FROM link
             )
             INSERT INTO publications (domain, code) SELECT domain, code FROM link ORDER BY domain, code
             ON CONFLICT (domain, code) DO UPDATE SET revision = DEFAULT
             RETURNING domain, code, revision",
        );
        let ids: Vec<_> = links.iter().map(|link| link.id.0).collect();
        let delete =
            delete.bind(ids).bind(now.date_time()).bind(author.key).bind(author.bulk.as_ref().map(Json));
        let rows = self.run(async |connection| delete.fetch_all(connection).await).await?;
        let first = rows.into_iter().map(Change::try_from).collect::<Result<Vec<_>, _>>()?;
        let further: Vec<_> = links.iter().flat_map(Link::further_names).collect();
        Ok([first, self.tombstones(&further).await?].concat())
    }

    /// The tombstones of names that links no longer have, which a trigger has written.
    pub async fn tombstones(&mut self, names: &[(&Domain, &Slug)]) -> Result<Vec<Change>, StoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let query = sqlx::query_as::<_, TombstoneRow>(
            "SELECT domain, code, revision FROM publications
             WHERE (domain, code) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
        );
        let (domains, codes): (Vec<_>, Vec<_>) =
            names.iter().map(|(domain, code)| (domain.as_str(), code.as_str())).unzip();
        let query = query.bind(domains).bind(codes);
        let rows = self.run(async |connection| query.fetch_all(connection).await).await?;
        rows.into_iter().map(Change::try_from).collect()
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

/// The fields that [`WriteSession::update_links`] reads.
#[derive(Serialize)]
struct ChangeRow<'a> {
    id: LinkId,
    renamed: bool,
    old_domain: &'a Domain,
    old_code: &'a Slug,
    history: Changes,
    #[serde(flatten)]
    new: NewLinkRow<'a>,
}

impl<'a> ChangeRow<'a> {
    fn of(old: &'a Link, new: &'a NewLink) -> Self {
        let names = if new.has_names_of(old) { Vec::new() } else { new.wanted_names() };
        Self {
            id: old.id,
            renamed: old.code != new.code || old.domain != new.domain,
            old_domain: &old.domain,
            old_code: &old.code,
            history: history::changes(old, new),
            new: NewLinkRow::with_names(new, names),
        }
    }
}

#[derive(sqlx::FromRow)]
struct NamedRow {
    asked_domain: String,
    asked_code: String,
    #[sqlx(flatten)]
    link: LenientLinkRow,
}

impl NamedRow {
    fn named(self) -> Result<(LinkName, Option<Link>), StoreError> {
        let damaged = || StoreError::Damaged("the name of a link");
        let domain = self.asked_domain.parse().map_err(|_| damaged())?;
        let code = self.asked_code.parse().map_err(|_| damaged())?;
        Ok((LinkName { domain, code }, self.link.readable()))
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct TombstoneRow {
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
            document: None,
        })
    }
}
