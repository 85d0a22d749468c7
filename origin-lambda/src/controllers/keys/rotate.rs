//! `POST /api/v1/keys/{id}/rotate`: replaces a key; the old one keeps working for a grace period.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde_json::Value;

use super::{NewKeyJson, key_id, new_key_text};
use crate::app::App;
use crate::auth::Principal;
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::{DEFAULT_GRACE_SECONDS, MAX_GRACE_SECONDS};
use crate::store::audit::Author;

pub(crate) async fn rotate(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
    body: Option<JsonBody>,
) -> Result<impl IntoResponse, Problem> {
    let id = key_id(path)?;
    let mut fields = Fields::from_body(body.map(|JsonBody(body)| body).unwrap_or_default());
    let grace_seconds = fields
        .optional("grace_seconds", ProblemCode::InvalidGraceSeconds, grace_seconds)
        .unwrap_or(DEFAULT_GRACE_SECONDS);
    fields.finish(Some(()))?;
    let old = app.links.key(id).await?.ok_or_else(problem::key_not_found)?;
    let key = new_key_text(old.bounds.is_bound())?;
    let previous_until = app.clock.now().plus_millis(i64::from(grace_seconds) * 1_000);
    let rotated = app.links.rotate_key(id, key.hash(), previous_until, &Author::of(principal)).await?;
    let rotated = NewKeyJson::new(rotated.ok_or_else(problem::key_not_found)?, &key);
    Ok(([(CACHE_CONTROL, "no-store")], Json(rotated)))
}

pub(crate) fn grace_seconds(value: Value) -> Result<u32, String> {
    let seconds = value.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
    seconds
        .filter(|seconds| *seconds <= MAX_GRACE_SECONDS)
        .ok_or_else(|| format!("must be a whole number from 0 to {MAX_GRACE_SECONDS}"))
}
