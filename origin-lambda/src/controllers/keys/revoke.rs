//! `DELETE /api/v1/keys/{id}`: the key stops working with the next request.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::key_id;
use crate::app::App;
use crate::http::problem::{self, Problem};

pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    if app.links.revoke_key(key_id(path)?, app.clock.now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(problem::key_not_found())
    }
}
