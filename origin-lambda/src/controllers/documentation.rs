//! `GET /api/v1/openapi.json` and `GET /api/docs`: the API's description. Does not write it.

use axum::Extension;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};

/// In seconds; a deployment may change the document.
const CACHED: &str = "public, max-age=300";

/// The description as OpenAPI and as a page, written when they are first requested.
#[derive(Debug, Clone, Copy)]
pub struct ApiDescription {
    pub openapi: fn() -> &'static [u8],
    pub page: fn() -> &'static str,
}

pub(crate) async fn document(Extension(description): Extension<ApiDescription>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, CACHED)], (description.openapi)())
}

pub(crate) async fn page(Extension(description): Extension<ApiDescription>) -> impl IntoResponse {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    ([(CACHE_CONTROL, CACHED)], [(CONTENT_SECURITY_POLICY, policy)], Html((description.page)()))
}
