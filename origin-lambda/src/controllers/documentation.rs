//! `GET /api/v1/openapi.json` and `GET /api/docs`: the API's description.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;

use crate::openapi;

/// In seconds; a deployment may change the document.
const CACHED: &str = "public, max-age=300";

pub(crate) async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, CACHED)], openapi::json())
}

pub(crate) async fn page() -> impl IntoResponse {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    ([(CACHE_CONTROL, CACHED)], [(CONTENT_SECURITY_POLICY, policy)], axum::response::Html(openapi::page()))
}
