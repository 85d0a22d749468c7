//! `GET /api/v1/domains/{host}`.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};

use super::{DomainJson, domain};
use crate::app::App;
use crate::auth::KeyBounds;
use crate::http::problem::{self, Problem};
use crate::store::domains::StoredDomain;

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<DomainJson>, Problem> {
    let (domain, default) = (domain(path)?, &app.site.default_domain);
    let found = if !bounds.links.include_domain(&domain) {
        return Err(problem::domain_not_found());
    } else if domain == *default {
        StoredDomain { name: domain.to_string(), created_at: None }
    } else {
        app.links.domain(&domain).await?.ok_or_else(problem::domain_not_found)?
    };
    Ok(Json(DomainJson::new(found, default)))
}
