//! `POST /api/v1/imports/{id}/finish`: tells webhooks how the import went. Repeated without new rows, it changes nothing.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde_json::json;
use tokio::time::Instant;

use super::{ImportJson, LockedImport, import_id, lock_import, visible};
use crate::app::App;
use crate::auth::Principal;
use crate::http::problem::Problem;
use crate::limits::IMPORT_LOCK_WAIT;
use crate::store::audit::Author;
use crate::store::imports::Import;
use crate::webhooks::event::IMPORT_FINISHED;

pub(crate) async fn finish(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ImportJson>, Problem> {
    let until = Instant::now() + IMPORT_LOCK_WAIT;
    let LockedImport { mut session, import, _guard } = lock_import(&app, import_id(path)?, until).await?;
    let import = visible(import, principal)?;
    if import.finished_at.is_some() {
        return Ok(Json(import.into()));
    }
    let (now, author) = (app.clock.now(), Author::of(principal));
    let finished = Import { finished_at: Some(now), ..import.clone() };
    let event = json!({"import": ImportJson::from(finished)});
    let finished = session.finish_import(&import, (IMPORT_FINISHED, &event), &author, now).await?;
    session.commit().await?;
    Ok(Json(finished.into()))
}
