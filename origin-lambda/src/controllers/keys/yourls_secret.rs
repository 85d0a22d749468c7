//! `GET /api/v1/keys/{id}/yourls-secret`: what clients of YOURLS send instead of the key, or sign with.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use super::key_id;
use crate::app::App;
use crate::auth::Principal;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::store::audit::Author;

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let id = key_id(path)?;
    let apis = &app.compatible_apis;
    let secrets = apis.yourls_secrets.as_ref().filter(|_| apis.served.yourls).ok_or_else(unavailable)?;
    // The secret is as good as the key, so who has seen it is in the audit.
    if !app.links.record_shown_secret(id, &Author::of(principal)).await? {
        return Err(problem::key_not_found());
    }
    let shown = json!({"secret": secrets.secret_of(id).expose()});
    Ok(([(CACHE_CONTROL, "no-store")], Json(shown)).into_response())
}

fn unavailable() -> Problem {
    let detail = "the operator has to list yourls in COMPATIBLE_APIS and to set SIGNING_SECRET";
    Problem::new(ProblemCode::YourlsUnavailable, detail)
}
