//! `POST /api/v1/webhooks/{id}/rotate`: a new secret. The previous one signs too for a grace period.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::{Extension, Json};

use super::{WebhookWithSecretJson, signing_key, webhook_id};
use crate::app::App;
use crate::auth::Principal;
use crate::controllers::keys::rotate::grace_seconds;
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::DEFAULT_GRACE_SECONDS;
use crate::store::audit::Author;

pub(crate) async fn rotate(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
    body: Option<JsonBody>,
) -> Result<impl IntoResponse, Problem> {
    let (id, key) = (webhook_id(path)?, signing_key(&app)?);
    let mut fields = Fields::from_body(body.map(|JsonBody(body)| body).unwrap_or_default());
    let grace_seconds = fields
        .optional("grace_seconds", ProblemCode::InvalidGraceSeconds, grace_seconds)
        .unwrap_or(DEFAULT_GRACE_SECONDS);
    fields.finish(Some(()))?;
    let now = app.clock.now();
    let previous_until = now.plus_millis(i64::from(grace_seconds) * 1_000);
    let rotated = app.links.rotate_endpoint(id, previous_until, &Author::of(principal), now).await?;
    let rotated = WebhookWithSecretJson::new(rotated.ok_or_else(problem::webhook_not_found)?, key);
    Ok(([(CACHE_CONTROL, "no-store")], Json(rotated)))
}
