//! `GET /api/v1/webhooks/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::{WebhookJson, webhook_id};
use crate::app::App;
use crate::http::problem::{self, Problem};

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<WebhookJson>, Problem> {
    let endpoint = app.links.endpoint(webhook_id(path)?).await?.ok_or_else(problem::webhook_not_found)?;
    Ok(Json(endpoint.into()))
}
