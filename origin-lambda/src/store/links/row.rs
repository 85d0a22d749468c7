//! The columns of a link, and how a row becomes a link or its record.

use link_core::names::destination::Destination;
use link_core::record::preview::{LinkPreview, PreviewText};
use link_core::record::rules::Rule;
use link_core::record::{LinkId, LinkRecord, RedirectStatus, Revision};
use link_core::time::UnixMillis;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, Row};
use time::OffsetDateTime;
use tracing::error;
use uuid::Uuid;

use super::link::{ClickTotals, Link, LinkSettings, is_gated, record_state};
use super::names::LinkName;
use crate::auth::password::PasswordHash;
use crate::store::StoreError;
use crate::store::links::locale::language_ranges;

/// The columns of a record, from a table or query called `link`.
macro_rules! record_columns {
    () => {
        "link.id, link.domain, link.code, link.revision, link.url, link.status, link.starts_at, link.expires_at, \
         link.expired_url, link.max_clicks, link.password_hash, link.forward_query, link.forward_path, link.rules, \
         link.preview, link.disabled, link.blocked, link.exhausted, link.gated_at IS NOT NULL AS nearly_exhausted"
    };
}

/// Joins `link`, whose first or further name `name` is. LIMIT leaves the planner only index lookups.
macro_rules! link_of_name {
    () => {
        "LEFT JOIN LATERAL (
             SELECT * FROM links WHERE links.domain = name.domain AND links.code = name.code
             UNION ALL
             SELECT links.* FROM link_names further JOIN links ON links.id = further.link_id
             WHERE further.domain = name.domain AND further.code = name.code
             LIMIT 1
         ) link ON true"
    };
}

/// The columns of a whole link; needs [`link_joins`].
macro_rules! link_columns {
    () => {
        concat!(
            $crate::store::links::row::record_columns!(),
            ", link.aliases, link.folded, \
             CASE WHEN link.folded = '[]' THEN link.folded ELSE found_spellings(link.folded) END AS spellings, link.title, link.notes, link.tags, link.external_id, link.archived, link.created_by, link.created_at, link.updated_at, \
             publication.published_revision, coalesce(totals.clicks, 0) AS clicks, coalesce(totals.human, 0) + coalesce(totals.imported_human, 0) AS human, \
             coalesce(totals.bot, 0) + coalesce(totals.imported_bot, 0) AS bot"
        )
    };
}

/// Joins the tables beside `links`, each by its primary key.
macro_rules! link_joins {
    () => {
        " LEFT JOIN publications publication ON publication.domain = link.domain AND publication.code = link.code \
          LEFT JOIN link_totals totals ON totals.link_id = link.id "
    };
}

pub(crate) use {link_columns, link_joins, link_of_name, record_columns};

#[derive(sqlx::FromRow)]
pub(crate) struct RecordRow {
    id: Uuid,
    domain: String,
    code: String,
    revision: i64,
    url: String,
    status: i16,
    starts_at: Option<OffsetDateTime>,
    expires_at: Option<OffsetDateTime>,
    expired_url: Option<String>,
    max_clicks: Option<i64>,
    password_hash: Option<String>,
    forward_query: bool,
    forward_path: bool,
    rules: Json<Vec<Rule>>,
    preview: Option<Json<LinkPreview>>,
    disabled: bool,
    blocked: bool,
    exhausted: bool,
    nearly_exhausted: bool,
}

#[derive(sqlx::FromRow)]
pub(crate) struct LinkRow {
    #[sqlx(flatten)]
    record: RecordRow,
    aliases: Json<Vec<LinkName>>,
    folded: Json<Vec<LinkName>>,
    spellings: Json<Vec<LinkName>>,
    title: Option<String>,
    notes: Option<String>,
    tags: Vec<String>,
    external_id: Option<String>,
    archived: bool,
    created_by: Option<Uuid>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    published_revision: Option<i64>,
    clicks: i64,
    human: i64,
    bot: i64,
}

