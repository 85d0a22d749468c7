//! Links as rows, and how a row becomes the record that the edge decides by. Does not validate what a client sends.

mod change;
mod conflicts;
mod fingerprint;
mod gate;
mod insert;
mod list;
mod read;
mod resolve;
mod reuse;
mod settings_row;
mod state;

pub use conflicts::Conflict;
pub use gate::GatedVisit;
pub use insert::NewLink;
pub use list::{LinkFilter, LinkPage, LinkPosition, LinkQuery, LinkSort, Order};
pub use resolve::LinkName;
pub use reuse::DedupKey;
pub use state::LinkState;

use std::collections::BTreeSet;

use link_core::destination::Destination;
use link_core::domain::Domain;
use link_core::gate::ALWAYS_GATED_CLICKS;
use link_core::publication::Change;
use link_core::record::{self, LinkId, LinkRecord, RedirectStatus, Revision};
use link_core::rules::{Rule, RuleTarget};
use link_core::slug::Slug;
use link_core::time::UnixMillis;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, Row};
use time::OffsetDateTime;
use tracing::error;
use uuid::Uuid;

use super::StoreError;
use crate::language_ranges;
use crate::password::PasswordHash;

/// What a client may set on a link, except its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSettings {
    pub url: Destination,
    pub status: RedirectStatus,
    pub title: Option<String>,
    pub notes: Option<String>,
    /// Sorted, without duplicates.
    pub tags: Vec<String>,
    pub external_id: Option<String>,
    pub starts_at: Option<UnixMillis>,
    pub expires_at: Option<UnixMillis>,
    pub expired_url: Option<Destination>,
    pub max_clicks: Option<i64>,
    pub password: Option<PasswordHash>,
    pub forward_query: bool,
    pub forward_path: bool,
    pub rules: Vec<Rule>,
    pub disabled: bool,
}

impl LinkSettings {
    /// All other settings at their defaults.
    pub fn new(url: Destination) -> Self {
        Self {
            url,
            status: RedirectStatus::default(),
            title: None,
            notes: None,
            tags: Vec::new(),
            external_id: None,
            starts_at: None,
            expires_at: None,
            expired_url: None,
            max_clicks: None,
            password: None,
            forward_query: false,
            forward_path: false,
            rules: Vec::new(),
            disabled: false,
        }
    }

    /// Every destination, with the field that sets it.
    pub fn destinations(&self) -> Vec<(String, &Destination)> {
        let mut all = vec![("url".to_owned(), &self.url)];
        all.extend(self.expired_url.as_ref().map(|url| ("expired_url".to_owned(), url)));
        for (position, rule) in self.rules.iter().enumerate() {
            match &rule.target {
                RuleTarget::Url(url) => all.push((format!("rules[{position}].url"), url)),
                RuleTarget::Split(branches) => {
                    all.extend(branches.iter().enumerate().map(|(number, branch)| {
                        (format!("rules[{position}].split[{number}].url"), &branch.url)
                    }))
                }
            }
        }
        all
    }

    /// The hosts of all destinations in their comparable form, sorted, without duplicates.
    pub fn hosts(&self) -> Vec<String> {
        let hosts = self.destinations().into_iter().map(|(_, url)| url.comparable_host().into_owned());
        let hosts: BTreeSet<_> = hosts.collect();
        hosts.into_iter().collect()
    }
}

/// Absolute totals, as the log consumer last set them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClickTotals {
    pub total: i64,
    pub human: i64,
    pub bot: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub id: LinkId,
    pub domain: Domain,
    pub code: Slug,
    pub settings: LinkSettings,
    /// Set by the operator, because of where the link leads.
    pub blocked: bool,
    pub exhausted: bool,
    /// So few clicks of a large maximum are left that the gate counts them.
    pub nearly_exhausted: bool,
    pub revision: Revision,
    /// The last revision of this name that the edge has confirmed.
    pub published_revision: Option<Revision>,
    pub clicks: ClickTotals,
    pub created_at: UnixMillis,
    pub updated_at: UnixMillis,
}

