//! Resolves one or several names for the edge, from the primary. Does not decide whether to redirect.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::record::Resolution;
use link_core::redirect::qr_image::QrImage;
use serde::Deserialize;

use crate::app::App;
use crate::controllers::redirect::qr_document::qr_document;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::MAX_RESOLVED_NAMES;

pub(crate) async fn resolve(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<Resolution>, Problem> {
    let Ok(Path((domain, name))) = path else { return Ok(Json(Resolution::NotFound)) };
    if let (Some(image), Ok(domain)) = (QrImage::of(&name), domain.parse()) {
        return Ok(Json(qr_document(&app, &domain, &image).await?));
    }
    // No link has a malformed name.
    let Some((domain, code)) = self::name(&domain, &name) else { return Ok(Json(Resolution::NotFound)) };
    Ok(Json(app.resolver.resolve(&domain, &code, app.clock.now()).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Codes {
    codes: String,
}

/// Resolves all names that one path may mean, with one statement.
pub(crate) async fn resolve_all(
    State(app): State<Arc<App>>,
    domain: Result<Path<String>, PathRejection>,
    codes: Result<Query<Codes>, QueryRejection>,
) -> Result<Json<Vec<Resolution>>, Problem> {
    let malformed = || Problem::new(ProblemCode::UnknownParameter, "send a domain and up to eight codes");
    let domain: Domain = domain.ok().and_then(|Path(domain)| domain.parse().ok()).ok_or_else(malformed)?;
    let Query(Codes { codes }) = codes.map_err(|_| malformed())?;
    let codes: Result<Vec<Slug>, _> = codes.split(',').map(str::parse).collect();
    let codes = codes.ok().filter(|codes| codes.len() <= MAX_RESOLVED_NAMES).ok_or_else(malformed)?;
    let resolutions = app.resolver.resolve_all(&domain, codes, app.clock.now()).await?;
    Ok(Json(resolutions.into_iter().collect::<Result<_, _>>()?))
}

pub(super) fn name(domain: &str, code: &str) -> Option<(Domain, Slug)> {
    Some((domain.parse().ok()?, code.parse().ok()?))
}
