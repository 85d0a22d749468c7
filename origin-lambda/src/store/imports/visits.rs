//! The visits that an import brings, by the calls of its client, and which import a link has its visits of.

use std::collections::HashSet;

use link_core::record::LinkId;
use uuid::Uuid;

use super::Import;
use crate::store::{StoreError, WriteSession};

/// Why something that an import brings of its links' past is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// The import has no row with the id.
    UnknownRow,
    /// The row failed, or found a link that does not exist for the key.
    NoLink,
    /// The link has the visits of another import.
    OtherImport,
}

impl SkipReason {
    pub const ALL: [Self; 3] = [Self::UnknownRow, Self::NoLink, Self::OtherImport];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownRow => "unknown_row",
            Self::NoLink => "no_link",
            Self::OtherImport => "other_import",
        }
    }
}

/// A visit that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedVisit {
    /// In the call, from 0.
    pub position: i32,
    /// The name of a [`SkipReason`].
    pub reason: String,
}

/// A call of an import's client. Repeated, it makes the same batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitCall {
    /// From 1.
    pub number: i32,
    /// SHA-256 of the visits that were sent.
    pub digest: Vec<u8>,
    /// The import's visits and batches before this call.
    pub visits_before: i64,
    pub batches_before: i64,
    /// Without those that were left out.
    pub visits: i32,
    pub skipped: Vec<SkippedVisit>,
}

#[derive(sqlx::FromRow)]
struct CallRecord {
    number: i32,
    digest: Vec<u8>,
    visits_before: i64,
    batches_before: i64,
    visits: i32,
    skipped: Vec<i32>,
    skip_reasons: Vec<String>,
}

impl From<CallRecord> for VisitCall {
    fn from(row: CallRecord) -> Self {
        let skipped = row.skipped.into_iter().zip(row.skip_reasons);
        Self {
            number: row.number,
            digest: row.digest,
            visits_before: row.visits_before,
            batches_before: row.batches_before,
            visits: row.visits,
            skipped: skipped.map(|(position, reason)| SkippedVisit { position, reason }).collect(),
        }
    }
}

impl WriteSession {
    pub async fn visit_call(&mut self, import: Uuid, number: i32) -> Result<Option<VisitCall>, StoreError> {
        let query = sqlx::query_as::<_, CallRecord>(
            "SELECT number, digest, visits_before, batches_before, visits, skipped, skip_reasons FROM import_visits
             WHERE import = $1 AND number = $2",
        );
        let query = query.bind(import).bind(number);
        let row = self.run(async |connection| query.fetch_optional(connection).await).await?;
        Ok(row.map(VisitCall::from))
    }

    /// Gives the import those of the links that have no visits of another one. Returns the links that are its.
    pub async fn claim_histories(
        &mut self,
        import: Uuid,
        links: &[LinkId],
    ) -> Result<HashSet<LinkId>, StoreError> {
        let query = sqlx::query_scalar::<_, Uuid>(
            "WITH claimed AS (
                 INSERT INTO link_histories (link, import)
                 SELECT DISTINCT link, $1::uuid FROM unnest($2::uuid[]) AS link ORDER BY link
                 ON CONFLICT (link) DO NOTHING
                 RETURNING link
             )
             SELECT link FROM claimed
             UNION SELECT link FROM link_histories WHERE import = $1 AND link = ANY($2)",
        );
        let links: Vec<Uuid> = links.iter().map(|link| link.0).collect();
        let query = query.bind(import).bind(links);
        let claimed = self.run(async |connection| query.fetch_all(connection).await).await?;
        Ok(claimed.into_iter().map(LinkId).collect())
    }

    /// Writes the import's next call, of so many batches. The import must be locked.
    pub async fn write_visit_call(
        &mut self,
        import: &Import,
        call: &VisitCall,
        batches: usize,
    ) -> Result<(), StoreError> {
        let write = sqlx::query(
            "WITH written AS (
                 INSERT INTO import_visits (import, number, digest, visits_before, batches_before, visits, skipped, skip_reasons)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             )
             UPDATE imports SET visits = visits + $6, skipped_visits = skipped_visits + cardinality($7::integer[]),
                 visit_calls = $2, visit_batches = visit_batches + $9, finished_at = NULL
             WHERE id = $1",
        )
        .bind(import.id)
        .bind(call.number)
        .bind(&call.digest)
        .bind(call.visits_before)
        .bind(call.batches_before)
        .bind(call.visits)
        .bind(call.skipped.iter().map(|skipped| skipped.position).collect::<Vec<_>>())
        .bind(call.skipped.iter().map(|skipped| skipped.reason.as_str()).collect::<Vec<_>>())
        .bind(i64::try_from(batches).unwrap_or(i64::MAX));
        self.run(async |connection| write.execute(connection).await).await.map(drop)
    }
}
