//! `/api/v1/imports`: links from other shorteners, and their past. The client sends the rows; nothing runs in the background.

pub(crate) mod days;
pub(crate) mod failures;
pub(crate) mod finish;
mod free_names;
pub(crate) mod list;
pub(crate) mod open;
pub(crate) mod read;
mod row_input;
mod row_link;
pub(crate) mod rows;
mod settlement;
mod visit_input;
pub(crate) mod visits;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use crate::app::App;
use crate::auth::{AccessDenied, KeyBounds, Principal, Right, Role};
use crate::http::problem::{self, Problem};
use crate::http::timestamp;
use crate::keyed_locks::KeyGuard;
use crate::limits::IMPORT_LOCK_RETRY;
use crate::store::imports::{Import, OnConflict, VerdictCounts};
use crate::store::{Database, StoreError, WriteSession};

#[derive(Debug, Serialize)]
pub(crate) struct ImportJson {
    id: Uuid,
    source: String,
    on_conflict: &'static str,
    title: Option<String>,
    created_at: String,
    created_by: Option<Uuid>,
    counts: ImportCountsJson,
    /// The number of the last call that brought visits.
    visit_calls: i32,
    last_row_at: Option<String>,
    finished_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct ImportCountsJson {
    rows: i64,
    #[serde(flatten)]
    verdicts: CountsJson,
    visits: i64,
    skipped_visits: i64,
    days: i64,
}

#[derive(Debug, Serialize)]
struct CountsJson {
    created: i64,
    replaced: i64,
    skipped: i64,
    failed: i64,
}

impl From<VerdictCounts> for CountsJson {
    fn from(VerdictCounts { created, replaced, skipped, failed }: VerdictCounts) -> Self {
        Self { created, replaced, skipped, failed }
    }
}

impl From<Import> for ImportJson {
    fn from(import: Import) -> Self {
        Self {
            id: import.id,
            source: import.source,
            on_conflict: import.on_conflict.as_str(),
            title: import.title,
            created_at: timestamp::format(import.created_at),
            created_by: import.created_by,
            counts: ImportCountsJson {
                rows: import.counts.rows(),
                verdicts: import.counts.into(),
                visits: import.history.visits,
                skipped_visits: import.history.skipped_visits,
                days: import.history.days,
            },
            visit_calls: import.history.calls,
            last_row_at: import.last_row_at.map(timestamp::format),
            finished_at: import.finished_at.map(timestamp::format),
        }
    }
}

fn import_id(path: Result<Path<String>, PathRejection>) -> Result<Uuid, Problem> {
    path.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(problem::import_not_found)
}

/// The key whose imports the caller may see. `None`: all keys.
fn owner(principal: Principal) -> Option<Uuid> {
    (principal.role() != Role::Admin).then(|| principal.id())
}

/// For others the import does not exist.
fn visible(import: Option<Import>, principal: Principal) -> Result<Import, Problem> {
    let is_visible = |import: &Import| owner(principal).is_none_or(|key| import.created_by == Some(key));
    import.filter(is_visible).ok_or_else(problem::import_not_found)
}

async fn find_import(app: &App, id: Uuid, principal: Principal) -> Result<Import, Problem> {
    visible(app.links.import(id).await?, principal)
}

/// An import that no other request writes to until its transaction ends.
struct LockedImport {
    session: WriteSession,
    import: Option<Import>,
    _guard: KeyGuard,
}

/// Waits for other requests of the import without a connection: redirects need them too.
async fn lock_import(app: &App, id: Uuid, until: Instant) -> Result<LockedImport, Problem> {
    let busy = |_| StoreError::Contended { database: Database::Links };
    let guard = timeout_at(until, app.imports.lock(id)).await.map_err(busy)?;
    loop {
        let mut session = app.links.transaction().await?;
        match session.lock_import(id).await {
            Ok(import) => return Ok(LockedImport { session, import, _guard: guard }),
            // Another process has it.
            Err(StoreError::Contended { .. }) if Instant::now() < until => {}
            Err(error) => return Err(error.into()),
        }
        drop(session);
        sleep(IMPORT_LOCK_RETRY).await;
    }
}

/// Replacing is changing, which a key may be bound not to do.
fn check_policy(on_conflict: OnConflict, bounds: &KeyBounds) -> Result<(), Problem> {
    if on_conflict == OnConflict::Replace && !bounds.allow(Right::Change) {
        return Err(AccessDenied::OutOfBounds.into());
    }
    Ok(())
}
