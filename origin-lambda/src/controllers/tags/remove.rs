//! `DELETE /api/v1/tags/{name}`: removes a tag from all links. The links stay.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::{retag, tag};
use crate::app::App;
use crate::auth::{KeyBounds, Principal};
use crate::http::problem::Problem;

pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    retag(&app, principal, &bounds.links, &tag(path)?, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
