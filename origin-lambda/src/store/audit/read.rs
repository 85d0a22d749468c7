//! Reads entries: of the audit, and of one link.

use link_core::names::domain::Domain;
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use serde::Deserialize;
use serde_json::Value;
use sqlx::QueryBuilder;
use sqlx::postgres::Postgres;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{AuditKind, Changes};
use crate::auth::LinkBounds;
use crate::store::{LinksDatabase, StoreError};

/// Who made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Key(Uuid),
    Bootstrap,
    /// Nobody asked for it.
    System,
}

impl Actor {
    fn of(key: Option<Uuid>) -> Self {
        match key {
            None => Self::System,
            Some(key) if key.is_nil() => Self::Bootstrap,
            Some(key) => Self::Key(key),
        }
    }

    /// The column `key`.
    fn stored(self) -> Option<Uuid> {
        match self {
            Self::Key(key) => Some(key),
            Self::Bootstrap => Some(Uuid::nil()),
            Self::System => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: Uuid,
    pub actor: Actor,
    /// In the audit only: of a key, revoked or not.
    pub key_name: Option<String>,
    /// A newer release may know more kinds.
    pub kind: String,
    pub action: String,
    /// An id or a name. `None` for a change of many links.
    pub subject: Option<String>,
    pub name: Option<String>,
    pub changes: Changes,
    /// The change of many links that this is, or is part of.
    pub bulk: Option<BulkSummary>,
}

impl AuditEntry {
    pub fn time(&self) -> UnixMillis {
        UnixMillis(i64::try_from(self.id.as_u128() >> 80).unwrap_or(i64::MAX))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkSummary {
    pub id: Uuid,
    pub details: BulkDetails,
}

/// What a client sent, as JSON, and how many links it changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct BulkDetails {
    pub count: i64,
    #[serde(default)]
    pub filter: Option<Value>,
    #[serde(default)]
    pub change: Option<Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub actor: Option<Actor>,
    pub kind: Option<AuditKind>,
    pub from: Option<UnixMillis>,
    pub to: Option<UnixMillis>,
}

/// What decides which keys may read a link's history, and what it begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryScope {
    pub domain: Domain,
    pub created_by: Option<Uuid>,
    pub created_at: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: Uuid,
    key: Option<Uuid>,
    key_name: Option<String>,
    kind: String,
    action: String,
    subject: Option<String>,
    name: Option<String>,
    changes: Json<Changes>,
    bulk_id: Option<Uuid>,
    bulk: Option<Json<BulkDetails>>,
}

impl From<EntryRow> for AuditEntry {
    fn from(row: EntryRow) -> Self {
        let bulk = row
            .bulk_id
            .map(|id| BulkSummary { id, details: row.bulk.map(|Json(details)| details).unwrap_or_default() });
        Self {
            id: row.id,
            actor: Actor::of(row.key),
            key_name: row.key_name,
            kind: row.kind,
            action: row.action,
            subject: row.subject,
            name: row.name,
            changes: row.changes.0,
            bulk,
        }
    }
}

/// The lowest id of a UUID v7 of that time.
fn first_id(time: UnixMillis) -> Uuid {
    // 48 bits of milliseconds: until the year 10889.
    let millis = u128::try_from(time.0).unwrap_or(0).min((1 << 48) - 1);
    Uuid::from_u128(millis << 80)
}

/// A key or a kind is given as a range of one value, in whose order its index is read. For an equality the planner may walk through all
/// entries instead, newest first: millions, if a busy key was revoked months ago.
fn select(start: &'static str, filter: &AuditFilter, before: Uuid, limit: i64) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(start);
    query.push(
        "SELECT entry.id, entry.key, api_keys.name AS key_name, entry.kind, entry.action,
                coalesce(entry.link::text, entry.subject) AS subject, entry.name, entry.changes,
                CASE WHEN entry.bulk IS NOT NULL THEN entry.id END AS bulk_id, entry.bulk
         FROM audit_entries entry LEFT JOIN api_keys ON api_keys.id = entry.key
         WHERE entry.part_of IS NULL AND entry.id < ",
    );
    query.push_bind(filter.to.map_or(before, |to| before.min(first_id(to))));
    if let Some(from) = filter.from {
        query.push(" AND entry.id >= ").push_bind(first_id(from));
    }
    match filter.actor.map(Actor::stored) {
        None => {}
        Some(None) => {
            query.push(" AND entry.key IS NULL");
        }
        Some(Some(key)) => {
            query.push(" AND entry.key >= ").push_bind(key).push(" AND entry.key <= ").push_bind(key);
        }
    }
    if let Some(kind) = filter.kind.map(AuditKind::as_str) {
        query.push(" AND entry.kind >= ").push_bind(kind).push(" AND entry.kind <= ").push_bind(kind);
    }
    query.push(" ORDER BY ");
    match (filter.actor, filter.kind) {
        (Some(_), _) => query.push("entry.key DESC, "),
        (None, Some(_)) => query.push("entry.kind DESC, "),
        (None, None) => &mut query,
    };
    query.push("entry.id DESC LIMIT ").push_bind(limit);
    query
}

const HISTORY: &str =
    "SELECT entry.id, entry.key, NULL::text AS key_name, entry.kind, entry.action, entry.link::text AS subject, entry.name,
            entry.changes, entry.part_of AS bulk_id, whole.bulk
     FROM audit_entries entry LEFT JOIN audit_entries whole ON whole.id = entry.part_of
     WHERE entry.link = $1 AND entry.id < $2 AND ($3::text[] = '{}' OR entry.domain = ANY($3))
     ORDER BY entry.id DESC LIMIT $4";

impl LinksDatabase {
    /// Newest first.
    pub async fn audit_entries(
        &self,
        filter: &AuditFilter,
        before: Uuid,
        limit: i64,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let mut query = select("", filter, before, limit);
        let rows: Vec<EntryRow> = self.0.run(query.build_query_as().fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }

    /// Newest first, without those of times when the link was on a domain that is out of bounds.
    pub async fn link_history(
        &self,
        link: LinkId,
        bounds: &LinkBounds,
        before: Uuid,
        limit: i64,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let query = sqlx::query_as::<_, EntryRow>(HISTORY);
        let query = query.bind(link.0).bind(before).bind(bounds.domain_names()).bind(limit);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }

    /// Of a link, or of one that was deleted within the time that entries are kept.
    pub async fn history_scope(&self, link: LinkId) -> Result<Option<HistoryScope>, StoreError> {
        let query = sqlx::query_as::<_, (String, Option<Uuid>, OffsetDateTime)>(
            "SELECT domain, created_by, created_at FROM (
                 SELECT 1 AS choice, domain, created_by, created_at FROM links WHERE id = $1
                 UNION ALL
                 (SELECT 2, domain, created_by, created_at FROM audit_entries
                  WHERE link = $1 AND created_at IS NOT NULL ORDER BY id DESC LIMIT 1)
                 UNION ALL
                 -- Deleted by the previous release.
                 SELECT 3, old.domain, old.created_by, old.created_at
                 FROM deleted_links CROSS JOIN LATERAL jsonb_populate_record(NULL::links, deleted_links.link) old
                 WHERE deleted_links.id = $1
             ) AS known
             ORDER BY choice LIMIT 1",
        );
        let row = self.0.run(query.bind(link.0).fetch_optional(&self.0.pool)).await?;
        row.map(|(domain, created_by, created_at)| {
            let domain = domain.parse().map_err(|_| StoreError::Damaged("the domain of a link's history"))?;
            Ok(HistoryScope { domain, created_by, created_at: created_at.into() })
        })
        .transpose()
    }
}

#[cfg(test)]
mod tests;
