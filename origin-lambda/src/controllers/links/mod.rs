//! `/api/v1/links`.

pub(crate) mod bulk;
pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
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
use crate::link_json::LinkJson;
use crate::problem::{self, Problem};
use crate::store::links::Link;
use crate::undertaking::Written;

/// What is no id is the id of no link.
pub(super) fn link_id(path: Result<Path<String>, PathRejection>) -> Result<LinkId, Problem> {
    path.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(problem::link_not_found)
}

/// A link as a write has left it.
fn written(app: &App, status: StatusCode, link: Link, changes: Vec<Change>) -> Result<Written, Problem> {
    let link = LinkJson::new(link, &app.site, app.clock.now());
    let headers = [(LOCATION, link.location()), link.etag()];
    Written::new(status, headers, &link, changes)
}
