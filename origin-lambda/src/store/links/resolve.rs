//! Resolves names to links: the one read that redirects wait for. Does not decide whether to redirect.

use link_core::record::{Resolution, Revision};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use uuid::Uuid;

use super::names::LinkName;
use super::row::{RecordRow, link_of_name, record_columns};
use crate::store::{LinksDatabase, StoreError};

struct NameRow(Result<Resolution, StoreError>);

impl FromRow<'_, PgRow> for NameRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        if row.try_get::<Option<Uuid>, _>("id")?.is_some() {
            // A row that cannot be read is an error of its own name only.
            let record = RecordRow::from_row(row).map_err(|_| StoreError::Damaged("links"));
            let record = record.and_then(RecordRow::try_into);
            return Ok(Self(record.map(|record| Resolution::Found { record })));
        }
        let tombstone: Option<i64> = row.try_get("tombstone")?;
        let deleted = |revision| Resolution::Deleted { revision: Revision(revision) };
        Ok(Self(Ok(tombstone.map_or(Resolution::NotFound, deleted))))
    }
}

impl LinksDatabase {
    /// Returns the results in the order of the names. The caller holds a permit, see [`LinksDatabase::run_batched`].
    pub async fn resolve(&self, names: &[LinkName]) -> Vec<Result<Resolution, StoreError>> {
        match self.name_rows(names).await {
            Ok(rows) if rows.len() == names.len() => rows.into_iter().map(|row: NameRow| row.0).collect(),
            Ok(_) => vec![Err(StoreError::Damaged("expected one row per name")); names.len()],
            Err(error) => vec![Err(error); names.len()],
        }
    }

    async fn name_rows(&self, names: &[LinkName]) -> Result<Vec<NameRow>, StoreError> {
        // The subqueries hide the arrays' length from the planner, which would otherwise plan every statement anew: that takes
        // longer than executing it. LIMIT leaves it only one index lookup per name, whatever size it assumes for the table.
        let query = sqlx::query_as(concat!(
            "SELECT ",
            record_columns!(),
            ", tombstone.revision AS tombstone
             FROM unnest((SELECT $1::text[]), (SELECT $2::text[])) WITH ORDINALITY AS name(domain, code, position)
             ",
            link_of_name!(),
            "
             LEFT JOIN LATERAL (
                 SELECT revision FROM publications
                 WHERE link.id IS NULL AND publications.domain = name.domain AND publications.code = name.code LIMIT 1
             ) tombstone ON true
             ORDER BY name.position"
        ));
        let (domains, codes): (Vec<_>, Vec<_>) =
            names.iter().map(|name| (name.domain.as_str(), name.code.as_str())).unzip();
        self.0.run_admitted(query.bind(domains).bind(codes).fetch_all(&self.0.pool)).await
    }
}
