//! The rows of an import and what became of each. A row has one verdict, the last.

use link_core::record::LinkId;
use link_core::time::UnixMillis;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::VerdictCounts;
use crate::store::{LinksDatabase, StoreError, WriteSession};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Created,
    Replaced,
    Skipped,
    Failed,
}

impl Verdict {
    pub const ALL: [Self; 4] = [Self::Created, Self::Replaced, Self::Skipped, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Replaced => "replaced",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct ImportRow {
    /// The source's own.
    pub row_id: String,
    pub verdict: Verdict,
    /// Created, replaced or found.
    pub link: Option<LinkId>,
    /// The link's name at the time of the verdict; of a failed row, the name that it asked for.
    pub domain: Option<String>,
    pub code: Option<String>,
    /// The alias that was taken.
    pub renamed_from: Option<String>,
    /// Of a failed row, and so is the destination.
    pub problem: Option<Value>,
    pub url: Option<String>,
}

#[derive(sqlx::FromRow)]
struct RowRecord {
    row_id: String,
    verdict: String,
    link: Option<Uuid>,
    domain: Option<String>,
    code: Option<String>,
    renamed_from: Option<String>,
    problem: Option<Json<Value>>,
    url: Option<String>,
}

#[derive(sqlx::FromRow)]
struct NumberedRecord {
    number: i64,
    #[sqlx(flatten)]
    row: RowRecord,
}

impl TryFrom<RowRecord> for ImportRow {
    type Error = StoreError;

    fn try_from(row: RowRecord) -> Result<Self, StoreError> {
        let verdict = Verdict::ALL.into_iter().find(|known| known.as_str() == row.verdict);
        Ok(Self {
            row_id: row.row_id,
            verdict: verdict.ok_or(StoreError::Damaged("import_rows.verdict"))?,
            link: row.link.map(LinkId),
            domain: row.domain,
            code: row.code,
            renamed_from: row.renamed_from,
            problem: row.problem.map(|Json(problem)| problem),
            url: row.url,
        })
    }
}

pub(super) const KNOWN_ROWS: &str =
    "SELECT row_id, verdict, link, domain, code, renamed_from, problem, url FROM import_rows
                          WHERE import = $1 AND row_id = ANY($2)";
pub(super) const FAILED_ROWS: &str =
    "SELECT number, row_id, verdict, link, domain, code, renamed_from, problem, url FROM import_rows
     WHERE import = $1 AND verdict = 'failed' AND number > $2 ORDER BY number LIMIT $3";

impl LinksDatabase {
    /// Those of the rows that came before.
    pub async fn import_rows(&self, import: Uuid, row_ids: &[&str]) -> Result<Vec<ImportRow>, StoreError> {
        let query = sqlx::query_as::<_, RowRecord>(KNOWN_ROWS).bind(import).bind(row_ids);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        rows.into_iter().map(ImportRow::try_from).collect()
    }

    /// The failed rows with their numbers, in the order in which they first came.
    pub async fn failed_import_rows(
        &self,
        import: Uuid,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, ImportRow)>, StoreError> {
        let query = sqlx::query_as::<_, NumberedRecord>(FAILED_ROWS).bind(import).bind(after).bind(limit);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        rows.into_iter().map(|NumberedRecord { number, row }| Ok((number, row.try_into()?))).collect()
    }
}

impl WriteSession {
    /// Those of the rows that came before. The import must be locked.
    pub async fn import_rows(
        &mut self,
        import: Uuid,
        row_ids: &[&str],
    ) -> Result<Vec<ImportRow>, StoreError> {
        let query = sqlx::query_as::<_, RowRecord>(KNOWN_ROWS).bind(import).bind(row_ids);
        let rows = self.run(async |connection| query.fetch_all(connection).await).await?;
        rows.into_iter().map(ImportRow::try_from).collect()
    }

    /// Writes what became of the rows, in place of an earlier failure. `counts` are added to the import's. The import must be locked.
    pub async fn write_import_rows(
        &mut self,
        import: Uuid,
        rows: &[ImportRow],
        counts: VerdictCounts,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let text = |value: fn(&ImportRow) -> Option<&str>| rows.iter().map(value).collect::<Vec<_>>();
        let problems = rows.iter().map(|row| row.problem.as_ref().map(Value::to_string));
        let write = sqlx::query(
            "WITH written AS (
                 INSERT INTO import_rows (import, row_id, verdict, link, domain, code, renamed_from, problem, url)
                 SELECT $1, row_id, verdict, link, domain, code, renamed_from, problem::json, url
                 FROM unnest($2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
                     WITH ORDINALITY AS new (row_id, verdict, link, domain, code, renamed_from, problem, url, position)
                 ORDER BY position
                 ON CONFLICT (import, row_id) DO UPDATE SET verdict = excluded.verdict, link = excluded.link,
                     domain = excluded.domain, code = excluded.code, renamed_from = excluded.renamed_from,
                     problem = excluded.problem, url = excluded.url
             )
             UPDATE imports SET created = created + $10, replaced = replaced + $11, skipped = skipped + $12, failed = failed + $13,
                 last_row_at = $14, finished_at = NULL
             WHERE id = $1",
        )
        .bind(import)
        .bind(text(|row| Some(row.row_id.as_str())))
        .bind(text(|row| Some(row.verdict.as_str())))
        .bind(rows.iter().map(|row| row.link.map(|link| link.0)).collect::<Vec<_>>())
        .bind(text(|row| row.domain.as_deref()))
        .bind(text(|row| row.code.as_deref()))
        .bind(text(|row| row.renamed_from.as_deref()))
        .bind(problems.collect::<Vec<_>>())
        .bind(text(|row| row.url.as_deref()))
        .bind(counts.created)
        .bind(counts.replaced)
        .bind(counts.skipped)
        .bind(counts.failed)
        .bind(now.date_time());
        self.run(async |connection| write.execute(connection).await).await.map(drop)
    }
}
