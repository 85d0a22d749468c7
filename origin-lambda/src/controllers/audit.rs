//! `GET /api/v1/audit`: who changed what. A change of many links is one entry.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use link_core::time::UnixMillis;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::app::App;
use crate::http::fields::text;
use crate::http::pages::{self, ListJson, Page, QueryFields};
use crate::http::problem::{self, Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::MAX_PAGE_BYTES;
use crate::store::audit::{Actor, AuditEntry, AuditFilter, AuditKind, BulkSummary, Changes};

/// The values of `actor`, which `key` is filtered by too.
pub(crate) const BOOTSTRAP: &str = "bootstrap";
pub(crate) const SYSTEM: &str = "system";
pub(crate) const KEY: &str = "key";

#[derive(Debug, Serialize)]
pub(crate) struct EntryJson {
    /// `None` for the creation of a link, which has no entry.
    pub(super) id: Option<Uuid>,
    pub(super) time: String,
    #[serde(flatten)]
    pub(super) actor: ActorJson,
    pub(super) kind: String,
    pub(super) action: String,
    /// `None` for a change of many links.
    pub(super) subject: Option<SubjectJson>,
    pub(super) changes: Changes,
    pub(super) bulk: Option<BulkJson>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ActorJson {
    actor: &'static str,
    key: Option<Uuid>,
    /// Of a key, and in the audit only.
    key_name: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SubjectJson {
    pub(super) id: String,
    pub(super) name: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct BulkJson {
    id: Uuid,
    count: Option<i64>,
    filter: Option<Value>,
    change: Option<Value>,
}

impl ActorJson {
    pub(super) fn new(actor: Actor, key_name: Option<String>) -> Self {
        let (actor, key) = match actor {
            Actor::Key(key) => (KEY, Some(key)),
            Actor::Bootstrap => (BOOTSTRAP, None),
            Actor::System => (SYSTEM, None),
        };
        Self { actor, key, key_name }
    }
}

impl BulkJson {
    /// Without what says something of other links.
    pub(super) fn without_details(self) -> Self {
        Self { count: None, filter: None, change: None, ..self }
    }
}

impl From<BulkSummary> for BulkJson {
    fn from(BulkSummary { id, details }: BulkSummary) -> Self {
        Self { id, count: Some(details.count), filter: details.filter, change: details.change }
    }
}

impl From<AuditEntry> for EntryJson {
    fn from(entry: AuditEntry) -> Self {
        let (time, name) = (timestamp::format(entry.time()), entry.name);
        Self {
            id: Some(entry.id),
            time,
            actor: ActorJson::new(entry.actor, entry.key_name),
            kind: entry.kind,
            action: entry.action,
            subject: entry.subject.map(|id| SubjectJson { id, name }),
            changes: entry.changes,
            bulk: entry.bulk.map(BulkJson::from),
        }
    }
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<EntryJson>>, Problem> {
    let page = Page::read(&mut fields);
    let before = page.before_id(&mut fields);
    let filter = AuditFilter {
        actor: fields.optional("key", ProblemCode::InvalidCreatedBy, actor),
        kind: fields.optional("kind", ProblemCode::InvalidKind, kind),
        from: fields.optional("from", ProblemCode::InvalidFrom, moment),
        to: fields.optional("to", ProblemCode::InvalidTo, moment),
    };
    let filter = fields.finish(Some(filter))?;
    let entries = app.reader.audit_entries(&filter, before, page.rows()).await?;
    page_of(&page, entries.into_iter().map(EntryJson::from)).map(Json)
}

/// As many of the entries as fit on the page.
pub(super) fn page_of(
    page: &Page,
    entries: impl Iterator<Item = EntryJson>,
) -> Result<ListJson<EntryJson>, Problem> {
    let mut list = ListJson { data: Vec::new(), next_cursor: None };
    let (mut bytes, mut last) = (0, None);
    for entry in entries {
        bytes += serde_json::to_vec(&entry).map_err(problem::internal)?.len();
        let is_full = list.data.len() == page.size() || bytes > MAX_PAGE_BYTES;
        if let Some(last) = last.filter(|_| is_full) {
            list.next_cursor = Some(pages::cursor(&Uuid::to_string(&last)));
            break;
        }
        last = entry.id;
        list.data.push(entry);
    }
    Ok(list)
}

fn actor(value: Value) -> Result<Actor, &'static str> {
    match text(value)?.as_str() {
        BOOTSTRAP => Ok(Actor::Bootstrap),
        SYSTEM => Ok(Actor::System),
        // The nil id is that of the bootstrap key in the database only.
        id => match id.parse::<Uuid>() {
            Ok(id) if !id.is_nil() => Ok(Actor::Key(id)),
            _ => Err("must be the id of a key, bootstrap or system"),
        },
    }
}

fn kind(value: Value) -> Result<AuditKind, String> {
    let kind = text(value)?;
    let known = AuditKind::ALL.into_iter().find(|known| known.as_str() == kind);
    known.ok_or_else(|| format!("must be one of: {}", AuditKind::ALL.map(AuditKind::as_str).join(", ")))
}

fn moment(value: Value) -> Result<UnixMillis, String> {
    timestamp::parse(&text(value)?).map_err(|error| error.to_string())
}
