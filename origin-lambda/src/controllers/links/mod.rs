//! `/api/v1/links`.

pub(crate) mod bulk;
pub(crate) mod bulk_change;
mod bulk_response;
mod bulk_selection;
pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
mod export;
pub(crate) mod history;
mod idempotent_write;
pub(crate) mod list;
pub(crate) mod qr;
pub(crate) mod read;
pub(crate) mod restore;
pub(crate) mod stats;
pub(crate) mod upsert;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use link_core::publication::Change;
use link_core::record::LinkId;

use crate::app::App;
use crate::auth::{LinkBounds, Principal};
use crate::http::problem::{self, Problem};
use crate::links::json::LinkJson;
use crate::store::WriteSession;
use crate::store::links::Link;
use idempotent_write::WriteResponse;

/// A malformed id is no link's id.
pub(super) fn link_id(path: Result<Path<String>, PathRejection>) -> Result<LinkId, Problem> {
    path.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(problem::link_not_found)
}

/// A link that exists for the caller's key.
pub(super) async fn find_link(app: &App, id: LinkId, bounds: &LinkBounds) -> Result<Link, Problem> {
    let link = app.links.link_by_id(id).await?.filter(|link| link.is_within(bounds));
    link.ok_or_else(problem::link_not_found)
}

/// Locks it until the transaction ends.
async fn lock_link(session: &mut WriteSession, id: LinkId, bounds: &LinkBounds) -> Result<Link, Problem> {
    let link = session.lock_link(id).await?.filter(|link| link.is_within(bounds));
    link.ok_or_else(problem::link_not_found)
}

/// Counts one link before a connection is held. A change that is refused costs nothing.
pub(crate) async fn count_change<T>(
    app: &App,
    principal: Principal,
    change: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let counted = app.rate_limits.count_links(&app.links, principal, 1, app.clock.now()).await?;
    let outcome = change.await;
    // After other errors it may have been written.
    if outcome.as_ref().is_err_and(|problem| problem.status().is_client_error()) {
        counted.give_back().await;
    }
    outcome
}

/// The response of a write, with the link's new state.
fn write_response(
    app: &App,
    status: StatusCode,
    link: Link,
    changes: Vec<Change>,
) -> Result<WriteResponse, Problem> {
    let link = LinkJson::new(link, &app.site, app.clock.now());
    let headers = [(LOCATION, link.location()), link.etag()];
    WriteResponse::new(status, headers, &link, changes)
}
