//! `/api/v1/links`.

pub(crate) mod bulk;
mod bulk_response;
pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
mod idempotent_write;
pub(crate) mod list;
pub(crate) mod qr;
pub(crate) mod read;
pub(crate) mod stats;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use link_core::publication::Change;
use link_core::record::LinkId;

use crate::app::App;
use crate::http::problem::{self, Problem};
use crate::links::json::LinkJson;
use crate::store::links::Link;
use idempotent_write::WriteResponse;

/// A malformed id is no link's id.
pub(super) fn link_id(path: Result<Path<String>, PathRejection>) -> Result<LinkId, Problem> {
    path.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(problem::link_not_found)
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
