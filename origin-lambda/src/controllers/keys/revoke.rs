//! `DELETE /api/v1/keys/{id}`: the key stops working with the next request.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::key_id;
use crate::app::App;
use crate::auth::Principal;
use crate::http::problem::{self, Problem};
use crate::store::audit::Author;

pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let author = Author::of(principal);
    if app.links.revoke_key(key_id(path)?, &author, app.clock.now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(problem::key_not_found())
    }
}
