//! `/api/v1/links`.

pub(crate) mod create;
pub(crate) mod read;
pub(crate) mod stats;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use link_core::record::LinkId;

use crate::problem::{self, Problem};

/// What is no id is the id of no link.
fn link_id(path: Result<Path<String>, PathRejection>) -> Result<LinkId, Problem> {
    path.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(problem::link_not_found)
}