impl TryFrom<RecordRow> for LinkRecord {
    type Error = StoreError;

    fn try_from(row: RecordRow) -> Result<Self, StoreError> {
        let gated = is_gated(row.max_clicks, row.nearly_exhausted);
        Ok(Self {
            id: LinkId(row.id),
            domain: row.domain.parse().map_err(|_| StoreError::Damaged("links.domain"))?,
            code: row.code.parse().map_err(|_| StoreError::Damaged("links.code"))?,
            revision: Revision(row.revision),
            url: row.url.try_into().map_err(|_| StoreError::Damaged("links.url"))?,
            status: redirect_status(row.status)?,
            state: record_state(row.disabled || row.blocked, row.exhausted),
            starts_at: row.starts_at.map(UnixMillis::from),
            expires_at: row.expires_at.map(UnixMillis::from),
            expired_url: expired_url(row.expired_url)?,
            limited: row.max_clicks.is_some() && !gated,
            gated,
            password: row.password_hash.map(|hash| PasswordHash::from_stored(hash).mark()),
            forward_query: row.forward_query,
            forward_path: row.forward_path,
            rules: language_ranges::expand(row.rules.0),
            preview: row.preview.map(|Json(preview)| PreviewText::of(&preview)),
        })
    }
}

impl TryFrom<LinkRow> for Link {
    type Error = StoreError;

    fn try_from(mut row: LinkRow) -> Result<Self, StoreError> {
        // The rules as they were written; only a record has them expanded for the edge.
        let rules = std::mem::take(&mut row.record.rules.0);
        let preview = row.record.preview.as_ref().map(|Json(preview)| preview.clone());
        let (blocked, exhausted, disabled) = (row.record.blocked, row.record.exhausted, row.record.disabled);
        let nearly_exhausted = row.record.nearly_exhausted;
        let (max_clicks, password) = (row.record.max_clicks, row.record.password_hash.clone());
        let record = LinkRecord::try_from(row.record)?;
        Ok(Self {
            id: record.id,
            domain: record.domain,
            code: record.code,
            aliases: row.aliases.0,
            folded: row.folded.0,
            spellings: row.spellings.0,
            settings: LinkSettings {
                url: record.url,
                status: record.status,
                title: row.title,
                notes: row.notes,
                tags: row.tags,
                external_id: row.external_id,
                starts_at: record.starts_at,
                expires_at: record.expires_at,
                expired_url: record.expired_url,
                max_clicks,
                password: password.map(PasswordHash::from_stored),
                forward_query: record.forward_query,
                forward_path: record.forward_path,
                rules,
                preview,
                disabled,
                archived: row.archived,
            },
            blocked,
            exhausted,
            nearly_exhausted,
            revision: record.revision,
            published_revision: row.published_revision.map(Revision),
            clicks: ClickTotals { total: row.clicks, human: row.human, bot: row.bot },
            created_by: row.created_by,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}

/// A link of a list. A row that this origin cannot read, because a newer release wrote it, is logged and skipped, so that the
/// rest of the list is still served.
pub(crate) struct LenientLinkRow(Option<Link>);

impl LenientLinkRow {
    pub(crate) fn readable(self) -> Option<Link> {
        self.0
    }
}

impl FromRow<'_, PgRow> for LenientLinkRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let id: Uuid = row.try_get("id")?;
        let link = LinkRow::from_row(row).map_err(|_| StoreError::Damaged("links"));
        let link = link.and_then(Link::try_from);
        Ok(Self(link.inspect_err(|error| error!(%error, %id, "cannot read a link")).ok()))
    }
}

fn redirect_status(number: i16) -> Result<RedirectStatus, StoreError> {
    let status = u16::try_from(number).ok().and_then(|number| RedirectStatus::try_from(number).ok());
    status.ok_or(StoreError::Damaged("links.status"))
}

fn expired_url(text: Option<String>) -> Result<Option<Destination>, StoreError> {
    text.map(Destination::try_from).transpose().map_err(|_| StoreError::Damaged("links.expired_url"))
}
