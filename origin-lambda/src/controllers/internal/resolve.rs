//! The edge's question: what is behind this name? Answered from the primary; does not decide whether to redirect.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use link_core::domain::Domain;
use link_core::record::Resolution;
use link_core::slug::Slug;

use crate::app::App;
use crate::problem::Problem;

pub(crate) async fn resolve(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<Resolution>, Problem> {
    // A name that cannot be is a name that nobody has.
    let Some((domain, code)) = path.ok().and_then(|Path((domain, code))| name(&domain, &code)) else {
        return Ok(Json(Resolution::NotFound));
    };
    Ok(Json(app.resolver.resolve(&domain, &code, app.clock.now()).await?))
}

pub(super) fn name(domain: &str, code: &str) -> Option<(Domain, Slug)> {
    Some((domain.parse().ok()?, code.parse().ok()?))
}
