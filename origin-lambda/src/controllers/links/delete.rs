//! `DELETE /api/v1/links/{id}`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use link_core::publication::Change;
use link_core::record::LinkId;

use super::{count_change, link_id, lock_link};
use crate::app::App;
use crate::auth::{KeyBounds, LinkBounds, Principal};
use crate::http::edge_changes::EdgeChanges;
use crate::http::etag::Precondition;
use crate::http::problem::Problem;
use crate::store::audit::Author;

pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = link_id(path)?;
    let precondition = Precondition::from_headers(&headers);
    let tombstones =
        count_change(&app, principal, delete_link(&app, id, (principal, &bounds.links), &precondition))
            .await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.extensions_mut().insert(EdgeChanges(tombstones));
    Ok(response)
}

pub(crate) async fn delete_link(
    app: &App,
    id: LinkId,
    (principal, bounds): (Principal, &LinkBounds),
    precondition: &Precondition,
) -> Result<Vec<Change>, Problem> {
    let mut session = app.links.transaction().await?;
    let link = lock_link(&mut session, id, bounds).await?;
    precondition.check(link.revision)?;
    let tombstones = session.delete_links(&[link], &Author::of(principal), app.clock.now()).await?;
    session.commit().await?;
    Ok(tombstones)
}
