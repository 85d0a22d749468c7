//! `GET /api/v1/domains/{host}`.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};

use super::{DomainWithFilesJson, domain};
use crate::app::App;
use crate::auth::KeyBounds;
use crate::http::problem::{self, Problem};

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<DomainWithFilesJson>, Problem> {
    let domain = domain(path)?;
    if !bounds.links.include_domain(&domain) {
        return Err(problem::domain_not_found());
    }
    let documents = app.links.domain_documents(&domain).await?;
    Ok(Json(DomainWithFilesJson::read(&app, &domain, documents).await?))
}