impl Link {
    /// Whether each visit asks the gate, whatever the lag of the click accounting.
    pub fn is_gated(&self) -> bool {
        is_gated(self.settings.max_clicks, self.nearly_exhausted)
    }

    /// The change that the edge publishes.
    pub fn change(&self) -> Change {
        Change {
            domain: self.domain.clone(),
            code: self.code.clone(),
            revision: self.revision,
            record: Some(self.record()),
        }
    }

    pub fn record(&self) -> LinkRecord {
        let settings = &self.settings;
        LinkRecord {
            id: self.id,
            domain: self.domain.clone(),
            code: self.code.clone(),
            revision: self.revision,
            url: settings.url.clone(),
            status: settings.status,
            state: record_state(settings.disabled || self.blocked, self.exhausted),
            starts_at: settings.starts_at,
            expires_at: settings.expires_at,
            expired_url: settings.expired_url.clone(),
            limited: settings.max_clicks.is_some() && !self.is_gated(),
            gated: self.is_gated(),
            password: settings.password.as_ref().map(PasswordHash::mark),
            forward_query: settings.forward_query,
            forward_path: settings.forward_path,
            rules: language_ranges::expand(settings.rules.clone()),
        }
    }
}

/// The state that the edge caches. The edge checks dates on every visit, and a visitor does not learn who disabled a link.
fn record_state(disabled: bool, exhausted: bool) -> record::LinkState {
    match (disabled, exhausted) {
        (true, _) => record::LinkState::Disabled,
        (false, true) => record::LinkState::Exhausted,
        (false, false) => record::LinkState::Active,
    }
}

fn is_gated(max_clicks: Option<i64>, nearly_exhausted: bool) -> bool {
    max_clicks.is_some_and(|clicks| clicks <= ALWAYS_GATED_CLICKS || nearly_exhausted)
}

/// The columns of a record, from a table or query called `link`.
macro_rules! record_columns {
    () => {
        "link.id, link.domain, link.code, link.revision, link.url, link.status, link.starts_at, link.expires_at, \
         link.expired_url, link.max_clicks, link.password_hash, link.forward_query, link.forward_path, link.rules, \
         link.disabled, link.blocked, link.exhausted, link.gated_at IS NOT NULL AS nearly_exhausted"
    };
}

/// The columns of a whole link; needs [`link_joins`].
macro_rules! link_columns {
    () => {
        concat!(
            $crate::store::links::record_columns!(),
            ", link.title, link.notes, link.tags, link.external_id, link.created_at, link.updated_at, \
             publication.published_revision, coalesce(totals.clicks, 0) AS clicks, coalesce(totals.human, 0) AS human, \
             coalesce(totals.bot, 0) AS bot"
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

pub(super) use fingerprint::fingerprint;
pub(crate) use {link_columns, link_joins, record_columns};

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
    disabled: bool,
    blocked: bool,
    exhausted: bool,
    nearly_exhausted: bool,
}

#[derive(sqlx::FromRow)]
pub(crate) struct LinkRow {
    #[sqlx(flatten)]
    record: RecordRow,
    title: Option<String>,
    notes: Option<String>,
    tags: Vec<String>,
    external_id: Option<String>,
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
        })
    }
}

impl TryFrom<LinkRow> for Link {
    type Error = StoreError;

    fn try_from(mut row: LinkRow) -> Result<Self, StoreError> {
        // The rules as they were written; only a record has them expanded for the edge.
        let rules = std::mem::take(&mut row.record.rules.0);
        let (blocked, exhausted, disabled) = (row.record.blocked, row.record.exhausted, row.record.disabled);
        let nearly_exhausted = row.record.nearly_exhausted;
        let (max_clicks, password) = (row.record.max_clicks, row.record.password_hash.clone());
        let record = LinkRecord::try_from(row.record)?;
        Ok(Self {
            id: record.id,
            domain: record.domain,
            code: record.code,
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
                disabled,
            },
            blocked,
            exhausted,
            nearly_exhausted,
            revision: record.revision,
            published_revision: row.published_revision.map(Revision),
            clicks: ClickTotals { total: row.clicks, human: row.human, bot: row.bot },
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
