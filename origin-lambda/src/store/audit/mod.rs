//! Who changed what, as rows: an entry for each write, in the transaction of the write. The statements that write links add their
//! entries themselves. Does not decide what a client is shown.

mod changes;
mod read;

pub use changes::{Changes, FieldChange};
pub use read::{Actor, AuditEntry, AuditFilter, BulkDetails, BulkSummary, HistoryScope};

use serde_json::{Map, Value};
use sqlx::postgres::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::auth::Principal;

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditKind {
    Link,
    Tag,
    Key,
    Domain,
    BlockedHost,
    Webhook,
    Import,
    Share,
}

impl AuditKind {
    pub const ALL: [Self; 8] = [
        Self::Link,
        Self::Tag,
        Self::Key,
        Self::Domain,
        Self::BlockedHost,
        Self::Webhook,
        Self::Import,
        Self::Share,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Tag => "tag",
            Self::Key => "key",
            Self::Domain => "domain",
            Self::BlockedHost => "blocked_host",
            Self::Webhook => "webhook",
            Self::Import => "import",
            Self::Share => "share",
        }
    }
}

/// Who asks for a write.
#[derive(Debug, Clone)]
pub struct Author {
    /// Nil for the bootstrap key.
    pub(super) key: Uuid,
    /// What the client sent, if it asks for a change of many links.
    pub(super) bulk: Option<Value>,
}

impl Author {
    pub fn of(principal: Principal) -> Self {
        Self { key: principal.id(), bulk: None }
    }

    /// The key that links are created by. `None` for the bootstrap key.
    pub(crate) fn creates_as(&self) -> Option<Uuid> {
        Some(self.key).filter(|key| !key.is_nil())
    }

    /// Asks for one change of many links, which is one entry. `filter` is `None` if they are named by their ids.
    pub fn in_bulk(self, filter: Option<&Map<String, Value>>, change: Option<&Map<String, Value>>) -> Self {
        let parts = [("filter", filter), ("change", change)];
        let given =
            parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), changes::bounded(part?)?)));
        Self { bulk: Some(Value::Object(given.collect())), ..self }
    }
}

/// An entry about something other than links.
pub(super) struct NewEntry<'a> {
    pub(super) author: &'a Author,
    pub(super) kind: AuditKind,
    pub(super) action: &'static str,
    pub(super) subject: String,
    pub(super) name: Option<&'a str>,
    pub(super) changes: Changes,
}

/// Must run in the transaction of the write.
pub(super) async fn record(connection: &mut PgConnection, entry: NewEntry<'_>) -> Result<(), sqlx::Error> {
    let insert = sqlx::query(
        "INSERT INTO audit_entries (key, kind, action, subject, name, changes) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(entry.author.key)
    .bind(entry.kind.as_str())
    .bind(entry.action)
    .bind(entry.subject)
    .bind(entry.name)
    .bind(Json(entry.changes));
    insert.execute(connection).await.map(drop)
}
