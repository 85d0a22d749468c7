//! `DELETE /api/v1/links/{id}`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::link_id;
use crate::app::App;
use crate::auth::Principal;
use crate::http::edge_changes::EdgeChanges;
use crate::http::etag::Precondition;
use crate::http::problem::{self, Problem};

pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = link_id(path)?;
    app.rate_limits.count_links(&app.links, principal, 1, app.clock.now()).await?;
    let mut session = app.links.transaction().await?;
    let link = session.lock_link(id).await?.ok_or_else(problem::link_not_found)?;
    Precondition::from_headers(&headers).check(link.revision)?;
    let tombstone = session.delete_link(id).await?.ok_or_else(problem::link_not_found)?;
    session.commit().await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.extensions_mut().insert(EdgeChanges(vec![tombstone]));
    Ok(response)
}
