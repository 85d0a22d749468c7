//! Imports: who opened one, how it goes, and its end. Does not decide what becomes of a row.

mod rows;
mod visits;

pub use rows::{ImportRow, Verdict};
pub use visits::{SkipReason, SkippedVisit, VisitCall};

use link_core::time::UnixMillis;
use serde_json::{Value, json};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::store::audit::{AuditKind, Author, Changes, NewEntry, record};
use crate::store::{LinksDatabase, StoreError, WriteSession};

/// Where links may be imported from.
pub const SOURCES: [&str; 11] =
    ["csv", "bitly", "shortio", "rebrandly", "dub", "shlink", "yourls", "kutt", "sink", "shortline", "other"];

/// What becomes of a row whose alias is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    Fail,
    Skip,
    Suffix,
    Replace,
}

impl OnConflict {
    pub const ALL: [Self; 4] = [Self::Fail, Self::Skip, Self::Suffix, Self::Replace];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Suffix => "suffix",
            Self::Replace => "replace",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImport {
    pub source: &'static str,
    pub on_conflict: OnConflict,
    pub title: Option<String>,
    /// `None` for the bootstrap key.
    pub created_by: Option<Uuid>,
}

/// Rows, or changes of their number, by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    pub created: i64,
    pub replaced: i64,
    pub skipped: i64,
    pub failed: i64,
}

impl VerdictCounts {
    pub fn add(&mut self, verdict: Verdict, rows: i64) {
        let count = match verdict {
            Verdict::Created => &mut self.created,
            Verdict::Replaced => &mut self.replaced,
            Verdict::Skipped => &mut self.skipped,
            Verdict::Failed => &mut self.failed,
        };
        *count += rows;
    }

    pub fn rows(&self) -> i64 {
        self.created + self.replaced + self.skipped + self.failed
    }
}

/// What an import has brought of its links' past.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HistoryCounts {
    pub visits: i64,
    pub skipped_visits: i64,
    /// The number of the last call that brought visits.
    pub calls: i32,
    /// Of these visits.
    pub batches: i64,
    /// Counts by day that were not there before.
    pub days: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub id: Uuid,
    pub source: String,
    pub on_conflict: OnConflict,
    pub title: Option<String>,
    /// `None` for the bootstrap key.
    pub created_by: Option<Uuid>,
    pub created_at: UnixMillis,
    pub counts: VerdictCounts,
    pub history: HistoryCounts,
    pub last_row_at: Option<UnixMillis>,
    pub finished_at: Option<UnixMillis>,
}

#[derive(sqlx::FromRow)]
struct ImportRecord {
    id: Uuid,
    source: String,
    on_conflict: String,
    title: Option<String>,
    created_by: Option<Uuid>,
    created_at: OffsetDateTime,
    created: i64,
    replaced: i64,
    skipped: i64,
    failed: i64,
    visits: i64,
    skipped_visits: i64,
    visit_calls: i32,
    visit_batches: i64,
    days: i64,
    last_row_at: Option<OffsetDateTime>,
    finished_at: Option<OffsetDateTime>,
}

impl TryFrom<ImportRecord> for Import {
    type Error = StoreError;

    fn try_from(row: ImportRecord) -> Result<Self, StoreError> {
        let ImportRecord { created, replaced, skipped, failed, visits, skipped_visits, days, .. } = row;
        let (calls, batches) = (row.visit_calls, row.visit_batches);
        let on_conflict = OnConflict::ALL.into_iter().find(|known| known.as_str() == row.on_conflict);
        Ok(Self {
            id: row.id,
            source: row.source,
            on_conflict: on_conflict.ok_or(StoreError::Damaged("imports.on_conflict"))?,
            title: row.title,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            counts: VerdictCounts { created, replaced, skipped, failed },
            history: HistoryCounts { visits, skipped_visits, calls, batches, days },
            last_row_at: row.last_row_at.map(UnixMillis::from),
            finished_at: row.finished_at.map(UnixMillis::from),
        })
    }
}

macro_rules! import_columns {
    () => {
        "id, source, on_conflict, title, created_by, created_at, created, replaced, skipped, failed, visits, skipped_visits, \
         visit_calls, visit_batches, days, last_row_at, finished_at"
    };
}

