//! `GET /api/v1/keys/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::{KeyJson, key_id};
use crate::app::App;
use crate::http::problem::{self, Problem};

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<KeyJson>, Problem> {
    let key = app.links.key(key_id(path)?).await?.ok_or_else(problem::key_not_found)?;
    Ok(Json(key.into()))
}
