//! Lists the changes that the edge must still publish, and records what it has confirmed. Does not decide when the edge asks.

use std::time::Instant;

use link_core::publication::{Change, Confirmation};
use link_core::record::{LinkRecord, Revision};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use tracing::error;

use super::links::{RecordRow, link_of_name, record_columns};
use super::{LinksDatabase, StoreError};
use crate::limits::UNREADABLE_CHANGES_TIMEOUT;

impl LinksDatabase {
    /// The current state of each name with an unconfirmed publication, in the order of revisions, and whether there may be more.
    /// A name that changed several times appears once. The names of a link share its revision and are never parted, so there may be
    /// more than `limit`.
    ///
    /// Skips rows that cannot be read: they stay the oldest while they wait, and a page full of them would end publishing.
    pub async fn unpublished(&self, after: Revision, limit: i64) -> Result<(Vec<Change>, bool), StoreError> {
        let end = Instant::now() + UNREADABLE_CHANGES_TIMEOUT;
        let wanted = usize::try_from(limit).unwrap_or_default();
        let (mut changes, mut after) = (Vec::new(), after.0);
        loop {
            let rows = self.unpublished_rows(after, limit).await?;
            let more = rows.len() >= wanted;
            after = match rows.last() {
                Some(last) => {
                    last.try_get("name_revision").map_err(|_| StoreError::Damaged("publications"))?
                }
                None => after,
            };
            changes.extend(rows.iter().filter_map(readable));
            if changes.len() >= wanted || !more || Instant::now() >= end {
                let truncated = truncate(&mut changes, wanted);
                return Ok((changes, more || truncated));
            }
        }
    }

    async fn unpublished_rows(&self, after: i64, limit: i64) -> Result<Vec<PgRow>, StoreError> {
        let query = sqlx::query(concat!(
            "SELECT name.domain AS name_domain, name.code AS name_code, name.revision AS name_revision, ",
            record_columns!(),
            ", document.revision AS document_revision, document.document
             FROM publications name
             ",
            link_of_name!(),
            "
             LEFT JOIN domain_documents document ON document.domain = name.domain AND document.name = name.code
             WHERE name.published_revision IS DISTINCT FROM name.revision AND name.revision > $1
             ORDER BY name.revision FETCH FIRST $2 ROWS WITH TIES"
        ));
        self.0.run(query.bind(after).bind(limit).fetch_all(&self.0.pool)).await
    }

    /// Confirms only names that still have the published revision. Repeated or concurrent calls have no further effect.
    pub async fn confirm(&self, confirmed: &[Confirmation]) -> Result<(), StoreError> {
        let mut sorted: Vec<_> = confirmed.iter().collect();
        // The lock order of writes that change many names.
        sorted.sort_unstable_by_key(|name| (&name.domain, &name.code));
        let domains: Vec<_> = sorted.iter().map(|name| name.domain.as_str()).collect();
        let codes: Vec<_> = sorted.iter().map(|name| name.code.as_str()).collect();
        let revisions: Vec<_> = sorted.iter().map(|name| name.revision.0).collect();
        let query = sqlx::query(
            "WITH confirmed AS (
                 SELECT name.domain, name.code, name.revision FROM publications name
                 JOIN unnest($1::text[], $2::text[], $3::bigint[]) AS published(domain, code, revision)
                     ON published.domain = name.domain AND published.code = name.code AND published.revision = name.revision
                 WHERE name.published_revision IS DISTINCT FROM name.revision
                 ORDER BY name.domain, name.code
                 FOR UPDATE OF name
             )
             UPDATE publications name SET published_revision = confirmed.revision FROM confirmed
             WHERE name.domain = confirmed.domain AND name.code = confirmed.code AND name.revision = confirmed.revision",
        );
        let query = query.bind(domains).bind(codes).bind(revisions);
        self.0.run(query.execute(&self.0.pool)).await.map(drop)
    }
}

/// Returns whether it left changes out. Never parts those of one revision.
fn truncate(changes: &mut Vec<Change>, wanted: usize) -> bool {
    let Some(last) = wanted.checked_sub(1).and_then(|last| changes.get(last)).map(|change| change.revision)
    else {
        return false;
    };
    let whole = changes.partition_point(|change| change.revision <= last);
    let is_truncated = whole < changes.len();
    changes.truncate(whole);
    is_truncated
}

/// A change that a newer release wrote waits for an origin that can read it; the others do not.
fn readable(row: &PgRow) -> Option<Change> {
    let name = row.try_get::<String, _>("name_code").unwrap_or_default();
    change(row).inspect_err(|error| error!(%error, name, "cannot read a link to publish")).ok()
}

fn change(row: &PgRow) -> Result<Change, StoreError> {
    let damaged = |_| StoreError::Damaged("publications");
    let name: (String, String, i64) = (
        row.try_get("name_domain").map_err(damaged)?,
        row.try_get("name_code").map_err(damaged)?,
        row.try_get("name_revision").map_err(damaged)?,
    );
    let has_link = row.try_get::<Option<i64>, _>("revision").map_err(damaged)?.is_some();
    let record: Option<LinkRecord> =
        if has_link { Some(RecordRow::from_row(row).map_err(damaged)?.try_into()?) } else { None };
    let document: (Option<i64>, Option<String>) =
        (row.try_get("document_revision").map_err(damaged)?, row.try_get("document").map_err(damaged)?);
    let revision = record.as_ref().map(|record| record.revision).or(document.0.map(Revision));
    Ok(Change {
        domain: name.0.parse().map_err(|_| StoreError::Damaged("publications.domain"))?,
        code: name.1.parse().map_err(|_| StoreError::Damaged("publications.code"))?,
        revision: revision.unwrap_or(Revision(name.2)),
        record,
        document: document.1,
    })
}
