//! `GET /api/v1/imports/{id}`.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};

use super::{ImportJson, find_import, import_id};
use crate::app::App;
use crate::auth::Principal;
use crate::http::problem::Problem;

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ImportJson>, Problem> {
    Ok(Json(find_import(&app, import_id(path)?, principal).await?.into()))
}
