//! `DELETE /api/v1/webhooks/{id}`: nothing more is sent, and its log is gone.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::webhook_id;
use crate::app::App;
use crate::http::problem::{self, Problem};

pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    if app.links.delete_endpoint(webhook_id(path)?).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(problem::webhook_not_found())
    }
}
