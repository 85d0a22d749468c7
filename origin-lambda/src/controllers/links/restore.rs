//! `POST /api/v1/links/{id}/restore`: undoes a deletion.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use link_core::clicks::calendar::DAY_MILLIS;
use link_core::record::LinkId;

use super::idempotent_write::WriteResponse;
use super::{count_change, find_link, link_id, write_response};
use crate::app::App;
use crate::auth::{KeyBounds, LinkBounds, Principal};
use crate::controllers::problems;
use crate::http::problem::{self, Problem};
use crate::limits::RESTORABLE_DAYS;
use crate::store::audit::Author;
use crate::store::links::NewLink;

pub(crate) async fn restore(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let id = link_id(path)?;
    let response = count_change(&app, principal, restore_link(&app, id, principal, &bounds.links)).await?;
    Ok(response.into_response())
}

async fn restore_link(
    app: &App,
    id: LinkId,
    principal: Principal,
    bounds: &LinkBounds,
) -> Result<WriteResponse, Problem> {
    let now = app.clock.now();
    let mut session = app.links.transaction().await?;
    let deleted = session.lock_deleted_link(id, now.plus_millis(-RESTORABLE_DAYS * DAY_MILLIS)).await?;
    let Some(deleted) = deleted.filter(|link| link.is_within(bounds)) else {
        drop(session);
        // A repeated request finds the link that the first one has restored.
        let link = find_link(app, id, bounds).await?;
        return write_response(app, StatusCode::OK, link, Vec::new());
    };
    match session.restore_link(&deleted, &app.site.default_domain, &Author::of(principal), now).await? {
        Some(link) => {
            session.commit().await?;
            let changes = link.changes();
            write_response(app, StatusCode::OK, link, changes)
        }
        None => {
            let new = NewLink::like(&deleted);
            let conflicts = session.conflicts(&[(&new, None)], &app.site.default_domain).await?.pop();
            let conflict = conflicts.ok_or_else(|| problem::internal("no conflict"))?.place_conflict();
            Err(problems::link_conflict(conflict, &new.settings))
        }
    }
}
