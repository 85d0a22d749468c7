//! `DELETE /api/v1/webhooks/{id}`: nothing more is sent, and its log is gone.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::webhook_id;
use crate::app::App;
use crate::auth::Principal;
use crate::http::problem::{self, Problem};
use crate::store::audit::Author;

pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    if app.links.delete_endpoint(webhook_id(path)?, &Author::of(principal)).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(problem::webhook_not_found())
    }
}