impl LinksDatabase {
    pub async fn open_import(
        &self,
        new: &NewImport,
        author: &Author,
        now: UnixMillis,
    ) -> Result<Import, StoreError> {
        let query = sqlx::query_as::<_, ImportRecord>(concat!(
            "INSERT INTO imports (source, on_conflict, title, created_by, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING ",
            import_columns!()
        ))
        .bind(new.source)
        .bind(new.on_conflict.as_str())
        .bind(&new.title)
        .bind(new.created_by)
        .bind(now.date_time());
        let mut changes = Changes::default();
        changes.compare("source", None, Some(new.source));
        changes.compare("on_conflict", None, Some(new.on_conflict.as_str()));
        changes.compare("title", None, new.title.as_deref());
        let row = self
            .0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                let row = query.fetch_one(&mut *transaction).await?;
                let subject = row.id.to_string();
                let (kind, action, name) = (AuditKind::Import, "created", Some(new.source));
                let entry = NewEntry { author, kind, action, subject, name, changes };
                record(&mut transaction, entry).await?;
                transaction.commit().await?;
                Ok(row)
            })
            .await?;
        row.try_into()
    }

    pub async fn import(&self, id: Uuid) -> Result<Option<Import>, StoreError> {
        let query = sqlx::query_as::<_, ImportRecord>(concat!(
            "SELECT ",
            import_columns!(),
            " FROM imports WHERE id = $1"
        ));
        let row = self.0.run(query.bind(id).fetch_optional(&self.0.pool)).await?;
        row.map(Import::try_from).transpose()
    }

    /// Adds counts by day that were not there before. They may follow the import's end.
    pub async fn add_import_days(&self, import: Uuid, days: i64) -> Result<(), StoreError> {
        if days == 0 {
            return Ok(());
        }
        let query = sqlx::query("UPDATE imports SET days = days + $2, finished_at = NULL WHERE id = $1");
        self.0.run(query.bind(import).bind(days).execute(&self.0.pool)).await.map(drop)
    }

    /// Newest first: of one key, or all.
    pub async fn imports(
        &self,
        created_by: Option<Uuid>,
        before: Uuid,
        limit: i64,
    ) -> Result<Vec<Import>, StoreError> {
        let query = sqlx::query_as::<_, ImportRecord>(concat!(
            "SELECT ",
            import_columns!(),
            " FROM imports WHERE ($1::uuid IS NULL OR created_by = $1) AND id < $2 ORDER BY id DESC LIMIT $3"
        ));
        let query = query.bind(created_by).bind(before).bind(limit);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        rows.into_iter().map(Import::try_from).collect()
    }
}

impl WriteSession {
    /// Locks the import until this transaction ends: its rows are written by one request at a time. Contended if another transaction
    /// has it: waiting would keep a connection.
    pub async fn lock_import(&mut self, id: Uuid) -> Result<Option<Import>, StoreError> {
        let query = sqlx::query_as::<_, ImportRecord>(concat!(
            "SELECT ",
            import_columns!(),
            " FROM imports WHERE id = $1 FOR UPDATE NOWAIT"
        ));
        let row = self.run(async |connection| query.bind(id).fetch_optional(connection).await).await?;
        row.map(Import::try_from).transpose()
    }

    /// Finishes the locked import, with one event for each webhook that wants it.
    pub async fn finish_import(
        &mut self,
        import: &Import,
        event: (&str, &Value),
        author: &Author,
        now: UnixMillis,
    ) -> Result<Import, StoreError> {
        let finish = sqlx::query_as::<_, ImportRecord>(concat!(
            "UPDATE imports SET finished_at = $2 WHERE id = $1 RETURNING ",
            import_columns!()
        ));
        let finish = finish.bind(import.id).bind(now.date_time());
        let tell = sqlx::query("SELECT write_webhook_messages($1, false)");
        let tell = tell.bind(Json(json!([{"type": event.0, "data": event.1}])));
        let counts = import.counts;
        let mut changes = Changes::default();
        for (field, rows) in [
            ("rows", counts.rows()),
            ("created", counts.created),
            ("replaced", counts.replaced),
            ("skipped", counts.skipped),
            ("failed", counts.failed),
            ("visits", import.history.visits),
            ("days", import.history.days),
        ] {
            changes.push(field, Value::Null, rows.into());
        }
        let row = self
            .run(async |connection| {
                let row = finish.fetch_one(&mut *connection).await?;
                tell.execute(&mut *connection).await?;
                let subject = import.id.to_string();
                let (kind, action, name) = (AuditKind::Import, "finished", Some(import.source.as_str()));
                record(connection, NewEntry { author, kind, action, subject, name, changes }).await?;
                Ok(row)
            })
            .await?;
        row.try_into()
    }
}

#[cfg(test)]
mod tests;
